"""The recipe: what to encode and how, as strict YAML.

`load` reads one and tells every mistake with its line; `schema` gives the JSON Schema for editors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codecorpus.recipe.model import Clips, EncodeEntry, GopEntry, Maps, Recipe, SourceEntry

if TYPE_CHECKING:
    from codecorpus.recipe.read import load, parse, schema

__all__ = ["Clips", "EncodeEntry", "GopEntry", "Maps", "Recipe", "SourceEntry", "load", "parse", "schema"]


def __getattr__(name: str) -> object:
    """What reads recipes is loaded when it is first asked for: workers are given them as plain data."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from codecorpus.recipe import read

    return getattr(read, name)
