"""Sources of red, green and blue: encoded as BT.709's Y'CbCr and tagged so, measured against the same."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from helpers.corpora import Builder

import codecorpus
from codecorpus.sources import clips
from codecorpus.sources.probe import probe

ENCODES = """
  - {encoder: libx264, preset: ultrafast, crf: 4}
  - {encoder: libx264, preset: ultrafast, crf: 4, pixel_format: yuv444p}
  - {encoder: libx265, preset: ultrafast, crf: 4}
  - {encoder: libsvtav1, preset: 12, crf: 10}
  - {encoder: libaom-av1, preset: 8, crf: 10}
  - {encoder: librav1e, preset: 10, qp: 30}
  - {encoder: libvpx-vp9, preset: 5, crf: 10}
  - {encoder: libkvazaar, preset: ultrafast, qp: 8}
  - {encoder: mpeg4, qp: 1}
  - {encoder: mpeg2video, qp: 1}
"""

SOURCES = {
    "rgb.webm": ["-c:v", "libvpx-vp9", "-pix_fmt", "gbrp", "-cpu-used", 8, "-crf", 10],
    "rgb.mp4": ["-c:v", "libx264rgb", "-preset", "ultrafast", "-crf", 10],
    "rgb.avi": ["-c:v", "rawvideo", "-pix_fmt", "bgr24"],
    "rgb.mov": ["-c:v", "qtrle", "-pix_fmt", "rgb24"],
}

Ffmpeg = Callable[..., Path]


@pytest.mark.parametrize("name", SOURCES)
def test_rgb_is_encoded_and_measured_as_bt709(
    ffmpeg: Ffmpeg, bikes: Path, build: Builder, name: str, tmp_path: Path
) -> None:
    source = ffmpeg("-i", bikes, "-an", "-s", "192x112", "-frames:v", 6, *SOURCES[name], name=name)
    facts = probe(source)
    assert (facts.colour.matrix, facts.colour.range) == ("gbr", "pc")
    text = f"sources: [{source}]\nclips: {{length: 6}}\nencodes:{ENCODES}quality: [psnr, sse]\nkeep: clips"
    summary = build(tmp_path / "corpus", text, keep_streams=True)
    assert summary.failures == () and summary.made == ENCODES.count("encoder")
    corpus = codecorpus.open(str(tmp_path / "corpus"))
    rows = corpus.frames().to_pylist()
    values = [row[plane] for row in rows if row["frame"] is not None for plane in ("psnr_y", "psnr_u", "psnr_v")]
    assert len(values) == 3 * 6 * summary.made and min(values) > 33
    with av.open(str(source)) as container:
        want = next(container.decode(video=0)).to_ndarray(format="rgb24").astype(int)
    for path in (tmp_path / "corpus" / "bitstreams").rglob("*.nut"):
        with av.open(str(path)) as container:
            frame = next(container.decode(video=0))
            told = container.streams.video[0].codec_context
            is_tagged = "mpeg4-" not in str(path) and "mpeg2-" not in str(path)
            assert not is_tagged or (told.colorspace, told.color_range) == (1, 1), path
            got = frame.to_ndarray(format="rgb24", src_colorspace="ITU709", src_color_range="MPEG").astype(int)
        assert abs((got - want).mean()) < 2 and math.sqrt(((got - want) ** 2).mean()) < 16, path


def test_pixels_of_every_stream_are_those_of_the_clip(
    ffmpeg: Ffmpeg, bikes: Path, build: Builder, tmp_path: Path
) -> None:
    full = ["-c:v", "mjpeg", "-q:v", 1, "-pix_fmt", "yuvj420p", "-huffman", "default"]
    size = ["-an", "-s", "192x112", "-frames:v", 6]
    sources = [
        ffmpeg("-i", bikes, *size, *SOURCES["rgb.mp4"], name="pixels.mp4"),
        ffmpeg("-i", bikes, *size, *full, name="full.avi"),
    ]
    text = f"sources: {[str(one) for one in sources]}\nclips: {{length: 6}}\nencodes:{ENCODES}quality: [psnr]"
    text += "\nkeep: clips"
    assert build(tmp_path / "corpus", text, keep_streams=True).failures == ()
    corpus = codecorpus.open(str(tmp_path / "corpus"))
    for clip in ("pixels-000", "full-000"):
        want = corpus.pixels(clip, slice(0, 6)).astype(int)
        for encode in corpus.encodes_of(clip):
            got = corpus.pixels(clip, slice(0, 6), encode=encode)
            assert abs((got - want).mean()) < 2 and math.sqrt(((got - want) ** 2).mean()) < 16, (clip, encode)
            worst = min(row["psnr_y"] for row in corpus.frames(clip, encode).to_pylist() if row["frame"] is not None)
            assert worst > 33, (clip, encode)


@pytest.mark.parametrize("kept", ["clips", "{clips: visually-lossless}"])
@pytest.mark.parametrize("raw", [clips.RAW_BYTES, 0])
@pytest.mark.parametrize("pixel_format", ["gbrp", "gbrap"])
def test_rgb_is_kept_as_it_is(
    pixel_format: str,
    raw: int,
    kept: str,
    ffmpeg: Ffmpeg,
    bikes: Path,
    build: Builder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whether clips are of plain samples, or too long for that."""
    monkeypatch.setattr(clips, "RAW_BYTES", raw)
    options = ["-an", "-s", "96x64", "-frames:v", 4, "-c:v", "utvideo", "-pix_fmt", pixel_format]
    source = ffmpeg("-i", bikes, *options, name=f"kept-{pixel_format}.mkv")
    text = f"sources: [{source}]\nencodes: [{{encoder: libx264, preset: ultrafast}}]\nkeep: {kept}"
    assert build(tmp_path / "corpus", text).failures == ()
    (path,) = (tmp_path / "corpus" / "pixels").rglob("*.nut")
    pictures = []
    for one in (source, path):
        with av.open(str(one)) as container:
            pictures.append([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])
    assert np.array_equal(*pictures)


def test_the_source_s_own_rgb_stream_is_measured(ffmpeg: Ffmpeg, bikes: Path, build: Builder, tmp_path: Path) -> None:
    source = ffmpeg("-i", bikes, "-an", "-s", "192x112", "-frames:v", 6, *SOURCES["rgb.mp4"], name="own-rgb.mp4")
    text = f"sources: [{source}]\nencodes: [{{source: true}}]\nquality: [psnr, ssim, siti, sse]"
    assert build(tmp_path / "corpus", text).failures == ()
    rows = codecorpus.open(str(tmp_path / "corpus")).frames().to_pylist()
    assert {(row["psnr_y"], row["ssim"]) for row in rows} == {(math.inf, 1.0)} and all(row["si"] > 0 for row in rows)


def test_a_tag_that_cannot_be_is_not_handed_on(ffmpeg: Ffmpeg, bikes: Path) -> None:
    wrong = ["-c:v", "libx264", "-bsf:v", "h264_metadata=matrix_coefficients=0"]
    source = ffmpeg("-i", bikes, "-an", "-s", "96x64", "-frames:v", 3, *wrong, name="wrong-tag.mp4")
    assert probe(source).colour.matrix is None
