"""Corpus.pixels: the frames that the tables tell of, from wherever they are."""

from __future__ import annotations

import hashlib
import itertools
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import fsspec
import numpy as np
import pytest
from helpers.corpora import Builder
from helpers.edit_lists import time_scales, with_edits

import codecorpus
from codecorpus.corpus.verify import verify
from codecorpus.encode.command import Colour
from codecorpus.errors import CodecorpusError, CorpusError, SourceError
from codecorpus.run.executors.inline import Inline
from codecorpus.run.request import Extract
from codecorpus.run.run import Run
from codecorpus.sources import clips, packets
from codecorpus.sources.find import Video
from codecorpus.sources.frames import rgb
from codecorpus.sources.probe import probe

TEXT = """
sources: [SOURCE]
clips: {length: 10, limit: 2, size: 96x64}
gop: {length: 4}
encodes:
  - {encoder: libx264, preset: veryfast, crf: 30}
  - {encoder: libvpx-vp9, preset: 5, crf: 40}
"""
X264, VP9 = "x264-veryfast-crf30", "vpx-cpu5-crf40"
ONE, TWO = "street-000", "street-001"


@pytest.fixture
def source(bikes: Path, tmp_path: Path) -> Path:
    path = tmp_path / "street.mp4"
    shutil.copy(bikes, path)
    return path


def text(source: Path, more: str = "") -> str:
    return TEXT.replace("SOURCE", str(source)) + more


def shown(source: Any, colour: Colour = Colour()) -> np.ndarray:  # noqa: B008
    with av.open(source) as container:
        return np.stack([rgb(frame, colour) for frame in container.decode(video=0)])


def md5(pixels: np.ndarray) -> str:
    return hashlib.md5(np.ascontiguousarray(pixels).tobytes()).hexdigest()


def test_pixels_are_those_of_the_tables_frames(build: Builder, source: Path, tmp_path: Path) -> None:
    build(tmp_path / "c", text(source, "keep: clips\n"), keep_streams=True)
    corpus = codecorpus.open(tmp_path / "c")
    assert verify(str(tmp_path / "c")).problems == []
    kept = {clip: shown(str(tmp_path / f"c/pixels/lossless/{clip}.nut")) for clip in (ONE, TWO)}
    assert kept[ONE].shape == (10, 64, 96, 3)
    with av.open(str(tmp_path / f"c/pixels/lossless/{ONE}.nut")) as container:
        assert container.streams.video[0].codec_context.name == "ffv1"
    for clip, wanted in kept.items():
        assert md5(corpus.pixels(clip)) == md5(wanted)
        np.testing.assert_array_equal(corpus.pixels(clip, [7, 2, 9]), wanted[[7, 2, 9]])
        assert corpus.pixels(clip, []).shape == (0, *wanted.shape[1:])
        for encode in (X264, VP9):
            with av.open(str(tmp_path / f"c/bitstreams/{encode}/{clip}.nut")) as container:
                decoded = [(frame.pts, rgb(frame, Colour())) for frame in container.decode(video=0)]
            rows = corpus.frames(clip, encode, columns=["frame", "pts"]).to_pylist()
            places = {row["pts"]: row["frame"] for row in rows if row["frame"] is not None}
            for pts, picture in decoded:
                frame = places[pts]
                assert md5(corpus.pixels(clip, slice(frame, frame + 1), encode=encode)) == md5(picture[None]), frame
            np.testing.assert_array_equal(
                corpus.pixels(clip, slice(3, 9), encode=encode), np.stack([picture for _, picture in decoded[3:9]])
            )
    shutil.rmtree(tmp_path / "c/pixels")
    shutil.copytree(tmp_path / "c", tmp_path / "bare")
    for marker in (tmp_path / "bare/manifest").glob("*/clips~1.json"):
        marker.unlink()
    bare = codecorpus.open(tmp_path / "bare")
    for clip, wanted in kept.items():
        assert md5(bare.pixels(clip)) == md5(wanted)
        assert md5(bare.pixels(clip, slice(5, 8))) == md5(wanted[5:8])


@pytest.mark.parametrize(
    ("pixel_format", "size", "codec"),
    [
        ("yuv420p", "65x64", "ffv1"),
        ("yuv420p", "64x65", "ffv1"),
        ("yuv422p", "64x65", "h264"),
        ("yuv444p", "65x65", "h264"),
    ],
)
def test_odd_sides_are_kept_as_h264_has_them(
    ffmpeg: Callable[..., Path], bikes: Path, build: Builder, pixel_format: str, size: str, codec: str, tmp_path: Path
) -> None:
    options = ["-an", "-frames:v", 3, "-pix_fmt", pixel_format, "-vf", f"scale={size.replace('x', ':')}"]
    source = ffmpeg("-i", bikes, *options, "-c:v", "libvpx-vp9", name=f"odd-{size}-{pixel_format}.webm")
    recipe = f"sources: [{source}]\nencodes: [{{source: true}}]\nkeep: {{clips: visually-lossless}}"
    assert build(tmp_path, recipe).failures == ()
    [kept] = (tmp_path / "pixels" / "visually-lossless").iterdir()
    with av.open(str(kept)) as container:
        context = container.streams.video[0].codec_context
        assert (context.name, f"{context.width}x{context.height}") == (codec, size)


def test_clips_are_kept_later_and_mended(build: Builder, source: Path, tmp_path: Path) -> None:
    root = tmp_path / "c"
    build(root, text(source))
    corpus = codecorpus.open(root)
    wanted = corpus.pixels(TWO, slice(2, 6))
    with pytest.raises(CorpusError, match=r": the bitstream of street-001 through x264-.* was not kept; build again"):
        corpus.pixels(TWO, encode=X264)
    with pytest.raises(IndexError, match=r"^frames 5:11: street-001 has 10, from 0$"):
        corpus.pixels(TWO, slice(5, 11))
    assert build(root, text(source, "keep: {clips: visually-lossless}\n")).made == 0
    kept = root / f"pixels/visually-lossless/{TWO}.nut"
    written = kept.read_bytes()
    near = codecorpus.open(root).pixels(TWO, slice(2, 6))
    error = np.mean((near.astype(float) - wanted) ** 2)
    assert 0 < error < 255**2 / 10**4.2  # 42 dB
    kept.write_bytes(b"nothing")
    source_away = source.with_suffix(".away")
    shutil.copy(source, source_away)
    build(root, text(source, "keep: {clips: visually-lossless}\n"))
    assert kept.read_bytes() == written
    source.unlink()
    assert md5(codecorpus.open(root).pixels(TWO, slice(2, 6))) == md5(near)
    (root / "manifest/000000-000/clips~1.json").unlink()
    with pytest.raises(
        CorpusError, match=r"no pixels of street-001: .*No such file or directory; `keep: clips` keeps them$"
    ):
        codecorpus.open(root).pixels(TWO)
    assert source_away.exists()


def test_a_source_that_was_exchanged_is_told(build: Builder, source: Path, tmp_path: Path) -> None:
    """Also by one whose packets begin alike, and once its own file was read."""
    build(tmp_path / "c", text(source))
    Run(Extract((str(source),), str(tmp_path / "e"), ("frames",)), Inline()).run()
    built, extracted = codecorpus.open(tmp_path / "c"), codecorpus.open(tmp_path / "e")
    assert len(built.pixels(ONE, [0])) == len(extracted.pixels(ONE, [0])) == 1
    data = bytearray(source.read_bytes())
    data[-1] ^= 1
    for other in (bytes(data), bytes(data[:-1])):
        source.write_bytes(other)
        for corpus in (built, codecorpus.open(tmp_path / "c"), extracted, codecorpus.open(tmp_path / "e")):
            with pytest.raises(CodecorpusError, match="it is not the file that it was when its clips were planned"):
                corpus.pixels(ONE, [0])


def test_a_far_corpus_gives_them_too(build: Builder, source: Path, tmp_path: Path) -> None:
    build(tmp_path / "c", text(source, "keep: clips\n"), keep_streams=True)
    far = fsspec.filesystem("memory")
    far.put(str(tmp_path / "c"), "/pixels", recursive=True)
    here, there = codecorpus.open(tmp_path / "c"), codecorpus.open("memory://pixels")
    for encode in (None, VP9):
        np.testing.assert_array_equal(
            there.pixels(ONE, slice(4, 7), encode=encode), here.pixels(ONE, slice(4, 7), encode=encode)
        )
    far.rm("/pixels", recursive=True)


@pytest.mark.parametrize("parts", [[(5, 10), (45, 15)], [(5, 10), (31, 10), (58, 12)]], ids=["two", "three"])
def test_parts_of_a_file_that_follow_each_other_are_read_as_they_are_shown(
    parts: list[tuple[int, int]], ffmpeg: Any, bikes: Path, tmp_path: Path
) -> None:
    """Pictures are hidden between them, at times of others. What is cut for encoders cannot hold them."""
    scaled = ("-vf", "scale=160:96", "-frames:v", 75, "-c:v", "libx264", "-bf", 2, "-g", 30)
    whole = ffmpeg("-i", bikes, *scaled, name="whole.mp4").read_bytes()
    movie, track = time_scales(whole)
    late = 2 * track // 25  # the first picture's, for those that are reordered
    edits = [(count * movie // 25, late + first * track // 25) for first, count in parts]
    video = tmp_path / "parts.mp4"
    video.write_bytes(with_edits(whole, edits))
    Run(Extract((str(video),), str(tmp_path / "c"), ("frames",)), Inline()).run()
    corpus, wanted = codecorpus.open(tmp_path / "c"), shown(str(video))
    assert len(wanted) == sum(count for _, count in parts)
    np.testing.assert_array_equal(corpus.pixels("parts-000"), wanted)
    for window in corpus.windows(5, 3):
        np.testing.assert_array_equal(corpus.pixels("parts-000", window.frames), wanted[window.frames])
    clip = clips.whole("parts", Video(str(video)), probe(video))
    with pytest.raises(SourceError, match=r"parts\.mp4: pictures are hidden between its frames 0 and \d+; no clip can"):
        packets.write(video, clip.key, clip.range, tmp_path / "packets.nut")


def without(source: Path, numbers: set[int], out: Path) -> Path:
    """A video without some of its packets."""
    with av.open(str(source)) as container, av.open(str(out), "w") as file:
        video = container.streams.video[0]
        track = file.add_stream_from_template(video)
        for number, packet in enumerate(packet for packet in container.demux(video) if packet.size):
            if number not in numbers:
                packet.stream = track
                file.mux(packet)
    return out


def pictures(video: Path) -> dict[Any, Any]:
    with av.open(str(video)) as container:
        return {frame.pts: rgb(frame, Colour()) for frame in container.decode(video=0)}


def test_a_picture_that_is_lost_costs_the_windows_around_it(ffmpeg: Any, bikes: Path, tmp_path: Path) -> None:
    coding = ("-an", "-vf", "scale=96:64", "-frames:v", 120, "-c:v", "mpeg2video", "-bf", 2, "-g", 12, "-q:v", 4)
    whole = ffmpeg("-i", bikes, *coding, name="recording.mkv")
    lost = without(whole, {61}, tmp_path / "lost.mkv")
    Run(Extract((str(lost),), str(tmp_path / "c"), ("frames",)), Inline()).run()
    corpus, wanted = codecorpus.open(tmp_path / "c"), pictures(whole)
    rows = corpus.frames("lost-000", "source", columns=["frame", "pts"])
    times = dict(zip(rows["frame"].to_pylist(), rows["pts"].to_pylist(), strict=True))
    assert sorted(times.values()) != [time for _, time in sorted(times.items())]
    listed = [window.first for window in corpus.windows(8, pixels=True)]
    assert len(corpus.windows(8)) - 4 <= len(listed) < len(corpus.windows(8)) and listed[-1] > 80
    for first in listed:
        found = corpus.pixels("lost-000", slice(first, first + 8))
        for frame, pixels in enumerate(found, first):
            np.testing.assert_array_equal(pixels, wanted[times[frame]], str(frame))


def test_no_frame_gets_the_pixels_of_another_where_the_first_times_do_not_rise(
    ffmpeg: Any, bikes: Path, tmp_path: Path
) -> None:
    params = "keyint=12:bframes=3:b-adapt=0:ref=3:scenecut=0"
    scaled = ("-an", "-vf", "scale=96:64", "-frames:v", 41)
    whole = ffmpeg("-i", bikes, *scaled, "-c:v", "libx264", "-x264-params", params, name="whole.mkv")
    lost = without(whole, {12}, tmp_path / "lost.mkv")
    Run(Extract((str(lost),), str(tmp_path / "c"), ("frames",)), Inline()).run()
    corpus = codecorpus.open(tmp_path / "c")
    assert corpus.windows(1) and not corpus.windows(1, pixels=True)
    with pytest.raises(CorpusError, match=r"lost\.mkv: the times of its frames do not rise; which picture is which"):
        corpus.pixels("lost-000", [15])


def lost_packet(data: bytes, video: Path) -> bytes:
    """A file without one packet of its transport stream, in the midst of a picture."""
    with av.open(str(video)) as container:
        at = next(packet.pos for number, packet in enumerate(container.demux(video=0)) if number == 38)
    at += 188
    while data[at + 1] & 0x40 or (data[at + 1] & 0x1F) << 8 | data[at + 2] != 0x100:
        at += 188
    return data[:at] + data[at + 188 :]


def scribbled(data: bytes, video: Path, least: int = 36) -> bytes:
    """A file with a picture of nonsense."""
    with av.open(str(video)) as container:
        packets = itertools.islice(container.demux(video=0), least, None)
        packet = next(packet for packet in packets if packet.size > 64)
        at = data.index(bytes(packet)) + packet.size // 2
    return data[:at] + bytes(value ^ 0xA5 for value in data[at : at + 24]) + data[at + 24 :]


def scribbled_leaf(data: bytes, video: Path) -> bytes:
    """A file with a picture of nonsense that no other refers to."""
    rows = codecorpus.extract(video, tables=("frames",)).frames.to_pylist()
    needed = {ref for row in rows for ref in row["refs0"]}
    with av.open(str(video)) as container:
        sizes = [packet.size for packet in container.demux(video=0)]
    leaves = [row["frame"] for row in rows if row["coded_order"] not in needed and row["bytes"] == sizes[row["frame"]]]
    return scribbled(data, video, next(frame for frame in leaves if frame >= 30 and sizes[frame] > 64))


@pytest.mark.parametrize(
    ("name", "coding", "damage"),
    [
        ("lost.ts", ("libx264", "-bf", 2, "-g", 16), lost_packet),
        ("scribbled.mp4", ("libx264", "-bf", 2, "-x264-params", "open-gop=1:keyint=16"), scribbled),
        ("scribbled.mkv", ("libaom-av1", "-usage", "realtime", "-cpu-used", 8, "-g", 16), scribbled),
        ("leaf.mkv", ("libsvtav1", "-preset", 10), scribbled_leaf),
        ("scribbled.webm", ("libvpx-vp9", "-deadline", "realtime", "-cpu-used", 8, "-g", 16), scribbled),
    ],
    ids=["h264 lost", "h264", "av1", "av1 leaf", "vp9"],
)
def test_frames_of_windows_are_those_of_the_undamaged_file(
    name: str, coding: tuple[Any, ...], damage: Any, ffmpeg: Any, bikes: Path, tmp_path: Path
) -> None:
    """What decoders conceal is in none, however far it reaches; all that decodes as it would is in some."""
    video = ffmpeg("-i", bikes, "-vf", "scale=160:96", "-frames:v", 56, "-c:v", *coding, name=f"whole-{name}")
    broken = tmp_path / name
    broken.write_bytes(damage(video.read_bytes(), video))
    Run(Extract((str(video), str(broken)), str(tmp_path / "c"), ("frames",)), Inline()).run()
    corpus = codecorpus.open(tmp_path / "c")
    names = {row["source"]: row["clip"] for row in corpus.clips.to_pylist()}
    wanted, clip = corpus.pixels(names[str(video)]), names[str(broken)]
    listed = [window.first for window in corpus.windows(1) if window.clip == clip]
    assert {0, 55} < {*listed} and 0 < 56 - len(listed) < 30
    for frame in listed:
        np.testing.assert_array_equal(corpus.pixels(clip, [frame])[0], wanted[frame], str(frame))


@pytest.mark.parametrize(
    ("name", "coding", "number", "begin"),
    [
        ("first.mp4", ("libsvtav1", "-preset", 12, "-g", 17, "-svtav1-params", "lp=1"), 12, 4),
        ("behind.webm", ("libvpx-vp9", "-deadline", "realtime", "-cpu-used", 8, "-g", 8, "-lag-in-frames", 0), 37, 4),
        ("avc.mp4", ("libx264", "-bf", 2, "-g", 24, "-x264-params", "b-adapt=0:b-pyramid=none:scenecut=0"), 3, 0),
        ("hevc.mp4", ("libx265", "-x265-params", "bframes=2:b-adapt=0:b-pyramid=0:keyint=24:scenecut=0"), 3, 0),
    ],
    ids=["av1", "vp9", "h264", "hevc"],
)
def test_pixels_are_found_by_their_time_where_decoders_refuse_pictures(
    name: str, coding: tuple[Any, ...], number: int, begin: int, ffmpeg: Any, bikes: Path, tmp_path: Path
) -> None:
    """Tables and packets may count others, among the first pictures as behind them. It costs none of those behind."""
    whole = ffmpeg("-ss", 1, "-i", bikes, "-vf", "scale=128:80", "-frames:v", 48, "-c:v", *coding, name=f"whole-{name}")
    with av.open(str(whole)) as container:
        wanted = {frame.pts: rgb(frame, Colour()) for frame in container.decode(video=0)}
    with av.open(str(whole)) as container:
        packet = next(itertools.islice(container.demux(video=0), number, None))
        data = bytearray(whole.read_bytes())
        at = data.index(bytes(packet)) + begin
    data[at : at + 12] = b"\xff" * 12
    (video := tmp_path / name).write_bytes(data)
    Run(Extract((str(video),), str(tmp_path / "c"), ("frames",)), Inline()).run()
    corpus = codecorpus.open(tmp_path / "c")
    [clip] = corpus.clips["clip"].to_pylist()
    rows = corpus.frames(clip, "source", columns=["frame", "pts"])
    times = dict(zip(rows["frame"].to_pylist(), rows["pts"].to_pylist(), strict=True))
    listed = [window.first for window in corpus.windows(1, pixels=True)]
    assert len(listed) > 24 and listed[-1] > number
    for frame in listed:
        np.testing.assert_array_equal(corpus.pixels(clip, [frame])[0], wanted[times[frame]], str(frame))


def test_files_that_are_read_as_they_are(bikes: Path, tmp_path: Path) -> None:
    Run(Extract((str(bikes),), str(tmp_path), ("frames",)), Inline(1), tell=lambda event: None).run()
    corpus = codecorpus.open(tmp_path)
    whole = shown(str(bikes))
    for encode in (None, "source"):
        np.testing.assert_array_equal(corpus.pixels("bikes-000", slice(100, 104), encode=encode), whole[100:104])


def test_kept_clips_of_another_rate_and_streams_of_one_key_are_read(
    build: Builder, bikes: Path, tmp_path: Path
) -> None:
    encodes = "[{encoder: libx264, preset: ultrafast}, {encoder: libx265, preset: ultrafast}, {encoder: mpeg2video}]"
    text = f"sources: [{bikes}]\nclips: {{length: 9, fps: FPS, limit: 1, size: 96x64}}\nencodes: {encodes}\nkeep: clips"
    for number, fps in enumerate(("30000/1001", "12", "7/3")):
        root = tmp_path / f"{number}"
        assert build(root, text.replace("FPS", fps), keep_streams=True).failures == ()
        corpus = codecorpus.open(str(root))
        [clip] = [row["clip"] for row in corpus.clips.to_pylist()]
        kept = corpus.pixels(clip, slice(0, 9))
        assert kept.shape == (9, 64, 96, 3)
        for encode in corpus.encodes_of(clip):
            got = corpus.pixels(clip, slice(3, 9), encode=encode)
            assert np.abs(got.astype(int) - kept[3:9]).mean() < 12, encode
