"""Every encoder: aligned, repeatable, and heard where it ignores a setting."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import pytest
from helpers.corpora import Builder

import codecorpus
from codecorpus import codecs, matrix, recipe
from codecorpus.encode import ENCODERS, Encode, Encoder, Gop, clock, ffmpeg
from codecorpus.encode.command import Colour, encode_clip
from codecorpus.encode.model import DEPTHS
from codecorpus.encode.process import Process, printed, run
from codecorpus.errors import EncodeError
from codecorpus.sources import clips, probe

FPS = Fraction(25)
GOP = 12

ENTRIES = {
    "libx264": "{encoder: libx264, preset: veryfast, tune: film}, {encoder: libx264, preset: veryfast, bitrate: 200k,"
    " passes: 2}, {encoder: libx264, preset: veryfast, maxrate: 200k}",
    "libx265": "{encoder: libx265, preset: ultrafast, tune: psnr},"
    " {encoder: libx265, preset: ultrafast, maxrate: 200k}",
    "libsvtav1": "{encoder: libsvtav1, preset: 11, tune: vmaf}, {encoder: libsvtav1, preset: 11, bitrate: 200k},"
    " {encoder: libsvtav1, preset: 11, qp: 40}",
    "libaom-av1": "{encoder: libaom-av1, preset: 6, tune: ssim}, {encoder: libaom-av1, preset: 6, qp: 40}",
    "librav1e": "{encoder: librav1e, preset: 10, tune: Psnr}",
    "libkvazaar": "{encoder: libkvazaar, preset: ultrafast}",
    "libvpx-vp9": "{encoder: libvpx-vp9, preset: 5, tune: ssim}, {encoder: libvpx-vp9, preset: 5, qp: 40,"
    " params: {aq-mode: 1}}, {encoder: libvpx-vp9, preset: 5, bitrate: 200k, passes: 2}",
    "mpeg4": "{encoder: mpeg4, preset: rd, params: {bf: 2, trellis: 1}}, {encoder: mpeg4, bitrate: 200k, passes: 2}",
    "libxvid": "{encoder: libxvid, params: {gmc: 1}}, {encoder: libxvid, bitrate: 200k}",
    "mpeg2video": "{encoder: mpeg2video, params: {bf: 2}}, {encoder: mpeg2video, preset: simple, bitrate: 300k}",
}


@dataclass(frozen=True)
class Cut:
    path: Path
    pts: tuple[int, ...]
    time_base: Fraction


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory, bikes: Path) -> Cut:
    """Thirty frames from the middle of the footage, 176x96."""
    folder = tmp_path_factory.mktemp("clip")
    read = recipe.parse("sources: a\nclips: {length: 30, size: 176x96}\nencodes: [{encoder: libkvazaar}]")
    videos = clips.divide(clips.Video("bikes"), probe.probe(bikes), "", read, "bikes")
    made = clips.cut(ffmpeg.find().path, bikes, videos[3], folder)
    return Cut(made.path, made.pts, made.time_base)


def encodes(entries: str) -> tuple[Encode, ...]:
    return matrix.expand(recipe.parse(f"sources: a\nencodes: [{entries}]"))


def encoded(clip: Cut, encode: Encode) -> bytes:
    folder = clip.path.parent
    encoder = ENCODERS[encode.encoder]
    *first, last = encode_clip(ffmpeg.find().path, clip.path.name, encoder, encode, Gop(GOP), Colour(), fps=FPS)
    for command in first:
        run(command, encode.name, folder=folder)
    with Process(last, encode.name, folder=folder) as process:
        stream = b"".join(iter(lambda: process.read(1 << 16), b""))
        process.finish()
    if (rate := encoder.counted(FPS)) is None:
        return stream
    counted, moved = folder / "counted.nut", folder / "moved.nut"
    counted.write_bytes(stream)
    clock.put_back(counted, rate, clip.pts, clip.time_base, encode.name, moved)
    return moved.read_bytes()


@pytest.mark.parametrize("encode", [e for entry in ENTRIES.values() for e in encodes(entry)], ids=lambda e: e.name)
def test_an_encode_keeps_every_time_and_puts_keys_where_they_belong_and_repeats(clip: Cut, encode: Encode) -> None:
    stream = encoded(clip, encode)
    with av.open(io.BytesIO(stream), format="nut") as container:
        video = container.streams.video[0]
        packets = sorted((p.pts, p.is_keyframe) for p in container.demux(video) if p.size)
        name = video.codec_context.codec.canonical_name
        assert codecs.named(name) == encode.codec
    assert tuple(pts for pts, _ in packets) == clip.pts
    assert [frame for frame, (_, key) in enumerate(packets) if key] == [0, GOP, 2 * GOP]
    assert encoded(clip, encode) == stream


@pytest.mark.parametrize("encoder", [e for e in ENCODERS.values() if e.two_pass], ids=lambda encoder: encoder.name)
def test_a_first_pass_tells_each_picture(clip: Cut, encoder: Encoder) -> None:
    """Though it may give no packet: it is not taken for one that hangs."""
    [encode] = encodes(f"{{encoder: {encoder.name}, bitrate: 100k, passes: 2}}")
    first, _ = encode_clip(ffmpeg.find().path, clip.path.name, encoder, encode, Gop(GOP), Colour(), "telling", FPS)
    told = printed(first, encode.name, folder=clip.path.parent)
    assert told.count("frame:") == len(clip.pts)


@pytest.mark.parametrize(
    ("encoder", "rate", "values"),
    [("libsvtav1", "crf", (0, 1, 20.25, 20.75, 35)), ("libx264", "crf", (0, 1, 1.25)), ("mpeg4", "qp", (1, 2))],
)
def test_each_rate_is_one_of_its_own(
    bikes: Path, build: Builder, encoder: str, rate: str, values: tuple[float, ...], tmp_path: Path
) -> None:
    """FFmpeg rounds some, and takes others for none."""
    clip = f"sources: [{bikes}]\nclips: {{length: 6, limit: 1, size: 96x64}}\n"
    text = f"{clip}encodes: [{{encoder: {encoder}, {rate}: {list(values)}}}]\ntables: [frames]"
    summary = build(tmp_path / "corpus", text)
    assert summary.failures == () and summary.twins == ()
    sizes = [row["bytes"] for row in codecorpus.open(tmp_path / "corpus").streams.to_pylist()]
    assert len(set(sizes)) == len(values)


DEEP = [e for e in ENCODERS.values() if "qp" in e.rates and "yuv420p10le" in e.pixel_formats]


@pytest.mark.parametrize("encoder", DEEP, ids=lambda encoder: encoder.name)
def test_a_qp_is_the_same_quantiser_in_every_depth(
    bikes: Path, build: Builder, encoder: Encoder, tmp_path: Path
) -> None:
    clip = f"sources: [{bikes}]\nclips: {{length: 4, limit: 1, size: 96x64}}\n"
    formats = [name for name in DEPTHS.values() if name in encoder.pixel_formats]
    preset = encoder.presets[-1 if encoder.fastest_last else 0]
    entry = f"{{encoder: {encoder.name}, preset: {preset}, qp: 30, pixel_format: [{', '.join(formats)}]}}"
    assert build(tmp_path / "corpus", f"{clip}encodes: [{entry}]\ntables: [frames]").failures == ()
    corpus = codecorpus.open(tmp_path / "corpus")
    told = [corpus.frames(encode=name)["qstep"].to_pylist() for name in corpus.encodes["encode"].to_pylist()]
    assert len(told) == len(formats) and all(steps == pytest.approx(told[0], rel=0.25) for steps in told)


def test_qp_0_of_x264_is_lossless_in_every_depth(bikes: Path, build: Builder, tmp_path: Path) -> None:
    clip = f"sources: [{bikes}]\nclips: {{length: 4, limit: 1, size: 96x64}}\n"
    entry = "{encoder: libx264, preset: ultrafast, qp: [0, 1], pixel_format: [yuv420p, yuv420p10le]}"
    build(tmp_path / "corpus", f"{clip}encodes: [{entry}]\ntables: [frames]\nquality: psnr")
    corpus = codecorpus.open(tmp_path / "corpus")
    for name in corpus.encodes["encode"].to_pylist():
        assert ({*corpus.frames(encode=name)["psnr_y"].to_pylist()} == {math.inf}) == ("qp0" in name)


@pytest.mark.parametrize("length", [1, 2])
def test_libaom_takes_groups_of_few_pictures(bikes: Path, build: Builder, length: int, tmp_path: Path) -> None:
    entries = "{encoder: libaom-av1, preset: 8}, {encoder: libaom-av1, preset: 8, bitrate: 100k, passes: 2}"
    clip = f"sources: [{bikes}]\nclips: {{length: 120, limit: 1, size: 96x64}}\ngop: {{length: {length}}}"
    assert build(tmp_path / "corpus", f"{clip}\nencodes: [{entries}]\ntables: [frames]").failures == ()


def test_every_encoder_is_tried_here() -> None:
    assert list(ENTRIES) == list(ENCODERS)


@pytest.mark.parametrize("name", [e.name for e in ENCODERS.values() if e.name != "libaom-av1" and e.own_params is None])
def test_a_parameter_that_the_encoder_ignores_is_an_error(clip: Cut, name: str) -> None:
    [encode] = encodes(f"{{encoder: {name}, params: {{no-such-thing: 1}}}}")
    with pytest.raises(EncodeError, match=rf"^{encode.name}: .*no-such-thing"):
        encoded(clip, encode)


@pytest.mark.parametrize("name", ["libx264", "libx265"])
def test_a_cap_below_the_bitrate_is_an_error(clip: Cut, name: str) -> None:
    [encode] = encodes(f"{{encoder: {name}, bitrate: 100k, params: {{vbv-maxrate: 50, vbv-bufsize: 50}}}}")
    with pytest.raises(EncodeError, match="assuming CBR"):
        encoded(clip, encode)


def test_a_parameter_that_libaom_refuses_is_an_error(clip: Cut) -> None:
    [encode] = encodes("{encoder: libaom-av1, params: {no-such-thing: 1}}")
    with pytest.raises(EncodeError, match=r"^aom-cpu6-crf35-no-such-thing1: "):
        encoded(clip, encode)


@pytest.mark.parametrize("encoder", ENCODERS.values(), ids=lambda encoder: encoder.name)
def test_an_encoder_describes_itself_consistently(encoder: Encoder) -> None:
    assert encoder.default_preset in encoder.presets
    assert set(encoder.cost) <= set(encoder.presets)
    assert encoder.default_rate.kind in encoder.rates
    assert encoder.rates[encoder.default_rate.kind].holds(float(encoder.default_rate.value))
    assert set(encoder.tune_aliases.values()) <= set(encoder.tunes)
