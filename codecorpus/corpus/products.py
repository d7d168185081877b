"""What is made of streams and of clips: tables by their names, and these, as markers keep them."""

from __future__ import annotations

from typing import Final

BITSTREAMS: Final = "bitstreams"
"""The streams themselves."""

_MAPS: Final = "maps-"
_PIXELS: Final = "pixels-"


def maps(cell: int) -> str:
    """**maps** of cells of so many samples a side."""
    return f"{_MAPS}{cell}"


def cell_of(product: str) -> int | None:
    """The side of the cells of **maps**; None of any other product."""
    return int(product.removeprefix(_MAPS)) if product.startswith(_MAPS) else None


def pixels(form: str) -> str:
    """Clips, in one of `codecorpus.corpus.layout.FORMS`."""
    return f"{_PIXELS}{form}"


def form_of(product: str) -> str:
    """The form of clips that are a product."""
    return product.removeprefix(_PIXELS)
