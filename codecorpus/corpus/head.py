"""The corpus' head, corpus.json: what it is, and the recipe that it was last built by."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from codecorpus import schema
from codecorpus.corpus import layout, manifest
from codecorpus.corpus.layout import FORMAT
from codecorpus.corpus.store import Store
from codecorpus.errors import CorpusError

ANEW: Final = "make it anew, into another folder: codecorpus build RECIPE --out CORPUS"

OWN: Final = frozenset(
    {layout.HEAD, layout.CARD, layout.WORK, layout.MANIFEST, "sources", "encodes", "streams", "bitstreams", "pixels"}
    | {"clips", "statistics", *schema.PARTS}
)
"""What stands in a corpus' folder."""


SIDES: Final = "sides, multiples of"
"""The setting that tells what the clips' sides are multiples of, as the recipe's encoders need it."""


@dataclass(frozen=True)
class Head:
    """What a corpus is.

    `command` is build or extract. `settings` are what its clips are made by, by key of the recipe: those of another
    recipe must be the same. `recipe` is the recipe with every default written out.
    """

    name: str
    command: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    recipe: Mapping[str, Any] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """As it is written."""
        return manifest.seal(
            {
                "format": FORMAT,
                "schema": schema.VERSION,
                "name": self.name,
                "command": self.command,
                "settings": dict(self.settings),
                "recipe": dict(self.recipe),
            },
            layout.HEAD,
        )


def read(store: Store) -> Head:
    """The head of the corpus in a store.

    Raises:
        CorpusError: there is no corpus, or it is of another format or schema, or its head is damaged.
    """
    try:
        data = store.read(layout.HEAD)
    except (FileNotFoundError, NotADirectoryError):
        if store.names(layout.MANIFEST):
            raise CorpusError(f"{store.path}: its corpus.json is not there; {manifest.AGAIN}") from None
        raise CorpusError(f"{store.path}: no corpus here") from None
    except OSError as error:
        raise CorpusError(f"{store.path}: {error}") from error
    return _parse(data, store.path)


def is_lost(store: Store) -> bool:
    """Whether a corpus stands there whose head is gone or damaged, so that its build mends it."""
    try:
        manifest.unseal(store.read(layout.HEAD), layout.HEAD)
    except (FileNotFoundError, NotADirectoryError):
        return bool(store.names(layout.MANIFEST))
    except CorpusError:
        return _format(store) in (None, FORMAT)
    return False


def begin(store: Store, head: Head) -> None:
    """Make the corpus' head, or bring the one that stands there up to date.

    Raises:
        CorpusError: the folder is no corpus, or one whose clips are made otherwise.
    """
    known = _known(store)
    if known is None:
        if store.put_once(layout.HEAD, head.to_bytes()):
            return
        known = _known(store)  # of who was first, unless it is damaged
    if known is not None:
        _check_same(store, known, head)
    if known != head:
        store.put(layout.HEAD, head.to_bytes())


def _known(store: Store) -> Head | None:
    """The head that stands there, or what is known where it is lost; None of a folder that can become a corpus."""
    try:
        return read(store)
    except CorpusError:
        known = _lost(store)
        if known is None and _is_foreign(store):
            raise
        return known


def _parse(data: bytes, where: str) -> Head:
    try:
        version = json.loads(data)["format"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise CorpusError(f"{where}: corpus.json is damaged; {manifest.AGAIN}") from None
    if version != FORMAT:
        raise CorpusError(f"{where}: it is of format {version}, this codecorpus reads format {FORMAT}; {ANEW}")
    try:
        body = manifest.unseal(data, f"{where}/{layout.HEAD}")
    except CorpusError:
        raise CorpusError(f"{where}: corpus.json is damaged; {manifest.AGAIN}") from None
    if body["schema"] != schema.VERSION:
        raise CorpusError(f"{where}: its schema is {body['schema']}, this codecorpus has {schema.VERSION}; {ANEW}")
    return Head(body["name"], body["command"], body["settings"], body["recipe"])


def _lost(store: Store) -> Head | None:
    """What is known of a corpus whose head is lost or damaged: how its clips are made, by its markers."""
    for number in range(manifest.rosters(store)):
        body = manifest.read(store, layout.sources_marker(number))
        if body is not None:
            return Head("", body["command"], body["settings"])
    return None


def _is_foreign(store: Store) -> bool:
    """Whether something stands there that is no corpus, or none that can be mended."""
    there = store.names("")
    if layout.HEAD in there and _format(store) not in (None, FORMAT):
        return True
    if there - OWN:
        raise CorpusError(f"{store.path}: neither a corpus nor an empty folder")
    return False


def _format(store: Store) -> object:
    try:
        return json.loads(store.read(layout.HEAD)).get("format")
    except (OSError, ValueError, AttributeError, RecursionError):
        return None


def _check_same(store: Store, known: Head, head: Head) -> None:
    if known.command != head.command:
        raise CorpusError(f"{store.path}: it was made by codecorpus {known.command}, not by {head.command}")
    for key, value in head.settings.items():
        was = known.settings.get(key)
        if was != value:
            told = f"its clips are made with {key}: {was}; the recipe says {key}: {value}"
            if key == SIDES:
                told = f"its clips' sides are multiples of {was}; the recipe's encoders need multiples of {value}"
            raise CorpusError(f"{store.path}: {told}. Build it into another folder")
