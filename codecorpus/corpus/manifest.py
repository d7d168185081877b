"""The manifest: markers that say what is in a corpus. What no marker names does not count.

A marker is a small JSON file that is put once, after the files that it names are whole; it tells each one's size, rows
and SHA-256, and bears a digest of itself. A chunk's streams through one encode have a marker, and one more for
whatever is made of them later: other tables, measures, kept bitstreams.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, Final

from codecorpus.corpus import layout, products
from codecorpus.corpus.layout import Chunk
from codecorpus.corpus.store import Store
from codecorpus.errors import CorpusError

AGAIN: Final = "run its build or extraction again"
"""What mends a corpus that lacks something."""

DIGEST: Final = "digest"
"""The key of a marker's digest of itself: SHA-256 of the others."""

NAME: Final = "marker"
"""The key of a marker's own name: one that stands in another's place is found out."""

Json = dict[str, Any]


@dataclass(frozen=True)
class File:
    """A file as it was written: `rows` only of tables; `footer` is the SHA-256 of what ends a part of intrinsics."""

    bytes: int
    sha256: str
    rows: int | None = None
    footer: str | None = None


@dataclass(frozen=True)
class Marker:
    """What was made of a chunk's streams through one encode.

    `products` tells what was asked for: the tables by name, `maps-16` and `bitstreams`, each with its settings.
    `files` are those that stand there, by name. `streams` counts streams by status. `replaces` names files of earlier
    markers that these stand for.
    """

    chunk: Chunk
    encode: str
    products: Mapping[str, Json]
    files: Mapping[str, File]
    streams: Mapping[str, int] = field(default_factory=dict)
    replaces: tuple[str, ...] = ()
    number: int = 0

    @property
    def name(self) -> str:
        """Of its file."""
        return layout.marker(self.chunk, self.encode, self.number)

    def products_in(self, files: Iterable[str]) -> set[str]:
        """The products that are in some files, as far as it tells of these."""
        tables = {name.split("/")[0] for name in files if name in self.files}
        return {name for name in self.products if name.partition("-")[0] in tables}

    def to_bytes(self) -> bytes:
        """As it is written."""
        body = {
            "chunk": str(self.chunk),
            "encode": self.encode,
            "products": dict(sorted(self.products.items())),
            "streams": dict(sorted(self.streams.items())),
            "files": {name: _plain(file) for name, file in sorted(self.files.items())},
            "replaces": sorted(self.replaces),
        }
        return seal(body, self.name)

    @classmethod
    def parse(cls, data: bytes, name: str) -> Marker:
        """From a marker's file of that name.

        Raises:
            CorpusError: it is damaged.
        """
        body = unseal(data, name)
        try:
            return cls(
                chunk=Chunk.parse(body["chunk"]),
                encode=body["encode"],
                products=body["products"],
                files={name: File(**file) for name, file in body["files"].items()},
                streams=body["streams"],
                replaces=tuple(body["replaces"]),
                number=_number(name),
            )
        except (KeyError, TypeError, ValueError):
            raise CorpusError(f"{name}: the marker is damaged") from None


@dataclass(frozen=True)
class Made:
    """All that was made of a chunk's streams through one encode: its markers, in their order."""

    markers: tuple[Marker, ...]

    @cached_property
    def files(self) -> dict[str, File]:
        """The files that count, by name."""
        found: dict[str, File] = {}
        for marker in self.markers:
            for name in marker.replaces:
                found.pop(name, None)
            found |= marker.files
        return found

    @cached_property
    def products(self) -> dict[str, Json]:
        """What was asked for, the latest of each, without that whose files later ones stand for that lack it."""
        found: dict[str, Json] = {}
        for at, marker in enumerate(self.markers):
            for earlier in self.markers[:at]:
                for name in earlier.products_in(marker.replaces):
                    found.pop(name, None)
            found |= marker.products
        return found

    def products_until(self, number: int) -> dict[str, Json]:
        """What was asked for by markers up to one, the latest of each."""
        return Made(tuple(marker for marker in self.markers if marker.number <= number)).products

    @property
    def streams(self) -> Mapping[str, int]:
        """Streams by status, as the latest marker tells that counts them."""
        return next((marker.streams for marker in reversed(self.markers) if marker.streams), {})

    def has(self, status: str) -> bool:
        """Whether a stream of it is of that status."""
        return any(marker.streams.get(status) for marker in self.markers)

    @property
    def lacks_marker(self) -> bool:
        """Whether one is gone that was before others."""
        return [marker.number for marker in self.markers] != list(range(len(self.markers)))

    @property
    def superseded(self) -> set[str]:
        """Files that later ones stand for."""
        return {name for marker in self.markers for name in marker.replaces} - set(self.files)

    @property
    def next(self) -> int:
        """The number of a marker after these."""
        return self.markers[-1].number + 1 if self.markers else 0

    def maps(self, codec: str) -> dict[int, str]:
        """The parts of **maps**, by the side of their cells; one holds several where all was made anew."""
        found: dict[int, str] = {}
        for marker in self.markers:
            for name in marker.files.keys() & self.files.keys():
                if name.startswith(f"maps/{codec}/"):
                    found |= dict.fromkeys(filter(None, map(products.cell_of, marker.products)), name)
        return found

    def parts(self, table: str) -> list[str]:
        """The parts of a table."""
        return sorted(name for name in self.files if name.startswith(f"{table}/"))


def seal(body: Json, name: str) -> bytes:
    """A marker's bytes, with its name and digest in them."""
    body = {NAME: name, **body}
    return _bytes(body)


def unseal(data: bytes, name: str) -> Json:
    """A marker's content; `name` is its own, with or without what leads to the corpus.

    Raises:
        CorpusError: it is damaged.
    """
    try:
        body = json.loads(data)
        told = body.pop(DIGEST)
        is_own = name.endswith(body[NAME])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise CorpusError(f"{name}: the marker is damaged") from None
    if told != _digest(body) or not is_own or data != _bytes(body):
        raise CorpusError(f"{name}: the marker is damaged")
    return {key: value for key, value in body.items() if key != NAME}


def read(store: Store, name: str) -> Json | None:
    """The content of a marker; None where there is none.

    Raises:
        CorpusError: it is damaged.
    """
    try:
        data = store.read(name)
    except FileNotFoundError:
        return None
    return unseal(data, f"{store.path}/{name}")


def single(marker: str, name: str, file: File, **more: Any) -> bytes:
    """A marker of one file, and what else is to be told."""
    return seal({**more, "file": name, **_plain(file)}, marker)


def of_single(body: Mapping[str, Any], name: str) -> tuple[str, File]:
    """The file that a marker of that name is of.

    Raises:
        CorpusError: it is of none.
    """
    try:
        return str(body["file"]), File(body["bytes"], body["sha256"], body.get("rows"))
    except (KeyError, TypeError):
        raise CorpusError(f"{name}: the marker is damaged") from None


def rosters(store: Store) -> int:
    """How many parts of the list of sources there are."""
    return sum(name.endswith(".json") for name in store.names(f"{layout.MANIFEST}/sources"))


def made(store: Store, chunk: Chunk, encode: str) -> Made:
    """What was made of a chunk's streams through an encode, or of its clips (`encode` is layout.CLIPS).

    Raises:
        CorpusError: a marker is damaged.
    """
    return _made(store, chunk, encode, store.names(f"{layout.MANIFEST}/{chunk}"))


def names(store: Store, chunk: Chunk, encode: str) -> list[str]:
    """The names of the markers of a chunk's streams through an encode."""
    folder = f"{layout.MANIFEST}/{chunk}"
    return [f"{folder}/{name}" for name in sorted(store.names(folder)) if _what(name) == encode]


def made_of_chunk(store: Store, chunk: Chunk) -> dict[str, Made]:
    """What was made of a chunk, by encode; its clips by layout.CLIPS.

    Raises:
        CorpusError: a marker is damaged.
    """
    names = store.names(f"{layout.MANIFEST}/{chunk}")
    return {what: _made(store, chunk, what, names) for what in sorted({_what(name) for name in names})}


def chunks(store: Store) -> list[Chunk]:
    """Every chunk that something was made of."""
    others = {"plans", "sources", "encodes"}
    return sorted(Chunk.parse(name) for name in store.names(layout.MANIFEST) - others)


def encodes(store: Store) -> list[str]:
    """The names of all encodes that something was made through."""
    return sorted(name.removesuffix(".json") for name in store.names(f"{layout.MANIFEST}/encodes"))


def everything(store: Store) -> Iterator[tuple[Chunk, str, Made]]:
    """All that was made, chunk by chunk, encode by encode; clips among them.

    Raises:
        CorpusError: a marker is damaged.
    """
    for chunk in chunks(store):
        for what, found in made_of_chunk(store, chunk).items():
            yield chunk, what, found


def digest_of(files: Iterable[tuple[str, File]]) -> str:
    """SHA-256 of what some files are, by their names."""
    lines = sorted(f"{name} {file.sha256}" for name, file in files)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _made(store: Store, chunk: Chunk, what: str, names: set[str]) -> Made:
    numbered = sorted((_number(name), name) for name in names if _what(name) == what)
    folder = f"{layout.MANIFEST}/{chunk}"
    return Made(tuple(Marker.parse(store.read(f"{folder}/{name}"), f"{folder}/{name}") for _, name in numbered))


def _what(name: str) -> str:
    """What a marker in a chunk's folder is of."""
    return name.removesuffix(".json").partition("~")[0]


def _number(name: str) -> int:
    """Which one it is of those of the same streams."""
    return int(name.removesuffix(".json").partition("~")[2] or 0)


def _plain(file: File) -> Json:
    return {key: value for key, value in asdict(file).items() if value is not None}


def _bytes(body: Json) -> bytes:
    text = json.dumps({**body, DIGEST: _digest(body)}, indent=1, ensure_ascii=True)
    return f"{text}\n".encode()


def _digest(body: Json) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
