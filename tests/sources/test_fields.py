"""Field pictures whose two fields are packets of their own: right from the packets to clips and corpora."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest
from helpers.corpora import Builder
from helpers.field_pictures import as_field_pictures, as_mpeg2_field_packets, field_packets
from helpers.muxing import put_into

import codecorpus
from codecorpus import recipe
from codecorpus._native import Survey
from codecorpus.corpus.verify import verify
from codecorpus.encode import ffmpeg as binaries
from codecorpus.sources import clips, frames
from codecorpus.sources.clips import Clip
from codecorpus.sources.fields import Fields
from codecorpus.sources.find import Video
from codecorpus.sources.probe import probe

Ffmpeg = Callable[..., Path]

DATA = Path(__file__).parents[1] / "data"

PICTURES = 30
"""More than are decoded at first, to see what a decoder makes of a container's times."""

UNIT = Fraction(1, 50)

HALF_AS_HIGH = ["-an", "-vf", "scale=176:64", "-frames:v", 2 * PICTURES, "-threads", 1]
PLAIN = "bframes=0:cabac=0:8x8dct=0:keyint=20:min-keyint=20:scenecut=0"

RISING = list(range(2 * PICTURES))

CASES = [
    *[("h264", suffix) for suffix in ("ts", "mkv", "mp4", "avi")],
    *[("h264-b", suffix) for suffix in ("ts", "mkv", "mp4", "avi")],
    *[("h264-frames-too", suffix) for suffix in ("ts", "avi")],
    ("h264-one-time", "ts"),
    *[("mpeg2", suffix) for suffix in ("mkv", "mp4", "avi")],
]


@pytest.fixture(scope="module")
def make(ffmpeg: Ffmpeg, bikes: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Path]:
    folder = tmp_path_factory.mktemp("fields")

    def source(structure: str, suffix: str) -> Path:
        path = folder / f"{structure}.{suffix}"
        match structure:
            case "h264":
                h264 = ["-c:v", "libx264", "-profile:v", "main", "-x264-params", PLAIN]
                stream = ffmpeg("-i", bikes, *HALF_AS_HIGH, *h264, name="progressive.264").read_bytes()
                return put_into(path, field_packets(as_field_pictures(stream)), RISING, UNIT, "h264")
            case "mpeg2":
                made = ffmpeg("-i", bikes, *HALF_AS_HIGH, "-c:v", "mpeg2video", "-g", 1, name="progressive.m2v")
                return put_into(path, as_mpeg2_field_packets(made.read_bytes()), RISING, UNIT, "mpegvideo")
            case "h264-frames-too":
                packets, times = _reordered("paff_temporal.264")
            case _:
                packets, times = _reordered("fields_temporal.264")
        if structure == "h264-one-time":
            times = [time if at % 2 == 0 else None for at, time in enumerate(times)]
        return put_into(path, packets, times, UNIT, "h264")

    return source


def _reordered(name: str) -> tuple[list[bytes], list[int | None]]:
    """Packets of a stream with B pictures, several times over, and when each is shown."""
    stream = (DATA / name).read_bytes() * (PICTURES // 5 + 1)
    with av.open(io.BytesIO(stream), format="h264") as container:
        packets = [bytes(packet) for packet in container.demux(video=0) if packet.size]
    shown = {number: place for place, number in enumerate(_decoded_order(stream))}
    times: list[int | None] = []
    for number in range(len(packets)):
        times.append(2 * shown[number] + 4 if number in shown else (times[-1] or 0) + 1)
    return packets, times


def _decoded_order(stream: bytes) -> list[int]:
    """The numbers of the packets whose pictures a decoder shows, in order."""
    with av.open(io.BytesIO(stream), format="h264") as container:
        decoder = container.streams.video[0].codec_context
        decoder.thread_count = 1
        order: list[int] = []
        for number, packet in enumerate(container.demux(video=0)):
            if packet.size:
                packet.pts = packet.dts = number
            order += [frame.pts for frame in decoder.decode(packet if packet.size else None) if frame.pts is not None]
    return order


def decoded(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray().tobytes() for frame in container.decode(video=0)]


def divided(path: Path, length: int | str, *, deinterlace: bool) -> list[Clip]:
    read = recipe.parse(f"sources: a\nclips: {{length: {length}}}\nencodes: [{{encoder: libx264}}]")
    found = clips.divide(Video(str(path)), probe(path), "0", read, path.stem)
    assert all(clip.cut.deinterlace for clip in found)
    return [replace(clip, cut=replace(clip.cut, deinterlace=deinterlace)) for clip in found]


@pytest.mark.parametrize(
    ("structure", "suffix", "deinterlace"),
    [*[(*case, False) for case in CASES], ("h264", "ts", True), ("h264-b", "ts", True), ("h264-b", "avi", True)],
)
def test_every_clip_holds_its_frames(
    make: Callable[[str, str], Path], structure: str, suffix: str, deinterlace: bool, tmp_path: Path
) -> None:
    path, tool = make(structure, suffix), binaries.find().path
    [entire] = divided(path, "whole", deinterlace=deinterlace)
    whole = decoded(clips.cut(tool, path, entire, tmp_path).path) if deinterlace else decoded(path)
    assert len(whole) >= PICTURES
    for clip in divided(path, 17 if structure != "h264-b" else 34, deinterlace=deinterlace):
        wanted = whole[clip.first : clip.first + clip.frames]
        assert decoded(clips.cut(tool, path, clip, tmp_path).path) == wanted, clip.first
        some = sorted({0, clip.frames // 2, clip.frames - 1})
        got = {at: frame.to_ndarray().tobytes() for at, frame in frames.frames_of(path, clip, some, ffmpeg_path=tool)}
        assert got == {at: wanted[at] for at in some}, clip.first


def test_a_corpus_of_the_sources_themselves(make: Callable[[str, str], Path], build: Builder, tmp_path: Path) -> None:
    paths = [make(*case) for case in CASES]
    text = f"sources: [{', '.join(map(str, paths))}]\nencodes: [{{source: true}}]"
    assert build(tmp_path / "corpus", text).failures == ()
    assert verify(str(tmp_path / "corpus")).problems == []
    corpus = codecorpus.open(str(tmp_path / "corpus"))
    for clip in corpus.clips.to_pylist():
        rows = corpus.frames(clip=clip["clip"], encode="source").to_pylist()
        assert len(rows) == clip["frames"] == len(decoded(Path(clip["source"])))
        assert min(row["pts"] for row in rows) == 0


@pytest.mark.parametrize("lost", [20, 25, -1])
def test_a_field_without_the_other_one_is_no_frame(lost: int, tmp_path: Path) -> None:
    packets, times = _reordered("fields_temporal.264")
    del packets[lost], times[lost]
    path = put_into(tmp_path / "lost.mkv", packets, times, UNIT, "h264")
    assert probe(path).frames == len(decoded(path)) == len(times) // 2


def test_only_opposite_fields_of_one_picture_are_a_pair() -> None:
    stream = (DATA / "fields_temporal.264").read_bytes()
    with av.open(io.BytesIO(stream), format="h264") as container:
        extradata = container.streams.video[0].codec_context.extradata or b""
        packets = [bytes(packet) for packet in container.demux(video=0) if packet.size]

    def hidden(*some: bytes) -> list[int | None]:
        fields = Fields(Survey("h264", extradata))
        return [fields.hidden(number, data) for number, data in enumerate(some)]

    message = b"\x00\x00\x01\x06\x05\x01\x00\x80"
    assert hidden(*packets[:4]) == [None, 1, None, 3]
    assert hidden(packets[0], message, packets[1]) == [None, None, 2], "messages are between them"
    assert hidden(*packets[:6:2]) == [None, 0, 1], "top fields"
    assert hidden(packets[0], packets[3]) == [None, 0], "of two pictures"
    assert hidden(packets[0] + packets[1], packets[2], packets[3]) == [None, None, 2], "two in one packet"
