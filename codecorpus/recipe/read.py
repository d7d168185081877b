"""From YAML to a recipe, every mistake told with its line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from codecorpus.encode import ENCODERS
from codecorpus.errors import RecipeError
from codecorpus.recipe.model import Clips, EncodeEntry, GopEntry, Maps, Recipe, Source
from codecorpus.recipe.values import nearest


def load(path: Path | str) -> Recipe:
    """Read a recipe's file.

    Raises:
        RecipeError: it cannot be read, is no YAML, or says something unknown; with line and known names.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise RecipeError(f"{path}: {reason}") from error
    recipe = parse(text, str(path))
    return recipe if recipe.name else recipe.model_copy(update={"name": path.stem})


def parse(text: str, name: str = "recipe") -> Recipe:
    """A recipe from its text; `name` stands in error messages."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        _refuse_twins(root, name)
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise RecipeError(f"{name}{where}: {getattr(error, 'problem', None) or error}") from error
    if not isinstance(data, dict):
        raise RecipeError(f"{name}: a recipe is a mapping with sources and encodes")
    try:
        return Recipe.model_validate(data)
    except ValidationError as error:
        lines = (_tell(details, root, name) for details in _causes(error))
        raise RecipeError("\n".join(dict.fromkeys(lines))) from None


def schema() -> dict[str, Any]:
    """The JSON Schema of recipes."""
    described = Recipe.model_json_schema()
    encode = described["$defs"]["EncodeEntry"]["properties"]
    encode["encoder"] = {"enum": list(ENCODERS), "description": encode["encoder"]["description"]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **described}


def _causes(error: ValidationError) -> list[ErrorDetails]:
    """The mistakes, without those that only follow from one deeper inside."""
    errors = error.errors()
    inner = {details["loc"][:1] for details in errors if len(details["loc"]) > 1}
    return [e for e in errors if not (e["type"] == "too_short" and e["loc"] in inner)]


def _refuse_twins(node: yaml.Node | None, name: str) -> None:
    """YAML lets a key stand twice and keeps the last; here that is a mistake."""
    for child in _children(node):
        _refuse_twins(child, name)
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise RecipeError(f"{name}, line {key.start_mark.line + 1}: {key.value!r} stands twice")
            seen.add(key.value)


def _children(node: yaml.Node | None) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        yield from (value for _, value in node.value)
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value


def _tell(details: ErrorDetails, root: yaml.Node | None, name: str) -> str:
    loc = details["loc"]
    line = _line(root, loc)
    where = _path(loc)
    if details["type"] == "extra_forbidden":
        message = f"unknown key {str(loc[-1])!r}; {nearest(str(loc[-1]), _keys(loc[:-1]))}"
        where = _path(loc[:-1])
    elif details["type"] == "missing":
        message, where = f"{loc[-1]!r} is missing", _path(loc[:-1])
    else:
        message = details["msg"]
    return f"{name}, line {line}: {where}{': ' if where else ''}{message}"


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
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


def _keys(loc: tuple[int | str, ...]) -> tuple[str, ...]:
    """The keys that a part of the recipe knows."""
    parts: dict[str, type[BaseModel]] = {
        "sources": Source,
        "clips": Clips,
        "gop": GopEntry,
        "encodes": EncodeEntry,
        "maps": Maps,
    }
    return tuple(parts.get(str(loc[0]), Recipe).model_fields) if loc else tuple(Recipe.model_fields)
