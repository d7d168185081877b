"""What an encoder need not wait for: clips are cut and streams are read while others are encoded."""

from __future__ import annotations

import shlex
from pathlib import Path

from codecorpus import recipe
from codecorpus.encode import ffmpeg
from codecorpus.run.executors.inline import Inline
from codecorpus.run.request import Build
from codecorpus.run.run import Run, Summary
from codecorpus.run.work import Event

RECIPE = """
sources: [sample://carphone]
clips: {length: 8, limit: 3}
encodes:
  - {encoder: libx264, preset: ultrafast, crf: 23}
"""


PATIENCE = 30
"""Seconds, after which an encoder that waits in vain fails."""


def waiting(folder: Path, encode: str, cut: str = "") -> str:
    """An FFmpeg that does something first where it encodes the second clip, and where it cuts the third."""
    real = ffmpeg.find().path
    path = folder / Path(real).name
    path.write_text(
        "#!/bin/sh\n"
        "wait_for() { left=300; until [ -e $1 ]; do "
        f"left=$((left - 1)); [ $left = 0 ] && exit 9; sleep {PATIENCE / 300}; done; }}\n"
        f'case "$*" in *carphone-002.packets.nut*) {cut};; *"carphone-001.nut"*libx264*) {encode};; esac\n'
        f'exec {shlex.quote(real)} "$@"\n'
    )
    path.chmod(0o755)
    return str(path)


def build(root: Path, binary: str, read: Path) -> Summary:
    """One stream at a time; `read` is there once the first clip's stream was read."""

    def tell(event: Event) -> None:
        if event.kind == "read" and event.clip == "carphone-000":
            read.touch()

    return Run(Build(recipe.parse(RECIPE, "overlap"), str(root), binary), Inline(1), tell=tell).run()


def test_a_stream_is_read_while_the_next_is_encoded(tmp_path: Path) -> None:
    read = tmp_path / "read"
    summary = build(tmp_path / "corpus", waiting(tmp_path, f"wait_for {read}"), read)
    assert summary.made == 3 and summary.failures == ()


def test_a_clip_is_cut_while_the_one_before_it_is_encoded(tmp_path: Path) -> None:
    cut = tmp_path / "cut"
    summary = build(tmp_path / "corpus", waiting(tmp_path, f"wait_for {cut}", f"touch {cut}"), tmp_path / "read")
    assert summary.made == 3 and summary.failures == ()
