"""What is made of streams and of clips: tables by their names, and these, as markers keep them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from codecorpus import schema

if TYPE_CHECKING:
    from codecorpus.recipe import Recipe

Products = dict[str, dict[str, Any]]
"""By their names, each with its settings: lists of what is wanted of it, such as measures."""

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


def of_streams(recipe: Recipe) -> Products:
    """What a recipe asks for of every stream; **frames** always, since every check stands on it."""
    made: Products = {table: {} for table in schema.TABLES if table == "frames" or table in recipe.tables}
    made["frames"] = {"measures": sorted(set(recipe.quality) - {"sse"})}
    if "blocks" in made:
        made["blocks"] = {"measures": sorted(set(recipe.quality) & {"sse"})}
    if recipe.maps is not None:
        made[maps(recipe.maps.cell)] = {"channels": list(recipe.maps.channels)}
    return made


def of_clips(recipe: Recipe) -> Products:
    """What a recipe asks for of every clip, beside its row."""
    return {pixels(recipe.keep.clips): {}} if recipe.keep else {}


def each(products: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Names of products, and of what is in them: `frames`, `psnr of frames`, `maps-16`, `qstep of maps-16`."""
    for name, settings in products.items():
        yield name
        for values in settings.values():
            yield from (f"{value} of {name}" for value in values)
