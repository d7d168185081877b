"""What the matrix is made of: an encode, its rate control, and the encoder that runs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

Options = dict[str, str | None]
"""FFmpeg's output options without their dash; None for a flag that takes no value."""

THREADS = 2
"""Threads of every encoder. A constant, since some encoders' bytes depend on it."""


@dataclass(frozen=True)
class Span:
    """A closed range of numbers that a setting may take, in whole steps of `step`.

    Where `after_zero` is given, it is the least above 0: what lies between would be taken for 0.
    """

    low: float
    high: float
    step: float = 1
    after_zero: float = 0

    def holds(self, value: float) -> bool:
        in_range = self.low <= value <= self.high and not 0 < value < self.after_zero
        return in_range and (value / self.step) % 1 == 0

    def __str__(self) -> str:
        low = f"0, or {self.after_zero:g}" if self.after_zero else f"{self.low:g}"
        steps = "" if self.step == 1 else f" in steps of {self.step:g}"
        return f"{low} to {self.high:g}{steps}"


@dataclass(frozen=True)
class Rate:
    """How bits are spent: `crf` or `qp` with a number, or `bitrate` with FFmpeg's spelling, such as 500k."""

    kind: str
    value: str

    def __str__(self) -> str:
        return self.value if self.kind == "bitrate" else f"{self.kind}{self.value}"


@dataclass(frozen=True)
class Gop:
    """Key frames at 0, length, 2 x length, …: `length` in frames."""

    length: int
    closed: bool = True


OWN_DEPTH: Final = "source"
"""Of an encode, instead of a pixel format: 4:2:0 of each clip's own depth."""

DEPTHS: Final = {8: "yuv420p", 10: "yuv420p10le", 12: "yuv420p12le"}
"""4:2:0 pixel formats by the bits of their samples."""


@dataclass(frozen=True)
class Encode:
    """One entry of the matrix after expansion, every setting decided."""

    name: str
    encoder: str
    codec: str
    preset: str
    rate: Rate
    tune: str | None = None
    maxrate: str | None = None
    bufsize: str | None = None
    passes: int = 1
    pixel_format: str = "yuv420p"
    film_grain: int | None = None
    params: tuple[tuple[str, str], ...] = ()

    @property
    def capped(self) -> bool:
        """Whether a buffer model limits the rate, which costs several encoders their determinism."""
        return self.maxrate is not None


@dataclass(frozen=True)
class Encoder:
    """What one of FFmpeg's encoders can do, and how to say it on the command line.

    `short` stands in encodes' names, followed by `preset_mark` and the preset. `multiple` is what picture
    sides must be divisible by. `params` is the FFmpeg option that takes the encoder's own parameters.
    `cost` gives milliseconds of one core per 1280x720 frame for some presets, for estimates only. `file_params` are
    the encoder's own parameters that make it read or write a file; `file_words` are values of them that name none.
    `capped` are the kinds of rates that a buffer model may limit, `buffered` says that its buffer's size counts.
    `own_params` are all that it has, where it has no list of its own but options of FFmpeg's.
    `combinable_tunes` are those of its tunes that may stand beside another.
    `rate_told` belongs to an encoder that counts frames, whatever the clip's clock counts: it gives the frame rate that
    the encoder is told of a clip's. `highest_rate` is the most frames a second that an encoder takes. `limited_range`:
    it has no samples of full range. `fastest_last` says that its presets count upwards from the slowest. `banner` is
    the pattern of its library's version, in FFmpeg's log or in the stream.
    """

    name: str
    short: str
    codec: str
    presets: tuple[str, ...]
    default_preset: str
    default_rate: Rate
    rates: Mapping[str, Span]
    pixel_formats: tuple[str, ...]
    params: str
    options: Callable[[Encode, Gop], Options]
    cost: Mapping[str, float]
    tunes: tuple[str, ...] = ()
    tune_aliases: Mapping[str, str] = field(default_factory=dict)
    combinable_tunes: tuple[str, ...] = ()
    preset_mark: str = ""
    capped: tuple[str, ...] = ()
    buffered: bool = False
    two_pass: bool = False
    open_gop: bool = False
    film_grain: Span | None = None
    multiple: int = 2
    rate_told: Callable[[Fraction], Fraction] | None = None
    highest_rate: Fraction | None = None
    limited_range: bool = False
    fastest_last: bool = False
    banner: str | None = None
    file_params: frozenset[str] = frozenset()
    file_words: Mapping[str, frozenset[str]] = field(default_factory=dict)
    own_params: frozenset[str] | None = None

    def counted(self, fps: Fraction) -> Fraction | None:
        """The frame rate that frames of a clip are counted at; None where they come at their own times."""
        if self.rate_told is not None:
            return self.rate_told(fps)
        return self.highest_rate if self.highest_rate is not None and fps > self.highest_rate else None

    def pixel_format_of_depth(self, bits: int) -> str:
        """4:2:0 of so many bits a sample: the least that holds them, or else the most that it has."""
        known = {depth: name for depth, name in DEPTHS.items() if name in self.pixel_formats}
        return known[min((depth for depth in known if depth >= bits), default=max(known))]

    @property
    def rate_kinds(self) -> tuple[str, ...]:
        return (*self.rates, "bitrate")

    def opens_file(self, param: str, value: str) -> bool:
        """Whether a parameter makes the encoder read or write a file.

        However it is spelled: x264 and x265 read `_` as `-`, and `no` before a name as its negation.
        """
        name = param.lower().replace("_", "-")
        if name in self.file_params:
            return value not in self.file_words.get(name, ())
        return name.startswith("no") and name.removeprefix("no").removeprefix("-") in self.file_params


def rate_options(encode: Encode) -> Options:
    """-crf, -qp or -b:v, with -maxrate and -bufsize where the recipe caps the rate."""
    name = {"crf": "crf", "qp": "qp", "bitrate": "b:v"}[encode.rate.kind]
    options: Options = {name: encode.rate.value}
    if encode.maxrate is not None:
        options["maxrate"] = encode.maxrate
        options["bufsize"] = encode.bufsize or encode.maxrate
    return options


def bits_per_second(bitrate: str) -> Fraction:
    """FFmpeg's spelling of a bitrate, such as 1.5M, as a number."""
    scale = {"k": 1_000, "M": 1_000_000}.get(bitrate[-1], 1)
    return Fraction(bitrate.rstrip("kM")) * scale


def join(ours: Mapping[str, str], asked: tuple[tuple[str, str], ...], separator: str = ":") -> str:
    """An encoder's own parameter list, `key=value` joined; what the recipe asks for replaces ours."""
    return separator.join(f"{key}={value}" for key, value in {**ours, **dict(asked)}.items())
