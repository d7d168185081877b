"""What a video is."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
import pytest

import codecorpus
from codecorpus.errors import MalformedError, SourceError
from codecorpus.orientation import Orientation
from codecorpus.sources import scan
from codecorpus.sources.probe import probe, probe_ahead
from codecorpus.track import Track


def test_the_facts_of_plain_footage(bikes: Path) -> None:
    facts = probe(bikes)
    assert (facts.codec, facts.width, facts.height, facts.frames) == ("h264", 640, 272, 250)
    track = Track(sample_aspect_ratio=Fraction(1), codec="h264", time_base=Fraction(1, 12800))
    assert (facts.fps, facts.pixel_format, facts.track) == (25, "yuv420p", track)
    assert not facts.interlaced and not facts.hdr
    assert facts.seconds(25) == 1.0


def test_uneven_times_are_kept(vfr: Path) -> None:
    facts = probe(vfr)
    assert [round(facts.pts[n] * facts.time_base * 1000) for n in range(4)] == [3000, 3050, 3100, 3120]
    assert facts.time_base == Fraction(1, 1000)


PACES = {
    "two.mkv": ("setpts='if(lt(N,20),N/30,20/30+(N-20)/15)/TB'", "1/1000", "39/1.9333 30 15"),
    "half.mp4": ("setpts=N*2/TB", "1/16384", "0.5 0.5 0.5"),
    "hole.mkv": ("setpts='(N+gt(N,25))/25/TB'", "1/1000", "39/1.6 25 19/0.8"),
    "jump.mkv": ("setpts='(N/25+7200*gt(N,9))/TB'", "1/1000", "25 25 25"),
    "hours.mkv": ("setpts='(N*3600+600*gt(N,9))/TB'", "1/1000", "39/141000 19/69000 1/3600"),
}
"""How frames come, in units of what; how many a second, all of them, the first twenty and the last."""


@pytest.mark.parametrize("name", PACES)
def test_rates_are_those_of_the_frames_whatever_the_container_tells(
    ffmpeg: Callable[..., Path], bikes: Path, name: str
) -> None:
    times, unit, rates = PACES[name]
    clock = ["-vf", times, "-fps_mode", "passthrough", "-enc_time_base", unit, "-s", "64x48"]
    tick = ["-video_track_timescale", 16384] if name.endswith("mp4") else []
    path = ffmpeg("-i", bikes, "-frames:v", 40, *clock, *tick, "-c:v", "libx264", "-preset", "ultrafast", name=name)
    facts = probe(path)
    for told, rate in zip((facts.fps, facts.rate(0, 20), facts.rate(20, 40)), rates.split(), strict=True):
        frames, _, seconds = rate.partition("/")
        assert float(told) == pytest.approx(float(frames) / float(seconds or 1), rel=1e-3)
    assert facts.rate(7, 8) == facts.fps


@pytest.mark.parametrize("rate", ["25", "30000/1001", "24000/1001", "60000/1001", "10", "120"])
@pytest.mark.parametrize("name", ["a.mkv", "b.mp4", "c.ts"])
def test_rates_that_frames_keep_to_are_told_as_they_are(
    ffmpeg: Callable[..., Path], bikes: Path, rate: str, name: str
) -> None:
    words = ["-vf", f"settb=1/90000,setpts=N/({rate})/TB,fps={rate}", "-frames:v", 50, "-an", "-s", "64x48"]
    facts = probe(ffmpeg("-i", bikes, *words, "-c:v", "libx264", "-preset", "ultrafast", name=name))
    assert facts.frames == 50
    [told] = {facts.rate(first, end) for first in range(0, 50, 7) for end in (50, first + 1)}
    assert told == facts.told[0] and abs(told / Fraction(rate) - 1) < 1e-6, "Matroska tells nanoseconds"


def test_interlacing_rotation_and_hdr_are_seen(interlaced: Path, turned: Path, hdr: Path) -> None:
    assert probe(interlaced).interlaced
    assert probe(turned).track.orientation == Orientation(rotation=270), "FFmpeg was told 90 degrees, against the clock"
    assert probe(hdr).hdr and probe(hdr).colour.primaries == "bt2020" and probe(hdr).colour.range == "tv"


NUMBERS = [("color_primaries", "colour_primaries", n) for n in (1, *range(4, 13))] + [
    ("color_trc", "transfer_characteristics", n) for n in (1, *range(4, 9), *range(11, 19))
]
"""FFmpeg's names of what samples mean and of the syntax elements that tell it, and the numbers of ITU-T H.273."""


@pytest.mark.parametrize(("name", "element", "number"), NUMBERS)
def test_what_samples_mean_is_told_on(
    ffmpeg: Callable[..., Path], bikes: Path, name: str, element: str, number: int
) -> None:
    coding = ["-an", "-s", "64x48", "-frames:v", 1, "-c:v", "libx264", "-preset", "ultrafast"]
    source = ffmpeg("-i", bikes, *coding, "-bsf:v", f"h264_metadata={element}={number}", name="source.mp4")
    tags = ":".join(f"{option}={value}" for option, value in probe(source).colour.tags.items())
    encode = ffmpeg("-i", bikes, *coding, "-vf", f"setparams={tags}", name="encode.mp4")
    with av.open(str(encode)) as container:
        assert getattr(container.streams.video[0].codec_context, name) == number


def test_what_is_no_video_is_told(tmp_path: Path) -> None:
    text = tmp_path / "a.mp4"
    text.write_text("no video at all")
    with pytest.raises(SourceError, match=r"a\.mp4: not a video that can be opened \(Invalid data found when proc"):
        probe(text)
    text.write_text("")
    with pytest.raises(SourceError, match=r"a\.mp4: the file is empty$"):
        probe(text)


def test_what_ends_before_its_video_is_told_as_by_extract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def ends(*_: Any, **__: Any) -> None:
        raise av.error.EOFError(0, "End of file")  # as of a recording in WTV that was broken off

    monkeypatch.setattr(av, "open", ends)
    recording = tmp_path / "ends.wtv"
    recording.write_bytes(b"nothing that is known")
    told = r"ends\.wtv: not a video that can be opened \(End of file\)$"
    with pytest.raises(SourceError, match=told):
        probe(recording)
    with pytest.raises(MalformedError, match=told):
        codecorpus.extract(recording)


def test_a_playlist_opens_nothing(tmp_path: Path, bikes: Path) -> None:
    playlist = tmp_path / "list.mp4"
    playlist.write_text(f"ffconcat version 1.0\nfile '{bikes}'\n")
    with pytest.raises(SourceError, match=r"list\.mp4: "):
        probe(playlist)


def test_pictures_without_times_are_told(bikes: Path, ffmpeg: object) -> None:
    assert callable(ffmpeg)
    raw = ffmpeg("-i", bikes, "-frames:v", 10, "-c:v", "libx264", "-preset", "ultrafast", name="raw.h264")
    with pytest.raises(SourceError, match=r"raw\.h264: pictures without times; put it into a container"):
        probe(raw)


def test_sound_alone_is_told(ffmpeg: object) -> None:
    assert callable(ffmpeg)
    sound = ffmpeg("-f", "lavfi", "-i", "sine=d=1", "-c:a", "aac", name="sound.mp4")
    with pytest.raises(SourceError, match=r"sound\.mp4: there is no video stream in it$"):
        probe(sound)


def test_a_container_that_is_not_read_is_told_by_its_name(ffmpeg: Callable[..., Path], bikes: Path) -> None:
    roq = ffmpeg("-i", bikes, "-an", "-s", "128x128", "-r", 30, "-frames:v", 3, "-c:v", "roqvideo", name="other.roq")
    with pytest.raises(SourceError, match=r"other\.roq: its video is roqvideo, in id RoQ; that container is not read$"):
        probe(roq)


def test_what_is_probed_ahead_is_what_is_asked_for(bikes: Path, interlaced: Path, tmp_path: Path) -> None:
    """Once, while the file is what it was; an error is told to who asks."""
    own = tmp_path / "own.mp4"
    shutil.copy(bikes, own)
    before = probe(own)
    probe_ahead(own)
    found = probe(own)
    assert found == before and probe(own) is not found
    probe_ahead(own)
    own.unlink()
    shutil.copy(interlaced, own)
    assert probe(own).interlaced
    own.write_bytes(b"no video")
    probe_ahead(own)
    with pytest.raises(SourceError, match=r"own\.mp4"):
        probe(own)
    own.unlink()
    with pytest.raises(SourceError, match="No such file"):
        probe_ahead(own)


@pytest.mark.parametrize(("large", "most"), [(1 << 22, 2), (0, 1)])
def test_large_pictures_are_decoded_of_one_source_at_a_time(
    bikes: Path, large: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn, under_way, seen = scan.drawn, set[int](), list[int]()

    def slowly(*arguments: Any) -> Any:
        under_way.add(threading.get_ident())
        seen.append(len(under_way))
        time.sleep(0.01)
        under_way.discard(threading.get_ident())
        return drawn(*arguments)

    monkeypatch.setattr(scan, "LARGE", large)
    monkeypatch.setattr(scan, "drawn", slowly)
    threads = [threading.Thread(target=scan.look, args=(bikes, 0)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(seen) == most
