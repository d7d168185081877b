"""Encoders that count frames: whatever a clip's clock counts, their streams are shown at the clip's times."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import pytest
from helpers.corpora import Builder

import codecorpus
from codecorpus.encode import ENCODERS, clock, rates
from codecorpus.encode import ffmpeg as binaries
from codecorpus.encode.process import run
from codecorpus.errors import EncodeError

Ffmpeg = Callable[..., Path]

COUNTING = [name for name, encoder in ENCODERS.items() if encoder.rate_told]

SMALL = ["-an", "-s", "160x96", "-c:v", "libx264", "-preset", "ultrafast"]

FAST = {"libx264": "veryfast", "libx265": "ultrafast", "libsvtav1": "12", "libaom-av1": "8", "librav1e": "10"} | {
    "libkvazaar": "ultrafast",
    "libvpx-vp9": "5",
    **dict.fromkeys(("mpeg4", "mpeg2video"), "simple"),
}
"""Presets that take little time."""

CLOCKS = {
    "ntsc.mkv": ["-r", "30000/1001", "-frames:v", 20],
    "film.mkv": ["-r", "24000/1001", "-frames:v", 20],
    "slow.mp4": ["-vf", "setpts=N*3/7/TB", "-r", "7/3", "-frames:v", 9],
    "lapse.mp4": ["-vf", "setpts=N*10/TB", "-r", "1/10", "-frames:v", 6],
    "quick.mkv": ["-vf", "settb=1/1000,setpts=N", "-r", "1000", "-frames:v", 12],
    "webcam.mp4": ["-r", "15", "-frames:v", 15],
    "uneven.mp4": [
        *("-vf", "setpts='PTS+mod(N*7,5)*0.004/TB'", "-fps_mode", "passthrough", "-frames:v", 20),
        *("-enc_time_base", "1/90000", "-video_track_timescale", 90000),
    ],
}
"""Sources whose times no encoder here can count, or not all of them."""


@pytest.mark.parametrize(
    ("fps", "mpeg2", "mpeg4"),
    [
        *((rate, rate, rate) for rate in ("25", "30000/1001", "15", "25/2", "120")),
        ("1/10", "750/1001", "1/10"),
        ("7/3", "75/32", "7/3"),
        ("90000", "240", "65535"),
        ("45071/87926", "750/1001", "1200/2341"),
        ("1/86400", "750/1001", "1/3855"),
    ],
)
def test_the_rate_that_is_told_is_the_nearest_that_the_standard_has(fps: str, mpeg2: str, mpeg4: str) -> None:
    assert (rates.mpeg2_rate(Fraction(fps)), rates.mpeg4_rate(Fraction(fps))) == (Fraction(mpeg2), Fraction(mpeg4))


def test_a_rate_of_large_numbers_is_near_enough() -> None:
    told = rates.mpeg4_rate(Fraction(4500000, 154321))
    assert told.numerator <= 65535 and abs(told / Fraction(4500000, 154321) - 1) < 1e-4


@pytest.mark.parametrize("name", CLOCKS)
def test_streams_are_shown_at_the_clip_s_times(
    ffmpeg: Ffmpeg, bikes: Path, build: Builder, name: str, tmp_path: Path
) -> None:
    source = ffmpeg("-i", bikes, *SMALL, *CLOCKS[name], name=name)
    entries = "".join(f"{{encoder: {encoder}}}, " for encoder in COUNTING)
    b_pictures = "{encoder: mpeg4, params: {bf: 2}}, {encoder: mpeg2video, bitrate: 200k, params: {bf: 2}}"
    text = f"sources: [{source}]\ngop: {{length: 8}}\nencodes: [{entries}{b_pictures}, {{encoder: libx264}}]"
    summary = build(tmp_path / "corpus", text, keep_streams=True)
    assert summary.failures == () and summary.made == len(COUNTING) + 3
    rows = codecorpus.open(str(tmp_path / "corpus")).frames().to_pylist()
    times = {
        encode: sorted(row["time"] for row in rows if row["encode"] == encode)
        for encode in {row["encode"] for row in rows}
    }
    assert len(times) == len(COUNTING) + 3 and len({tuple(shown) for shown in times.values()}) == 1
    kept = sorted((tmp_path / "corpus" / "bitstreams").rglob("*.nut"))
    assert len(kept) == len(COUNTING) + 3
    for path in kept:
        with av.open(str(path)) as container:
            shown = [frame.time for frame in container.decode(video=0)]
        assert shown == pytest.approx(next(iter(times.values())), abs=1e-9), path


def test_frames_that_are_far_apart_keep_their_b_pictures(bikes: Path, build: Builder, tmp_path: Path) -> None:
    text = f"sources: [{bikes}]\nclips: {{length: 17, fps: 45071/87926, size: 64x48}}\ngop: {{length: 8}}"
    encodes = "encodes: [{encoder: mpeg4, params: {bf: [0, 2, 7]}}]"
    many = f"sources: [{bikes}]\nclips: {{length: 40, fps: 4000/3999, size: 64x48}}\ngop: {{length: 40}}"
    assert build(tmp_path / "few", f"{text}\n{encodes}").failures == ()
    assert build(tmp_path / "many", f"{many}\nencodes: [{{encoder: mpeg4, params: {{bf: 16}}}}]").failures == ()


def test_bitrates_are_those_asked_for_whatever_the_clock(
    ffmpeg: Ffmpeg, bikes: Path, build: Builder, tmp_path: Path
) -> None:
    uneven = ["-vf", "setpts='PTS+mod(N*7,5)*0.006/TB'", "-fps_mode", "passthrough", "-enc_time_base", "1/1000"]
    source = ffmpeg("-i", bikes, *SMALL, *uneven, "-frames:v", 100, name="rates.mkv")
    two = "{encoder: mpeg4, bitrate: 120k, passes: 2}, {encoder: mpeg2video, bitrate: 120k, passes: 2}"
    one = ", ".join(f"{{encoder: {encoder}, bitrate: 120k}}" for encoder in COUNTING if encoder != "libxvid")
    text = f"sources: [{source}]\nclips: {{length: 100}}\ngop: {{length: 50}}\nencodes: [{one}, {two}]"
    assert build(tmp_path / "corpus", text).failures == ()
    for row in codecorpus.open(str(tmp_path / "corpus")).streams.to_pylist():
        assert 0.6 < row["bytes"] * 8 / 4 / 120_000 < 1.7, (row["encode"], row["bytes"])


def test_bitrates_of_sparse_frames_are_those_asked_for(
    ffmpeg: Ffmpeg, bikes: Path, build: Builder, tmp_path: Path
) -> None:
    """About five a second, at times of which no rate can be guessed."""
    sparse = ["-vf", "setpts='(N*197+mod(N*N*7,61)*2)/1000/TB'", "-fps_mode", "passthrough", "-enc_time_base", "1/1000"]
    source = ffmpeg("-i", bikes, *SMALL, *sparse, "-frames:v", 60, name="sparse.mkv")
    settings = FAST | {"libaom-av1": "8, passes: 2"}  # in one, it begins with too few bits, of even frames too
    entries = ", ".join(f"{{encoder: {name}, bitrate: 60k, preset: {preset}}}" for name, preset in settings.items())
    text = f"sources: [{source}]\nclips: whole\ngop: {{length: 60}}\nencodes: [{entries}]\ntables: [frames]"
    assert build(tmp_path / "corpus", text).failures == ()
    corpus = codecorpus.open(str(tmp_path / "corpus"))
    assert corpus.fps("sparse-000") == pytest.approx(5, rel=0.03)
    for row in corpus.streams.to_pylist():
        assert 0.6 < row["bytes"] * 8 / 12 / 60_000 < 1.7, (row["encode"], row["bytes"])


def test_clips_of_one_frame_and_of_more_than_an_encoder_takes_are_encoded(
    ffmpeg: Ffmpeg, bikes: Path, build: Builder, tmp_path: Path
) -> None:
    one = ffmpeg("-i", bikes, "-an", "-s", "160x96", "-frames:v", 1, "-c:v", "ffv1", name="one.mkv")
    quick = ["-vf", "settb=1/480,setpts=N,fps=480", "-frames:v", 13, "-c:v", "ffv1"]
    many = ffmpeg("-i", bikes, "-an", "-s", "160x96", *quick, name="many.mkv")
    entries = ", ".join(f"{{encoder: {name}}}" for name in ENCODERS)
    text = f"sources: [{one}, {many}]\nclips: whole\ngop: {{length: 8}}\nencodes: [{entries}]\ntables: [frames]"
    summary = build(tmp_path / "corpus", text)
    assert summary.failures == () and summary.made == 2 * len(ENCODERS)


def test_a_picture_that_the_clip_does_not_have_is_an_error(bikes: Path, tmp_path: Path) -> None:
    tool, counted = binaries.find().path, tmp_path / "counted.nut"
    counts = ["-vf", "settb=1/25,setpts=N", "-enc_time_base", "1/25", "-fps_mode", "passthrough"]
    run([tool, "-v", "error", "-i", str(bikes), "-frames:v", "5", *counts, "-c:v", "mpeg4", str(counted)], "made")
    clock.put_back(counted, Fraction(25), (0, 7, 8, 30, 31), Fraction(1, 90000), "a clip", tmp_path / "moved.nut")
    with av.open(str(tmp_path / "moved.nut")) as container:
        assert [packet.pts for packet in container.demux(video=0) if packet.size] == [0, 7, 8, 30, 31]
    with pytest.raises(EncodeError, match=r"^a clip: a picture is the clip's frame 4, of 4$"):
        clock.put_back(counted, Fraction(25), (0, 7, 8, 30), Fraction(1, 90000), "a clip", tmp_path / "moved.nut")
