"""Opens damaged copies of a container, each made by a seed, and says what became of them.

    python tests/helpers/hostile_containers.py FILE FIRST COUNT

Every case must end in tables, clips or one of our own errors that names the file. It runs as a process of its own, as a
worker does, since FFmpeg's demuxers can abort: the seed at hand is the last printed.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

import av.logging

import codecorpus
from codecorpus import recipe
from codecorpus.errors import CodecorpusError
from codecorpus.run.worker import limit_memory
from codecorpus.sources import clips, packets
from codecorpus.sources.find import Video
from codecorpus.sources.probe import probe

MEMORY = 1_000_000_000
"""Bytes of its own, half of what a worker may have."""

HEAD = 600
"""Bytes at the beginning, and at the end, where containers say most of themselves."""

CLIP = recipe.parse("sources: a\nclips: {length: 4, limit: 1}\nencodes: [{encoder: libx264}]")


def place(data: bytearray, chance: random.Random) -> int:
    """Where to damage: mostly where the container speaks."""
    if chance.random() < 0.7:
        at = chance.randrange(min(HEAD, len(data)))
        return at if chance.random() < 0.6 else len(data) - 1 - at
    return chance.randrange(len(data))


def flip(data: bytearray, chance: random.Random) -> None:
    for _ in range(chance.choice((1, 1, 2, 5, 30))):
        data[place(data, chance)] ^= 1 << chance.randrange(8)


def scribble(data: bytearray, chance: random.Random) -> None:
    at = place(data, chance)
    length = chance.choice((1, 2, 4, 8, 60))
    data[at : at + length] = chance.choice(
        (bytes(length), b"\xff" * length, b"\x7f" * length, chance.randbytes(length))
    )


def cut(data: bytearray, chance: random.Random) -> None:
    del data[place(data, chance) :]


def lose(data: bytearray, chance: random.Random) -> None:
    at = place(data, chance)
    del data[at : at + chance.choice((1, 4, 100))]


def repeat(data: bytearray, chance: random.Random) -> None:
    at, to = place(data, chance), place(data, chance)
    data[to:to] = data[at : at + chance.choice((4, 30, 400))]


def swap(data: bytearray, chance: random.Random) -> None:
    at, to, length = place(data, chance), place(data, chance), chance.choice((1, 4, 50))
    data[at : at + length], data[to : to + length] = data[to : to + length], data[at : at + length]


DAMAGES = (flip, flip, scribble, scribble, cut, lose, repeat, swap)


def extract(path: Path, folder: Path) -> str:
    """As `codecorpus extract` does."""
    count = 0
    for part in codecorpus.extract_batches(path, tables=("frames",), errors="skip"):
        count += part.frames.num_rows
    return "tables" if count else "no picture"


def cut_clips(path: Path, folder: Path) -> str:
    """As `codecorpus build` does before FFmpeg runs."""
    facts = probe(path)
    for clip in clips.divide(Video(str(path)), facts, "", CLIP, "clip"):
        packets.write(path, clip.key, clip.range, folder / "packets.nut")
    return "clips"


def main(intact: str, first: str, count: str) -> int:
    av.logging.restore_default_callback()
    av.logging.set_level(av.logging.PANIC)
    limit_memory(MEMORY)
    original = Path(intact).read_bytes()
    outcomes: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"case{Path(intact).suffix}")
        for seed in range(int(first), int(first) + int(count)):
            print(seed, flush=True)
            chance = random.Random(seed)
            data = bytearray(original)
            for _ in range(chance.choice((1, 1, 1, 3))):
                if data:
                    chance.choice(DAMAGES)(data, chance)
            path.write_bytes(data)
            act = cut_clips if seed % 3 == 0 else extract
            try:
                outcomes[act(path, Path(folder))] += 1
            except CodecorpusError as error:
                outcomes[type(error).__name__] += 1
                if str(path) not in str(error) or len(str(error).splitlines()) != 1:
                    print(f"FAILED {act.__name__}: {error!s:.300}", flush=True)
            except BaseException as error:
                print(f"FAILED {act.__name__}: {type(error).__name__}: {error!s:.300}", flush=True)
    print(json.dumps(outcomes), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
