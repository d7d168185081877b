"""From YAML to a recipe, every mistake told with its line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from codecorpus.encode import ENCODERS
from codecorpus.errors import RecipeError
from codecorpus.names import safe_name
from codecorpus.recipe import form, shelf
from codecorpus.recipe import text as texts
from codecorpus.recipe.model import Recipe
from codecorpus.recipe.values import OWN, nearest, shown

WANTED: Final = {
    "string_type": "text",
    "string_unicode": "text",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "int_type": "a whole number",
    "int_parsing_size": "a smaller number",
    "float_type": "a number",
    "bool_type": "true or false",
}
"""What pydantic's errors of type want, in plain words."""


def load(path: Path | str, *, trust: bool = False) -> Recipe:
    """Read a recipe's file, or the one that comes along by that name. One that is trusted may make encoders read and
    write files.

    Raises:
        RecipeError: it cannot be read, is no YAML, or says something unknown; with line and known names.
    """
    path = shelf.find(path)
    recipe = parse(texts.read(path), str(path), trust=trust)
    return recipe if recipe.name else replace(recipe, name=safe_name(path.stem))


def parse(text: str, name: str = "recipe", *, trust: bool = False) -> Recipe:
    """A recipe from its text; `name` stands in error messages."""
    data, root = texts.load(text, name)
    if not isinstance(data, dict):
        raise RecipeError(f"{name}: a recipe is a mapping with sources and encodes")
    try:
        checked = form.Recipe.model_validate(data, context={form.TRUST: trust})
    except ValidationError as error:
        lines = (_tell(details, root, name) for details in _causes(error))
        raise RecipeError("\n".join(dict.fromkeys(lines))) from None
    recipe: Recipe = checked.plain()
    return recipe


def schema() -> dict[str, Any]:
    """The JSON Schema of recipes."""
    described = form.Recipe.model_json_schema()
    encode = described["$defs"]["EncodeEntry"]["properties"]
    encode["encoder"] = {"enum": list(ENCODERS), "description": encode["encoder"]["description"]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **described}


def _causes(error: ValidationError) -> list[ErrorDetails]:
    """The mistakes, without those that only follow from one deeper inside."""
    errors = error.errors()
    inner = {details["loc"][:1] for details in errors if len(details["loc"]) > 1}
    return [e for e in errors if not (e["type"] == "too_short" and e["loc"] in inner)]


def _tell(details: ErrorDetails, root: yaml.Node | None, name: str) -> str:
    loc = details["loc"]
    is_key = loc[-1:] == ("[key]",)
    loc = loc[:-1] if is_key else loc
    where = _path(loc[:-1] if is_key or details["type"] in ("extra_forbidden", "missing", "invalid_key") else loc)
    return f"{name}, line {_line(root, loc)}: {where}{': ' if where else ''}{_words(details)}"


def _words(details: ErrorDetails) -> str:
    """What is wrong, in the words of those who write recipes."""
    kind, loc, value = details["type"], details["loc"], details["input"]
    context = details.get("ctx", {})
    if kind == "extra_forbidden":
        return f"unknown key {shown(str(loc[-1]))}; {nearest(str(loc[-1]), _keys(loc[:-1]))}"
    if kind == "missing":
        return f"{loc[-1]!r} is missing"
    if kind == "invalid_key" or loc[-1:] == ("[key]",):
        return f"{shown(value)} is no key; keys are text"
    if kind in WANTED:
        return f"{shown(value)} stands where {WANTED[kind]} is wanted"
    if kind == "literal_error":
        return f"unknown {shown(value)}; known are {context['expected'].replace(' or ', ', ')}"
    if kind == "too_short":
        return "an empty list"
    if kind in ("greater_than", "less_than_equal"):
        side = "more than" if kind == "greater_than" else "at most"
        return f"{shown(value)} is outside its range; it is {side} {next(iter(context.values()))}"
    return details["msg"] if kind == OWN else f"{shown(value)} cannot stand here"


def _line(node: yaml.Node | None, loc: tuple[int | str, ...]) -> int:
    """The line where the deepest known part of `loc` begins, counted from 1."""
    line = node.start_mark.line if node else 0
    for step in loc:
        if isinstance(node, yaml.MappingNode):
            found = [(key, value) for key, value in node.value if key.value == str(step)]
            if not found:
                break
            line, node = found[0][0].start_mark.line, found[0][1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line
        else:
            break
    return int(line) + 1


def _path(loc: tuple[int | str, ...]) -> str:
    """`encodes[0].preset`, as people point at things."""
    text = ""
    for step in loc:
        word = str(step) if str(step).isidentifier() else shown(str(step))
        text += f"[{step}]" if isinstance(step, int) else f".{word}" if text else word
    return text


def _keys(loc: tuple[int | str, ...]) -> tuple[str, ...]:
    """The keys that a part of the recipe knows."""
    parts: dict[str, type[form.Part]] = {
        "sources": form.SourceEntry,
        "clips": form.Clips,
        "gop": form.GopEntry,
        "encodes": form.EncodeEntry,
        "maps": form.Maps,
        "keep": form.Keep,
    }
    return tuple(parts.get(str(loc[0]), form.Recipe).model_fields) if loc else tuple(form.Recipe.model_fields)
