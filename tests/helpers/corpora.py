"""Small recipes, and what a corpus holds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from codecorpus.run.run import Summary

SMALL = """
sources: [sample://carphone]
clips: {length: 12, limit: 2}
gop: {length: 6}
encodes:
  - {encoder: libx264, preset: ultrafast, crf: [23, 40]}
  - {encoder: libx265, preset: ultrafast}
  - {encoder: libsvtav1, preset: 11}
"""

Builder = Callable[..., Summary]


def tree(root: Path) -> dict[str, bytes]:
    """Every file of a corpus, what is under way too, by its name."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}
