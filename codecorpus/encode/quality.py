"""How near a stream comes to its clip: measured by FFmpeg, frame by frame, paired by index."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from math import inf
from pathlib import Path
from typing import Any, Final

import ffmpeg
import numpy as np

from codecorpus.encode.command import CONVERTING, INPUT, Colour, Filters, coloured, compiled, given
from codecorpus.encode.model import Encoder
from codecorpus.encode.process import Process, run
from codecorpus.errors import EncodeError
from codecorpus.pixel_formats import depth_of, is_gray

Values = list[float]
Cells = np.ndarray[Any, np.dtype[np.uint32]]

LIBVMAF: Final = "libvmaf"

CELL: Final = 4
"""Side of the cells that squared errors come in, luma samples: the smallest block of all codecs."""


@dataclass(frozen=True)
class Measure:
    """One of FFmpeg's measures: the columns of **frames** that it fills, and how its log is read.

    `swapped` ones take the clip first; `of_clip` ones see nothing but the clip. `of_samples` ones go by samples,
    whatever they mean: grey ones, which libvmaf does not take, are not converted for it. Pictures must have both sides
    of `both_sides` samples, one of `longer_side`, a height that is a multiple of `rows`, and those deeper than 8 bits a
    width that is one of `deep_width`: the columns of others are null.
    """

    columns: tuple[str, ...]
    filter: str
    options: dict[str, str]
    log: str
    """The option that names the log."""
    read: Callable[[str], dict[str, Values]]
    swapped: bool = False
    of_clip: bool = False
    of_samples: bool = False
    both_sides: int = 1
    longer_side: int = 1
    rows: int = 1
    deep_width: int = 1

    def fits(self, width: int, height: int, depth: int) -> bool:
        """Whether pictures of this size and so many bits a sample can be measured."""
        is_large = min(width, height) >= self.both_sides and max(width, height) >= self.longer_side
        return is_large and height % self.rows == 0 and (depth == 8 or width % self.deep_width == 0)


def _lines(pattern: str, *columns: str) -> Callable[[str], dict[str, Values]]:
    """A log of a line a frame, whose groups are the columns; one that is not there, as grey's chroma, is left out."""

    def read(text: str) -> dict[str, Values]:
        rows = [match.groups() for match in re.finditer(pattern, text, re.MULTILINE)]
        found = zip(columns, zip(*rows, strict=True), strict=True) if rows else ()
        return {column: [float(value) for value in values] for column, values in found if None not in values}

    return read


def _metrics(names: dict[str, str], text: str) -> dict[str, Values]:
    """What a log of libvmaf has by its names, as columns; JSON has no infinity, libvmaf says null."""
    frames = [frame["metrics"] for frame in json.loads(text)["frames"]]
    found = {column: [frame[name] for frame in frames if name in frame] for name, column in names.items()}
    return {column: [inf if value is None else float(value) for value in values] for column, values in found.items()}


def _libvmaf(
    names: dict[str, str],
    feature: str = "",
    *,
    of_samples: bool = False,
    both_sides: int = 1,
    longer_side: int = 1,
    rows: int = 1,
) -> Measure:
    """One of libvmaf's features, its columns by libvmaf's names; without a name, VMAF by its default model."""
    options = {"log_fmt": "json", "n_threads": "1"}
    if feature:
        options |= {"model": "", "feature": f"name={feature}"}
    read = partial(_metrics, names)
    return Measure(
        *(tuple(names.values()), LIBVMAF, options, "log_path", read),
        of_samples=of_samples,
        both_sides=both_sides,
        longer_side=longer_side,
        rows=rows,
    )


def _siti(text: str) -> dict[str, Values]:
    """SI and TI in 8-bit samples, of pictures of 10 bits: both are stretched, to 255 and to 1023."""
    found = {name: re.findall(rf"^lavfi\.siti\.{name}=(\S+)$", text, re.MULTILINE) for name in SITI}
    return {name: [float(value) * 255 / 1023 for value in values] for name, values in found.items()}


SITI: Final = ("si", "ti")

SITI_FORMAT: Final = "yuv420p10le"
"""What the filter sees: the deepest that it takes, where stretching to full range costs least."""

PSNR_HVS: Final = {"psnr_hvs_y": "psnr_hvs_y", "psnr_hvs_cb": "psnr_hvs_u", "psnr_hvs_cr": "psnr_hvs_v"}

MEASURES: Final = {
    "psnr": Measure(
        ("psnr_y", "psnr_u", "psnr_v"),
        "psnr",
        {},
        "stats_file",
        _lines(r"^n:\d+ .*?psnr_y:(\S+)(?: psnr_u:(\S+) psnr_v:(\S+))?", "psnr_y", "psnr_u", "psnr_v"),
    ),
    "ssim": Measure(("ssim",), "ssim", {}, "stats_file", _lines(r"^n:\d+ Y:(\S+)", "ssim"), both_sides=8),
    "ms_ssim": _libvmaf({"float_ms_ssim": "ms_ssim"}, "float_ms_ssim", of_samples=True, both_sides=176),
    "psnr_hvs": _libvmaf(PSNR_HVS, "psnr_hvs", of_samples=True, both_sides=16),  # blocks of 8x8, of chroma too
    "ciede2000": _libvmaf({"ciede2000": "ciede2000"}, "ciede", both_sides=2, rows=2),  # else it reads behind chroma
    "cambi": _libvmaf({"cambi": "cambi"}, "cambi", both_sides=2, longer_side=216),
    "vmaf": _libvmaf({"vmaf": "vmaf"}, both_sides=35),  # crashes under 17; of 33 and 34 it reads behind deep samples
    "xpsnr": Measure(
        *(("xpsnr",), "xpsnr", {}, "stats_file", _lines(r"^n: +\d+ +XPSNR y: +(\S+)", "xpsnr")),
        swapped=True,
        deep_width=32,  # at others, FFmpeg takes what its rows are padded with for samples
    ),
    "siti": Measure(SITI, "siti", {}, "file", _siti, of_clip=True, both_sides=3),
}
"""By the recipe's names. The columns' own words, in the schema, tell of which planes each is."""

PAIRING: Final = {"shortest": "1"}
"""Options of every filter that takes two: else the last picture of what is shorter is compared with all that follow."""

CHROMA: Final = ("psnr_u", "psnr_v", "psnr_hvs_u", "psnr_hvs_v")
"""Columns that grey pictures do not have."""


@dataclass(frozen=True)
class Pair:
    """A stream and the clip that it is of, as files; both are compared in `pixel_format`, frame by frame by index.

    `size` is the clip's, which pictures of the stream that are coded smaller are scaled to. `folder` is where FFmpeg
    runs and leaves its logs, `name` what those begin with; `track` is the number of the stream's among the video tracks
    of its file. `colour` is what the clip's samples mean, `own_format` of which pixel format they are, and `encoder`
    which one was given them: none where the stream is the source's own, whose samples mean the same.
    """

    ffmpeg: str
    stream: Path
    clip: Path
    pixel_format: str
    size: tuple[int, int]
    folder: Path
    name: str
    what: str
    track: int = 0
    colour: Colour = field(default_factory=Colour)
    own_format: str = "yuv420p"
    encoder: Encoder | None = None

    @property
    def is_limited_gray(self) -> bool:
        """Whether gray samples are compared that are the clip's own, of limited range."""
        return is_gray(self.pixel_format) and self.own_format == self.pixel_format and self.colour.range == "tv"


def fitting(pair: Pair, names: Sequence[str]) -> list[str]:
    """Those of the measures named that take such pictures, in the order in which they are asked for."""
    depth = depth_of(pair.pixel_format)
    return [name for name in MEASURES if name in names and MEASURES[name].fits(*pair.size, depth)]


def measure(pair: Pair, names: Sequence[str], frames: int) -> dict[str, Values]:
    """Columns of **frames** by presentation index, of the measures named that take such pictures.

    Raises:
        EncodeError: FFmpeg failed, or measured another number of frames.
    """
    wanted = fitting(pair, names)
    if not wanted:
        return {}
    run(compare(pair, wanted), pair.what, folder=pair.folder)
    found: dict[str, Values] = {}
    lacking = CHROMA if is_gray(pair.pixel_format) else ()
    for name in wanted:
        path = pair.folder / _log(pair, name)
        told = MEASURES[name].read(path.read_text(encoding="utf-8"))
        path.unlink()
        for column in MEASURES[name].columns:
            if column in lacking:
                continue
            found[column] = told.get(column, [])
            if (measured := len(found[column])) != frames:
                raise EncodeError(f"{pair.what}: {column} of {measured} frames, not of {frames}")
    return found


def compare(pair: Pair, names: Sequence[str]) -> list[str]:
    """The command that measures, each measure to a log of its own."""
    alone = [name for name in names if MEASURES[name].of_clip]
    against = [name for name in names if not MEASURES[name].of_clip]
    clip = _numbered(pair.clip).filter_multi_output("split", len(alone) + bool(against))
    ends = []
    for at, name in enumerate(alone):
        own = _given(pair, clip[at], None, SITI_FORMAT).filter(MEASURES[name].filter)
        ends.append(own.filter("metadata", "print", **_logged(pair, name)))
    if against:
        both = _paired(pair, clip[len(alone)])
        stream, shown = (_alike(pictures).filter_multi_output("split", len(against)) for pictures in both)
        for at, name in enumerate(against):
            chosen, inputs = MEASURES[name], [stream[at], shown[at]]
            inputs = inputs[::-1] if chosen.swapped else inputs
            if chosen.filter == LIBVMAF and is_gray(pair.pixel_format) and (chosen.of_samples or pair.is_limited_gray):
                inputs = [_filtered(pictures, coloured(pair.pixel_format)) for pictures in inputs]
            ends.append(ffmpeg.filter(inputs, chosen.filter, **PAIRING, **chosen.options, **_logged(pair, name)))
    return compiled(pair.ffmpeg, ffmpeg.output(*ends, "-", f="null", fps_mode="passthrough"))


@contextmanager
def squared_errors(pair: Pair) -> Iterator[Iterator[Cells]]:
    """Squared errors of luma, summed over cells of CELL x CELL samples, [rows, columns], frame by frame.

    Raises:
        EncodeError: FFmpeg failed.
    """
    with Process(differences(pair), pair.what, folder=pair.folder) as process:
        yield _cells(process, *pair.size, 2 if depth_of(pair.pixel_format) > 8 else 1)
        process.finish()


def differences(pair: Pair) -> list[str]:
    """The command that writes the absolute difference of luma, frame by frame, to the standard output."""
    luma = [_alike(pictures).filter("extractplanes", "y") for pictures in _paired(pair, _numbered(pair.clip))]
    difference = ffmpeg.filter(luma, "blend", all_mode="difference", **PAIRING)
    return compiled(pair.ffmpeg, ffmpeg.output(difference, "pipe:1", f="rawvideo", fps_mode="passthrough"))


def scale(pixel_format: str) -> float:
    """What a squared error is to be multiplied by, so that it is one of 8-bit samples."""
    return float(4.0 ** (8 - depth_of(pixel_format)))


def _numbered(path: Path, track: int = 0, **options: Any) -> Any:
    """Pictures of a file, their numbers for times."""
    pictures = ffmpeg.input(str(path), **INPUT, **options)[f"V:{track}"]
    return pictures.filter("settb", "1/25").filter("setpts", "N")


def _paired(pair: Pair, clip: Any) -> tuple[Any, Any]:
    """Pictures of the stream and of its clip, and one behind those: else none of a stream that has more would count."""
    shown = _of_clip(pair, clip).filter("tpad", stop=1, stop_mode="clone").filter("setpts", "N")
    return _of_stream(pair), shown


def _of_stream(pair: Pair) -> Any:
    """The stream's pictures, those that are coded smaller scaled."""
    # A source's container may say that less is to be shown of its pictures: clips are cut out of them whole.
    whole = {"apply_cropping": "codec"} if pair.encoder is None else {}
    pictures = _numbered(pair.stream, pair.track, reinit_filter=0, **whole)
    if pair.encoder is None:
        return _given(pair, pictures.filter("scale", *pair.size, **CONVERTING), None, pair.pixel_format)
    if is_gray(pair.pixel_format):
        # As FFmpeg takes gray, so that luma stays as it is: of limited range, some decoders make 4:2:0 of it.
        pictures = pictures.filter("setparams", range="pc")
    return pictures.filter("scale", *pair.size, **CONVERTING).filter("format", pair.pixel_format)


def _of_clip(pair: Pair, pictures: Any) -> Any:
    """The clip's pictures as its encoder was given them."""
    return _given(pair, pictures, pair.encoder, pair.pixel_format)


def _given(pair: Pair, pictures: Any, encoder: Encoder | None, pixel_format: str) -> Any:
    """What becomes of a clip's pictures on their way to an encoder: they are converted by what they mean."""
    filters = given(pair.colour, pair.own_format, encoder, pixel_format)
    return _filtered(pictures, filters).filter("format", pixel_format)


def _filtered(pictures: Any, filters: Filters) -> Any:
    for name, options in filters:
        pictures = pictures.filter(name, **options)
    return pictures


def _alike(pictures: Any) -> Any:
    """The same, tagged as all others are, so that nothing converts them."""
    return pictures.filter("setparams", range="tv", color_primaries="bt709", color_trc="bt709", colorspace="bt709")


def _logged(pair: Pair, name: str) -> dict[str, str]:
    """The option that has a measure write its log."""
    return {MEASURES[name].log: _log(pair, name)}


def _log(pair: Pair, name: str) -> str:
    return f"{pair.name}.{name}.log"


def _cells(process: Process, width: int, height: int, sample_bytes: int) -> Iterator[Cells]:
    size = width * height * sample_bytes
    rows, columns = -(-height // CELL), -(-width // CELL)
    padded = np.zeros((rows * CELL, columns * CELL), np.uint32)
    while piece := _read(process, size):
        if len(piece) < size:
            raise EncodeError(f"{process.what}: the last picture of differences is cut short")
        error = np.frombuffer(piece, np.uint8 if sample_bytes == 1 else "<u2").reshape(height, width)
        np.multiply(error, error, out=padded[:height, :width], dtype=np.uint32)
        yield padded.reshape(rows, CELL, columns, CELL).sum(axis=(1, 3), dtype=np.uint32)


def _read(process: Process, size: int) -> bytes:
    pieces = []
    while size and (piece := process.read(size)):
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)
