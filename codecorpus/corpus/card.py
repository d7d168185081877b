"""The corpus' own README.md."""

from __future__ import annotations

from codecorpus.corpus.head import Head


def text(head: Head) -> str:
    """What stands in it."""
    return f"# {head.name}\n"
