"""The same bytes on every processor and on every run: each level that the encoders' own switches offer, and several
runs, for every encoder and kind of rate control; and for cutting, scaling and converting."""

from __future__ import annotations

import hashlib
import itertools
import platform
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import pytest

from codecorpus import matrix, recipe
from codecorpus.encode import ENCODERS, Encode, Gop
from codecorpus.encode import ffmpeg as binaries
from codecorpus.encode.command import Colour, Cut, cut_clip, encode_clip, find_scenes
from codecorpus.encode.process import Process, run
from codecorpus.encode.quality import Pair, differences
from codecorpus.sources import clips, probe

RUNS = 10
"""Of each: an encoder whose threads race may well give the same bytes twice."""

FLAGS = Path("/proc/cpuinfo")

RATES = {
    "libx264": "crf: 23|qp: 28|bitrate: 100k|crf: 23, maxrate: 120k|bitrate: 100k, passes: 2"
    "|bitrate: 100k, maxrate: 120k, passes: 2",
    "libx265": "crf: 23|qp: 28|bitrate: 100k|crf: 23, maxrate: 120k|bitrate: 100k, passes: 2"
    "|bitrate: 100k, maxrate: 120k, passes: 2",
    "libsvtav1": "crf: 35|qp: 35|bitrate: 100k|crf: 35, maxrate: 120k",
    "libaom-av1": "crf: 35|qp: 40|bitrate: 100k|bitrate: 100k, passes: 2",
    "librav1e": "qp: 100|bitrate: 100k",
    "libkvazaar": "qp: 30|bitrate: 100k",
    "libvpx-vp9": "crf: 35|qp: 40|bitrate: 100k|bitrate: 100k, passes: 2",
    "mpeg4": "qp: 5|bitrate: 100k|bitrate: 100k, passes: 2",
    "mpeg2video": "qp: 5|bitrate: 100k|bitrate: 100k, passes: 2",
    "libxvid": "qp: 5|bitrate: 100k",
}
"""Every kind of rate control of every encoder."""

PRESETS = {
    "libx264": "fast",
    "libx265": "fast",
    "libsvtav1": "10",
    "libaom-av1": "6",
    "librav1e": "10",
    "libkvazaar": "fast",
    "libvpx-vp9": "5",
    "mpeg4": "bits",
    "mpeg2video": "bits",
    "libxvid": "2",
}


@dataclass(frozen=True)
class Switch:
    """What tells an encoder how much of the processor it may use: a parameter of its own, a variable, or FFmpeg."""

    levels: tuple[str, ...]
    param: str | None = None
    variable: str | None = None


ADDED = ("mmx+mmxext+sse+sse2", "sse3+ssse3", "sse4.1+sse4.2", "avx", "avx2+fma3+bmi1+bmi2", "avx512", "avx512icl")

FFMPEG = Switch(("0", *itertools.accumulate(ADDED, "{}+{}".format)))
"""FFmpeg's own: -cpuflags, which names all that is used: a name by itself leaves out what is below it."""

SWITCHES = {
    "libx264": Switch(("0", "SSE2", "SSE2Fast", "SSSE3", "SSE4.2", "AVX", "AVX2", "AVX512"), param="asm"),
    "libx265": Switch(("0", "SSE2", "SSSE3", "SSE4.1", "AVX", "AVX2", "AVX512"), param="asm"),
    # Version 4.2 ends with an error at sse2 and sse3.
    "libsvtav1": Switch(("c", "ssse3", "sse4_1", "sse4_2", "avx", "avx2", "avx512"), param="asm"),
    "libaom-av1": Switch(("0", "7", "31", "63", "511"), variable="AOM_SIMD_CAPS"),
    "librav1e": Switch(("rust", "sse2", "ssse3", "sse4_1", "avx2", "avx512icl"), variable="RAV1E_CPU_TARGET"),
    "libkvazaar": Switch(("0", "1"), param="cpuid"),
    "libvpx-vp9": Switch(("0", "7", "63", "255"), variable="VPX_SIMD_CAPS"),
    "mpeg4": FFMPEG,
    "mpeg2video": FFMPEG,
    "libxvid": FFMPEG,  # what feeds it; it has no switch of its own that FFmpeg hands on
}

SIX = Cut(start=0, end=6, time_base=Fraction(1, 25), size=(640, 272))
"""The first six pictures."""

SCALES = {
    "cut": SIX,
    "smaller": replace(SIX, scale=(176, 96)),
    "larger": replace(SIX, scale=(722, 406)),
    "deinterlaced": replace(SIX, deinterlace=True, scale=(322, 242)),
    "another rate": replace(SIX, fps="24", crop=(638, 270)),
    "16 bits": replace(SIX, scale=(98, 50), pixel_format="yuv444p16le"),
    "10 bits": replace(SIX, scale=(854, 480), pixel_format="yuv420p10le"),
}

CONVERSIONS = [
    ("yuv422p", "yuv420p"),
    ("yuv444p", "yuv420p"),
    ("yuv422p10le", "yuv420p"),
    ("yuv411p", "yuv420p"),
    ("yuv420p", "yuv444p"),
    ("yuv444p10le", "yuv422p10le"),
    ("gbrp", "yuv420p"),
]
"""Pixel formats of a clip and of its encode."""

CASES = [(name, rate) for name in RATES for rate in RATES[name].split("|")]


def runnable(levels: Iterable[str]) -> list[str]:
    """Those levels whose instructions this processor has; asked for more, x264 and x265 would end with SIGILL."""
    has_avx512 = FLAGS.exists() and {"avx512bw", "avx512vl", "avx512vbmi2"} <= set(FLAGS.read_text().split())
    has_avx2 = FLAGS.exists() and "avx2" in FLAGS.read_text().split()
    return [
        level
        for level in levels
        if (has_avx512 or "512" not in level) and (has_avx2 or not {"avx2", "avx"} & {*level.lower().split("+")})
    ]


x86 = pytest.mark.skipif(
    platform.machine() not in ("x86_64", "AMD64") or not FLAGS.exists(), reason="the switches are those of x86-64"
)


def cut(folder: Path, source: Path, size: str, frames: int) -> Path:
    read = recipe.parse(f"sources: a\nclips: {{length: {frames}, size: {size}}}\nencodes: [{{encoder: libkvazaar}}]")
    videos = clips.divide(clips.Video("bikes"), probe.probe(source), "", read, "bikes")
    return clips.cut(binaries.find().path, source, videos[3], folder).path


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, bikes: Path) -> Path:
    return cut(tmp_path_factory.mktemp("small"), bikes, "176x96", 24)


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory, bikes: Path) -> Path:
    """Pictures of several rows of HEVC's largest blocks: with fewer, x265's threads never meet."""
    return cut(tmp_path_factory.mktemp("wide"), bikes, "640x272", 40)


def encode_of(encoder: str, settings: str) -> Encode:
    text = f"sources: a\nencodes: [{{encoder: {encoder}, preset: {PRESETS[encoder]}, {settings}}}]"
    [encode] = matrix.expand(recipe.parse(text))
    return encode


def colour_of(pixel_format: str) -> Colour:
    return Colour(matrix="gbr" if pixel_format == "gbrp" else None)


def digest(clip: Path, encode: Encode, *words: str, own: str = "yuv420p") -> str:
    """Of the stream that an encode gives of a clip in the pixel format `own`, with more words of FFmpeg's."""
    job = (binaries.find().path, clip.name, ENCODERS[encode.encoder], encode, Gop(12), colour_of(own))
    commands = encode_clip(*job, pixel_format=own)
    for command in commands[:-1]:
        run([command[0], *words, *command[1:]], encode.name, folder=clip.parent)
    return printed(commands[-1], clip.parent, *words)


def printed(command: list[str], folder: Path, *words: str) -> str:
    """The digest of what a command, with more words of FFmpeg's, writes to the standard output."""
    told = hashlib.sha256()
    with Process([command[0], *words, *command[1:]], "it", folder=folder) as process:
        while piece := process.read(1 << 16):
            told.update(piece)
        process.finish()
    return told.hexdigest()


def test_every_kind_of_rate_of_every_encoder_is_tried_here() -> None:
    assert set(RATES) == set(PRESETS) == set(SWITCHES) == set(ENCODERS)
    for name, encoder in ENCODERS.items():
        tried = RATES[name].split("|")
        assert {rate.split(":")[0] for rate in tried} == set(encoder.rate_kinds)
        assert any("maxrate" in rate for rate in tried) == bool(encoder.capped)
        assert any("passes" in rate for rate in tried) == encoder.two_pass


@x86
@pytest.mark.parametrize(("name", "rate"), CASES)
def test_an_encode_is_the_same_on_every_processor_and_run(
    name: str, rate: str, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode = encode_of(name, rate)
    digests = {f"run {number}": digest(small, encode) for number in range(RUNS)}
    switch = SWITCHES[name]
    for level in runnable(switch.levels):
        if switch.variable:
            monkeypatch.setenv(switch.variable, level)
            digests[level] = digest(small, encode)
        elif switch.param:
            digests[level] = digest(small, replace(encode, params=((switch.param, level),)))
        else:
            digests[level] = digest(small, encode, "-cpuflags", level)
    assert len(set(digests.values())) == 1, digests


@pytest.mark.parametrize("rate", ["bitrate: 300k, maxrate: 330k", "bitrate: 300k, maxrate: 330k, passes: 2"])
def test_x265_with_a_cap_is_the_same_on_every_run(rate: str, wide: Path) -> None:
    encode = encode_of("libx265", rate)
    assert len({digest(wide, encode) for _ in range(RUNS)}) == 1


@x86
@pytest.mark.parametrize("what", SCALES)
def test_a_clip_is_the_same_on_every_processor_and_run(what: str, bikes: Path, tmp_path: Path) -> None:
    def digest_of_clip(*flags: str) -> str:
        command = cut_clip(binaries.find().path, bikes, SCALES[what], "clip.nut")
        command[1:1] = flags
        run(command, what, folder=tmp_path)
        return hashlib.sha256((tmp_path / "clip.nut").read_bytes()).hexdigest()

    digests = {f"run {number}": digest_of_clip() for number in range(RUNS)}
    digests |= {level: digest_of_clip("-cpuflags", level) for level in runnable(FFMPEG.levels)}
    assert len(set(digests.values())) == 1, digests


@x86
@pytest.mark.parametrize(("own", "wanted"), CONVERSIONS)
def test_a_conversion_is_the_same_on_every_processor(own: str, wanted: str, ffmpeg: Callable[..., Path]) -> None:
    """For the encoder, and for what its stream is measured against."""
    noise = f"testsrc2=s=324x182:d=0.08,noise=alls=20:allf=t,format={own}"
    clip = ffmpeg("-f", "lavfi", "-i", noise, "-c:v", "rawvideo", name=f"{own}.nut")
    encode = encode_of("libx264", f"qp: 28, pixel_format: {wanted}")
    levels = runnable(FFMPEG.levels)
    digests = {level: digest(clip, encode, "-cpuflags", level, own=own) for level in levels}
    assert len({digest(clip, encode, own=own), *digests.values()}) == 1, digests
    stream = ffmpeg("-f", "lavfi", "-i", noise, "-c:v", "libx264", "-pix_fmt", wanted, name=f"{own}-{wanted}.mp4")
    words = (binaries.find().path, stream, clip, wanted, (324, 182), clip.parent, "log", "it")
    command = differences(Pair(*words, colour=colour_of(own), own_format=own, encoder=ENCODERS["libx264"]))
    digests = {level: printed(command, clip.parent, "-cpuflags", level) for level in levels}
    assert len({printed(command, clip.parent), *digests.values()}) == 1, digests


@x86
def test_scenes_are_the_same_on_every_processor(ffmpeg: Callable[..., Path], tmp_path: Path) -> None:
    noise = "testsrc2=s=854x480:d=0.4,noise=alls=20:allf=t,format=yuv420p"
    source = ffmpeg("-f", "lavfi", "-i", noise, "-c:v", "ffv1", name="noise.mkv")
    command = find_scenes(binaries.find().path, source)
    digests = {level: printed(command, tmp_path, "-cpuflags", level) for level in runnable(FFMPEG.levels)}
    assert len({printed(command, tmp_path), *digests.values()}) == 1, digests
