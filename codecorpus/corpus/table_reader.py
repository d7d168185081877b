"""Tables of a corpus: rows of whatever clips, encodes and frames are wanted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa

from codecorpus import schema
from codecorpus.corpus.access import Access
from codecorpus.corpus.contents import Stream
from codecorpus.corpus.layout import Chunk
from codecorpus.corpus.manifest import AGAIN
from codecorpus.corpus.recent import Recent
from codecorpus.corpus.selection import Names, index, several, span
from codecorpus.errors import CorpusError

if TYPE_CHECKING:
    import pyarrow.dataset as ds


class _Pick(NamedTuple):
    """What is wanted of the parts of a chunk's streams through an encode; `clips` are all where it is None."""

    chunk: Chunk
    encode: str
    clips: list[str] | None


class TableReader:
    """Reads tables: those of bookkeeping whole, and kept; those of intrinsics as far as they are wanted."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._contents = access.contents
        self._bookkeeping: Recent[str, pa.Table] = Recent(len(schema.BOOKKEEPING))

    def about(self, table: str, order: list[str]) -> pa.Table:
        """All rows of a bookkeeping table, in the order of these keys."""
        by = [(key, "ascending") for key in order]
        return self._bookkeeping.get(table, lambda: self._contents.bookkeeping(table).sort_by(by))

    def rows(
        self, table: str, clip: Names, encode: Names, frames: slice | None, columns: Sequence[str] | None
    ) -> pa.Table:
        """Rows of a table of intrinsics: see `codecorpus.Corpus.frames`."""
        wanted = self._schema(table).names if columns is None else list(columns)
        if unknown := [name for name in wanted if name not in schema.PARTS[table].names]:
            raise ValueError(f"no column {unknown[0]!r} in {table}; known are {', '.join(schema.PARTS[table].names)}")
        if not wanted:  # as many rows as there are, as Arrow's readers give them
            return self.rows(table, clip, encode, frames, schema.KEYS[1:2]).select([])
        least, most = span(frames)
        if isinstance(clip, str) and isinstance(encode, str):
            stream = self._access.stream(clip, encode)
            if frames is not None and stream.frames is not None:
                index(clip, frames, stream.frames)
            picks: Iterable[_Pick] = [_Pick(stream.chunk, encode, [clip])]
        else:
            picks = self._picks(clip, encode)
        pieces = []
        was_asked = not all(names is None or several(names) for names in (clip, encode))
        for pick in picks:
            for codec in self._codecs(pick):
                part = self._access.part(table, pick.chunk, pick.encode, codec)
                if part is None:
                    continue
                was_asked = True
                groups: Sequence[int] = part.groups
                if pick.clips is not None:  # small clips share them
                    groups = list(dict.fromkeys(group for name in pick.clips for group in part.of_clip(name)))
                if frames is not None:
                    groups = part.within(groups, "frame", least, most)
                    pieces.append(part.shown(groups, wanted, least, most, pick.clips))
                else:
                    pieces.append(part.read(groups, wanted, pick.clips))
        if not was_asked:
            raise self._nothing(table, clip, encode)
        none = pa.schema([schema.PARTS[table].field(name) for name in wanted], schema.PARTS[table].metadata)
        return pa.concat_tables(pieces) if pieces else none.empty_table()

    def dataset(self, table: str) -> ds.Dataset:
        """A table as a pyarrow dataset: see `codecorpus.Corpus.dataset`."""
        import pyarrow.dataset as ds  # not before: it brings pandas, which takes 50 MB and a fifth of a second

        declared = schema.BOOKKEEPING.get(table) or self._schema(table)
        files, root = self._contents.store.dataset
        parts = list(self._contents.parts(table))
        if not parts:
            raise self._nothing(table, None, None)
        there = dict(self._contents.store.list(table))
        for part in parts:
            if there.get(part.name) != part.file.bytes:
                what = "is damaged" if part.name in there else "is not there"
                raise CorpusError(f"{self._access.path}/{part.name}: the file {what}; {AGAIN}")
        paths = [f"{root}/{part.name}" for part in parts]
        return ds.dataset(paths, schema=declared, filesystem=files, format="parquet")

    def _picks(self, clip: Names, encode: Names) -> Iterator[_Pick]:
        """What is wanted of which parts, for names that are known; in the order of the parts."""
        contents = self._contents
        encodes = contents.encodes if encode is None else sorted(set(several(encode)))
        for name in encodes:
            if name not in contents.encodes:
                raise contents.unknown("encode", name, contents.encodes)
        chunks: dict[Chunk, list[str] | None] = dict.fromkeys(contents.chunks)
        if clip is not None:
            among: dict[Chunk, list[str]] = {}
            for name in sorted(set(several(clip))):
                among.setdefault(self._access.chunk(name), []).append(name)
            chunks = {chunk: among[chunk] for chunk in sorted(among)}
            if encode is not None:
                for name in several(clip):
                    for through in encodes:
                        self._access.stream(name, through)
        return (_Pick(chunk, name, clips) for name in encodes for chunk, clips in chunks.items())

    def _streams(self, pick: _Pick) -> dict[str, Stream]:
        """The streams that are wanted and made, by clip."""
        streams = self._contents.streams(pick.chunk, pick.encode)
        return streams if pick.clips is None else {name: streams[name] for name in pick.clips if name in streams}

    def _codecs(self, pick: _Pick) -> list[str]:
        """The codecs of the streams that can be read."""
        asked = self._streams(pick).values()
        return sorted({stream.codec for stream in asked if stream.status != "failed" and stream.codec is not None})

    def _nothing(self, table: str, clip: Names, encode: Names) -> CorpusError:
        """The error of a table of which nothing is there: all streams that are asked for failed, or it was not made."""
        picks = list(self._picks(clip, encode))
        failed = [(name, pick.encode, own) for pick in picks for name, own in self._streams(pick).items()]
        if not failed or any(self._codecs(pick) for pick in picks):
            return self._access.no_table(table, encode)
        name, through, first = failed[0]
        others = f"; so did all others that are asked for, {len(failed) - 1}" if len(failed) > 1 else ""
        return CorpusError(f"{self._access.path}: {name} through {through} failed: {first.error}{others}")

    def _schema(self, table: str) -> pa.Schema:
        if table not in schema.PARTS:
            raise ValueError(f"no table {table!r}; known are {', '.join((*schema.BOOKKEEPING, *schema.PARTS))}")
        return schema.PARTS[table]
