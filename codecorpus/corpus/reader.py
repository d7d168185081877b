"""Reading a corpus: its bookkeeping, and the intrinsics of whatever clips, encodes and frames are wanted."""

from __future__ import annotations

import os
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from codecorpus import flow as flows
from codecorpus import maps as grids
from codecorpus import schema
from codecorpus.corpus import head, layout, store
from codecorpus.corpus.access import Access
from codecorpus.corpus.contents import Contents, Stored
from codecorpus.corpus.map_reader import MapReader
from codecorpus.corpus.recent import Recent
from codecorpus.corpus.selection import Names, index
from codecorpus.corpus.table_reader import TableReader
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
        self._access = Access(self.contents)
        self._tables = TableReader(self._access)
        self._map_reader = MapReader(self._access, found if statistics is None else store.find(statistics))
        self._descriptions: Recent[tuple[str, str], Vector] = Recent(DESCRIPTIONS_AT_HAND)
        self._pixel_readers: Recent[str, PixelReader] = Recent(1)

    def __repr__(self) -> str:
        return f"codecorpus.open({self.path!r})"

    @property
    def clips(self) -> pa.Table:
        """One row per clip: `codecorpus.schema.CLIPS`."""
        return self._tables.about("clips", ["clip"])

    @property
    def encodes(self) -> pa.Table:
        """One row per encode: `codecorpus.schema.ENCODES`."""
        return self._tables.about("encodes", ["encode"])

    @property
    def streams(self) -> pa.Table:
        """One row per clip and encode: `codecorpus.schema.STREAMS`."""
        return self._tables.about("streams", ["encode", "clip"])

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
        return self._tables.rows("frames", clip, encode, frames, columns)

    def blocks(
        self,
        clip: Names = None,
        encode: Names = None,
        frames: slice | None = None,
        columns: Sequence[str] | None = None,
    ) -> pa.Table:
        """One row per coding block; arguments and errors as for `frames`."""
        return self._tables.rows("blocks", clip, encode, frames, columns)

    def motion(
        self,
        clip: Names = None,
        encode: Names = None,
        frames: slice | None = None,
        columns: Sequence[str] | None = None,
    ) -> pa.Table:
        """One row per inter prediction block; arguments and errors as for `frames`."""
        return self._tables.rows("motion", clip, encode, frames, columns)

    def transforms(
        self,
        clip: Names = None,
        encode: Names = None,
        frames: slice | None = None,
        columns: Sequence[str] | None = None,
    ) -> pa.Table:
        """One row per transform block, where the recipe asks for them; arguments and errors as for `frames`."""
        return self._tables.rows("transforms", clip, encode, frames, columns)

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
        stream = self._access.stream(clip, encode)
        if rotate:
            orientation = self._track(clip).orientation
            return self._map_reader.turned(stream, frames, channels, cell, hidden, orientation)
        return self._map_reader.ranked(stream, frames, channels, cell, hidden)

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
        stream = self._access.stream(clip, encode)
        orientation = self._track(clip).orientation if rotate else None
        return self._map_reader.flow(stream, frames, direction, orientation)

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
            stream = self._access.stream(clip, encode)
            part, groups = self._access.needed(stream, "frames")
            shown = part.read(groups, ["frame", "pts"], [clip])
            times = dict(zip(shown["frame"].to_pylist(), shown["pts"].to_pylist(), strict=True))
            places = index(clip, frames, stream.frames or len(times.keys() - {None}))
            return self._pixels.of_stream(clip, encode, stream.chunk, times, places, threads)
        if encode is not None:
            self._access.stream(clip, encode)
        chunk = self._access.chunk(clip)
        known = self.contents.clips(chunk)[clip]
        count = known.frames
        if count is None:  # a file that is read as it is
            own = self.contents.own_stream(chunk, clip)
            count = (own.frames if own is not None else None) or 0
        return self._pixels.of_clip(clip, chunk, index(clip, frames, count), threads)

    def windows(
        self,
        length: int = 16,
        stride: int | None = None,
        encodes: Sequence[str] | None = None,
        *,
        damaged: bool = False,
        pixels: bool = False,
    ) -> list[Window]:
        """Every window of `length` frames that there is: plain tuples, to be shuffled, pickled and handed to workers.

        A clip that failed has none; a stream that failed is in none, nor is one in a window that touches a picture
        which is damaged, comes from what is, through whatever others, or is never shown, unless `damaged` says that it
        may be.

        Args:
            length: frames in a window; what is left at the end of a clip is in none.
            stride: frames from one window to the next; as many as it has unless given.
            encodes: those that every window must have; by default each window has those that there are, at least one.
            damaged: whether windows may hold damaged pictures.
            pixels: leaves out those whose pixels cannot be read, as far as tables tell. Of a file that is read as it
                is, frames are found by times that rise, and are of the clip's size.

        Raises:
            CorpusError: there is no such encode.
            ValueError: there are no such windows in any corpus.
        """
        if isinstance(encodes, str):
            raise ValueError(f"encodes are a sequence of names; not {encodes!r}")
        if length < 1 or (stride is not None and stride < 1):
            raise ValueError(f"windows have 1 frame or more, as has their stride; not {length} and {stride}")
        return list(find_windows(self.contents, self._pictures_of, length, stride or length, encodes, damaged, pixels))

    def size(self, clip: str) -> grids.Size:
        """Width and height of a clip: those of its pixels, and what its maps cover.

        Raises:
            CorpusError: there is no such clip, or it failed.
        """
        known = self.contents.clips(self._access.chunk(clip))[clip]
        if known.width and known.height:
            return known.width, known.height
        return grids.displayed_size(self.frames(clip, self.encodes_of(clip)[0]))

    def fps(self, clip: str) -> float:
        """Frames a second of a clip, on average.

        Raises:
            CorpusError: there is no such clip, or it failed, or does not tell.
        """
        rate = self.contents.clips(self._access.chunk(clip))[clip].fps
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

        They are not to be written into: who changes them takes a copy.

        Raises:
            CorpusError: as for `frames`.
        """
        from codecorpus.corpus import descriptions

        def make() -> Vector:
            stream = self._access.stream(clip, encode)
            rows = self.frames(clip, encode, columns=["qstep"])["qstep"].drop_null()
            known = self.contents.rows_about(stream.chunk, encode, clip)
            described = descriptions.describe(*known, float(np.mean(rows)) if len(rows) else float("nan"))
            described.setflags(write=False)  # whoever asks again gets the same one
            return described

        return self._descriptions.get((clip, encode), make)

    def _pictures_of(self, clip: str, encode: str, columns: Sequence[str]) -> pa.Table:
        return self.frames(clip, encode, columns=columns)

    def intrinsics(self, clip: str, encode: str, tables: Sequence[str] = ("frames", "blocks", "motion")) -> Intrinsics:
        """One stream as `codecorpus.extract` gives it; its size is the clip's.

        Raises:
            CorpusError: as for `frames`.
        """
        stream = self._access.stream(clip, encode)
        names = {table: schema.SCHEMAS[table].names for table in tables}
        found = {table: self._tables.rows(table, clip, encode, None, columns) for table, columns in names.items()}
        cast = {table: rows.cast(schema.SCHEMAS[table]) for table, rows in found.items()}
        return Intrinsics(stream.codec, cast, track=self._track(clip), size=self.size(clip))

    def _track(self, clip: str) -> Track:
        """The video track of a clip's source."""
        known = self.contents.clips(self._access.chunk(clip))[clip]
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
        chunk = self._access.chunk(clip)
        found = ((encode, self.contents.streams(chunk, encode).get(clip)) for encode in self.contents.encodes)
        return [encode for encode, stream in found if stream is not None and stream.status != "failed"]

    def bitstream(self, clip: str, encode: str) -> bytes | None:
        """A stream as its encoder wrote it, in the container nut; None where it was not kept.

        Raises:
            CorpusError: there is no such clip or encode, or the stream failed; the file is missing or damaged.
        """
        stream = self._access.stream(clip, encode)
        name = layout.bitstream(encode, clip)
        file = self.contents.made(stream.chunk, encode).files.get(name)
        return None if file is None else self.contents.read(Stored(name, file))

    def dataset(self, table: str) -> ds.Dataset:
        """A table as a pyarrow dataset of the files that count, to scan what does not fit in memory.

        Raises:
            CorpusError: the table was not asked for; a file is not there.
        """
        return self._tables.dataset(table)

    @property
    def _pixels(self) -> PixelReader:
        from codecorpus.corpus.pixels import PixelReader  # not before: tables alone need no recipes and no encoders

        return self._pixel_readers.get("", lambda: PixelReader(self._access))
