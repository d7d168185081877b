"""What `codecorpus.extract` returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from codecorpus import flow as flows
from codecorpus import maps as grids
from codecorpus import residual as residuals
from codecorpus import schema
from codecorpus.errors import StreamError
from codecorpus.track import Track


@dataclass(frozen=True)
class Intrinsics:
    """What a stream's encoder decided, as tables of `codecorpus.schema`: rows by coded order, then block.

    A table that was not asked for is an AttributeError, never an empty table. `errors` tells of the damage that was
    passed over, `track` of the file's video tracks.
    """

    codec: str
    tables: dict[str, pa.Table] = field(repr=False)
    errors: tuple[StreamError, ...] = field(default=(), repr=False)
    planes: residuals.Planes | None = field(default=None, repr=False)
    """The residual of each coded picture's luma, where it was asked for."""
    track: Track = field(default_factory=Track, repr=False)
    size: grids.Size | None = field(default=None, repr=False)
    """Width and height of the largest picture as decoders show it, with AV1's superres undone; None where no picture
    tells, and of tables that were put together otherwise."""

    def __getattr__(self, name: str) -> pa.Table:
        tables: dict[str, pa.Table] = self.__dict__.get("tables", {})
        if name in tables:
            return tables[name]
        if name in schema.TABLES:
            raise AttributeError(f"the table {name!r} was not asked for: extract(..., tables=({name!r}, ...))")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def maps(
        self,
        channels: Sequence[str] = grids.CHANNELS,
        *,
        cell: int = 16,
        frames: grids.Frames = None,
        size: grids.Size | None = None,
        hidden: grids.Hidden = "count",
        rotate: bool = False,
    ) -> grids.Array:
        """Dense grids, float32 [frames, channels, rows, columns]: see `codecorpus.maps.compute`.

        With `rotate` they are turned as players turn the pictures; `size` is that before.
        """
        return grids.compute(
            self.codec,
            self.tables,
            channels,
            cell=cell,
            frames=frames,
            size=size or self.size,
            hidden=hidden,
            orientation=self.track.orientation if rotate else None,
        )

    def flow(
        self,
        *,
        direction: flows.Direction = "backward",
        frames: grids.Frames = None,
        size: grids.Size | None = None,
        rotate: bool = False,
    ) -> tuple[grids.Array, flows.Mask]:
        """Optical flow, float32 [T, 2, H, W], and its mask: see `codecorpus.flow.compute`.

        With `rotate` it is turned as players turn the pictures; `size` is that before.
        """
        orientation = self.track.orientation if rotate else None
        return flows.compute(
            self.codec,
            self.tables,
            direction=direction,
            frames=frames,
            size=size or self.size,
            orientation=orientation,
        )

    def residual(self, frames: grids.Frames = None, *, cropped: bool = True) -> residuals.Residual:
        """Luma's residual samples, int16 [T, H, W]: see `codecorpus.residual.compute`."""
        if self.planes is None:
            raise AttributeError("the residual was not asked for: extract(..., residual=True)")
        return residuals.compute(self.frames, self.planes, frames=frames, cropped=cropped)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.tables]
