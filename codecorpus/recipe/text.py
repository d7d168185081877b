"""From a recipe's text to plain data: YAML that cannot grow, loop or nest without bound."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import yaml
from yaml.constructor import ConstructorError, SafeConstructor
from yaml.reader import ReaderError

from codecorpus.errors import RecipeError
from codecorpus.recipe.values import shown

LONGEST: Final = 1 << 18
"""Bytes of a recipe."""

DEEPEST: Final = 20
"""Lists and mappings inside each other."""

MOST_VALUES: Final = 10_000
"""Values, lists and mappings, each as often as aliases repeat it. Longer lists of sources belong into a manifest."""

LONGEST_NUMBER: Final = 40
"""Characters."""

YAML: Final = "tag:yaml.org,2002:"

FORMS: Final = {
    "bool": r"yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF",
    "null": r"~|null|Null|NULL|",
    "int": r"[-+]?(0b[01_]+|0[0-9_]*|0x[0-9a-fA-F_]+|[1-9][0-9_]*)",
    "float": r"[-+]?([0-9][0-9_]*)\.[0-9_]*([eE][-+][0-9]+)?|[-+]?\.[0-9][0-9_]*([eE][-+][0-9]+)?"
    r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
    "merge": r"<<",
}
"""What plain scalars are: YAML 1.1 without its dates and its numbers to base 60, so that 1:1 is text."""

ODD: Final = re.compile(r"_|^[-+]?0[0-9bx]")
"""What YAML 1.1 reads as another number than it looks, to base 2, 8 or 16, or that only programs write so."""

Construct = Callable[[Any, Any], Any]


class Loader(yaml.SafeLoader):
    """Text, numbers, truths, lists and mappings; no other kind of value."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 (PyYAML's own, filled below)


def _careful(kind: str, construct: Construct) -> Construct:
    """Any failure to make a scalar of a kind, told with its line."""

    def made(loader: Any, node: Any) -> Any:
        text = node.value if isinstance(node, yaml.ScalarNode) else ""
        if len(text) > LONGEST_NUMBER:
            raise _refused(f"{shown(text)} is too long for a number", node)
        if ODD.search(text):
            raise _refused(f"{shown(text)} is no plain number; write digits without a leading 0, or quote text", node)
        try:
            return construct(loader, node)
        except (ValueError, LookupError):
            raise _refused(f"{shown(text)} is no {kind}", node) from None

    return made


for _kind, _form in FORMS.items():
    Loader.add_implicit_resolver(f"{YAML}{_kind}", re.compile(rf"^(?:{_form})$"), None)

Loader.yaml_constructors = {
    f"{YAML}null": SafeConstructor.construct_yaml_null,
    f"{YAML}bool": _careful("truth", SafeConstructor.construct_yaml_bool),
    f"{YAML}int": _careful("number", SafeConstructor.construct_yaml_int),
    f"{YAML}float": _careful("number", SafeConstructor.construct_yaml_float),
    f"{YAML}str": SafeConstructor.construct_yaml_str,
    f"{YAML}seq": SafeConstructor.construct_yaml_seq,
    f"{YAML}map": SafeConstructor.construct_yaml_map,
    None: SafeConstructor.construct_undefined,
}


def read(path: Path) -> str:
    """A recipe's text.

    Raises:
        RecipeError: it cannot be read, is too long, or no text.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(LONGEST + 1)
    except (OSError, ValueError) as error:
        raise RecipeError(f"{path}: {getattr(error, 'strerror', None) or error}") from error
    if len(raw) > LONGEST:
        raise RecipeError(f"{path}: more than {LONGEST} bytes; longer lists of sources belong into a manifest")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise RecipeError(f"{path}, line {line}: not UTF-8 text") from None


def load(text: str, name: str) -> tuple[Any, yaml.Node | None]:
    """The data of a YAML text, and its nodes, which know their lines. `name` stands in error messages.

    Raises:
        RecipeError: it is no YAML, has a key twice, or grows, loops or nests without bound.
    """
    try:
        _bound(yaml.parse(text, Loader))
        loader = Loader(text)
        try:
            root = loader.get_single_node()
            _refuse_twins(root)
            return loader.construct_document(root) if root else None, root
        finally:
            loader.dispose()
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        character = f"U+{error.character:04X}"
        raise RecipeError(f"{name}, line {line}: a character that YAML does not allow, {character}") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f", line {mark.line + 1}" if mark else ""
        raise RecipeError(f"{name}{where}: {error.problem}") from None


def _bound(events: Iterator[Any]) -> None:
    """Raise where the text nests too deep, is too much with its aliases resolved, or holds itself."""
    sizes: dict[str, int] = {}
    """By anchor, how many values an alias repeats."""
    begun: list[tuple[str | None, int]] = []
    """The lists and mappings that have not ended: their anchors, and how many values came before."""
    count = 0
    for event in events:
        if isinstance(event, yaml.CollectionEndEvent):
            anchor, before = begun.pop()
            if anchor:
                sizes[anchor] = count - before
        elif isinstance(event, yaml.AliasEvent):
            if any(anchor == event.anchor for anchor, _ in begun):
                raise _refused(f"{shown(event.anchor)} holds itself", event)
            count += sizes.get(event.anchor or "", 1)
        elif isinstance(event, yaml.NodeEvent):
            count += 1
            if isinstance(event, yaml.CollectionStartEvent):
                begun.append((event.anchor, count - 1))
            elif event.anchor:
                sizes[event.anchor] = 1
        if len(begun) > DEEPEST:
            raise _refused(f"more than {DEEPEST} lists and mappings inside each other", event)
        if count > MOST_VALUES:
            raise _refused(f"more than {MOST_VALUES} values; longer lists of sources belong into a manifest", event)


def _refused(problem: str, at: Any) -> ConstructorError:
    """An error at an event or node of the text."""
    return ConstructorError(problem=problem, problem_mark=at.start_mark)


def _refuse_twins(node: yaml.Node | None) -> None:
    """YAML lets a key stand twice and keeps the last, and be a list; here those are mistakes."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _refused("a key is text, no list or mapping", key)
            if key.value in seen:
                raise _refused(f"{shown(key.value)} stands twice", key)
            seen.add(key.value)
            _refuse_twins(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _refuse_twins(value)
