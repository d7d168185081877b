"""Reading a corpus: its bookkeeping, and the intrinsics of whatever clips, encodes and frames are wanted."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.fs
import pyarrow.parquet as pq

from codecorpus import flow as flows
from codecorpus import maps as grids
from codecorpus import schema
from codecorpus.corpus import manifest, place
from codecorpus.corpus.maps import stacked
from codecorpus.corpus.ranks import Spread
from codecorpus.errors import CorpusError
from codecorpus.extract import Intrinsics

if TYPE_CHECKING:
    import pyarrow.dataset as ds

Names = str | Sequence[str] | None
"""One name, several, or all where it is None."""


def open(path: str | os.PathLike[str]) -> Corpus:
    """Open a corpus at a local path or any fsspec URI.

    Raises:
        CorpusError: there is none, or it is of another format.
    """
    return Corpus(os.fspath(path))


class Corpus:
    """A corpus that is read, never written.

    Tables come as pyarrow.Tables by codec, encode, clip, coded order and block; those of intrinsics have the
    columns of `codecorpus.schema.with_keys`.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._files, self._root = place.find(path)
        self._statistics: dict[int, dict[tuple[str, str], dict[str, Spread]]] = {}

    def __repr__(self) -> str:
        return f"codecorpus.open({self.path!r})"

    @property
    def clips(self) -> pa.Table:
        """One row per clip: `codecorpus.schema.CLIPS`."""
        return self._bookkeeping("clips").sort_by("clip")

    @property
    def encodes(self) -> pa.Table:
        """One row per encode and codec: `codecorpus.schema.ENCODES`."""
        table = self._bookkeeping("encodes")
        return table.group_by(table.column_names, use_threads=False).aggregate([]).sort_by("encode")

    @property
    def streams(self) -> pa.Table:
        """One row per clip and encode: `codecorpus.schema.STREAMS`."""
        return self._bookkeeping("streams").sort_by([("encode", "ascending"), ("clip", "ascending")])

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
            CorpusError: there is no such clip or encode, or the table is not in the corpus.
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
    ) -> grids.Array:
        """Dense grids of one stream on the clip's size, float32 [frames, channels, rows, columns].

        Read from **maps** where the corpus has them in such cells, made from **blocks** and **motion** where not.

        Args:
            clip: the clip.
            encode: the encode.
            frames: a slice or a sequence of presentation indices; all by default.
            channels: of `codecorpus.maps.CHANNELS`. Of each there is another one, as in `bits_importance`: the rank of
                the value among those of all cells of this encode in the corpus, 0 to 1; 0.9 is in the top tenth.
            cell: side of a cell in luma samples.
            hidden: what becomes of pictures that are not shown when they are coded: see `codecorpus.maps.compute`.

        Raises:
            CorpusError: there is no such clip or encode, or a table that is needed is not in the corpus; or ranks are
                asked for, and `codecorpus stats` was not run since the corpus was built.
        """
        plain = tuple(dict.fromkeys(channel.removesuffix(grids.IMPORTANCE) for channel in channels))
        if isinstance(channels, str) or plain == tuple(channels):
            return self._maps(clip, encode, frames, channels, cell, hidden)
        values = dict(zip(plain, self._maps(clip, encode, frames, plain, cell, hidden).swapaxes(0, 1), strict=True))
        spreads = self._spreads(self._stream(clip, encode)[0], encode, cell)
        ranked = {f"{name}{grids.IMPORTANCE}": (name, spread) for name, spread in spreads.items()}
        layers = []
        for channel in channels:
            name, spread = ranked.get(channel, (channel, None))
            layers.append(values[name] if spread is None else spread.rank(values[name]))
        return np.stack(layers, axis=1)

    def _maps(
        self, clip: str, encode: str, frames: grids.Frames, channels: Sequence[str], cell: int, hidden: grids.Hidden
    ) -> grids.Array:
        needed = grids.check_channels(channels)
        codec, size, pictures = self._stream(clip, encode)
        index = grids.frame_index(pictures, frames)
        if hidden == "count" and (kept := self._kept_maps(clip, encode, index, channels, cell)) is not None:
            return kept
        tables = self._rows_of(codec, size, pictures, index, clip, encode, needed)
        return grids.compute(codec, tables, channels, cell=cell, frames=index, size=size, hidden=hidden)

    def flow(
        self, clip: str, encode: str, frames: grids.Frames = None, *, direction: flows.Direction = "backward"
    ) -> tuple[grids.Array, flows.Mask]:
        """Optical flow of one stream at the clip's size, and its mask: see `codecorpus.flow.compute`.

        Raises:
            CorpusError: there is no such clip or encode, or **motion** is not in the corpus.
        """
        codec, size, pictures = self._stream(clip, encode)
        index = grids.frame_index(pictures, frames)
        tables = self._rows_of(codec, size, pictures, index, clip, encode, ("motion",))
        return flows.compute(codec, tables, direction=direction, frames=index, size=size)

    def intrinsics(self, clip: str, encode: str, tables: Sequence[str] = ("frames", "blocks", "motion")) -> Intrinsics:
        """One stream as `codecorpus.extract` gives it.

        Raises:
            CorpusError: there is no such clip or encode, or a table is not in the corpus.
        """
        codec, _, _ = self._stream(clip, encode)
        names = {table: schema.SCHEMAS[table].names for table in tables}
        return Intrinsics(codec, {t: self._intrinsics(t, clip, encode, None, columns) for t, columns in names.items()})

    def _stream(self, clip: str, encode: str) -> tuple[str, grids.Size, pa.Table]:
        """Codec, the clip's size, and all pictures of a stream."""
        own = self.frames(clip, encode)
        row = next((row for row in self.streams.to_pylist() if (row["clip"], row["encode"]) == (clip, encode)), None)
        if row is None or not own.num_rows:
            raise CorpusError(f"{self.path}: the stream of {clip} through {encode} is not in it")
        known = self.clips.filter(pc.field("clip") == clip).to_pylist()
        width, height = (known[0][side] if known else None for side in ("width", "height"))
        return row["codec"], (width, height) if width and height else grids.displayed_size(own), own

    def _spreads(self, codec: str, encode: str, cell: int) -> dict[str, Spread]:
        """How the channels of an encode are spread over its cells, by statistics of the corpus as it is."""
        if cell not in self._statistics:
            self._statistics[cell] = self._read_statistics(cell)
        own = self._statistics[cell].get((codec, encode), {})
        if not own:
            raise CorpusError(f"{self.path}: its statistics do not tell of {encode}: codecorpus stats {self.path}")
        return own

    def _read_statistics(self, cell: int) -> dict[tuple[str, str], dict[str, Spread]]:
        again = f"codecorpus stats {self.path} --cell {cell}"
        try:
            with self._files.open_input_file(f"{self._root}/statistics/cell-{cell}.parquet") as file:
                rows = pq.read_table(file).to_pylist()
        except FileNotFoundError:
            raise CorpusError(f"{self.path}: no statistics of cells of {cell} are in it: {again}") from None
        sources = manifest.sources(self._manifests())
        if any(row["source"] != sources.get(row["encode"]) for row in rows):
            raise CorpusError(f"{self.path}: its statistics are of what it was before: {again}")
        found: dict[tuple[str, str], dict[str, Spread]] = {}
        for row in rows:
            spread = Spread.of_pairs(np.array(row["values"], np.float32), np.array(row["counts"]), row["empty"])
            found.setdefault((row["codec"], row["encode"]), {})[row["channel"]] = spread
        return found

    def _manifests(self) -> Iterator[dict[str, dict[str, Any]]]:
        folder = pa.fs.FileSelector(f"{self._root}/manifest", allow_not_found=True)
        for info in self._files.get_file_info(folder):
            yield manifest.parse(place.read(self._files, info.path).decode(errors="replace"), info.path)

    def _kept_maps(
        self, clip: str, encode: str, index: Sequence[int], channels: Sequence[str], cell: int
    ) -> grids.Array | None:
        """What **maps** has, where it has it."""
        try:
            found = self.dataset("maps")
        except CorpusError:
            return None
        terms = [*_among("clip", clip), *_among("encode", encode), pc.field("cell") == cell]
        return stacked(found.to_table(filter=reduce(and_, [*terms, pc.field("frame").isin(index)])), index, channels)

    def _rows_of(
        self,
        codec: str,
        size: grids.Size,
        pictures: pa.Table,
        index: Sequence[int],
        clip: str,
        encode: str,
        tables: Sequence[str],
    ) -> dict[str, pa.Table]:
        """The rows of the pictures that count to some frames, as far as maps need them."""
        own = {"frames": pictures}
        wanted = [coded_order for coded_order, *_ in grids.place(codec, pictures, index, size=size)]
        among = pc.field("coded_order").isin(pa.array(wanted, pa.int32()))
        for table in tables:
            own[table] = self._intrinsics(table, clip, encode, None, grids.COLUMNS[table], [among])
        return own

    def dataset(self, table: str) -> ds.Dataset:
        """A table as a pyarrow dataset, to scan what does not fit in memory; codec and encode are columns.

        Raises:
            CorpusError: the table is not in the corpus.
        """
        import pyarrow.dataset as ds  # not before: it brings pandas, which takes 50 MB and a fifth of a second

        folder = f"{self._root}/{table}"
        if self._files.get_file_info(folder).type is not pa.fs.FileType.Directory:
            raise CorpusError(f"{self.path}: no table {table} in it")
        keys = ds.partitioning(pa.schema([("codec", pa.string()), ("encode", pa.string())]), flavor="hive")
        return ds.dataset(folder, filesystem=self._files, format="parquet", partitioning=keys)

    def _bookkeeping(self, table: str) -> pa.Table:
        own = schema.BOOKKEEPING[table]
        try:
            found = self.dataset(table)
        except CorpusError:
            return own.empty_table()
        return pa.Table.from_arrays(found.to_table(columns=own.names).columns, schema=own)

    def _intrinsics(
        self,
        table: str,
        clip: Names,
        encode: Names,
        frames: slice | None,
        columns: Sequence[str] | None,
        more: Sequence[pc.Expression] = (),
    ) -> pa.Table:
        self._check("clip", clip)
        self._check("encode", encode)
        own = schema.with_keys(table)
        wanted = own if columns is None else pa.schema([own.field(name) for name in columns], own.metadata)
        terms = [*_among("clip", clip), *_among("encode", encode), *_between(frames), *more]
        rows = self.dataset(table).to_table(columns=wanted.names, filter=reduce(and_, terms) if terms else None)
        arrays = [_as(column, field.type) for column, field in zip(rows.columns, wanted, strict=True)]
        return pa.Table.from_arrays(arrays, schema=wanted)

    def _check(self, key: str, names: Names) -> None:
        if names is None:
            return
        known = set(self.streams.column(key).to_pylist())
        for name in [names] if isinstance(names, str) else names:
            if name not in known:
                raise CorpusError(f"{self.path}: no {key} {name!r}; known are {', '.join(sorted(known))}")


def _among(key: str, names: Names) -> list[pc.Expression]:
    if names is None:
        return []
    return [pc.field(key).isin([names] if isinstance(names, str) else list(names))]


def _between(frames: slice | None) -> list[pc.Expression]:
    """A slice of presentation indices as conditions; it may have neither steps nor negative ends."""
    if frames is None:
        return []
    if frames.step not in (None, 1) or any(end is not None and end < 0 for end in (frames.start, frames.stop)):
        raise ValueError(f"frames is a slice of indices from 0 without steps, not {frames}")
    terms = [] if frames.start is None else [pc.field("frame") >= frames.start]
    return terms if frames.stop is None else [*terms, pc.field("frame") < frames.stop]


def _as(column: pa.ChunkedArray, wanted: pa.DataType) -> pa.ChunkedArray:
    if column.type == wanted:
        return column
    return column.dictionary_encode().cast(wanted) if pa.types.is_dictionary(wanted) else pc.cast(column, wanted)
