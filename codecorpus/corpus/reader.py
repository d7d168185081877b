"""Reading a corpus: its bookkeeping, and the intrinsics of whatever clips, encodes and frames are wanted."""

from __future__ import annotations

import operator
import os
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pyarrow as pa

from codecorpus import flow as flows
from codecorpus import maps as grids
from codecorpus import schema
from codecorpus.corpus import head, layout, spreads, store
from codecorpus.corpus.contents import AGAIN, Contents, Stored, Stream
from codecorpus.corpus.layout import Chunk
from codecorpus.corpus.maps import stacked
from codecorpus.corpus.parts import NOTHING, Part, integers, kept
from codecorpus.corpus.recent import Recent
from codecorpus.corpus.windows import Window
from codecorpus.corpus.windows import windows as find_windows
from codecorpus.errors import CorpusError
from codecorpus.intrinsics import Intrinsics
from codecorpus.orientation import Orientation
from codecorpus.track import Track

if TYPE_CHECKING:
    import pyarrow.dataset as ds

    from codecorpus.corpus.contrast import Contrasts
    from codecorpus.corpus.descriptions import Vector
    from codecorpus.corpus.pixels import PixelReader
    from codecorpus.sources.frames import Pixels

Names = str | Sequence[str] | None
"""One name, several, or all where it is None."""

PARTS_AT_HAND: Final = 256
"""Parts that are kept open."""

SPREADS_AT_HAND: Final = 32
"""Encodes whose statistics are kept: 8 MB each."""

DESCRIPTIONS_AT_HAND: Final = 4096
"""Streams whose descriptions are kept."""


def open(path: str | os.PathLike[str], *, statistics: str | os.PathLike[str] | None = None) -> Corpus:
    """Open a corpus at a local path or any fsspec URI.

    Args:
        path: the corpus.
        statistics: where `codecorpus stats --out` wrote its statistics; in the corpus by default.

    Raises:
        CorpusError: there is none, or it is of another format.
    """
    return Corpus(os.fspath(path), None if statistics is None else os.fspath(statistics))


class _Own(NamedTuple):
    """A stream that can be read, and what is known of its clip."""

    clip: str
    encode: str
    chunk: Chunk
    codec: str
    size: grids.Size | None
    frames: int | None


class _Pick(NamedTuple):
    """What is wanted of the parts of a chunk's streams through an encode; `clips` are all where it is None."""

    chunk: Chunk
    encode: str
    clips: list[str] | None


COMPONENTS: Final = {component for vector in grids.VECTORS.values() for component in vector}
"""Channels that are a component of a vector."""


class Corpus:
    """A corpus that is read, never written: what its markers name, and nothing else.

    Tables come as pyarrow.Tables by encode, chunk, clip, coded order and block; those of intrinsics have the columns
    of `codecorpus.schema.PARTS`. It can be pickled, and used by threads and by forked processes.
    """

    def __init__(self, path: str, statistics: str | None = None) -> None:
        self.path = path
        found = store.find(path)
        self._head = head.read(found)
        self.contents = Contents(found)
        self._parts: Recent[str, Part] = Recent(PARTS_AT_HAND)
        self._bookkeeping: Recent[str, pa.Table] = Recent(len(schema.BOOKKEEPING))
        self._measured = found if statistics is None else store.find(statistics)
        self._spreads: Recent[tuple[int, str], spreads.OfEncode] = Recent(SPREADS_AT_HAND)
        self._descriptions: Recent[tuple[str, str], Vector] = Recent(DESCRIPTIONS_AT_HAND)
        self._pixel_readers: Recent[str, PixelReader] = Recent(1)

    def __repr__(self) -> str:
        return f"codecorpus.open({self.path!r})"

    @property
    def clips(self) -> pa.Table:
        """One row per clip: `codecorpus.schema.CLIPS`."""
        return self._rows_about("clips", ["clip"])

    @property
    def encodes(self) -> pa.Table:
        """One row per encode: `codecorpus.schema.ENCODES`."""
        return self._rows_about("encodes", ["encode"])

    @property
    def streams(self) -> pa.Table:
        """One row per clip and encode: `codecorpus.schema.STREAMS`."""
        return self._rows_about("streams", ["encode", "clip"])

    def frames(
        self,
        clip: Names = None,
        encode: Names = None,
        frames: slice | None = None,
        columns: Sequence[str] | None = None,
    ) -> pa.Table:
        """One row per coded picture.

        Args:
            clip: only these clips.
            encode: only these encodes.
            frames: only these presentation indices; pictures that are never shown have none.
            columns: only these columns.

        Raises:
            CorpusError: there is no such clip or encode, or the one stream that is asked for failed; the table was not
                asked for; a file is missing or damaged.
            IndexError: the one clip that is asked for has not that many frames.
        """
        return self._intrinsics("frames", clip, encode, frames, columns)

    def blocks(
        self,
        clip: Names = None,
        encode: Names = None,
        frames: slice | None = None,
        columns: Sequence[str] | None = None,
    ) -> pa.Table:
        """One row per coding block; arguments and errors as for `frames`."""
        return self._intrinsics("blocks", clip, encode, frames, columns)

    def motion(
        self,
        clip: Names = None,
        encode: Names = None,
        frames: slice | None = None,
        columns: Sequence[str] | None = None,
    ) -> pa.Table:
        """One row per inter prediction block; arguments and errors as for `frames`."""
        return self._intrinsics("motion", clip, encode, frames, columns)

    def transforms(
        self,
        clip: Names = None,
        encode: Names = None,
        frames: slice | None = None,
        columns: Sequence[str] | None = None,
    ) -> pa.Table:
        """One row per transform block, where the recipe asks for them; arguments and errors as for `frames`."""
        return self._intrinsics("transforms", clip, encode, frames, columns)

    def maps(
        self,
        clip: str,
        encode: str,
        frames: grids.Frames = None,
        *,
        channels: Sequence[str] = grids.CHANNELS,
        cell: int = 16,
        hidden: grids.Hidden = "count",
        rotate: bool = False,
    ) -> grids.Array:
        """Dense grids of one stream on the clip's size, float32 [frames, channels, rows, columns].

        Read from **maps** where the corpus has them in such cells, made from **blocks** and **motion** where not.
        A frame whose picture is damaged, or whose bits another damaged picture has a part in, is NaN, its masks 0.

        Args:
            clip: the clip.
            encode: the encode.
            frames: a slice or a sequence of presentation indices; all by default.
            channels: of `codecorpus.maps.CHANNELS`. Of each there is another one, as in `bits_importance`: the rank of
                the value among those of all cells of this encode in the corpus, 0 to 1; 0.9 is in the top tenth.
            cell: side of a cell in luma samples.
            hidden: what becomes of pictures that are not shown when they are coded: see `codecorpus.maps.compute`.
            rotate: turns them as players turn the source's pictures.

        Raises:
            CorpusError: there is no such clip or encode, or the stream failed; a table that is needed was not asked
                for; a file is missing or damaged; or ranks are asked for, and `codecorpus stats` was not run since the
                corpus was built.
            IndexError: the clip has not that many frames.
        """
        if rotate:
            return self._turned_maps(clip, encode, frames, channels, cell, hidden)
        plain = grids.unranked(channels)
        own = self._stream(clip, encode)
        if isinstance(channels, str) or plain == tuple(channels):
            return self._maps(own, frames, channels, cell, hidden)
        values = dict(zip(plain, self._maps(own, frames, plain, cell, hidden).swapaxes(0, 1), strict=True))
        known = self._spreads.get(
            (cell, encode), lambda: spreads.read(self._measured, self.contents, cell, encode)
        ).get(own.codec)
        if known is None:
            raise CorpusError(f"{self.path}: its statistics do not tell of {encode}: codecorpus stats {self.path}")
        ranked = {f"{name}{grids.IMPORTANCE}": (name, spread) for name, spread in known.items()}
        layers = []
        for channel in channels:
            name, spread = ranked.get(channel, (channel, None))
            layers.append(values[name] if spread is None else spread.rank(values[name]))
        return np.stack(layers, axis=1)

    def flow(
        self,
        clip: str,
        encode: str,
        frames: grids.Frames = None,
        *,
        direction: flows.Direction = "backward",
        rotate: bool = False,
    ) -> tuple[grids.Array, flows.Mask]:
        """Optical flow of one stream at the clip's size, and its mask: see `codecorpus.flow.compute`.

        With `rotate` it is turned as players turn the source's pictures.

        Raises:
            CorpusError: as for `maps`.
            IndexError: the clip has not that many frames.
        """
        own = self._stream(clip, encode)
        pictures, size, index = self._pictures(own, frames)
        tables = self._rows_of(own, size, pictures, index, ("motion",))
        orientation = self._track(clip).orientation if rotate else None
        return flows.compute(own.codec, tables, direction=direction, frames=index, size=size, orientation=orientation)

    def pixels(
        self,
        clip: str,
        frames: grids.Frames = None,
        *,
        encode: str | None = None,
        threads: int = 0,
        rotate: bool = False,
    ) -> Pixels:
        """Frames of a clip, RGB, uint8 [T, H, W, 3]: those that every encode was given, or those that it left.

        Of the clip itself they come out of the corpus where the recipe says `keep: clips`, else they are decoded from
        its source as they were when it was cut. Frame numbers are those of the tables.

        Args:
            clip: the clip.
            frames: a slice or a sequence of presentation indices; all by default.
            encode: of this encode, whose bitstreams were kept.
            threads: of the decoder; as many as there are cores unless given.
            rotate: turns them as players turn the source's pictures.

        Raises:
            CorpusError: there is no such clip or encode, or it failed; the bitstream was not kept; a file is missing or
                damaged; the source is not there.
            SourceError: the source is another one now.
            IndexError: the clip has not that many frames.
        """
        if rotate:
            pictures = np.moveaxis(self.pixels(clip, frames, encode=encode, threads=threads), -1, 1)
            turned = self._track(clip).orientation.turned(pictures)
            return np.ascontiguousarray(np.moveaxis(turned, 1, -1))
        if encode is not None and encode != layout.SOURCE:
            own = self._stream(clip, encode)
            part, groups = self._needed(own, "frames")
            shown = part.read(groups, ["frame", "pts"])
            times = dict(zip(shown["frame"].to_pylist(), shown["pts"].to_pylist(), strict=True))
            index = _index(own, frames, own.frames or len(times.keys() - {None}))
            return self._pixels.of_stream(clip, encode, own.chunk, times, index, threads)
        if encode is not None:
            self._stream(clip, encode)
        chunk = self._chunk(clip)
        known = self.contents.clips(chunk)[clip]
        count = known.frames
        if count is None:  # a file that is read as it is
            streams = self.contents.streams(chunk, layout.SOURCE)
            count = (streams[clip].frames if clip in streams else None) or 0
        index = _index(_Own(clip, "", chunk, "", None, count), frames, count)
        return self._pixels.of_clip(clip, chunk, index, threads)

    def windows(
        self,
        length: int = 16,
        stride: int | None = None,
        encodes: Sequence[str] | None = None,
        *,
        damaged: bool = False,
    ) -> list[Window]:
        """Every window of `length` frames that there is: plain tuples, to be shuffled, pickled and handed to workers.

        A clip that failed has none; a stream that failed is in none, nor is one in a window that touches a picture
        which is damaged, refers to what is, or is never shown, unless `damaged` says that it may be.

        Args:
            length: frames in a window; what is left at the end of a clip is in none.
            stride: frames from one window to the next; as many as it has unless given.
            encodes: those that every window must have; by default each window has those that there are, at least one.
            damaged: whether windows may hold damaged pictures.

        Raises:
            CorpusError: there is no such encode.
            ValueError: there are no such windows in any corpus.
        """
        if isinstance(encodes, str):
            raise ValueError(f"encodes are a sequence of names; not {encodes!r}")
        if length < 1 or (stride is not None and stride < 1):
            raise ValueError(f"windows have 1 frame or more, as has their stride; not {length} and {stride}")
        return list(find_windows(self.contents, self._pictures_of, length, stride or length, encodes, damaged))

    def size(self, clip: str) -> grids.Size:
        """Width and height of a clip: those of its pixels, and what its maps cover.

        Raises:
            CorpusError: there is no such clip, or it failed.
        """
        known = self.contents.clips(self._chunk(clip))[clip]
        if known.width and known.height:
            return known.width, known.height
        return grids.displayed_size(self.frames(clip, self.encodes_of(clip)[0]))

    def fps(self, clip: str) -> float:
        """Frames a second of a clip, on average.

        Raises:
            CorpusError: there is no such clip, or it failed, or does not tell.
        """
        rate = self.contents.clips(self._chunk(clip))[clip].fps
        if rate is None:
            raise CorpusError(f"{self.path}: {clip} does not tell its frame rate")
        return rate

    @property
    def contrast(self) -> Contrasts:
        """Several encodes of the same frames: `corpus.contrast(clip, frames)`, and `corpus.contrast.pairs("tune")`."""
        from codecorpus.corpus.contrast import Contrasts  # not before: tables alone need no encoders

        return Contrasts(self)

    def description(self, clip: str, encode: str) -> Vector:
        """What an encode was told to do and came to, as numbers: `codecorpus.corpus.descriptions.ENTRIES` names them.

        Raises:
            CorpusError: as for `frames`.
        """
        from codecorpus.corpus import descriptions

        def make() -> Vector:
            own = self._stream(clip, encode)
            rows = self.frames(clip, encode, columns=["qstep"])["qstep"].drop_null()
            known = self.contents.rows_about(own.chunk, encode, clip)
            return descriptions.describe(*known, float(np.mean(rows)) if len(rows) else float("nan"))

        return self._descriptions.get((clip, encode), make)

    def _pictures_of(self, clip: str, encode: str) -> pa.Table:
        """What tells of damage."""
        return self.frames(clip, encode, columns=["frame", "coded_order", "error", "complete"])

    def intrinsics(self, clip: str, encode: str, tables: Sequence[str] = ("frames", "blocks", "motion")) -> Intrinsics:
        """One stream as `codecorpus.extract` gives it.

        Raises:
            CorpusError: as for `frames`.
        """
        own = self._stream(clip, encode)
        names = {table: schema.SCHEMAS[table].names for table in tables}
        found = {table: self._intrinsics(table, clip, encode, None, columns) for table, columns in names.items()}
        tables_ = {table: rows.cast(schema.SCHEMAS[table]) for table, rows in found.items()}
        return Intrinsics(own.codec, tables_, track=self._track(clip))

    def _track(self, clip: str) -> Track:
        """The video track of a clip's source."""
        known = self.contents.clips(self._chunk(clip))[clip]
        aspect = None
        if known.sample_aspect_num and known.sample_aspect_den:
            aspect = Fraction(known.sample_aspect_num, known.sample_aspect_den)
        orientation = Orientation(known.rotation or 0, bool(known.mirrored))
        return Track(known.track or 0, known.tracks or 1, orientation, aspect)

    def encodes_of(self, clip: str) -> list[str]:
        """The encodes through which a clip was made, and can be read.

        Raises:
            CorpusError: there is no such clip.
        """
        chunk = self._chunk(clip)
        found = ((encode, self.contents.streams(chunk, encode).get(clip)) for encode in self.contents.encodes)
        return [encode for encode, stream in found if stream is not None and stream.status != "failed"]

    def bitstream(self, clip: str, encode: str) -> bytes | None:
        """A stream as its encoder wrote it, in the container nut; None where it was not kept.

        Raises:
            CorpusError: there is no such clip or encode, or the stream failed; the file is missing or damaged.
        """
        own = self._stream(clip, encode)
        name = layout.bitstream(encode, clip)
        file = self.contents.made(own.chunk, encode).files.get(name)
        return None if file is None else self.contents.read(Stored(name, file))

    def dataset(self, table: str) -> ds.Dataset:
        """A table as a pyarrow dataset of the files that count, to scan what does not fit in memory.

        Raises:
            CorpusError: the table was not asked for; a file is not there.
        """
        import pyarrow.dataset as ds  # not before: it brings pandas, which takes 50 MB and a fifth of a second

        own = schema.BOOKKEEPING.get(table) or self._schema(table)
        files, root = self.contents.store.dataset
        parts = list(self.contents.parts(table))
        if not parts:
            raise self._no_table(table)
        there = dict(self.contents.store.list(table))
        for part in parts:
            if there.get(part.name) != part.file.bytes:
                what = "is damaged" if part.name in there else "is not there"
                raise CorpusError(f"{self.path}/{part.name}: the file {what}; {AGAIN}")
        paths = [f"{root}/{part.name}" for part in parts]
        return ds.dataset(paths, schema=own, filesystem=files, format="parquet")

    @property
    def _pixels(self) -> PixelReader:
        from codecorpus.corpus.pixels import PixelReader  # not before: tables alone need no recipes and no encoders

        return self._pixel_readers.get("", lambda: PixelReader(self.contents))

    def _rows_about(self, table: str, order: list[str]) -> pa.Table:
        by = [(key, "ascending") for key in order]
        return self._bookkeeping.get(table, lambda: self.contents.bookkeeping(table).sort_by(by))

    def _intrinsics(
        self, table: str, clip: Names, encode: Names, frames: slice | None, columns: Sequence[str] | None
    ) -> pa.Table:
        wanted = self._schema(table).names if columns is None else list(columns)
        if unknown := [name for name in wanted if name not in schema.PARTS[table].names]:
            raise ValueError(f"no column {unknown[0]!r} in {table}; known are {', '.join(schema.PARTS[table].names)}")
        least, most = _span(frames)
        if isinstance(clip, str) and isinstance(encode, str):
            own = self._stream(clip, encode)
            if frames is not None and own.frames is not None:
                _index(own, frames, own.frames)
            picks: Iterable[_Pick] = [_Pick(own.chunk, encode, [clip])]
        else:
            picks = self._picks(clip, encode)
        pieces = []
        was_asked = False
        for pick in picks:
            for codec in self._codecs(pick):
                part = self._part(table, pick.chunk, pick.encode, codec)
                if part is None:
                    continue
                was_asked = True
                groups = part.groups if pick.clips is None else [g for name in pick.clips for g in part.of_clip(name)]
                if frames is not None:
                    groups = part.within(groups, "frame", least, most)
                    pieces.append(part.shown(groups, wanted, least, most))
                else:
                    pieces.append(part.read(groups, wanted))
        if not was_asked:
            raise self._no_table(table, encode)
        none = pa.schema([schema.PARTS[table].field(name) for name in wanted], schema.PARTS[table].metadata)
        return pa.concat_tables(pieces) if pieces else none.empty_table()

    def _picks(self, clip: Names, encode: Names) -> Iterator[_Pick]:
        """What is wanted of which parts, for names that are known; in the order of the parts."""
        contents = self.contents
        encodes = contents.encodes if encode is None else _several(encode)
        for name in encodes:
            if name not in contents.encodes:
                raise contents.unknown("encode", name, contents.encodes)
        chunks: dict[Chunk, list[str] | None] = dict.fromkeys(contents.chunks)
        if clip is not None:
            among: dict[Chunk, list[str]] = {}
            for name in sorted(_several(clip)):
                among.setdefault(self._chunk(name), []).append(name)
            chunks = {chunk: among[chunk] for chunk in sorted(among)}
            if encode is not None:
                for name in _several(clip):
                    for one in encodes:
                        self._stream(name, one)
        return (_Pick(chunk, name, clips) for name in sorted(encodes) for chunk, clips in chunks.items())

    def _codecs(self, pick: _Pick) -> list[str]:
        """The codecs of the streams that can be read."""
        streams = self.contents.streams(pick.chunk, pick.encode)
        own = streams.values() if pick.clips is None else [streams[name] for name in pick.clips if name in streams]
        return sorted({stream.codec for stream in own if stream.status != "failed" and stream.codec is not None})

    def _chunk(self, clip: str) -> Chunk:
        """The chunk of a clip that did not fail."""
        chunk = self.contents.chunk_of.get(clip)
        if chunk is None:
            raise self.contents.unknown("clip", clip, self.contents.chunk_of)
        known = self.contents.clips(chunk)[clip]
        if known.status == "failed":
            raise CorpusError(f"{self.path}: the clip {clip} failed: {known.error}")
        return chunk

    def _stream(self, clip: str, encode: str) -> _Own:
        """A stream that can be read.

        Raises:
            CorpusError: there is no such clip or encode; the stream failed, or is not made yet.
        """
        if encode not in self.contents.encodes:
            raise self.contents.unknown("encode", encode, self.contents.encodes)
        chunk = self._chunk(clip)
        stream = self.contents.streams(chunk, encode).get(clip)
        if stream is None:
            raise CorpusError(f"{self.path}: {clip} through {encode} is not made yet; {AGAIN}")
        if stream.status == "failed" or stream.codec is None:
            raise CorpusError(f"{self.path}: {clip} through {encode} failed: {stream.error}")
        known = self.contents.clips(chunk)[clip]
        size = (known.width, known.height) if known.width and known.height else None
        return _Own(clip, encode, chunk, stream.codec, size, _most(known.frames, stream))

    def _schema(self, table: str) -> pa.Schema:
        if table not in schema.PARTS:
            raise ValueError(f"no table {table!r}; known are {', '.join((*schema.BOOKKEEPING, *schema.PARTS))}")
        return schema.PARTS[table]

    def _no_table(self, table: str, encode: Names = None) -> CorpusError:
        of = "" if encode is None else f" of {', '.join(_several(encode))}"
        return CorpusError(f"{self.path}: no table {table}{of} in it: it was not asked for, or is not made yet")

    def _part(self, table: str, chunk: Chunk, encode: str, codec: str) -> Part | None:
        stored = self.contents.part(table, chunk, encode, codec)
        return None if stored is None else self._opened(stored, table)

    def _opened(self, stored: Stored, table: str) -> Part:
        return self._parts.get(stored.name, lambda: Part(self.contents.store, stored, table))

    def _needed(self, own: _Own, table: str) -> tuple[Part, range]:
        """The part and the row groups of a stream."""
        part = self._part(table, own.chunk, own.encode, own.codec)
        if part is None:
            raise self._no_table(table, own.encode)
        return part, part.of_clip(own.clip)

    def _maps(
        self, own: _Own, frames: grids.Frames, channels: Sequence[str], cell: int, hidden: grids.Hidden
    ) -> grids.Array:
        needed = grids.check_channels(channels)
        if hidden == "count" and own.frames is not None:
            stored = self.contents.map_parts(own.chunk, own.encode, own.codec).get(operator.index(cell))
            index = _index(own, frames, own.frames)
            if stored is not None and (kept := self._kept_maps(own, stored, index, channels)) is not None:
                return kept
        pictures, size, index = self._pictures(own, frames)
        tables = self._rows_of(own, size, pictures, index, needed)
        return grids.compute(own.codec, tables, channels, cell=cell, frames=index, size=size, hidden=hidden)

    def _turned_maps(
        self,
        clip: str,
        encode: str,
        frames: grids.Frames,
        channels: Sequence[str],
        cell: int,
        hidden: grids.Hidden,
    ) -> grids.Array:
        for name in channels:
            if name not in COMPONENTS and name.removesuffix(grids.IMPORTANCE) in COMPONENTS:
                raise ValueError(f"{name} is the rank of a component as it is coded: it cannot be turned")
        both = grids.with_partners(channels)
        values = self.maps(clip, encode, frames, channels=both, cell=cell, hidden=hidden)
        order = np.array([both.index(channel) for channel in channels], np.intp)
        return grids.turned(values, both, self._track(clip).orientation)[:, order]

    def _kept_maps(
        self, own: _Own, stored: Stored, index: Sequence[int], channels: Sequence[str]
    ) -> grids.Array | None:
        """What **maps** has, where it has these channels."""
        part = self._opened(stored, "maps")
        groups = part.within(part.of_clip(own.clip), "frame", min(index, default=0), max(index, default=0))
        rows = part.read(groups, ["frame", "data", "shape", "dtype", "channels"])
        return stacked(rows, index, channels)

    def _pictures(self, own: _Own, frames: grids.Frames) -> tuple[pa.Table, grids.Size, list[int]]:
        """All pictures of a stream, the clip's size, and the frames that are wanted."""
        part, groups = self._needed(own, "frames")
        pictures = part.read(groups, grids.PLACING)
        count = own.frames
        if count is None:
            count = int(integers(pictures["frame"], -1).max(initial=-1)) + 1
        return pictures, own.size or grids.displayed_size(pictures), _index(own, frames, count)

    def _rows_of(
        self, own: _Own, size: grids.Size, pictures: pa.Table, index: Sequence[int], tables: Sequence[str]
    ) -> dict[str, pa.Table]:
        """The rows of the pictures that count to some frames, as far as maps need them."""
        found = {"frames": pictures}
        wanted = np.array([placed[0] for placed in grids.place(own.codec, pictures, index, size=size)], np.int32)
        for table in tables:
            part, groups = self._needed(own, table)
            some = part.within(groups, "coded_order", int(wanted[0]), int(wanted[-1])) if len(wanted) else []
            rows = part.read(some, grids.COLUMNS[table])
            found[table] = kept(rows, np.isin(rows["coded_order"].to_numpy(), wanted))
        return found


def _several(names: Names) -> list[str]:
    return [names] if isinstance(names, str) else list(names or ())


def _most(frames: int | None, stream: Stream) -> int | None:
    """How many frames a clip has, by its row or its stream's."""
    return max((count for count in (frames, stream.frames) if count is not None), default=None)


def _span(frames: slice | None) -> tuple[int, int]:
    """The first and last index of a slice, which has neither steps nor negative ends."""
    if frames is None:
        return 0, 0
    if not isinstance(frames, slice):
        raise ValueError(f"frames is a slice, as in slice(0, 16); not {frames!r}")
    if frames.step not in (None, 1) or any(end is not None and end < 0 for end in (frames.start, frames.stop)):
        raise ValueError(f"frames is a slice of indices from 0 without steps, not {frames}")
    return frames.start or 0, (-NOTHING if frames.stop is None else frames.stop) - 1


def _said(frames: slice) -> str:
    """A slice as people write it."""
    return f"{'' if frames.start is None else frames.start}:{'' if frames.stop is None else frames.stop}"


def _index(own: _Own, frames: grids.Frames, count: int) -> list[int]:
    """The presentation indices that are asked for, of so many."""
    if frames is None:
        return list(range(count))
    if isinstance(frames, slice):
        if max(frames.start or 0, (frames.stop or 0) - 1) >= count:
            raise IndexError(f"frames {_said(frames)}: {own.clip} has {count}, from 0")
        return list(range(*frames.indices(count)))
    index = grids.indices(frames)
    if max(index, default=-1) >= count:
        raise IndexError(f"frame {max(index)}: {own.clip} has {count}, from 0")
    return index
