"""The roster: the sources of a corpus in the order in which they were listed, their names, and their groups.

It is decided once, by whoever builds first, and everyone reads the same: new sources come behind those that are known.
Groups are some sources in a row, so that small ones share parts; a group's clips are divided into chunks when it is
planned. Nothing of a source itself is looked at here.
"""

from __future__ import annotations

import bisect
import hashlib
import io
import itertools
from array import array
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from codecorpus import schema
from codecorpus.corpus import layout, manifest
from codecorpus.corpus.store import Store
from codecorpus.corpus.writer import SETTINGS
from codecorpus.errors import CorpusError
from codecorpus.parquet import table_of
from codecorpus.run.request import Shard
from codecorpus.sources.find import Video, stem

SOURCES: Final = pa.schema(
    [
        pa.field("group", pa.int32(), nullable=False),
        pa.field("name", pa.string(), nullable=False),
        pa.field("uri", pa.string(), nullable=False),
        pa.field("start", pa.float64()),
        pa.field("end", pa.float64()),
        pa.field("track", pa.int32()),
    ],
    {"codecorpus.table": "sources", "codecorpus.schema_version": schema.VERSION},
)

MOST_IN_A_GROUP: Final = {"build": 16, "extract": 128}
"""Of files that are read as they are, more: small ones cost no more than reading them only if many share parts."""

FEW_GROUPS: Final = 32
"""Up to so many groups hold as few sources as they can, so that several machines have something to do."""
MANY_GROUPS: Final = 4096
"""More groups than this are not made: each has parts of its own."""

ROWS_AT_ONCE: Final = 4096

FEWEST_DIGITS: Final = 8
"""Of a source's digest, behind its stem where that is no name by itself."""
MORE_DIGITS: Final = 4
"""So many at a time, where another has that name."""

UNNAMED: Final = -1

Lengths = dict[int, int]
"""How many digits of its digest a source's name has, by that; UNNAMED as long as it has no name."""

Digests = np.ndarray[Any, np.dtype[np.uint64]]


class Source(NamedTuple):
    """A source of the corpus: the group that it is in, and what its clips' names begin with."""

    group: int
    name: str
    video: Video


def group_size(sources: int, command: str = "build") -> int:
    """How many sources are in a group of a corpus by that command, where so many are listed at once."""
    return max(1, min(MOST_IN_A_GROUP[command], -(-sources // FEW_GROUPS)), -(-sources // MANY_GROUPS))


def holds(shard: Shard, groups: int, chunk: layout.Chunk) -> bool:
    """Whether a chunk is a shard's to make: its group is, or it itself where there were fewer groups than shards.

    `groups` are as many as there were when the chunk's came, see `Roster.groups_with`.
    """
    if groups >= shard.count:
        return chunk.group % shard.count == shard.index
    return (chunk.group + chunk.number * groups) % shard.count == shard.index


class Roster:
    """The sources of a corpus, read from the store each time, a few at once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._parts: list[str] = []
        self._ends: list[int] = []
        """By part, how many groups there were once it had come."""

    @property
    def groups(self) -> int:
        """How many there are."""
        return self._ends[-1] if self._ends else 0

    def groups_with(self, group: int) -> int:
        """How many there were once that one had come: the same for every shard, however many come meanwhile."""
        return self._ends[bisect.bisect_right(self._ends, group)]

    def enlist(self, listed: Iterable[Video], settings: Mapping[str, Any]) -> int:
        """Take in what is listed and not known yet; how many sources that were.

        `listed` is gone through several times.

        Raises:
            CorpusError: a marker is damaged, and cannot be mended by listing the same again.
        """
        while True:
            known, names = self._read_known(settings)
            new, stems = self._new(listed, known)
            count = len(new)
            if not count:
                return 0
            size = group_size(count, settings["command"])
            _lengthen(listed, new, stems, names)
            if self._put(self._rows(listed, new, size), count, size, settings):
                return count

    def groups_of(self, shard: Shard) -> Iterator[tuple[int, list[Source]]]:
        """A shard's groups and their sources; every group of those that came while they were fewer than shards."""
        members: list[Source] = []
        for source in self:
            if members and source.group != members[0].group:
                yield members[0].group, members
                members = []
            if self.groups_with(source.group) < shard.count or source.group % shard.count == shard.index:
                members.append(source)
        if members:
            yield members[0].group, members

    def __iter__(self) -> Iterator[Source]:
        for name in self._parts:
            with self._store.open(name) as opened, pq.ParquetFile(opened) as file:
                for batch in file.iter_batches(ROWS_AT_ONCE, use_threads=False):
                    for row in batch.to_pylist():
                        yield Source(
                            row["group"], row["name"], Video(row["uri"], row["start"], row["end"], row.get("track"))
                        )

    def _mended(self, number: int, settings: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The marker of a part, mended where it or what it names is lost or damaged; None where there is none.

        Raises:
            CorpusError: it cannot be mended.
        """
        name = layout.sources_marker(number)
        try:
            body = manifest.read(self._store, name)
        except CorpusError:
            self._store.remove(name)
            body = None
        if body is None:
            return self._told_again(number, settings)
        for file, copy in ((body["file"], layout.sources_copy(number)), (layout.sources_copy(number), body["file"])):
            if _sha256(self._store, file) != body["sha256"]:
                if _sha256(self._store, copy) != body["sha256"]:
                    raise CorpusError(f"{self._store.path}/{file}: it is damaged, and so is its copy, {copy}")
                self._store.put(file, self._store.read(copy))
        return body

    def _told_again(self, number: int, settings: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """A marker made anew, of the part of that number that stands there whole."""
        for name in sorted(self._store.names("sources")):
            start, _, digest = name.removesuffix(".parquet").rpartition("-")
            if start != f"part-{number:04}":
                continue
            found = _sha256(self._store, f"sources/{name}")
            if found is not None and found.startswith(digest):
                data = self._store.read(f"sources/{name}")
                groups = table_of(data, ["group"])["group"]
                self._tell(number, data, len(groups), groups[-1].as_py() + 1, settings)
                return self._mended(number, settings)
        return None

    def _read_known(self, settings: Mapping[str, Any]) -> tuple[Digests, Digests]:
        """Digests of the sources that are known, and of their names."""
        self._parts, self._ends = [], []
        while (body := self._mended(len(self._parts), settings)) is not None:
            self._parts.append(body["file"])
            self._ends.append(body["groups"])
        videos, names = array("Q"), array("Q")
        for source in self:
            videos.append(_digest(source.video))
            names.append(_digest(source.name))
        return np.sort(np.frombuffer(videos, np.uint64)), np.sort(np.frombuffer(names, np.uint64))

    def _new(self, listed: Iterable[Video], known: Digests) -> tuple[Lengths, array[int]]:
        """What is not known, in the order of the list, each once; and digests of their stems."""
        new: Lengths = {}
        stems = array("Q")
        for video in listed:
            digest = _digest(video)
            if digest not in new and not _is_among(np.uint64(digest), known):
                new[digest] = 0
                stems.append(_digest(stem(video)))
        return new, stems

    def _rows(self, listed: Iterable[Video], left: Lengths, size: int) -> Iterator[dict[str, Any]]:
        """What is `left` of the list, each once, and then no more."""
        position = 0
        for video in listed:
            digits = left.pop(_digest(video), None)
            if digits is None:
                continue
            yield {
                "group": self.groups + position // size,
                "name": _name(video, digits),
                "uri": video.uri,
                "start": video.start,
                "end": video.end,
                "track": video.track,
            }
            position += 1

    def _put(self, rows: Iterator[dict[str, Any]], count: int, size: int, settings: Mapping[str, Any]) -> bool:
        """Write the sources that are new, and say so, unless another did so meanwhile."""
        out = io.BytesIO()
        with pq.ParquetWriter(out, SOURCES, **SETTINGS) as writer:
            while batch := list(itertools.islice(rows, ROWS_AT_ONCE)):
                writer.write_table(pa.Table.from_pylist(batch, schema=SOURCES))
        data = out.getvalue()
        digest = hashlib.sha256(data).hexdigest()
        number, groups = len(self._parts), self.groups + -(-count // size)
        name = layout.sources(number, digest)
        self._store.put(name, data)
        if self._tell(number, data, count, groups, settings):
            self._parts.append(name)
            self._ends.append(groups)
            return True
        known = manifest.read(self._store, layout.sources_marker(number))
        if known is not None and known["file"] != name:
            self._store.remove(name)
        return False

    def _tell(self, number: int, data: bytes, rows: int, groups: int, settings: Mapping[str, Any]) -> bool:
        """Put the marker of a part; whether it was the first."""
        digest = hashlib.sha256(data).hexdigest()
        marker, file = layout.sources_marker(number), manifest.File(len(data), digest, rows)
        told = manifest.single(marker, layout.sources(number, digest), file, groups=groups, **settings)
        is_first = self._store.put_once(marker, told)
        if is_first:
            self._store.put(layout.sources_copy(number), data)
        return is_first


def _lengthen(listed: Iterable[Video], new: Lengths, stems: array[int], known: Digests) -> None:
    """Give the names of what is new as many digits as each needs to be no other's, whatever the list's order.

    A name that several are offered, or that was offered before, is nobody's: they are offered longer ones.
    """
    offered, digits = stems, 0
    while lost := _lost(offered, known):
        known = np.sort(np.concatenate([known, np.frombuffer(offered, np.uint64)]))
        names = iter(offered)
        for source, had in new.items():
            if had == digits and next(names) in lost:
                new[source] = UNNAMED
        digits, offered = digits + (MORE_DIGITS if digits else FEWEST_DIGITS), array("Q")
        for video in listed:
            source = _digest(video)
            if new.get(source) == UNNAMED:
                new[source] = digits
                offered.append(_digest(_name(video, digits)))


def _lost(offered: array[int], known: Digests) -> set[int]:
    """What cannot be names of what is offered: it is there twice, or known."""
    values = np.sort(np.frombuffer(offered, np.uint64))
    twice = values[1:][values[1:] == values[:-1]]
    return {*twice.tolist(), *values[_is_among(values, known)].tolist()}


def _name(video: Video, digits: int) -> str:
    """The stem of a video, and so many digits of its digest, which goes round."""
    if not digits:
        return stem(video)
    found = _hexadecimal(video)
    return f"{stem(video)}-{(found * (1 + digits // len(found)))[:digits]}"


def _is_among(digests: Any, known: Digests) -> Any:
    """Whether a digest, or each of several, is one of those that are known, which rise. numpy.isin loads much more."""
    return np.searchsorted(known, digests, "left") < np.searchsorted(known, digests, "right")


def _sha256(store: Store, name: str) -> str | None:
    try:
        return hashlib.sha256(store.read(name)).hexdigest()
    except FileNotFoundError:
        return None


def _digest(what: Video | str) -> int:
    return int(_hexadecimal(what)[:16], 16)


def _hexadecimal(what: Video | str) -> str:
    """SHA-256 of a video, or of a name."""
    if isinstance(what, str):
        text = what
    else:
        text = repr((what.uri, what.start, what.end, *([] if what.track is None else [what.track])))
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()
