"""Maps and flow of a corpus' streams: those that it has, or made from its tables."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa

from codecorpus import flow as flows
from codecorpus import maps as grids
from codecorpus.corpus import spreads
from codecorpus.corpus.access import Access, Readable
from codecorpus.corpus.contents import Stored
from codecorpus.corpus.map_rows import stacked
from codecorpus.corpus.numbers import integers
from codecorpus.corpus.parts import kept
from codecorpus.corpus.recent import Recent
from codecorpus.corpus.selection import index
from codecorpus.corpus.store import OwnStore, Store
from codecorpus.errors import CorpusError
from codecorpus.orientation import Orientation

SPREADS_AT_HAND: Final = 32
"""Encodes whose statistics are kept: 8 MB each."""

COMPONENTS: Final = {component for vector in grids.VECTORS.values() for component in vector}
"""Channels that are a component of a vector."""


class MapReader:
    """Reads or makes maps of streams that can be read. `measured` is where statistics are."""

    def __init__(self, access: Access, measured: Store) -> None:
        self._access = access
        self._measured = OwnStore(measured)
        self._spreads: Recent[tuple[int, str], spreads.OfEncode] = Recent(SPREADS_AT_HAND)

    def ranked(
        self, of: Readable, frames: grids.Frames, channels: Sequence[str], cell: int, hidden: grids.Hidden
    ) -> grids.Array:
        """Maps of a stream, channels of ranks among them: see `codecorpus.Corpus.maps`."""
        plain = grids.unranked(channels)
        if isinstance(channels, str) or plain == tuple(channels):
            return self._maps(of, frames, channels, cell, hidden)
        values = dict(zip(plain, self._maps(of, frames, plain, cell, hidden).swapaxes(0, 1), strict=True))
        contents, encode = self._access.contents, of.encode
        known = self._spreads.get((cell, encode), lambda: spreads.read(self._measured(), contents, cell, encode)).get(
            of.codec, {}
        )
        layers = []
        for channel in channels:
            name = channel.removesuffix(grids.IMPORTANCE)
            if channel != name and name not in known:
                tables = " and ".join(("frames", *grids.check_channels([name])))
                raise CorpusError(f"{self._access.path}: no statistics tell of {name} in {encode}: they take {tables}")
            layers.append(values[name] if channel == name else known[name].rank(values[name]))
        ranked = np.stack(layers, axis=1)
        if masks := [at for at, channel in enumerate(channels) if channel.endswith(grids.MASK + grids.IMPORTANCE)]:
            # A mask says 0 where nothing is known, too, which is no rank.
            pictures, _, places = self._pictures(of, frames)
            ranked[np.ix_(grids.doubtful(of.codec, pictures, places, hidden), masks)] = np.nan
        return ranked

    def turned(
        self,
        of: Readable,
        frames: grids.Frames,
        channels: Sequence[str],
        cell: int,
        hidden: grids.Hidden,
        orientation: Orientation,
    ) -> grids.Array:
        """As `ranked`, turned as players turn the source's pictures."""
        for name in channels:
            if name not in COMPONENTS and name.removesuffix(grids.IMPORTANCE) in COMPONENTS:
                raise ValueError(f"{name} is the rank of a component as it is coded: it cannot be turned")
        both = grids.with_partners(channels)
        values = self.ranked(of, frames, both, cell, hidden)
        order = np.array([both.index(channel) for channel in channels], np.intp)
        return grids.turned(values, both, orientation)[:, order]

    def flow(
        self, of: Readable, frames: grids.Frames, direction: flows.Direction, orientation: Orientation | None
    ) -> tuple[grids.Array, flows.Mask]:
        """Optical flow of a stream, and its mask: see `codecorpus.Corpus.flow`."""
        pictures, size, places = self._pictures(of, frames)
        tables = self._rows_of(of, size, pictures, places, ("motion",))
        return flows.compute(of.codec, tables, direction=direction, frames=places, size=size, orientation=orientation)

    def _maps(
        self, of: Readable, frames: grids.Frames, channels: Sequence[str], cell: int, hidden: grids.Hidden
    ) -> grids.Array:
        needed = grids.check_channels(channels)
        if hidden == "count" and of.frames is not None:
            side = operator.index(cell)
            stored = self._access.contents.map_parts(of.chunk, of.encode, of.codec).get(side)
            places = index(of.clip, frames, of.frames)
            if stored is not None and (found := self._kept(of, stored, places, channels, side)) is not None:
                return found
        pictures, size, places = self._pictures(of, frames)
        tables = self._rows_of(of, size, pictures, places, needed)
        return grids.compute(of.codec, tables, channels, cell=cell, frames=places, size=size, hidden=hidden)

    def _kept(
        self, of: Readable, stored: Stored, places: Sequence[int], channels: Sequence[str], cell: int
    ) -> grids.Array | None:
        """What a part of **maps** has, where it has these channels in such cells."""
        part = self._access.opened(stored, "maps")
        groups = part.within(part.of_clip(of.clip), "frame", min(places, default=0), max(places, default=0))
        rows = part.read(groups, ["frame", "data", "shape", "dtype", "channels", "cell"], [of.clip])
        return stacked(rows, places, channels, cell)

    def _pictures(self, of: Readable, frames: grids.Frames) -> tuple[pa.Table, grids.Size, list[int]]:
        """All pictures of a stream, the clip's size, and the frames that are wanted."""
        part, groups = self._access.needed(of, "frames")
        pictures = part.read(groups, grids.PLACING, [of.clip])
        count = of.frames
        if count is None:
            count = int(integers(pictures["frame"], -1).max(initial=-1)) + 1
        return pictures, of.size or grids.displayed_size(pictures), index(of.clip, frames, count)

    def _rows_of(
        self, of: Readable, size: grids.Size, pictures: pa.Table, places: Sequence[int], tables: Sequence[str]
    ) -> dict[str, pa.Table]:
        """The rows of the pictures that count to some frames, as far as maps need them."""
        found = {"frames": pictures}
        wanted = np.array([placed[0] for placed in grids.place(of.codec, pictures, places, size=size)], np.int32)
        for table in tables:
            part, groups = self._access.needed(of, table)
            some = part.within(groups, "coded_order", int(wanted[0]), int(wanted[-1])) if len(wanted) else []
            rows = part.read(some, grids.COLUMNS[table], [of.clip])
            found[table] = kept(rows, np.isin(rows["coded_order"].to_numpy(), wanted))
        return found
