"""Quality that a recipe asks for: frame by frame and block by block, against the clip."""

from __future__ import annotations

import json
import shlex
import struct
import subprocess
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
import pyarrow as pa
import pytest
from helpers.corpora import SMALL, Builder, tree
from helpers.grid_images import box
from helpers.sample_descriptions import changed
from typer.testing import CliRunner

import codecorpus
from codecorpus import recipe
from codecorpus.cli import app
from codecorpus.corpus.verify import verify
from codecorpus.encode import ENCODERS
from codecorpus.encode.quality import MEASURES, Pair, measure
from codecorpus.errors import EncodeError, RecipeError
from codecorpus.run import quality_columns
from codecorpus.run.executors.local import Local

NEARNESS = (
    *("psnr_y", "psnr_u", "psnr_v", "ssim", "psnr_hvs_y", "psnr_hvs_u", "psnr_hvs_v"),
    *("ciede2000", "vmaf", "xpsnr"),
)
COLUMNS = (*NEARNESS, "si", "ti")
TOO_SMALL = ("ms_ssim", "cambi")
"""Measures that pictures of 176x144 are too small for."""
ALL = "quality: [psnr, ssim, ms_ssim, psnr_hvs, ciede2000, cambi, vmaf, xpsnr, siti, sse]\n"
LARGE = """
sources: [{uri: "sample://bikes", start: 8s, end: 8.2s}]
clips: {size: 240x176}
"""
ODD = """
sources: [{uri: "sample://bikes", start: 8s, end: 8.4s}]
clips: {size: 206x118}
encodes:
  - {encoder: libx264, preset: medium, crf: 30}
  - {encoder: libx265, preset: fast, crf: 34, pixel_format: yuv420p10le}
  - {encoder: libaom-av1, preset: 8, crf: 45}
"""


def luma(path: Path) -> np.ndarray:
    """The luma of a file's pictures, in samples of 8 bits, by another decoder than FFmpeg's command."""
    found = []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            bits, plane = frame.format.components[0].bits, frame.planes[0]
            samples = np.frombuffer(bytes(plane), np.uint16 if bits > 8 else np.uint8).reshape(plane.height, -1)
            found.append(samples[:, : plane.width] / 2.0 ** (bits - 8))
    return np.stack(found)


def stretched(path: Path) -> np.ndarray:
    """The same from 0 to 255, by what the stream says of their range."""
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
    if frame.color_range == av.video.reformatter.ColorRange.JPEG:
        bits = frame.format.components[0].bits
        return luma(path) * 2.0 ** (bits - 8) * 255 / (2**bits - 1)
    return (luma(path) - 16) * 255 / 219


def test_squared_errors_are_those_of_the_decoded_samples(build: Builder, tmp_path: Path) -> None:
    """Sizes that blocks overhang, ten bits, pictures that are coded ahead."""
    build(tmp_path / "corpus", ODD + ALL, keep_streams=True)
    build(tmp_path / "lossless", ODD.split("encodes:")[0] + "encodes: [{encoder: libx264, qp: 0}]", keep_streams=True)
    clip = luma(next((tmp_path / "lossless").rglob("*.nut")))
    corpus = codecorpus.open(tmp_path / "corpus")
    for encode in corpus.encodes["encode"].to_pylist():
        errors = (luma(next((tmp_path / "corpus" / "bitstreams" / encode).glob("*.nut"))) - clip) ** 2
        frames = corpus.frames(encode=encode).to_pylist()
        assert len({row["frame"] for row in frames} - {None}) == len(errors) == 10
        for row in corpus.blocks(encode=encode).to_pylist():
            x, y = row["x"], row["y"]
            if row["frame"] is None:
                assert row["sse"] is None
            else:
                wanted = errors[row["frame"], y : y + row["h"], x : x + row["w"]].sum()
                assert row["sse"] == pytest.approx(wanted, rel=1e-6), (encode, row)
        for row in frames:
            if row["frame"] is not None:
                peak = 1023 / 4 if "10le" in encode else 255
                psnr = 10 * np.log10(peak**2 / errors[row["frame"]].mean())
                assert row["psnr_y"] == pytest.approx(psnr, abs=0.006)


def test_every_frame_is_measured_and_better_is_more(build: Builder, tmp_path: Path) -> None:
    build(tmp_path, SMALL + ALL)
    corpus = codecorpus.open(tmp_path)
    means = {}
    for encode in corpus.encodes["encode"].to_pylist():
        frames = corpus.frames(encode=encode)
        shown = frames.filter(frames["frame"].is_valid())
        for column in COLUMNS:
            assert shown[column].null_count == 0
            assert np.isfinite(shown[column].to_numpy()).all()
        assert all(frames[column].null_count == len(frames) for column in TOO_SMALL)
        assert 0.5 < np.mean(shown["ssim"].to_numpy()) < 1
        assert 0 <= np.mean(shown["vmaf"].to_numpy()) <= 100
        means[encode] = [np.mean(shown[column].to_numpy()) for column in NEARNESS]
    better, worse = means["x264-ultrafast-crf23"], means["x264-ultrafast-crf40"]
    assert all(high > low for high, low in zip(better, worse, strict=True))
    assert verify(str(tmp_path)).problems == []
    assert not list((tmp_path / ".work").rglob("*.nut"))


def planes(path: Path) -> list[list[np.ndarray]]:
    """Y, Cb and Cr of a file's pictures of 8 bits, chroma repeated to luma's size."""
    with av.open(str(path)) as container:
        found = []
        for frame in container.decode(video=0):
            own = [
                np.frombuffer(bytes(p), np.uint8).reshape(-1, p.line_size)[: p.height, : p.width] for p in frame.planes
            ]
            found.append([own[0], *(plane.repeat(2, axis=0).repeat(2, axis=1) for plane in own[1:])])
    return [[plane.astype(np.float64) for plane in picture] for picture in found]


def lab(picture: list[np.ndarray]) -> np.ndarray:
    """CIELAB under D65 of Y'CbCr by BT.709 in limited range, as sRGB."""
    y, u, v = (picture[0] - 16) / 219, (picture[1] - 128) / 224, (picture[2] - 128) / 224
    rgb = np.stack([y + 1.5748 * v, y - 0.187324 * u - 0.468124 * v, y + 1.8556 * u])
    rgb = np.where(rgb <= 0.04045, rgb / 12.92, (np.maximum((rgb + 0.055) / 1.055, 0)) ** 2.4)
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = np.einsum("ij,jhw->ihw", np.array(to_xyz), rgb) / np.array([0.95047, 1.0, 1.08883])[:, None, None]
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.stack([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def ciede2000(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The difference of colours in CIELAB (CIE 142-2001), sample by sample, weighed as libvmaf does."""
    chroma = (np.hypot(one[1], one[2]) + np.hypot(other[1], other[2])) / 2
    g = 0.5 * (1 - np.sqrt(chroma**7 / (chroma**7 + 25.0**7)))
    points = [(own[1] * (1 + g), own[2]) for own in (one, other)]
    c = [np.hypot(a, b) for a, b in points]
    h = [np.arctan2(b, a) % (2 * np.pi) for a, b in points]
    turn = (h[1] - h[0] + np.pi) % (2 * np.pi) - np.pi
    hue = 2 * np.sqrt(c[0] * c[1]) * np.sin(turn / 2)
    middle = (h[0] + h[1]) / 2 + np.where(np.abs(h[0] - h[1]) > np.pi, np.pi, 0)
    c_mean, l_mean = (c[0] + c[1]) / 2, (one[0] + other[0]) / 2
    terms = ((0.17, 1, 30), (-0.24, 2, 0), (-0.32, 3, -6), (0.2, 4, 63))
    t = 1 - sum(k * np.cos(n * middle - np.radians(x)) for k, n, x in terms)
    s_l = 1 + 0.015 * (l_mean - 50) ** 2 / np.sqrt(20 + (l_mean - 50) ** 2)
    s_c, s_h = 1 + 0.045 * c_mean, 1 + 0.015 * c_mean * t
    around = 30 * np.exp(-((((np.degrees(middle) % 360) - 275) / 25) ** 2))
    r = -2 * np.sqrt(c_mean**7 / (c_mean**7 + 25.0**7)) * np.sin(np.radians(2 * around))
    dl, dc, dh = (other[0] - one[0]) / (0.65 * s_l), (c[1] - c[0]) / s_c, hue / (4 * s_h)
    return np.sqrt(dl**2 + dc**2 + dh**2 + r * dc * dh)


def si(luma: np.ndarray) -> float:
    """ITU-T P.910: deviation of the Sobel gradient, over the samples that have all neighbours."""
    smooth = luma[:-2] + 2 * luma[1:-1] + luma[2:], luma[:, :-2] + 2 * luma[:, 1:-1] + luma[:, 2:]
    return float(np.hypot(smooth[0][:, 2:] - smooth[0][:, :-2], smooth[1][2:] - smooth[1][:-2]).std())


def test_measures_are_what_others_compute(build: Builder, tmp_path: Path) -> None:
    """CIEDE2000, SI and TI by their standards' words; the rest by libvmaf, asked file against file."""
    text = (
        LARGE + "encodes: [{encoder: libx264, qp: 0, preset: ultrafast}, {encoder: libx265, preset: fast, crf: 34}]\n"
    )
    build(tmp_path, text + ALL, keep_streams=True)
    corpus = codecorpus.open(tmp_path)
    clip, made = (next((tmp_path / "bitstreams" / e).glob("*.nut")) for e in corpus.encodes["encode"].to_pylist())
    rows = sorted(corpus.frames(encode=made.parent.name).to_pylist(), key=lambda row: row["frame"])
    were, are = planes(clip), planes(made)
    stretched = [(picture[0] - 16) * 255 / 219 for picture in were]
    for frame, row in enumerate(rows):
        differ = ciede2000(lab(were[frame]), lab(are[frame])).mean()
        assert row["ciede2000"] == pytest.approx(45 - 20 * np.log10(differ), abs=0.2)
        assert row["si"] == pytest.approx(si(stretched[frame]), abs=0.05)
        ti = (stretched[frame] - stretched[frame - 1]).std() if frame else 0.0
        assert row["ti"] == pytest.approx(ti, abs=0.02)
    log = tmp_path / "libvmaf.json"
    features = "|".join(f"name={name}" for name in ("float_ms_ssim", "psnr_hvs", "cambi", "ciede"))
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", made, "-i", clip, "-lavfi"]
    command += [f"libvmaf=log_fmt=json:log_path={log}:model=:feature={features}", "-f", "null", "-"]
    subprocess.run(command, check=True)
    for row, told in zip(rows, json.loads(log.read_text())["frames"], strict=True):
        own = [told["metrics"][name] for name in ("float_ms_ssim", "psnr_hvs_y", "cambi", "ciede2000")]
        columns = ("ms_ssim", "psnr_hvs_y", "cambi", "ciede2000")
        assert [row[column] for column in columns] == pytest.approx(own, rel=1e-6)
        assert 0.8 < row["ms_ssim"] < 1 and row["cambi"] >= 0
    lossless = corpus.frames(encode=clip.parent.name)
    assert set(lossless["ciede2000"].to_pylist()) == set(lossless["psnr_hvs_y"].to_pylist()) == {np.inf}
    assert [row["si"] for row in rows] == pytest.approx(lossless.sort_by("frame")["si"].to_pylist())


@pytest.mark.parametrize(("gray", "coloured"), [("gray", "yuv420p"), ("gray10le", "yuv420p10le")])
def test_gray_is_measured_by_its_samples(build: Builder, gray: str, coloured: str, tmp_path: Path) -> None:
    """As pictures of the same luma whose chroma is none; of chroma itself there is nothing to tell."""
    entry = f"{{encoder: libx264, preset: ultrafast, qp: [0, 30], pixel_format: {gray}}}"
    build(tmp_path, f"{LARGE}encodes: [{entry}]\nquality: [psnr, ms_ssim, psnr_hvs]", keep_streams=True)
    corpus = codecorpus.open(tmp_path)
    raw = ["-f", "rawvideo", "-pix_fmt", coloured, "-s", "240x176"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error"]
    for qp in (30, 0):
        encode, path = f"x264-ultrafast-qp{qp}-{gray}", tmp_path / f"{qp}.yuv"
        scale, kind = (4, "<u2") if "10" in gray else (1, "u1")
        pictures = luma(next((tmp_path / "bitstreams" / encode).glob("*.nut"))) * scale
        none = np.full((len(pictures), 240 * 176 // 2), 128 * scale)
        path.write_bytes(np.hstack([pictures.reshape(len(pictures), -1), none]).astype(kind).tobytes())
        command += [*raw, "-i", str(path)]
        rows = corpus.frames(encode=encode)
        assert all(rows[column].null_count == len(rows) for column in ("psnr_u", "psnr_v", "psnr_hvs_u", "psnr_hvs_v"))
    log = tmp_path / "libvmaf.json"
    features = "feature=name=float_ms_ssim|name=psnr_hvs"
    command += ["-lavfi", f"libvmaf=log_fmt=json:log_path={log}:model=:{features}", "-f", "null", "-"]
    subprocess.run(command, check=True)
    told = [frame["metrics"] for frame in json.loads(log.read_text())["frames"]]
    rows = corpus.frames(encode=f"x264-ultrafast-qp30-{gray}").sort_by("frame")
    for column, name in (("ms_ssim", "float_ms_ssim"), ("psnr_hvs_y", "psnr_hvs_y")):
        assert rows[column].to_pylist() == pytest.approx([frame[name] for frame in told], rel=1e-6)


def test_lossless_has_no_error(build: Builder, tmp_path: Path) -> None:
    text = SMALL.split("encodes:")[0] + "encodes: [{encoder: libx264, qp: 0, preset: ultrafast}]\n"
    build(tmp_path, text + "quality: [psnr, ssim, sse]")
    corpus = codecorpus.open(tmp_path)
    assert set(corpus.blocks()["sse"].to_pylist()) == {0.0}
    assert set(corpus.frames()["psnr_y"].to_pylist()) == {np.inf}
    assert set(corpus.frames()["ssim"].to_pylist()) == {1.0}


SAMPLES = {
    "limited.mkv": ["-pix_fmt", "yuv420p", "-color_range", "tv", "-colorspace", "bt709"],
    "smpte240m.mkv": ["-pix_fmt", "yuv420p", "-color_range", "tv", "-colorspace", "smpte240m"],
    "full.mkv": ["-vf", "scale=out_range=full,format=yuv420p", "-color_range", "pc"],
    "full-422.mkv": ["-vf", "scale=out_range=full,format=yuv422p", "-color_range", "pc"],
    "full-10.mkv": ["-vf", "scale=out_range=full,format=yuv420p10", "-color_range", "pc"],
    "gray.mkv": ["-pix_fmt", "gray"],
    "gray-10.mkv": ["-pix_fmt", "gray10"],
    "gray-limited.mkv": ["-vf", "extractplanes=y,setparams=range=tv"],
    "gray-limited-10.mkv": ["-vf", "format=yuv420p10,extractplanes=y,setparams=range=tv"],
    "gray-alpha.mkv": ["-pix_fmt", "ya8"],
    "rgb.mkv": ["-pix_fmt", "gbrp"],
}
FORMATS = ("yuv420p", "yuv420p10le", "yuv422p", "yuv422p10le", "yuv444p", "yuv444p10le", "gray")


@pytest.mark.parametrize("name", SAMPLES)
def test_lossless_has_no_error_in_any_format(
    ffmpeg: Callable[..., Path], bikes: Path, build: Builder, name: str, tmp_path: Path
) -> None:
    """What is measured against is what the encoder was given: converted by what samples mean, once."""
    small = ffmpeg("-i", bikes, "-an", "-s", "128x96", "-frames:v", 3, "-c:v", "ffv1", name="small.mkv")
    source = ffmpeg("-i", small, *SAMPLES[name], "-c:v", "ffv1", name=name)
    text = f"sources: [{source}]\nclips: {{length: 3}}\nquality: [psnr, siti, sse]\nencodes:\n"
    text += f"  - {{encoder: libx264, preset: ultrafast, qp: 0, pixel_format: [{', '.join(FORMATS)}]}}"
    assert build(tmp_path / "corpus", text, keep_streams=True).failures == ()
    corpus = codecorpus.open(tmp_path / "corpus")
    assert set(corpus.blocks()["sse"].to_pylist()) == {0.0}
    for column in ("psnr_y", "psnr_u", "psnr_v"):
        assert set(corpus.frames()[column].drop_null().to_pylist()) == {np.inf}
    told = {tuple(corpus.frames(encode=encode)["si"].to_pylist()) for encode in corpus.encodes["encode"].to_pylist()}
    assert len(told) == 1, "they are the clip's"
    kept = {path.parent.name: stretched(path) for path in (tmp_path / "corpus" / "bitstreams").rglob("*.nut")}
    of_clip = next(pictures for encode, pictures in kept.items() if encode.endswith("yuv444p10le"))
    kept |= {"source": stretched(source)} if "limited" in name else {}
    for encode, pictures in kept.items():
        assert np.abs(pictures.clip(0, 255) - of_clip.clip(0, 255)).max() < 4, f"{encode}: rounded and dithered"
    assert next(iter(told)) == pytest.approx([si(picture) for picture in of_clip], rel=0.01)


def test_limited_gray_is_encoded_measured_and_shown_as_it_is_without_colour(
    ffmpeg: Callable[..., Path], bikes: Path, build: Builder, tmp_path: Path
) -> None:
    """Whether a stream has no chroma, or chroma of 4:2:0 that is none, which H.264's has in FFmpeg's decoder anyway."""
    size = ["-i", bikes, "-an", "-s", "240x176", "-frames:v", 4]
    plain = ffmpeg(*size, "-vf", "lutyuv=u=128:v=128", "-c:v", "ffv1", "-color_range", "tv", name="a.mkv")
    gray = ffmpeg("-i", plain, "-vf", "extractplanes=y,setparams=range=tv", "-c:v", "ffv1", name="b.mkv")
    text = (
        f"sources: [{plain}, {gray}]\nclips: {{length: 4}}\nquality: [psnr, ssim, ms_ssim, vmaf, siti, sse]\nencodes:\n"
    )
    text += "  - {encoder: libx264, preset: ultrafast, crf: 30}\n"
    text += "  - {encoder: libx264, preset: ultrafast, crf: 30, pixel_format: gray}\n"
    text += "  - {encoder: libx265, preset: ultrafast, crf: 30, pixel_format: gray}\n"
    assert build(tmp_path / "corpus", text, keep_streams=True).failures == ()
    corpus = codecorpus.open(tmp_path / "corpus")
    own = corpus.pixels("a-000", range(4)).astype(int)
    np.testing.assert_allclose(corpus.pixels("b-000", range(4)), own, atol=3)
    coloured, *of_gray = corpus.encodes_of("b-000")
    for name in ("psnr_y", "ssim", "ms_ssim", "vmaf", "si", "ti"):
        wanted, told = (corpus.frames(clip, coloured)[name].to_pylist() for clip in ("a-000", "b-000"))
        assert told == pytest.approx(wanted, rel=1e-6), name
    told = corpus.frames("b-000", of_gray[0])["vmaf"].to_numpy()
    assert told == pytest.approx(corpus.frames("a-000", coloured)["vmaf"].to_numpy(), abs=1)
    for encode in of_gray:
        pictures = luma(next((tmp_path / "corpus" / "bitstreams" / encode).glob("b-*.nut")))
        errors = ((pictures - luma(gray)) ** 2).mean(axis=(1, 2))
        rows = corpus.frames("b-000", encode).sort_by("frame")
        assert rows["psnr_y"].to_pylist() == pytest.approx(10 * np.log10(255**2 / errors), abs=0.01)
        assert np.abs(corpus.pixels("b-000", range(4), encode=encode) - own).mean() < 4


def test_xpsnr_of_deep_pictures_is_null_where_it_would_be_wrong(build: Builder, tmp_path: Path) -> None:
    for width, is_measured in ((256, True), (206, False)):
        text = LARGE.replace("240x176", f"{width}x176") + "quality: [psnr, xpsnr]\nencodes:\n"
        text += "  - {encoder: libx265, preset: ultrafast, crf: 20, pixel_format: [yuv420p, yuv420p10le]}\n"
        build(tmp_path / str(width), text)
        corpus = codecorpus.open(tmp_path / str(width))
        shallow, deep = (corpus.frames(encode=name)["xpsnr"] for name in corpus.encodes["encode"].to_pylist())
        assert shallow.null_count == 0 and (deep.null_count == 0) == is_measured
        if is_measured:
            assert deep.to_numpy() == pytest.approx(shallow.to_numpy(), abs=3)


HVS = {"psnr_hvs_y", "psnr_hvs_u", "psnr_hvs_v"}


@pytest.mark.parametrize(
    ("size", "lacking"),
    [
        ("36x36", set()),
        ("36x34", {"vmaf"}),
        ("16x36", {"vmaf"}),
        ("36x14", {"vmaf", *HVS}),
        ("6x36", {"vmaf", *HVS, "ssim"}),
        ("2x2", {"vmaf", *HVS, "ssim", "si", "ti"}),
        ("36x37", {"ciede2000"}),
    ],
)
def test_small_pictures_lack_what_cannot_be_measured(
    ffmpeg: Callable[..., Path], bikes: Path, build: Builder, size: str, lacking: set[str], tmp_path: Path
) -> None:
    crop = f"crop={size.replace('x', ':')}:300:200:exact=1"
    source = ffmpeg("-i", bikes, "-an", "-vf", crop, "-frames:v", 2, "-c:v", "libvpx-vp9", name=f"{size}.mkv")
    encode = "{source: true}" if size == "36x37" else "{encoder: libx264, preset: ultrafast, crf: 40}"
    assert build(tmp_path / "corpus", f"sources: [{source}]\nencodes: [{encode}]\n" + ALL).failures == ()
    frames = codecorpus.open(tmp_path / "corpus").frames()
    nulls = {name: frames[name].null_count for name in (*COLUMNS, *TOO_SMALL)}
    assert nulls == {name: len(frames) * (name in lacking or name in TOO_SMALL) for name in nulls}
    assert not any(np.isnan(frames[name].drop_null().to_numpy()).any() for name in COLUMNS)


def test_what_is_not_asked_for_is_null_and_asking_makes_streams_anew(build: Builder, tmp_path: Path) -> None:
    text = SMALL.replace("[23, 40]", "40").replace("limit: 2", "limit: 1")
    assert build(tmp_path, text + "quality: ssim").made == 3
    corpus = codecorpus.open(tmp_path)
    assert corpus.frames()["ssim"].null_count == 0
    assert corpus.frames()["psnr_y"].null_count == len(corpus.frames())
    assert corpus.blocks()["sse"].null_count == len(corpus.blocks())
    before = tree(tmp_path)
    assert build(tmp_path, text + "quality: [ssim]").made == 0
    assert tree(tmp_path) == before
    assert build(tmp_path, text + "quality: [sse, ssim]").made == 3
    assert codecorpus.open(tmp_path).blocks()["sse"].null_count == 0


def test_the_same_recipe_measures_the_same(build: Builder, tmp_path: Path) -> None:
    text = SMALL.replace("limit: 2", "limit: 1") + ALL
    build(tmp_path / "a", text, executor=Local(2))
    build(tmp_path / "b", text)
    assert tree(tmp_path / "a") == tree(tmp_path / "b")


def test_a_source_is_measured_against_its_own_frames(build: Builder, tmp_path: Path) -> None:
    build(tmp_path, "sources: [sample://carphone]\nencodes: [{source: true}]\nquality: [psnr, sse]")
    corpus = codecorpus.open(tmp_path)
    assert set(corpus.frames()["psnr_y"].to_pylist()) == {np.inf}
    assert set(corpus.blocks()["sse"].to_pylist()) == {0.0}


def test_squared_errors_of_fewer_blocks_are_told(tmp_path: Path) -> None:
    np.arange(5, dtype=np.float32).tofile(tmp_path / "sse")
    errors = quality_columns.Blocks(tmp_path / "sse")
    rows = pa.table({"sse": pa.nulls(4, pa.float32())})
    assert errors.fill(rows)["sse"].to_pylist() == [0, 1, 2, 3]
    with pytest.raises(EncodeError, match="of 5 blocks, but there are more"):
        errors.fill(rows)


@pytest.mark.parametrize("frames", [5, 6, 7])
def test_a_frame_too_few_or_too_many_is_told(
    frames: int, ffmpeg: Callable[..., Path], bikes: Path, tmp_path: Path
) -> None:
    size = ["-i", bikes, "-an", "-s", "240x176", "-pix_fmt", "yuv420p"]
    clip = ffmpeg(*size, "-frames:v", 6, "-c:v", "ffv1", name="clip.nut")
    encode = ffmpeg(*size, "-frames:v", frames, "-c:v", "libx264", "-preset", "ultrafast", name=f"{frames}.mp4")
    tool = imageio_ffmpeg.get_ffmpeg_exe()
    compared = Pair(tool, encode, clip, "yuv420p", (240, 176), tmp_path, "log", "it", encoder=ENCODERS["libx264"])
    for name in (name for name, one in MEASURES.items() if not one.of_clip):
        with nullcontext() if frames == 6 else pytest.raises(EncodeError, match=f" of {frames} frames, not of 6$"):
            measure(compared, [name], 6)
    with nullcontext() if frames == 6 else pytest.raises(EncodeError, match=f"^it: {frames} frames are decoded of 6$"):
        quality_columns.errors_of_blocks(compared, 6, tmp_path / "sse", lambda rows: None)


def test_a_source_that_is_not_read_is_told_before_it_is_measured(
    ffmpeg: Callable[..., Path], bikes: Path, build: Builder, tmp_path: Path
) -> None:
    source = ffmpeg("-i", bikes, "-an", "-frames:v", 3, "-c:v", "ffv1", "-pix_fmt", "ya8", name="gray.mkv")
    text = f"sources: [{source}]\nencodes: [{{source: true}}]\nquality: [psnr]"
    [failure] = build(tmp_path / "corpus", text).failures
    assert "its video is ffv1" in failure.error and failure.error.endswith("are read")


def test_a_source_without_times_has_its_clip_s(
    ffmpeg: Callable[..., Path], bikes: Path, build: Builder, tmp_path: Path
) -> None:
    source = ffmpeg("-i", bikes, "-an", "-frames:v", 9, "-c:v", "mpeg2video", "-bf", 2, "-r", 25, name="raw.m2v")
    text = f"sources: [{source}]\nclips: {{length: whole}}\nencodes: [{{source: true}}, {{encoder: libx264}}]"
    assert build(tmp_path / "corpus", text).failures == ()
    corpus = codecorpus.open(tmp_path / "corpus")
    of_source, encoded = (corpus.frames(encode=name) for name in ("source", "x264-medium-crf23"))
    want = {row["frame"]: row["pts"] for row in encoded.to_pylist()}
    assert {row["frame"]: row["pts"] for row in of_source.to_pylist()} == want and None not in want.values()


def test_pictures_that_are_coded_smaller_have_no_errors_of_blocks(build: Builder, tmp_path: Path) -> None:
    text = SMALL.split("encodes:")[0] + "encodes: [{encoder: libsvtav1, preset: 8, crf: 50, params: "
    text += "{resize-mode: 1, resize-denom: 12, resize-kf-denom: 12}}]\nquality: [sse]"
    summary = build(tmp_path, text)
    assert summary.made == 0
    assert summary.failures[0].error.endswith("leave sse out")


RESIZED = """
sources: [sample://carphone]
clips: {clips}
gop: {{length: 10}}
encodes: [{{encoder: libsvtav1, preset: 8, bitrate: 20k, params: {{resize-mode: 1, resize-denom: 12}}}}]
"""


def test_pictures_that_are_coded_smaller_are_measured_and_shown_at_the_clips_size(
    build: Builder, tmp_path: Path
) -> None:
    """Those of SVT-AV1 between keys."""
    text = RESIZED.format(clips="{length: 20, limit: 1}") + "quality: [psnr, vmaf]"
    assert build(tmp_path, text, keep_streams=True).made == 1
    corpus = codecorpus.open(tmp_path)
    [encode] = corpus.encodes_of("carphone-000")
    frames = corpus.frames("carphone-000", encode)
    assert set(frames["crop_width"].to_pylist()) == {176, 117}
    shown = corpus.pixels("carphone-000", range(20), encode=encode)
    own = corpus.pixels("carphone-000", range(20))
    assert shown.shape == own.shape
    # Near what is measured, which is of luma and before any conversion.
    error = ((shown.astype(float) - own) ** 2).mean(axis=(1, 2, 3))
    measured = 255**2 / 10 ** (frames.sort_by("frame")["psnr_y"].to_numpy() / 10)
    assert (np.abs(np.log2(error / measured)) < 1).all()


def test_a_stream_that_shows_more_than_its_clip_fails_by_name(build: Builder, tmp_path: Path) -> None:
    """SVT-AV1 shows what it pads a picture with, where it resizes others."""
    summary = build(tmp_path, RESIZED.format(clips="{length: 12, limit: 1, size: 130x98}"))
    assert [failure.error.partition(": ")[2] for failure in summary.failures] == [
        "it shows pictures of 136x104, the clip's are 130x98"
    ]


def test_a_missing_measure_is_told_before_anything_starts(
    build: Builder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "ffmpeg"
    names = ("libx264", "libx265", "libsvtav1")
    lines = "\n".join(["ffmpeg version n9", *(f" V....D {name}   x" for name in names), " .. psnr   VV->V   x"])
    fake.write_text(f"#!/bin/sh\ncat << 'END'\n{lines}\nEND\n")
    fake.chmod(0o755)
    monkeypatch.setenv("CODECORPUS_FFMPEG", str(fake))
    with pytest.raises(EncodeError, match=r"has no filter libvmaf"):
        build(tmp_path / "corpus", SMALL + "quality: [psnr, vmaf]")
    assert not (tmp_path / "corpus").exists()


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("quality: [pnsr]", r"quality.*'psnr'"),
        ("quality: [psnr, psnr]", r"a measure stands twice in quality"),
        ("tables: [frames]\nquality: [sse]", r"sse is a column of blocks; add blocks to tables"),
    ],
)
def test_mistakes_are_told(more: str, told: str) -> None:
    with pytest.raises(RecipeError, match=told):
        recipe.parse(SMALL + more)


def test_a_plan_tells_the_commands_that_measure(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(SMALL.replace("limit: 2", "limit: 1") + "quality: [psnr, xpsnr, ms_ssim, sse]\n")
    result = CliRunner().invoke(app, ["plan", str(path), "--argv"])
    assert result.exit_code == 0
    commands = [shlex.split(line) for line in result.stdout.splitlines()]
    assert len(commands) == 1 + 4 * 3
    filters = [command[command.index("-filter_complex") + 1] for command in commands if "-filter_complex" in command]
    assert not any("ms_ssim" in text for text in filters), "pictures of 176x144 are too small"
    assert (
        sum("psnr=shortest=1:stats_file=" in text and "xpsnr=shortest=1:stats_file=" in text for text in filters) == 4
    )
    assert sum("blend=all_mode=difference" in text for text in filters) == 4


def test_what_a_container_crops_is_measured_too(build: Builder, ffmpeg: Callable[..., Path], tmp_path: Path) -> None:
    """A clip is cut out of whole pictures, and so is its source's own stream measured."""
    plain = ffmpeg("-f", "lavfi", "-i", "testsrc2=s=160x96:d=0.4", "-c:v", "libx264", "-crf", 20, name="plain.mp4")
    aperture = box(b"clap", struct.pack(">IIIIiIiI", 128, 1, 64, 1, 0, 1, 0, 1))

    def with_aperture(body: bytes) -> bytes:
        (size,) = struct.unpack(">I", body[8:12])
        return body[:8] + struct.pack(">I", size + len(aperture)) + body[12 : 8 + size] + aperture + body[8 + size :]

    cropped = tmp_path / "cropped.mp4"
    cropped.write_bytes(changed(plain.read_bytes(), {b"stsd": with_aperture}))
    summary = build(
        tmp_path / "c",
        f"sources: [{cropped}]\nclips: {{length: whole}}\nencodes: [{{source: true}}]\nquality: [psnr, sse]\n",
    )
    assert summary.failures == ()
    corpus = codecorpus.open(tmp_path / "c")
    assert np.isinf(corpus.frames("cropped-000", "source")["psnr_y"].to_numpy()).all()
    assert not corpus.blocks("cropped-000", "source")["sse"].to_numpy().any()
