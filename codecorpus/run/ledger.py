"""What of a chunk is there, whole, and what is still to be made."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from codecorpus import schema
from codecorpus.corpus import layout, manifest, products
from codecorpus.corpus.layout import Chunk
from codecorpus.corpus.manifest import File, Made, Marker
from codecorpus.corpus.store import Store
from codecorpus.errors import CorpusError
from codecorpus.run.request import Products, Request


class ChangedError(Exception):
    """What is made again is not what was made before: another FFmpeg, another source."""


@dataclass(frozen=True)
class Need:
    """What is to be made of a chunk's streams through one encode, under one marker.

    `expected` are files that were lost or damaged and must come out as they were; without any, everything is new.
    `replaces` names the files of earlier markers that the new ones stand for.
    """

    encode: str
    number: int
    products: Products
    expected: Mapping[str, File] = field(default_factory=dict)
    replaces: tuple[str, ...] = ()

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables of intrinsics among the products."""
        return tuple(name for name in self.products if name in schema.TABLES)

    @property
    def measures(self) -> tuple[str, ...]:
        """What of the streams' quality is to be measured."""
        return tuple(name for settings in self.products.values() for name in settings.get("measures", ()))

    @property
    def keeps(self) -> bool:
        """Whether the bitstreams are to be kept."""
        return products.BITSTREAMS in self.products


@dataclass(frozen=True)
class Standing:
    """What stands of a chunk: by encode, what was made, and what is to be made; and whether its clips' rows do.

    `pixels` are clips that are to be kept.
    """

    made: Mapping[str, Made]
    needs: tuple[Need, ...]
    clips: Need | None
    pixels: tuple[Need, ...] = ()

    @property
    def is_whole(self) -> bool:
        return not self.needs and self.clips is None and not self.pixels


def look(store: Store, chunk: Chunk, wanted: Mapping[str, Products], request: Request) -> Standing:
    """What stands of a chunk, and what is missing of what is wanted of each encode, and of its clips.

    Files are looked at by their sizes, where the request says `check` by their SHA-256. A damaged marker is removed:
    what it named does not count any more. So are files that later ones stand for, and where the request says
    `retry_failed` what holds a failure.
    """
    made = {what: _made(store, chunk, what, request.retry_failed) for what in (*wanted, layout.CLIPS)}
    check = request.check
    needs: list[Need] = []
    for encode, asked in wanted.items():
        needs += _needs(store, encode, made[encode], asked, check)
    rows = made[layout.CLIPS]
    damaged = {name: file for name, file in _damaged(store, rows, check).items() if name in rows.parts(layout.CLIPS)}
    clips = Need(layout.CLIPS, 0, {}, damaged) if damaged or not rows.markers else None
    pixels = [need for need in _needs(store, layout.CLIPS, rows, request.clip_products, check) if need.products]
    first = [replace(need, number=max(need.number, 1)) for need in pixels]  # 0 is that of their rows
    return Standing(made, tuple(needs), clips, tuple(first))


def forget(store: Store, made: Made) -> None:
    """Remove markers, the latest first: what they name does not count any more, and is made anew."""
    for marker in reversed(made.markers):
        store.remove(marker.name)


def _made(store: Store, chunk: Chunk, what: str, retry_failed: bool) -> Made:
    while True:
        try:
            found = manifest.made(store, chunk, what)
        except CorpusError:
            _remove_damaged(store, chunk, what)
            continue
        if retry_failed and found.has("failed"):
            forget(store, found)
            continue
        for name in found.superseded:
            store.remove(name)
        return found


def _remove_damaged(store: Store, chunk: Chunk, what: str) -> None:
    """Remove the first marker that is damaged, and those after it, which build on it."""
    number, damaged = 0, False
    while store.size(name := layout.marker(chunk, what, number)) is not None:
        try:
            Marker.parse(store.read(name), name)
        except CorpusError:
            damaged = True
        if damaged:
            store.remove(name)
        number += 1


def _needs(store: Store, encode: str, made: Made, wanted: Products, check: bool) -> Iterator[Need]:
    damaged = _damaged(store, made, check)
    for marker in made.markers:
        lost = {name: damaged[name] for name in marker.files if name in damaged}
        if lost:
            products = {name: marker.products[name] for name in _products(marker, lost)}
            yield Need(encode, marker.number, products, lost)
    missing: Products = {}
    for name, settings in wanted.items():
        there = made.products.get(name)
        if there is None:
            missing[name] = settings
        elif not all(set(values) <= set(there.get(key, ())) for key, values in settings.items()):
            missing[name] = {key: sorted({*values, *there.get(key, ())}) for key, values in settings.items()}
    if missing:
        yield Need(encode, made.next, missing, replaces=tuple(sorted(_replaced(made, missing))))


def _replaced(made: Made, missing: Products) -> set[str]:
    """The files that new ones stand for: rows of **streams**, and those of products that are made otherwise."""
    needed = {name for name in made.files if name.startswith("streams/")}
    for marker in made.markers:
        tables = {name.partition("-")[0] for name in missing if name in marker.products}
        needed |= {name for name in marker.files if name in made.files and name.split("/")[0] in tables}
    return needed


def _products(marker: Marker, files: Mapping[str, Any]) -> set[str]:
    """The products of a marker that some of its files are of."""
    tables = {name.split("/")[0] for name in files}
    return {name for name in marker.products if name.partition("-")[0] in tables}


def _damaged(store: Store, made: Made, check: bool) -> dict[str, File]:
    return {name: file for name, file in made.files.items() if not _is_whole(store, name, file, check)}


def _is_whole(store: Store, name: str, file: File, check: bool) -> bool:
    if store.size(name) != file.bytes:
        return False
    if not check:
        return True
    with store.open(name) as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest() == file.sha256
