"""The recipe's parts as plain data, which goes to wherever work is done; `codecorpus.recipe.form` makes them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from typing import Any, Final, Literal

from codecorpus.channels import CHANNELS
from codecorpus.encode import ENCODERS

Table = Literal["frames", "blocks", "motion", "transforms"]
Quality = Literal["psnr", "ssim", "ms_ssim", "psnr_hvs", "ciede2000", "cambi", "vmaf", "xpsnr", "siti", "sse"]
PixelForm = Literal["lossless", "visually-lossless"]
TABLES: Final[tuple[Table, ...]] = ("frames", "blocks", "motion")


@dataclass(frozen=True)
class SourceEntry:
    """A video, a pattern, a folder or a manifest, and the range of it that counts, in seconds."""

    uri: str
    start: float | None = None
    end: float | None = None
    track: int | None = None


@dataclass(frozen=True)
class Clips:
    """How sources are cut and normalised, once, so that every encode sees identical frames.

    `length` is 4s, a number of frames, scenes, or whole; `fps` source, a number, or a fraction; `size` source, or
    WIDTHxHEIGHT.
    """

    length: str = "whole"
    remainder: Literal["keep", "drop"] = "keep"
    limit: int | None = None
    fps: str = "source"
    size: str = "source"

    @property
    def normalises(self) -> bool:
        """Whether the frames that are encoded differ from the source's."""
        return (self.length, self.fps, self.size) != ("whole", "source", "source")


@dataclass(frozen=True)
class GopEntry:
    """Key frames at the same frames in every encode: `length` in frames, or seconds as in 2s."""

    length: str = "48"
    closed: bool = True


@dataclass(frozen=True)
class Maps:
    """Dense maps beside the blocks, one row a frame. `cell` is the side of a cell in luma samples."""

    cell: Literal[4, 8, 16] = 16
    channels: tuple[str, ...] = CHANNELS


@dataclass(frozen=True)
class Keep:
    """What stays in the corpus beside its tables."""

    clips: PixelForm = "lossless"


@dataclass(frozen=True)
class EncodeEntry:
    """One entry of the matrix; its lists are multiplied out. `source` is the source's own bitstream, as it is."""

    source: Literal[True] | None = None
    encoder: str | None = None
    preset: tuple[str, ...] | None = None
    tune: tuple[str, ...] | None = None
    crf: tuple[float, ...] | None = None
    qp: tuple[float, ...] | None = None
    bitrate: tuple[str, ...] | None = None
    maxrate: tuple[str, ...] | None = None
    bufsize: tuple[str, ...] | None = None
    passes: Literal[1, 2] = 1
    pixel_format: tuple[str, ...] | None = None
    film_grain: tuple[int, ...] | None = None
    params: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many encodes the lists multiply out to."""
        rates = (self.crf, self.qp, self.bitrate, self.maxrate, self.bufsize)
        others = (self.preset, self.tune, self.pixel_format, self.film_grain, *self.params.values())
        return math.prod(len(values) for values in (*rates, *others) if values is not None)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A whole recipe."""

    name: str = ""
    sources: tuple[SourceEntry, ...]
    clips: Clips = Clips()
    gop: GopEntry = GopEntry()
    encodes: tuple[EncodeEntry, ...]
    tables: tuple[Table, ...] = TABLES
    quality: tuple[Quality, ...] = ()
    maps: Maps | None = None
    keep: Keep | None = None

    @property
    def encoders(self) -> tuple[EncodeEntry, ...]:
        """The entries that encode, in order."""
        return tuple(entry for entry in self.encodes if entry.encoder)

    @property
    def takes_source(self) -> bool:
        """Whether the sources' own bitstreams belong to the matrix."""
        return any(entry.source for entry in self.encodes)

    @property
    def multiple(self) -> int:
        """What sides of pictures must be divisible by, so that every encoder here takes them.

        At least 2: chroma of 4:2:0 is halved. Where nothing is encoded, all are taken as they are.
        """
        if not self.encoders:
            return 1
        return max(2, *(ENCODERS[entry.encoder or ""].multiple for entry in self.encoders), 2)


def is_default(key: Field[Any], value: object) -> bool:
    """Whether a key says what holds where it is left out."""
    return value == (key.default if key.default_factory is MISSING else key.default_factory())


def written(value: Any, leaves_out: Callable[[Field[Any], object], bool] = lambda key, value: False) -> Any:
    """A part as YAML and JSON have it, without the keys that `leaves_out` names."""
    if is_dataclass(value):
        told = {key: getattr(value, key.name) for key in fields(value)}
        return {key.name: written(of, leaves_out) for key, of in told.items() if not leaves_out(key, of)}
    if isinstance(value, tuple):
        return [written(of, leaves_out) for of in value]
    return {name: written(of, leaves_out) for name, of in value.items()} if isinstance(value, Mapping) else value
