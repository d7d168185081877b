"""Small recipes, and what a corpus holds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from codecorpus.run.local import Summary

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


def everything(root: Path) -> dict[str, bytes]:
    """Every file of a corpus but what is under way."""
    paths = (path for path in root.rglob("*") if path.is_file() and ".work" not in path.parts)
    return {str(path.relative_to(root)): path.read_bytes() for path in paths}
