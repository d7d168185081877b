"""FFmpeg's argument lists: cutting a clip, and encoding one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import ffmpeg

from codecorpus.demux import CONTAINERS
from codecorpus.encode.model import Encode, Encoder, Gop, Options

LOG: Options = {"nostdin": None, "hide_banner": None, "v": "level+warning", "xerror": None}

INPUT: Options = {"noautorotate": None, "protocol_whitelist": "file", "format_whitelist": CONTAINERS}

PACKETS: Options = {
    "noautorotate": None,
    "protocol_whitelist": "file",
    "format_whitelist": "nut,mov,mp4,m4a,3gp,3g2,mj2",
}
"""How packets of a source are read that were put aside for one clip."""

DEINTERLACING = "mode=send_frame:deint=interlaced"
"""Options of bwdif: a frame for a frame, those that are interlaced."""

Filters = list[tuple[str, dict[str, str]]]
"""A chain of filters, each with its options."""

NO_SIZE = -7
"""A width that FFmpeg refuses, and names."""

RGB = "gbr"
"""FFmpeg's name of the matrix of samples that are red, green and blue."""

RGB_MATRIX = "bt709"
"""By which those are encoded: no encoder here takes them as they are."""

TELLING = ("metadata=mode=add:key=shown:value=1", "metadata=mode=print:key=shown:file=-:direct=1")
"""Filters that print the time of each picture to the standard output, at once."""

CONVERTING = {"flags": "bicubic+accurate_rnd+bitexact"}
"""Options of the filter that makes samples what an encoder takes. Without flags, C and SIMD round otherwise."""

SCENE_WIDTH = 320
"""Pictures are made so wide to see where scenes begin: noise and fine detail begin none."""

MUXING: dict[str, str] = {"avoid_negative_ts": "disabled", "fflags": "+bitexact"}
"""Times as they are, and bytes that say nothing of the day."""

OUTPUT: Options = {
    "map": "0:V:0",
    "an": None,
    "fps_mode": "passthrough",
    "enc_time_base": "demux",
    **MUXING,
    "f": "nut",
}
"""One picture in, one out, with its time; cover art left aside."""

FFV1_CODING: dict[str, str] = {"level": "3", "g": "1", "slices": "4", "slicecrc": "1"}
"""How FFV1 is written: each picture by itself, in four slices, their sums checked."""

FFV1: Options = {"c:v": "ffv1", **FFV1_CODING, "threads": "2"}
"""A third of the samples' size."""

FFV1_PACKED: dict[str, str] = {"gbrp": "bgr0", "gbrap": "bgra"}
"""Red, green and blue of 8 bits, which FFV1 takes interleaved alone."""


@dataclass(frozen=True)
class Cut:
    """How a clip is made of packets of its source: which pictures they are, then what is done to each.

    They are those from `start` until before `end`, in units of `time_base`, of `size`. Sizes are width and height.
    At `fps`, where one is told, there are `frames` of them.
    """

    start: int
    end: int
    time_base: Fraction
    size: tuple[int, int]
    deinterlace: bool = False
    fps: str | None = None
    frames: int | None = None
    scale: tuple[int, int] | None = None
    crop: tuple[int, int] | None = None
    pixel_format: str = "yuv420p"
    range: str | None = None
    raw: bool = False
    """Whether samples are kept as they are: a clip is read once for each encode, and FFV1 costs as much as x264."""

    @property
    def shaping(self) -> dict[str, str]:
        """What is done to the size of each picture, as filters and their options: scaling covers, cropping keeps the
        centre, and odd sides lose their last samples.
        """
        if self.scale:
            size = f"{self.scale[0]}:{self.scale[1]}"
            covering = f"{size}:force_original_aspect_ratio=increase:flags=lanczos+accurate_rnd+bitexact"
            return {"scale": covering, "crop": size}
        return {"crop": f"{self.crop[0]}:{self.crop[1]}:0:0"} if self.crop else {}

    def filters(self, tells: bool = True) -> str:
        """The filter chain. What is not scaled has one size: others are no sizes to crop to.

        `tells` has it print the time of every picture to the standard output, of those before the first too, as there
        may be many: twice it, and 1 more where the picture is interlaced.
        """
        chain = [f"setparams=range={self.range}"] if self.range else []  # else FFmpeg converts untold samples to it
        chain += [f"bwdif={DEINTERLACING}"] if self.deinterlace else []
        chain += [f"settb={self.time_base}"]
        if tells:
            chain += ["setpts=2*PTS+INTERLACED", *TELLING, "setpts=(PTS-INTERLACED)/2"]
        chain += [f"trim=start_pts={self.start}:end_pts={self.end}", f"setpts=PTS-{self.start}"]
        if self.fps:
            chain += [f"fps={self.fps}:eof_action=pass"]
            if self.frames is not None:
                chain += ["tpad=stop=-1:stop_mode=clone", f"trim=end_frame={self.frames}"]
        if not self.scale:
            width, height = self.size
            chain += [f"crop=if(eq(iw\\,{width})*eq(ih\\,{height})\\,iw\\,{NO_SIZE}):ih:0:0:exact=1"]
        return ",".join([*chain, *(f"{name}={options}" for name, options in self.shaping.items())])


@dataclass(frozen=True)
class Colour:
    """How samples mean colours, by FFmpeg's names; None where the source does not say."""

    primaries: str | None = None
    transfer: str | None = None
    matrix: str | None = None
    range: str | None = None

    @property
    def tags(self) -> dict[str, str]:
        """Options of the filter setparams, which tags pictures with it."""
        names = ("color_primaries", "color_trc", "colorspace", "range")
        values = (self.primaries, self.transfer, self.matrix, self.range)
        return {name: value for name, value in zip(names, values, strict=True) if value}


def encoded(colour: Colour, encoder: Encoder | None = None) -> Colour:
    """What the samples of a clip's stream mean: Y'CbCr, of red, green and blue too, and limited where it must be."""
    if colour.matrix == RGB:
        return replace(colour, matrix=RGB_MATRIX, range="tv")
    return replace(colour, range="tv") if encoder and encoder.limited_range and colour.range == "pc" else colour


def coloured(gray: str) -> Filters:
    """The filters that give limited gray samples of a pixel format chroma without colour: Y'CbCr of 4:4:4 then.

    FFmpeg takes gray for full range, whatever it is told: it squeezes luma where it is to make limited samples of it.
    """
    return [
        ("setparams", {"colorspace": "unknown"}),  # else it computes luma anew, and rounds
        ("scale", {"out_range": "pc", **CONVERTING}),
        ("format", {"pix_fmts": gray.replace("gray", "yuv444p")}),
        ("setparams", {"range": "tv"}),
    ]


def given(colour: Colour, own: str, encoder: Encoder | None, pixel_format: str) -> Filters:
    """The filters that make a clip's samples, of the format `own`, mean what its stream's are to, and tag them so.

    The last of them makes samples of `pixel_format`, by these tags, where FFmpeg is told that it is wanted.
    """
    told = encoded(colour, encoder)
    filters: Filters = []
    if own.startswith("gray") and colour.range == "tv" and own != pixel_format:
        filters += coloured(own)
    if told != colour:
        is_rgb = colour.matrix == RGB
        conversion = {"out_color_matrix": RGB_MATRIX} if is_rgb else {"in_range": "pc"}
        own = pixel_format.replace("gray", "yuv444p")  # of which FFmpeg makes full range, whatever it is told
        filters += [("scale", {**conversion, "out_range": "tv", **CONVERTING}), ("format", {"pix_fmts": own})]
    filters += [("setparams", told.tags)] if told.tags else []
    return [*filters, ("scale", CONVERTING)] if own != pixel_format else filters


def cut_clip(ffmpeg_path: str, packets: Path | str, cut: Cut, to: Path | str) -> list[str]:
    """The command that decodes `packets` of a source and keeps a clip of them, losslessly, in the file `to`.

    A line of the standard output tells when each was shown, and whether it is interlaced: see `Cut.filters`.
    """
    writing: Options = {
        **OUTPUT,
        "vf": cut.filters(),
        "noautoscale": None,
        **({"c:v": "rawvideo", "pix_fmt": cut.pixel_format} if cut.raw else _ffv1(cut.pixel_format)),
    }
    if cut.fps:
        writing["enc_time_base"] = "filter"
    return _compile(ffmpeg_path, str(packets), PACKETS, str(to), writing)


def pack_clip(ffmpeg_path: str, clip: Path | str, pixel_format: str) -> list[str]:
    """The command that packs a clip of plain samples, losslessly, to the standard output."""
    reading: Options = {"f": "nut", "protocol_whitelist": "file"}
    return _compile(ffmpeg_path, str(clip), reading, "pipe:1", {**OUTPUT, **_ffv1(pixel_format)})


def _ffv1(pixel_format: str) -> Options:
    """How samples of a format are written losslessly, and in as little as that takes."""
    return {**FFV1, "pix_fmt": FFV1_PACKED.get(pixel_format, pixel_format)}


def shaped_frames(ffmpeg_path: str, packets: Path | str, cut: Cut, threads: int = 0) -> list[str]:
    """The command that decodes `packets` of a source and writes what a cut makes of them, raw, to the standard output.

    `threads` are those of the decoder; FFmpeg's choice where it is 0.
    """
    reading = {**PACKETS, "threads": str(threads)}
    raw: Options = {"vf": cut.filters(tells=False), "noautoscale": None, "c:v": "rawvideo", "pix_fmt": cut.pixel_format}
    return _compile(ffmpeg_path, str(packets), reading, "pipe:1", {**OUTPUT, **raw})


def find_scenes(ffmpeg_path: str, source: Path | str, track: int = 0) -> list[str]:
    """The command that writes how much each picture differs from the one before, to the standard output.

    By FFmpeg's filter scdet, on pictures that are made small.
    """
    pictures = ffmpeg.input(str(source), **INPUT)[f"V:{track}"]
    pictures = pictures.filter("scale", SCENE_WIDTH, -2, flags="area+accurate_rnd+bitexact").filter("scdet")
    pictures = pictures.filter("metadata", "print", key="lavfi.scd.score", file="pipe:1")
    return compiled(ffmpeg_path, ffmpeg.output(pictures, "-", f="null", fps_mode="passthrough"))


def encode_clip(
    ffmpeg_path: str,
    clip: Path | str,
    encoder: Encoder,
    encode: Encode,
    gop: Gop,
    colour: Colour,
    log_prefix: str = "passes",
    fps: Fraction = Fraction(25),
    frames: int | None = None,
    pixel_format: str = "yuv420p",
) -> list[list[str]]:
    """The commands that encode a clip: one a pass, the last of them to the standard output.

    `log_prefix` is where a first pass leaves what the second needs. `fps`, `frames` and `pixel_format` are the clip's:
    an encoder whose frames are counted is told of the first two alone, and so are the times of its stream, see
    `clock.put_back`.
    """
    reading: Options = {"f": "nut", "protocol_whitelist": "file"}
    writing: Options = {**OUTPUT, **encoder.options(encode, gop), "pix_fmt": encode.pixel_format}
    made = given(colour, pixel_format, encoder, encode.pixel_format)
    filters = [f"{name}={_joined(options)}" for name, options in made]
    if (rate := encoder.counted(fps)) is not None:
        writing["enc_time_base"] = str(1 / rate)
        filters += [f"settb={1 / rate}", "setpts=N", f"fps={rate}:eof_action=pass"]  # else its rate control guesses
        filters += [f"trim=end_frame={frames}"] if frames is not None else []
    commands = []
    for number in range(1, encode.passes + 1):
        last = number == encode.passes
        passes: Options = {"pass": str(number), "passlogfile": log_prefix} if encode.passes > 1 else {}
        form: Options = {} if last else {"f": "null"}
        chain = filters if last else [*filters, *TELLING]  # some encoders give no packet then by which it got on
        shaping: Options = {"vf": ",".join(chain)} if chain else {}
        to = "pipe:1" if last else "-"
        commands.append(_compile(ffmpeg_path, str(clip), reading, to, {**writing, **shaping, **passes, **form}))
    return commands


def _compile(path: str, source: str, reading: Options, to: str, writing: Options) -> list[str]:
    return compiled(path, ffmpeg.output(ffmpeg.input(source, **reading), to, **writing))


def compiled(path: str, stream: Any) -> list[str]:
    """The command of what ffmpeg-python was told, with the log and progress that `process.Process` reads."""
    stream = stream.global_args(*_flags(LOG), "-progress", "pipe:2", "-nostats", "-copyts")
    command: Sequence[str] = ffmpeg.compile(stream, cmd=path, overwrite_output=True)
    return list(command)


def _joined(options: Mapping[str, str]) -> str:
    """A filter's options, as a chain has them."""
    return ":".join(f"{name}={value}" for name, value in options.items())


def _flags(options: Options) -> list[str]:
    return [word for name, value in options.items() for word in (f"-{name}", value) if word is not None]
