"""The recipe: what to encode and how, as strict YAML.

`load` reads one and tells every mistake with its line; `schema` gives the JSON Schema for editors.
"""

from codecorpus.recipe.model import Clips, EncodeEntry, GopEntry, Maps, Recipe, SourceEntry
from codecorpus.recipe.read import load, parse, schema

__all__ = ["Clips", "EncodeEntry", "GopEntry", "Maps", "Recipe", "SourceEntry", "load", "parse", "schema"]
