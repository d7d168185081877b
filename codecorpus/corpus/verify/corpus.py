"""A whole corpus: what it says of itself, then chunk by chunk its files, its streams, and its clips across encodes."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np

from codecorpus.corpus import asked, card, head, layout, manifest, plans, products, rows, store
from codecorpus.corpus.asked import Asked
from codecorpus.corpus.contents import Contents, Stored
from codecorpus.corpus.layout import SOURCE, Chunk
from codecorpus.corpus.manifest import AGAIN, File, Made
from codecorpus.corpus.numbers import NOTHING, Ints
from codecorpus.corpus.parts import Part, Pictures
from codecorpus.corpus.rows import ClipRow, StreamRow
from codecorpus.corpus.store import Store
from codecorpus.corpus.verify import files as on_disk
from codecorpus.corpus.verify.files import Files, digest_of
from codecorpus.corpus.verify.problem import Problem
from codecorpus.corpus.verify.streams import Streams
from codecorpus.errors import CorpusError


@dataclass
class Report:
    """What a corpus holds, and what is wrong with it.

    `failed` streams are told of in **streams** with the reason why they could not be made, and `damaged` ones with
    what is damaged: `lost` pictures of them could not be read. Those are no problems of the corpus; nor is what only
    some chunks were asked for, of which there are `notes`.
    """

    streams: int = 0
    failed: int = 0
    damaged: int = 0
    pictures: int = 0
    lost: int = 0
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def verify(path: str, tell: Callable[[str], None] = lambda what: None) -> Report:
    """Look through the corpus at a local path or URI, in memory that does not grow with it.

    Checked are: every marker, and every file's size, rows and SHA-256; that nothing is missing of what was asked for
    last, and nothing stands there that no marker tells of; that clips are those that were planned, no two of one name;
    that streams have the tables, pictures, frames and bytes that **streams** tells; rows in order, no picture in two
    row groups; that bits sum to bytes, and those of blocks to their picture's; that blocks tile the picture and
    partitions their blocks; that references agree with **frames**; that a frame is the same instant, and key frames are
    the same, in every encode of a clip; and that statistics are of the corpus as it is.

    Args:
        path: the corpus.
        tell: called with what is looked at next.

    Raises:
        CorpusError: there is no corpus, or it is of another format.
        OSError: it cannot be read.
    """
    return _Verifying(store.find(path), tell).run()


class _Verifying:
    """Looking through a corpus."""

    def __init__(self, where: Store, tell: Callable[[str], None]) -> None:
        self._store = where
        self._tell = tell
        self._contents = Contents(where)
        self._files = Files(where)
        self._report = Report()
        self._made = _Made()
        self._clips = _Clips()
        self._has_same_keys = True
        self._command = ""
        self._asked = Asked()
        self._plan = lru_cache(1)(partial(plans.read, where))

    def run(self) -> Report:
        self._note(self._head())
        self._note(self._sources())
        for encode in self._contents.encodes:
            self._note(self._single(layout.encode_marker(encode)))
        for chunk in self._contents.chunks:
            self._note(self._chunk(chunk))
        self._note(self._twice())
        self._note(self._missing())
        with suppress(CorpusError):  # a damaged marker is told already
            self._note(on_disk.of_statistics(self._contents, self._files))
        self._note(self._files.strange())
        return self._report

    def _note(self, problems: Iterator[Problem]) -> None:
        self._report.problems += problems

    def _head(self) -> Iterator[Problem]:
        if head.is_lost(self._store):
            yield Problem(layout.HEAD, f"it is not there, or damaged; {AGAIN}")
            return
        opening = head.read(self._store)
        self._has_same_keys = bool(opening.settings.get("gop.closed", True))
        self._command, self._asked = opening.command, asked.of(opening)
        try:
            if self._store.read(layout.CARD).decode(errors="replace") != card.text(opening):
                yield Problem(layout.CARD, f"it is not the card of corpus.json; {AGAIN}")
        except FileNotFoundError:
            yield Problem(layout.CARD, "the file is not there")

    def _sources(self) -> Iterator[Problem]:
        for number in range(max(manifest.rosters(self._store), 1)):
            yield from self._single(layout.sources_marker(number))
            with suppress(CorpusError):  # a damaged marker is told already
                told = manifest.read(self._store, layout.sources_marker(number)) or {}
                file = File(told["bytes"], told["sha256"], told["rows"]) if "file" in told else None
                copy = layout.sources_copy(number)
                if file is not None and (reason := self._files.wrong(copy, file)) is not None:
                    yield Problem(copy, reason)

    def _single(self, name: str) -> Iterator[Problem]:
        """A marker of one file."""
        self._tell(name)
        try:
            yield from on_disk.of_marker(self._files, manifest.read(self._store, name), name)
        except CorpusError:
            yield Problem(name, "the marker is damaged")

    def _chunk(self, chunk: Chunk) -> Iterator[Problem]:
        """The files of a chunk, and what is in those that are whole."""
        clips: dict[str, ClipRow] = {}
        instants: dict[str, _Instants] = {}
        names = {name.removesuffix(".json").partition("~")[0] for name in self._store.names(f"manifest/{chunk}")}
        for what in sorted(names, key=lambda name: (name != layout.CLIPS, name)):
            try:
                made = manifest.made(self._store, chunk, what)
            except CorpusError as error:
                yield Problem(f"{layout.MANIFEST}/{chunk}/{what}.json", str(error).rpartition(": ")[2])
                continue
            self._made.add(chunk, what, made)
            if made.lacks_marker:
                yield Problem(
                    f"{layout.MANIFEST}/{chunk}/{what}.json", f"a marker before others is gone; {self._again}"
                )
            damaged = []
            for name, file in sorted(made.files.items()):
                self._tell(name)
                if (reason := self._files.wrong(name, file)) is not None:
                    damaged.append(Problem(name, reason))
            yield from damaged
            self._files.supersede(made)
            broken = {problem.file for problem in damaged}
            if what == layout.CLIPS:
                told = [] if broken else self._rows(ClipRow, made, "clips")
                self._clips.add(chunk, (row.clip for row in told))
                clips = {row.clip: row for row in told}
                yield from _pixels(made, clips)
                if told and not self._is_planned(chunk, told):
                    yield Problem(layout.clips(chunk), "its rows are not of the clips that were planned")
            elif not any(name.startswith("streams/") for name in broken):
                yield from self._encode(chunk, what, made, broken, clips, instants)

    def _is_planned(self, chunk: Chunk, told: list[ClipRow]) -> bool:
        """Whether rows of clips are of those that were planned; a plan that is lost or damaged is told by itself."""
        with suppress(CorpusError):
            chunks = self._plan(chunk.group)
            return chunks is None or (chunk.number < len(chunks) and chunks[chunk.number].gave(told))
        return True

    def _twice(self) -> Iterator[Problem]:
        """Clips of one name. Their chunks are read once more, to tell it."""
        for digest, first, chunk in self._clips.twice():
            told = self._rows(ClipRow, manifest.made(self._store, chunk, layout.CLIPS), "clips")
            clip = next(row.clip for row in told if digest_of(row.clip) == digest)
            yield Problem(layout.clips(chunk), f"chunk {first} has a clip of that name too; {head.ANEW}", clip)

    def _encode(
        self,
        chunk: Chunk,
        encode: str,
        made: Made,
        broken: set[str],
        clips: dict[str, ClipRow],
        instants: dict[str, _Instants],
    ) -> Iterator[Problem]:
        """The streams of a chunk through one encode; files that are `broken` are left out."""
        told = self._rows(StreamRow, made, "streams")
        streams = {row.clip: row for row in told}
        if len(told) > len(streams):
            yield Problem(layout.streams(encode, chunk), f"streams have rows twice, {len(told) - len(streams)} in all")
        self._count(streams)
        yield from _strangers(layout.streams(encode, chunk), streams, clips)
        yield from _bitstreams(made, encode, streams)
        codecs = {row.codec for row in streams.values() if row.codec is not None and row.status != "failed"}
        for codec in sorted(codecs):
            of_codec = {clip: row for clip, row in streams.items() if row.codec == codec}
            names = self._parts(made, encode, codec)
            for table, number in names.items():
                if len(number) != 1 and not (table == "maps" and number):
                    yield Problem(f"{table}/{codec}/{encode}", f"chunk {chunk} has {len(number)} parts of it")
            of_tables = {table: found[0] for table, found in names.items() if found and table != "maps"}
            whole = {table: name for table, name in of_tables.items() if name not in broken}
            if "frames" not in whole:
                continue
            try:
                parts = {t: Part(self._store, Stored(name, made.files[name]), t) for t, name in whole.items()}
                grids = {
                    cell: (name, Part(self._store, Stored(name, made.files[name]), "maps"))
                    for cell, name in made.maps(codec).items()
                    if name not in broken
                }
                lengths = {clip: row.frames for clip, row in clips.items()}
                problems, pictures = Streams(codec, encode, parts, whole, grids, of_codec, lengths).check()
            except CorpusError as error:
                yield Problem(whole["frames"], str(error))
                continue
            yield from problems
            self._report.pictures += len(pictures)
            self._report.lost += int(pictures.integers["error"].sum())
            asked = encode != SOURCE and self._has_same_keys
            yield from _aligned(instants, pictures, encode, asked, whole["frames"])

    def _parts(self, made: Made, encode: str, codec: str) -> dict[str, list[str]]:
        """The parts of what was asked for, by table."""
        tables = {product.partition("-")[0] for product in made.products} - {"bitstreams"}
        return {t: [n for n in made.parts(t) if n.startswith(f"{t}/{codec}/{encode}/")] for t in sorted(tables)}

    def _rows(self, kind: type[rows.AnyRow], made: Made, table: str) -> list[rows.AnyRow]:
        return [row for name in made.parts(table) for row in rows.from_bytes(kind, self._store.read(name))]

    def _count(self, streams: dict[str, StreamRow]) -> None:
        self._report.streams += len(streams)
        self._report.failed += sum(row.status == "failed" for row in streams.values())
        self._report.damaged += sum(row.status == "damaged" for row in streams.values())

    def _missing(self) -> Iterator[Problem]:
        """What was planned and is not made: a build that is under way, or ended early."""
        groups = 0
        for number in range(manifest.rosters(self._store)):
            with suppress(CorpusError):  # told already
                groups = (manifest.read(self._store, layout.sources_marker(number)) or {}).get("groups", groups)
        planned: list[Chunk] = []
        unplanned = 0
        for group in range(groups):
            name = layout.plan_marker(group)
            try:
                body = manifest.read(self._store, name)
            except CorpusError:
                yield Problem(name, "the marker is damaged")
                continue
            unplanned += body is None
            planned += [Chunk(group, number) for number in range(len(body["chunks"]) if body else 0)]
        if unplanned:
            reason = f"{unplanned} of {groups} groups are not planned yet; {self._again}"
            yield Problem(f"{layout.MANIFEST}/plans", reason)
        for lack in self._made.missing(len(planned), self._asked.among(self._contents.encodes), self._asked):
            if self._asked.has(lack.what, lack.product):
                yield Problem(layout.MANIFEST, f"{lack} not made yet; {self._again}")
            else:
                self._report.notes.append(f"{lack} not there: codecorpus {self._command} makes them if asked for them")

    @property
    def _again(self) -> str:
        """What makes what is missing."""
        return f"run codecorpus {self._command} again" if self._command else AGAIN


class _Clips:
    """The names of clips, as digests, and the chunk of each: sixteen bytes a clip, so that memory hardly grows."""

    def __init__(self) -> None:
        self._digests = array("Q")
        self._of = array("Q")
        self._chunks: list[Chunk] = []

    def add(self, chunk: Chunk, names: Iterable[str]) -> None:
        """The clips of another chunk."""
        for name in names:
            self._digests.append(digest_of(name))
            self._of.append(len(self._chunks))
        self._chunks.append(chunk)

    def twice(self) -> Iterator[tuple[int, Chunk, Chunk]]:
        """What stands in two chunks, or twice in one; of what does so more often, one after the other."""
        digests = np.array(self._digests, np.uint64)
        order = np.argsort(digests, kind="stable")
        for at in np.flatnonzero(np.diff(digests[order]) == 0).tolist():
            first, again = (self._chunks[self._of[order[at + step]]] for step in (0, 1))
            yield int(digests[order[at]]), first, again


class _Lack(NamedTuple):
    """What some chunks have not: streams through an encode or clips, or a product of these."""

    what: str
    product: str | None
    chunks: int
    among: int

    def __str__(self) -> str:
        verb = "is" if self.chunks == 1 and self.product is None else "are"
        of = "" if self.what == layout.CLIPS else f" through {self.what}"
        told = f"{self.chunks} of {self.among} chunks"
        return f"{told}{of} {verb}" if self.product is None else f"{self.product} of {told}{of} {verb}"


class _Made:
    """What was made of each chunk, as far as it must be kept to tell what is missing."""

    def __init__(self) -> None:
        self._products: dict[str, dict[frozenset[str], int]] = {}
        self._chunks: dict[str, int] = {}

    def add(self, chunk: Chunk, what: str, made: Made) -> None:
        counts = self._products.setdefault(what, {})
        there = frozenset(products.each(made.products))
        counts[there] = counts.get(there, 0) + 1
        self._chunks[what] = self._chunks.get(what, 0) + 1

    def missing(self, planned: int, encodes: list[str], asked: Asked) -> Iterator[_Lack]:
        """What is not there of all of so many chunks that were planned; of what is not there at all, what was asked."""
        for what in (layout.CLIPS, *encodes):
            among = self._chunks.get(what, 0)
            if among < planned:
                yield _Lack(what, None, planned - among, planned)
            known = self._products.get(what, {})
            for product in sorted(asked.of(what).union(*known)):
                whole = product.rpartition(" of ")[2]
                without = sum(n for there, n in known.items() if product not in there and whole in {product, *there})
                if without:
                    yield _Lack(what, product, without, among)


def _strangers(file: str, streams: dict[str, StreamRow], clips: dict[str, ClipRow]) -> Iterator[Problem]:
    """Whether there are rows of the clips that could be made, and of no others."""
    for clip in sorted(streams.keys() - clips.keys() if clips else ()):
        yield Problem(file, "clips tells of no such clip", clip)
    for clip, row in sorted(clips.items()):
        if row.status != "failed" and clip not in streams:
            yield Problem(file, "there is no row of it", clip)
        if row.status == "failed" and clip in streams and streams[clip].status != "failed":
            yield Problem(file, "it is there, and clips tells that the clip failed", clip)


def _pixels(made: Made, clips: dict[str, ClipRow]) -> Iterator[Problem]:
    """Whether every clip that was made is kept, where that was asked for."""
    for form in map(products.form_of, made.products):
        for clip, row in sorted(clips.items()):
            name = layout.pixels(form, clip)
            if row.status != "failed" and name not in made.files:
                yield Problem(name, "it was to be kept, and no marker tells of it", clip)


def _bitstreams(made: Made, encode: str, streams: dict[str, StreamRow]) -> Iterator[Problem]:
    """Whether every stream that was made is kept as it was read, where that was asked for."""
    for clip, row in sorted(streams.items()) if "bitstreams" in made.products else ():
        name = layout.bitstream(encode, clip)
        if row.status == "failed":
            continue
        if name not in made.files:
            yield Problem(name, "it was to be kept, and no marker tells of it", clip)
        elif row.sha256 is not None and made.files[name].sha256 != row.sha256:
            yield Problem(name, "it is not the stream that was read: streams tells of another SHA-256", clip)


@dataclass(frozen=True)
class _Instants:
    """What the frames of a clip are in an encode: frame, pts and the bits of time by frame; key frames."""

    encode: str
    frames: Ints
    times: Ints
    keys: frozenset[int] | None
    whole: bool

    def agrees(self, other: _Instants) -> bool:
        """Whether the frames of both are the same instants; those that one lost are left out."""
        if self.whole and other.whole and not np.array_equal(self.frames, other.frames):
            return False
        _, left, right = np.intersect1d(self.frames, other.frames, return_indices=True)
        return np.array_equal(self.times[left], other.times[right])


def _aligned(
    known: dict[str, _Instants], pictures: Pictures, encode: str, has_same_keys: bool, file: str
) -> Iterator[Problem]:
    """Whether frames are the instants that they are in the encodes before, and, where GOPs are closed, key frames."""
    frame, key, damaged = (pictures.integers[name] for name in ("frame", "key", "error"))
    for clip, at in pictures.by_clip():
        shown = at[frame[at] != NOTHING]
        shown = shown[np.argsort(frame[shown], kind="stable")]
        times = np.stack([pictures.integers["pts"], pictures.floats["time"].view(np.int64)], axis=1)[shown]
        is_whole = not damaged[at].any()
        keys = frozenset(frame[shown[key[shown] == 1]].tolist()) if has_same_keys and is_whole else None
        instants = _Instants(encode, frame[shown], times, keys, is_whole)
        first = known.setdefault(clip, instants)
        if not first.agrees(instants):
            yield Problem(file, f"its frames are not the instants that they are in {first.encode}", clip)
        if instants.keys is not None and first.keys is not None and instants.keys != first.keys:
            yield Problem(file, f"its key frames are not those of {first.encode}", clip)
        if first.keys is None and instants.keys is not None:
            known[clip] = instants
