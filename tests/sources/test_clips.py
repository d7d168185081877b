"""Clips: divided, named, cut, and every frame checked."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from codecorpus import recipe
from codecorpus.encode import ffmpeg as binaries
from codecorpus.errors import CodecorpusError, SourceError
from codecorpus.sources import clips
from codecorpus.sources.clips import Clip, CutClip
from codecorpus.sources.find import Video, stem
from codecorpus.sources.probe import probe


def divided(
    path: Path, said: str = "whole", entry: str = "{encoder: libx264}", video: Video | None = None
) -> list[Clip]:
    read = recipe.parse(f"sources: a\nclips: {said}\nencodes: [{entry}]")
    return clips.divide(video or Video(str(path)), probe(path), "0", read, path.stem)


def cut(path: Path, clip: Clip, folder: Path) -> CutClip:
    return clips.cut(binaries.find().path, path, clip, folder)


def pictures(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray() for frame in container.decode(video=0)]


def test_a_length_divides_and_the_remainder_is_kept_or_dropped(bikes: Path) -> None:
    spans = [(c.first, c.frames) for c in divided(bikes, "{length: 4s}")]
    assert spans == [(0, 100), (100, 100), (200, 50)]
    assert [c.name for c in divided(bikes, "{length: 4s}")] == ["bikes-000", "bikes-001", "bikes-002"]
    assert len(divided(bikes, "{length: 4s, remainder: drop}")) == 2
    assert len(divided(bikes, "{length: 4s, limit: 1}")) == 1
    assert [c.frames for c in divided(bikes)] == [250]


@pytest.mark.parametrize(("fps", "length"), [("60", 16), ("30", 15), ("60", 1), ("24", 6), ("10", 3), ("7/3", 2)])
def test_clips_at_another_rate_have_the_frames_that_are_asked_for(
    bikes: Path, fps: str, length: int, tmp_path: Path
) -> None:
    made = divided(bikes, f"{{length: {length}, fps: {fps}}}")
    assert {clip.frames for clip in made[:-1]} == {length} and made[-1].frames <= length
    assert len(cut(bikes, made[1], tmp_path).pts) == length
    dropped = divided(bikes, f"{{length: {length}, fps: {fps}, remainder: drop}}")
    assert len(made) - len(dropped) == (made[-1].frames < length)


def test_a_range_is_half_open(bikes: Path) -> None:
    [clip] = divided(bikes, video=Video("bikes.mp4", 1.0, 2.0))
    assert (clip.first, clip.frames, clip.start) == (25, 25, 1.0)
    with pytest.raises(SourceError, match=r"^bikes\.mp4: no frame from 20 s on; the last is at 9\.960 s$"):
        divided(bikes, video=Video("bikes.mp4", 20.0))


def test_a_cut_holds_exactly_the_source_s_frames(bikes: Path, tmp_path: Path) -> None:
    made = cut(bikes, divided(bikes, "{length: 15}")[7], tmp_path)
    got, want = pictures(made.path), pictures(bikes)[105:120]
    assert len(got) == 15 and all(np.array_equal(a, b) for a, b in zip(got, want, strict=True))
    assert made.pts[0] == 0 and {b - a for a, b in zip(made.pts, made.pts[1:], strict=False)} == {made.pts[1]}
    assert float(made.pts[1] * made.time_base) == 0.04


def test_uneven_times_are_kept(vfr: Path, tmp_path: Path) -> None:
    made = cut(vfr, divided(vfr, "{length: 10}")[1], tmp_path)
    assert [round(pts * made.time_base * 1000) for pts in made.pts[:4]] == [0, 50, 70, 120]


def test_sizes_cover_and_crop_and_rates_are_even(bikes: Path, tmp_path: Path) -> None:
    clip = divided(bikes, "{length: 2s, fps: 30000/1001, size: 160x120}")[1]
    made = cut(bikes, clip, tmp_path)
    got = probe(made.path)
    assert (got.width, got.height, len(made.pts), clip.frames) == (160, 120, 60, 60)
    assert float(made.pts[30] * made.time_base) == pytest.approx(30 * 1001 / 30000, abs=1e-9)


def test_a_frame_that_is_shown_for_less_than_an_interval_is_one(ffmpeg: Callable[..., Path], tmp_path: Path) -> None:
    still = ffmpeg(
        "-f", "lavfi", "-i", "color=gray:s=64x64:r=2000", "-frames:v", 1, "-c:v", "libx264", name="still.mp4"
    )
    [clip] = divided(still, "{length: whole, fps: 15}")
    assert clip.frames == len(cut(still, clip, tmp_path).pts) == 1


@pytest.fixture(scope="module")
def phone(ffmpeg: Callable[..., Path], bikes: Path) -> Path:
    """Frames of 25 a second of which every third is lost, and 0.6 s of them, at uneven times."""
    lost = "select='not(eq(mod(n,3),1))*not(between(n,40,54))'"
    times = ["-vf", f"settb=1/90000,{lost},setpts='PTS+mod(N*7,5)*0.002/TB'", "-fps_mode", "passthrough"]
    clock = ["-enc_time_base", "1/90000", "-video_track_timescale", 90000]
    return ffmpeg(
        "-i", bikes, "-frames:v", 60, *times, *clock, "-c:v", "libx264", "-preset", "ultrafast", name="phone.mp4"
    )


@pytest.mark.parametrize("fps", ["10", "25", "30000/1001", "60"])
def test_clips_of_uneven_sources_last_as_long_as_the_recipe_says(phone: Path, fps: str, tmp_path: Path) -> None:
    facts = probe(phone)
    whole = cut(phone, divided(phone, f"{{length: whole, fps: {fps}}}")[0], tmp_path)
    lasts = (facts.pts[-1] - facts.pts[0]) * facts.time_base
    assert abs(len(whole.pts) - 1 - lasts * Fraction(fps)) <= 4
    clips_ = divided(phone, f"{{length: 1s, fps: {fps}}}")
    full = round(Fraction(fps))
    made = [cut(phone, clip, tmp_path) for clip in clips_]
    assert len(made) > 3 and {len(one.pts) for one in made[:-1]} == {full} and len(made[-1].pts) <= full
    assert [len(one.pts) for one in made] == [clip.frames for clip in clips_]
    assert [clip.first + len(clip.times) for clip in clips_[:-1]] == [clip.first for clip in clips_[1:]]
    for clip in clips_:
        assert (clip.times[-1] - clip.times[0]) * facts.time_base < 1
    dropped = divided(phone, f"{{length: 1s, fps: {fps}, remainder: drop}}")
    assert [clip.frames for clip in dropped] == [clip.frames for clip in clips_ if clip.frames == full]


def test_a_clock_that_jumps_by_hours_is_told_where_frames_would_be_repeated(
    ffmpeg: Callable[..., Path], bikes: Path, tmp_path: Path
) -> None:
    jump = ["-vf", "settb=1/1000,setpts='PTS+if(gte(N,10),7200000,0)'", "-fps_mode", "passthrough"]
    path = ffmpeg("-i", bikes, "-frames:v", 20, *jump, "-enc_time_base", "1/1000", "-c:v", "libx264", name="jump.mkv")
    with pytest.raises(
        SourceError, match=r"frames 0 to 19: one is shown for 72\d+\S* s, too long to be repeated at 25"
    ):
        divided(path, "{length: whole, fps: 25}")
    made = [cut(path, clip, tmp_path) for clip in divided(path, "{length: 1s, fps: 25}")]
    assert [len(one.pts) for one in made] == [25, 10]
    assert len(cut(path, divided(path)[0], tmp_path).pts) == 20


@pytest.mark.parametrize(
    ("name", "coding"), [("jumpy.mkv", "libx264"), ("samples.avi", "rawvideo"), ("apart.mkv", "ffv1")]
)
def test_the_file_of_a_clip_tells_its_own_rate(
    ffmpeg: Callable[..., Path], bikes: Path, name: str, coding: str, tmp_path: Path
) -> None:
    """Else encoders that count frames guess one by a few of its times, of which one frame has too few."""
    times = "settb=1/15,setpts=N" if name == "samples.avi" else "settb=1/1000,setpts=N*190+mod(N*N*7\\,61)"
    words = ["-an", "-s", "64x48", "-vf", times, "-fps_mode", "passthrough", "-enc_time_base", "filter"]
    path = ffmpeg("-i", bikes, *words, "-frames:v", 9, "-c:v", coding, name=name)
    for clip in divided(path, "{length: 4}"):
        with av.open(str(cut(path, clip, tmp_path).path)) as container:
            assert container.streams.video[0].guessed_rate == clip.fps, clip.frames


def test_times_that_filters_tell_are_those_of_the_file(vfr: Path, bikes: Path, tmp_path: Path) -> None:
    for path, said in ((vfr, "{length: 10}"), (bikes, "{length: 12, size: 160x96}"), (bikes, "{length: 12, fps: 10}")):
        made = cut(path, divided(path, said)[1], tmp_path)
        found = probe(made.path)
        assert (made.pts, made.time_base) == (tuple(found.pts), found.time_base)


def test_odd_sides_are_cropped_to_what_every_encoder_takes(odd: Path, tmp_path: Path) -> None:
    [clip] = divided(odd)
    assert (clip.width, clip.height) == (174, 96)
    assert divided(odd, entry="{encoder: libkvazaar}")[0].width == 168
    made = cut(odd, clip, tmp_path)
    assert (probe(made.path).width, probe(made.path).height) == (174, 96)


def test_interlaced_sources_are_deinterlaced(interlaced: Path, tmp_path: Path) -> None:
    [clip] = divided(interlaced)
    assert clip.cut.deinterlace
    assert not probe(cut(interlaced, clip, tmp_path).path).interlaced


def test_turned_sources_are_not_turned(turned: Path, tmp_path: Path) -> None:
    [clip] = divided(turned)
    assert (clip.width, clip.height) == (640, 272)
    assert probe(cut(turned, clip, tmp_path).path).width == 640


def test_ten_bits_stay(hdr: Path, tmp_path: Path) -> None:
    [clip] = divided(hdr)
    assert probe(cut(hdr, clip, tmp_path).path).pixel_format == "yuv420p10le"


def test_a_source_that_is_cut_short_has_the_frames_before(damaged: Path, tmp_path: Path) -> None:
    facts = probe(damaged)
    assert facts.cut_short == 50 - facts.frames and 20 < facts.frames < 50
    clips = divided(damaged, "{length: 10}")
    assert sum(clip.frames for clip in clips) == facts.frames
    assert [len(cut(damaged, clip, tmp_path).pts) for clip in clips] == [clip.frames for clip in clips]


def test_damage_within_a_clip_is_an_error(damaged: Path, tmp_path: Path) -> None:
    data = bytearray(damaged.read_bytes())
    with av.open(str(damaged)) as container:
        packet = [packet for packet in container.demux(video=0) if packet.size][14]
    data[packet.pos : packet.pos + 4] = (1 << 20).to_bytes(4, "big")  # more than the packet holds
    path = tmp_path / "within.mp4"
    path.write_bytes(data)
    fine, broken, *_ = divided(path, "{length: 10}")
    assert len(cut(path, fine, tmp_path).pts) == 10
    with pytest.raises(CodecorpusError, match=r"within"):
        cut(path, broken, tmp_path)


def test_a_source_as_it_is_must_need_no_change(bikes: Path, odd: Path, interlaced: Path) -> None:
    assert len(divided(bikes, entry="{source: true}")) == 1
    facts = probe(odd)
    [clip] = divided(odd, entry="{source: true}")
    assert (clip.width, clip.height) == (facts.width, facts.height) and clip.width % 2
    assert not divided(interlaced, entry="{source: true}")[0].cut.deinterlace
    both = "{source: true}, {encoder: libx264}"
    assert divided(interlaced, entry=both)[0].cut.deinterlace
    [clip] = divided(interlaced, entry=both)
    assert clip.unlike is None
    assert clip.incomparable == f"{interlaced}: it is deinterlaced for the encoders, so `source: true` has no quality"
    [clip, *_] = divided(odd, entry=both)
    assert clip.unlike == f"{odd}: it must be cropped for the encoders, so `source: true` cannot align"


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("videos/street.mp4", "street"),
        ("s3://bucket/a b/Film (1999).mkv", "Film-1999"),
        ("https://host/clip.tar.mp4", "clip.tar"),
        ("..mp4", "video"),
        ("", "video"),
    ],
)
def test_names_are_readable(uri: str, name: str) -> None:
    assert stem(Video(uri)) == name
