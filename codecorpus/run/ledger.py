"""What of a chunk is there, whole, and what is still to be made."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from codecorpus import schema
from codecorpus.corpus import layout, manifest, products, rows
from codecorpus.corpus.layout import Chunk
from codecorpus.corpus.manifest import File, Made, Marker
from codecorpus.corpus.rows import ClipRow, StreamRow
from codecorpus.corpus.store import Store
from codecorpus.errors import CorpusError
from codecorpus.run.request import Products, Request

if TYPE_CHECKING:
    from codecorpus.corpus.plans import Planned

Row = ClipRow | StreamRow

AnyRow = TypeVar("AnyRow", ClipRow, StreamRow)


class ChangedError(Exception):
    """What is made again is not what was made before: another FFmpeg, another source.

    `of` are the encodes, layout.CLIPS among them, of which all is to be made anew.
    """

    def __init__(self, what: str, *of: str) -> None:
        super().__init__(what)
        self.of = of


class OvertakenError(Exception):
    """Another attempt changed what stands of a chunk since it was looked at."""


@dataclass(frozen=True)
class Need:
    """What is to be made of a chunk's streams through one encode, under one marker.

    `expected` are files that were lost or damaged and must come out as they were; without any, everything is new.
    `replaces` names the files of earlier markers that the new ones stand for. `forgets` stands until all of it was made
    anew.
    """

    encode: str
    number: int
    products: Products
    expected: Mapping[str, File] = field(default_factory=dict)
    replaces: tuple[str, ...] = ()
    forgets: Made | None = None

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

    `planned` is what the chunk is made of, `pixels` are clips that are to be kept.
    """

    planned: Planned
    made: Mapping[str, Made]
    needs: tuple[Need, ...]
    clips: Need | None
    pixels: tuple[Need, ...] = ()

    @property
    def is_whole(self) -> bool:
        return not self.needs and self.clips is None and not self.pixels


def look(
    store: Store, chunk: Chunk, wanted: Mapping[str, Products], request: Request, anew: Collection[str] = ()
) -> Standing:
    """What stands of a chunk, and what is missing of what is wanted of each encode, and of its clips.

    Files are looked at by their sizes, where the request says `check` by their SHA-256. Damaged markers are removed,
    and files that later ones stand for. All that was ever wanted is to be made again of encodes in `anew`, of those
    that lack a marker before others, and where the request says `retry_failed` of those that hold a failure.

    Raises:
        CorpusError: the chunk is not planned, or that is damaged.
    """
    planned = _planned(store, chunk)
    found = {what: _found(store, chunk, what) for what in (*wanted, layout.CLIPS)}
    old = {
        what: one
        for what, one in found.items()
        if what in anew or (request.retry_failed and one.has("failed")) or one.lacks_marker
    }
    made = found | dict.fromkeys(old, Made(()))
    check = request.check
    needs: list[Need] = []
    for encode, asked in wanted.items():
        if encode in old:
            needs.append(Need(encode, 0, together(_told(store, old[encode]), asked), forgets=old[encode]))
        else:
            needs += _needs(store, encode, made[encode], asked, check)
    told = made[layout.CLIPS]
    damaged = {name: file for name, file in _damaged(store, told, check).items() if name in told.parts(layout.CLIPS)}
    clips = Need(layout.CLIPS, 0, {}, damaged, forgets=old.get(layout.CLIPS))
    kept = request.clip_products
    if layout.CLIPS in old:
        kept = together(old[layout.CLIPS].products, kept)
    pixels = [need for need in _needs(store, layout.CLIPS, told, kept, check) if need.products]
    first = [replace(need, number=max(need.number, 1)) for need in pixels]  # 0 is that of their rows
    is_told = not damaged and bool(told.parts(layout.CLIPS))
    return Standing(planned, made, tuple(needs), None if is_told else clips, tuple(first))


def forget(store: Store, made: Made, spared: Collection[str] = ()) -> None:
    """Remove markers, the latest first, then the files that they named: they do not count, and are made anew.

    Files stay that are `spared`, and those that another attempt's marker names by now. Parts of **streams** are the
    last to go: one that stands alone tells of others.
    """
    for marker in reversed(made.markers):
        store.remove(marker.name)
    gone = {name for marker in made.markers for name in marker.files} | _unnamed(made)
    standing: set[str] = set()
    for marker in made.markers[:1]:
        with suppress(CorpusError):
            standing = set(manifest.made(store, marker.chunk, marker.encode).files)
    for name in sorted(gone - standing, key=lambda name: (name.startswith("streams/"), name)):
        if name not in spared:
            store.remove(name)


def is_done(store: Store, marker: Marker, need: Need, standing: Standing) -> bool:
    """Whether another attempt was first with what a marker is to tell; where not, its files may be put.

    Raises:
        ChangedError: that is not the same.
        OvertakenError: something else stands by now.
    """
    if is_unchanged(store, marker.chunk, need, standing):
        return False
    if need.expected or not has_twin(store, marker):
        raise OvertakenError(marker.name)
    return True


def put(store: Store, marker: Marker) -> bool:
    """Put a marker; whether it counts, or another one that tells the same.

    Raises:
        ChangedError: another one counts that is of the same, and tells of other files.
    """
    return store.put_once(marker.name, marker.to_bytes()) or has_twin(store, marker)


def is_unchanged(store: Store, chunk: Chunk, need: Need, standing: Standing) -> bool:
    """Whether what stands, by markers, is still what the need was found by, and the chunk is made of the same."""
    before = standing.made[need.encode] if need.forgets is None else need.forgets
    try:
        return is_planned_so(store, chunk, standing) and manifest.made(store, chunk, need.encode) == before
    except CorpusError:
        return False


def is_planned_so(store: Store, chunk: Chunk, standing: Standing) -> bool:
    """Whether the chunk is still made of what it was when it was looked at.

    Raises:
        CorpusError: it is not planned, or that is damaged.
    """
    return _planned(store, chunk) == standing.planned


def has_twin(store: Store, marker: Marker) -> bool:
    """Whether another attempt at the same was first: what it made is what counts.

    Raises:
        ChangedError: that is not the same.
    """
    try:
        other = Marker.parse(store.read(marker.name), marker.name)
    except (FileNotFoundError, CorpusError):
        return False
    if (other.products, other.replaces) != (marker.products, marker.replaces):
        return False
    if other.files != marker.files:
        raise ChangedError(marker.name, marker.encode)
    return True


def begin_anew(store: Store, need: Need, spared: Collection[str] = ()) -> None:
    """Forget what a need forgets, but for files that are `spared`; what was asked for stays told until `settle`."""
    if need.forgets is not None:
        if need.forgets.markers:
            told = together(need.forgets.products, need.products)
            remind(store, need.forgets.markers[0].chunk, need.encode, need.forgets, told)
        forget(store, need.forgets, spared)


def remind(store: Store, chunk: Chunk, what: str, made: Made, asked: Products) -> None:
    """Put a marker of no file, behind those that stand: it tells what was asked for while all of it is made anew.

    As it stands apart from those before it, whoever finds it makes all anew.
    """
    if asked:
        marker = _reminder(chunk, what, made, asked)
        store.put_once(marker.name, marker.to_bytes())


def settle(store: Store, need: Need) -> None:
    """Have it no longer told what was asked for: all of it was made anew."""
    if need.forgets is not None and need.forgets.markers:
        store.remove(_reminder(need.forgets.markers[0].chunk, need.encode, need.forgets, {}).name)


def together(one: Products, other: Products) -> Products:
    """Products of both, each with the settings of both."""
    return {name: _settings(one.get(name, {}), other.get(name, {})) for name in one | other}


def known_rows(store: Store, made: Made) -> dict[str, StreamRow]:
    """Rows of **streams** that were told before, by clip; none where they are not whole.

    Raises:
        OSError: the store fails.
    """
    return _rows(StreamRow, store, made, "streams")


def known_clips(store: Store, made: Made) -> dict[str, ClipRow]:
    """Rows of **clips** that were told before, by clip; none where they are not whole."""
    return _rows(ClipRow, store, made, layout.CLIPS)


def whole_rows(store: Store, made: Made) -> dict[str, StreamRow]:
    """Rows of **streams** that stand, by clip.

    Raises:
        CorpusError: they are not whole.
        OSError: the store fails.
    """
    found, parts = known_rows(store, made), made.parts("streams")
    if parts and not found:
        raise CorpusError(f"{store.path}/{parts[-1]}: it is damaged; run it again with --check")
    return found


def is_made_otherwise(store: Store, chunk: Chunk, planned: Planned) -> bool:
    """Whether rows of a chunk's clips stand that are of other ones than those.

    Raises:
        OSError: the store fails.
    """
    told = known_clips(store, _found(store, chunk, layout.CLIPS))
    return bool(told) and not planned.gave(told.values())


def relapsed(store: Store, need: Need, made: Made, told: Iterable[Row]) -> dict[str, str]:
    """Why clips fail now, by name, that did not when it was made: it stays as it is, and what was to be made is not.

    `made` is what stands, unless the need says what it forgets. Where its rows are lost, its markers tell how many
    failed.

    Raises:
        OSError: the store fails.
    """
    before = made if need.forgets is None else need.forgets
    failed = {row.clip: row.error or "" for row in told if row.status == "failed"}
    if not failed:
        return {}
    is_of_clips = need.encode == layout.CLIPS
    known: Mapping[str, Row] = known_clips(store, before) if is_of_clips else known_rows(store, before)
    if known:
        return {clip: error for clip, error in failed.items() if clip in known and known[clip].status != "failed"}
    return failed if before.streams and len(failed) > before.streams.get("failed", 0) else {}


def _planned(store: Store, chunk: Chunk) -> Planned:
    from codecorpus.corpus import plans  # whoever hands out chunks need not load what is known of clips

    return plans.of_chunk(store, chunk)


def _rows(kind: type[AnyRow], store: Store, made: Made, table: str) -> dict[str, AnyRow]:
    """Rows of a table that were told before, by clip; none where they are not whole."""
    found: dict[str, AnyRow] = {}
    for name in made.parts(table):
        try:
            data = store.read(name)
        except FileNotFoundError:
            return {}
        if hashlib.sha256(data).hexdigest() != made.files[name].sha256:
            return {}
        found |= {row.clip: row for row in rows.from_bytes(kind, data)}
    return found


def _unnamed(made: Made) -> set[str]:
    """The names that parts have whose marker is gone that was before others."""
    lacking = {*range(made.next)} - {marker.number for marker in made.markers}
    frames = ((marker, name) for marker in made.markers for name in marker.files if name.startswith("frames/"))
    places = {(name.split("/")[1], marker.encode, marker.chunk) for marker, name in frames}
    tables = (*schema.TABLES, "maps")
    return {layout.part(table, *place, number) for number in lacking for place in places for table in tables}


def _reminder(chunk: Chunk, what: str, made: Made, asked: Products) -> Marker:
    return Marker(chunk, what, asked, {}, number=made.next + 1)


def _settings(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of both, in the order of the one that has them all, if one has."""
    found: dict[str, Any] = {}
    for key in {**one, **other}:
        first, second = list(one.get(key, ())), list(other.get(key, ()))
        found[key] = first if {*second} <= {*first} else second if {*first} <= {*second} else sorted({*first, *second})
    return found


def _told(store: Store, made: Made) -> Products:
    """What was ever wanted: by markers, and where one is lacking, by the rows of **streams** too."""
    found = dict(made.products)
    if made.lacks_marker:
        told = known_rows(store, made).values()
        found = {table: {} for row in told for table in row.tables or () if table in schema.TABLES} | found
    return found


def _found(store: Store, chunk: Chunk, what: str) -> Made:
    while True:
        try:
            found = manifest.made(store, chunk, what)
        except CorpusError:
            _remove_damaged(store, chunk, what)
            continue
        for name in found.superseded:
            store.remove(name)
        return found


def _remove_damaged(store: Store, chunk: Chunk, what: str) -> None:
    for name in manifest.names(store, chunk, what):
        try:
            Marker.parse(store.read(name), name)
        except CorpusError:
            store.remove(name)


def _needs(store: Store, encode: str, made: Made, wanted: Products, check: bool) -> Iterator[Need]:
    damaged = _damaged(store, made, check)
    for marker in made.markers:
        lost = {name: damaged[name] for name in marker.files if name in damaged}
        if lost:
            products = {name: marker.products[name] for name in marker.products_in(lost)}
            yield Need(encode, marker.number, products, lost)
    missing: Products = {}
    for name, settings in wanted.items():
        there = made.products.get(name)
        if there is None:
            missing[name] = settings
        elif not all(set(values) <= set(there.get(key, ())) for key, values in settings.items()):
            missing[name] = _settings(there, settings)
    if missing:
        replaced = _replaced(made, missing)
        beside = {name for marker in made.markers for name in marker.products_in(replaced)}
        missing = {name: made.products[name] for name in sorted(beside)} | missing
        yield Need(encode, made.next, missing, replaces=tuple(sorted(replaced)))


def _replaced(made: Made, missing: Products) -> set[str]:
    """The files that new ones stand for: rows of **streams**, and those of products that are made otherwise."""
    needed = {name for name in made.files if name.startswith("streams/")}
    for marker in made.markers:
        tables = {name.partition("-")[0] for name in missing if name in marker.products}
        needed |= {name for name in marker.files if name in made.files and name.split("/")[0] in tables}
    return needed


def _damaged(store: Store, made: Made, check: bool) -> dict[str, File]:
    return {name: file for name, file in made.files.items() if not _is_whole(store, name, file, check)}


def _is_whole(store: Store, name: str, file: File, check: bool) -> bool:
    if store.size(name) != file.bytes:
        return False
    if not check:
        return True
    with store.open(name) as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest() == file.sha256
