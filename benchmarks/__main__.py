"""Measures every stream with every peer, in turn, and prints the medians and their ratios."""

from __future__ import annotations

import argparse
import sys
from statistics import median

import imageio_ffmpeg
from rich.console import Console
from rich.table import Table

from benchmarks.peers import OURS, PEERS
from benchmarks.streams import FRAMES, STREAMS
from codecorpus.codecs import CODECS


def main() -> None:
    if sys.argv[1:2] == ["windows"]:
        from benchmarks import windows

        sys.exit(windows.main(sys.argv[2:]))
    if sys.argv[1:2] == ["loader"]:
        from benchmarks import loader

        sys.exit(loader.main(sys.argv[2:]))
    if sys.argv[1:2] == ["page"]:
        from benchmarks import page

        sys.exit(page.main())
    if sys.argv[1:2] == ["build"]:
        from benchmarks import build

        sys.exit(build.main(sys.argv[2:]))
    if sys.argv[1:2] == ["threads"]:
        from benchmarks import threads

        sys.exit(threads.main(sys.argv[2:]))
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("codecs", nargs="*", default=list(CODECS), help=f"of {', '.join(CODECS)} (default: all)")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each reader on each stream (default: 5)")
    parser.add_argument(
        "--peers-python", default=sys.executable, help="interpreter that has the PyPI peers (default: this)"
    )
    options = parser.parse_args()
    pythons = {peer.name: options.peers_python if peer.module else sys.executable for peer in [OURS, *PEERS]}
    absent = [peer.name for peer in PEERS if not peer.installed(pythons[peer.name])]
    console = Console(width=None if sys.stdout.isatty() else 120)
    table = Table(
        title=f"CPU seconds for {FRAMES} frames on one core, all three tables; median of {options.rounds} runs"
    )
    for heading in ("stream", "kB", "reader", "s", "min to max", "times as fast"):
        table.add_column(heading, justify="left" if heading in {"stream", "reader"} else "right")
    for stream in (stream for stream in STREAMS if stream.codec in options.codecs):
        path = stream.make()
        readers = [OURS, *(peer for peer in PEERS if stream.codec in peer.codecs and peer.name not in absent)]
        runs: dict[str, list[float]] = {reader.name: [] for reader in readers}
        for _ in range(options.rounds):  # in turn, so that a change of the machine's speed meets all alike
            for reader in readers:
                runs[reader.name].append(reader.seconds(path, pythons[reader.name]))
        ours = runs[OURS.name]
        for name, seconds in runs.items():
            ratio = median(peer / own for peer, own in zip(seconds, ours, strict=True))
            spread = f"{min(seconds):.3f} to {max(seconds):.3f}"
            first = name == OURS.name
            label = (f"{stream.name} {stream.size}", f"{path.stat().st_size // 1000}") if first else ("", "")
            table.add_row(*label, name, f"{median(seconds):.3f}", spread, "" if first else f"{ratio:.2f}")
        table.add_section()
    console.print(table)
    console.print(f"FFmpeg and dav1d: {imageio_ffmpeg.get_ffmpeg_version()} of imageio-ffmpeg, -threads 1, no output.")
    if absent:
        console.print(f"Not installed, so not measured: {', '.join(absent)}.")


if __name__ == "__main__":
    main()
