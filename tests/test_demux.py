"""Containers and raw streams to packets."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import pytest
from helpers.sample_descriptions import joined as described_apart

import codecorpus
from codecorpus.codecs import of_raw_stream
from codecorpus.demux import HEAD_BYTES, open_stream
from codecorpus.errors import MalformedError, SourceError, StreamError, UnsupportedError
from codecorpus.sources.probe import probe

Ffmpeg = Callable[..., Path]

ENCODERS = {
    "h264": ["-c:v", "libx264", "-preset", "ultrafast"],
    "hevc": ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none"],
    "av1": ["-c:v", "libsvtav1", "-preset", "12"],
    "vp9": ["-c:v", "libvpx-vp9", "-cpu-used", 5, "-lag-in-frames", 0],
}


@pytest.fixture(scope="module")
def mp4(ffmpeg: Ffmpeg, bikes: Path) -> dict[str, Path]:
    shorten = ["-i", bikes, "-frames:v", 12, "-an"]
    return {codec: ffmpeg(*shorten, *options, name=f"{codec}.mp4") for codec, options in ENCODERS.items()}


def test_a_track_that_begins_late_is_told_by_the_file_s_name() -> None:
    path = Path(__file__).parent / "hostile/stream_appears_late.flv"
    # PyAV reads over it from 19 on.
    reason = "a track begins that was not there when it was opened|no picture in it can be read"
    for errors in ("strict", "skip"):
        with pytest.raises(MalformedError, match=f"{path}.*({reason})"):
            codecorpus.extract(path, errors=errors)


@pytest.mark.skipif(int(av.__version__.split(".")[0]) >= 19, reason="PyAV reads over them from 19 on")
def test_pictures_under_another_pid_are_told_as_missing(ffmpeg: Ffmpeg, bikes: Path, tmp_path: Path) -> None:
    """A programme that is inserted into a broadcast; behind it, the first goes on."""
    path = tmp_path / "inserted.ts"
    with path.open("wb") as file:
        for version, pid in enumerate((256, 512, 256)):  # of so many bytes that the first look does not see the second
            coded = ["-frames:v", 100, "-an", "-c:v", "libx264", "-preset", "ultrafast", "-qp", 2, "-bf", 0]
            muxed = ["-mpegts_start_pid", pid, "-tables_version", version, "-output_ts_offset", 4 * version]
            file.write(ffmpeg("-i", bikes, *coded, *muxed, name=f"{version}.ts").read_bytes())
    reason = "a track begins that was not there when it was opened"
    with pytest.raises(MalformedError, match=rf"inserted\.ts.*the container breaks off \({reason}\)"):
        codecorpus.extract(path, tables=("frames",))
    with pytest.raises(SourceError, match=rf"inserted\.ts: {reason}"):
        probe(path)


def test_an_mp4_that_ends_between_pictures_breaks_off(ffmpeg: Ffmpeg, bikes: Path, tmp_path: Path) -> None:
    """FFmpeg takes the end of a file for that of its video."""
    tone = ["-f", "lavfi", "-i", "sine=duration=2", "-c:a", "aac"]
    short = ["-frames:v", 50, "-vf", "scale=160:96", *ENCODERS["h264"], "-movflags", "faststart"]
    whole = ffmpeg("-i", bikes, *tone, *short, name="sounding.mp4")
    read = packets(whole)[1]
    ends = [position + len(data) for data, _, position in read]
    left = next(at for at in range(20, 50) if ends[at - 1] != read[at][2])  # where sound stands between pictures
    path = tmp_path / "cut.mp4"
    path.write_bytes(whole.read_bytes()[: ends[left - 1]])
    reason = f"the file ends before {50 - left} of its samples"
    for source in (path, Pipe(path.read_bytes())):
        with pytest.raises(MalformedError, match=rf"the container breaks off \({reason}\)"):
            codecorpus.extract(source)
    found = codecorpus.extract(path, errors="skip")
    assert found.frames.num_rows == left and len(found.errors) == 1
    facts = probe(path)
    assert facts.frames + facts.cut_short == 50 and facts.cut_short == 50 - left
    assert len(packets(Pipe(whole.read_bytes()))[1]) == 50


def packets(source: Any, **options: Any) -> tuple[str, list[tuple[bytes, int | None, int]]]:
    with open_stream(source, **options) as stream:
        return stream.codec, [(packet.data, packet.pts, packet.position) for packet in stream.packets]


@pytest.mark.parametrize(
    ("codec", "suffix"),
    [
        *[("h264", suffix) for suffix in ("mp4", "mkv", "ts", "avi", "flv", "nut", "264")],
        *[("hevc", suffix) for suffix in ("mp4", "mkv", "ts", "nut", "hevc")],
        *[("av1", suffix) for suffix in ("mp4", "mkv", "webm", "ivf", "nut", "obu")],
        *[("vp9", suffix) for suffix in ("mp4", "mkv", "webm", "ivf", "nut")],
    ],
)
def test_every_container_gives_the_codec_and_all_pictures(
    ffmpeg: Ffmpeg, mp4: dict[str, Path], codec: str, suffix: str
) -> None:
    path = ffmpeg("-i", mp4[codec], "-c", "copy", name=f"remux-{codec}.{suffix}")
    found, read = packets(path)
    assert found == codec
    if suffix in {"264", "hevc", "obu"}:
        assert b"".join(data for data, _, _ in read) == path.read_bytes(), "a raw stream is read as it is"
    else:
        assert len(read) == 12
        if suffix != "avi":  # it has decoding times alone
            assert len({pts for _, pts, _ in read if pts is not None}) == 12


def test_positions_are_byte_offsets_in_the_file(mp4: dict[str, Path]) -> None:
    content = mp4["h264"].read_bytes()
    for data, _, position in packets(mp4["h264"])[1]:
        assert content[position : position + len(data)] == data


class Pipe:
    """What can be read once, a little at a time."""

    def __init__(self, content: bytes) -> None:
        self._file = io.BytesIO(content)

    def read(self, size: int = -1, /) -> bytes:
        return self._file.read(min(size, 1000) if size >= 0 else size)


@pytest.mark.parametrize("suffix", ["264", "ts"])
def test_bytes_files_and_pipes_read_alike(ffmpeg: Ffmpeg, mp4: dict[str, Path], suffix: str) -> None:
    path = ffmpeg("-i", mp4["h264"], "-c", "copy", name=f"pipe.{suffix}")
    content = path.read_bytes()

    def joined(source: Any) -> bytes:
        return b"".join(data for data, _, _ in packets(source)[1])

    assert joined(content) == joined(path.open("rb")) == joined(Pipe(content)) == joined(path)


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (b"", MalformedError, "the file is empty"),
        (b"This is a text, not a video. " * 999, MalformedError, "not a video"),
        (bytes(range(256)) * 400, MalformedError, "not a video"),
    ],
)
def test_what_is_no_video_is_an_error(content: bytes, error: type[StreamError], words: str) -> None:
    with pytest.raises(error, match=words) as caught:
        packets(content)
    assert "<bytes>" in str(caught.value)


def test_audio_alone_and_other_codecs_are_unsupported_by_name(ffmpeg: Ffmpeg, bikes: Path) -> None:
    audio = ffmpeg("-f", "lavfi", "-i", "sine=duration=1", name="tone.m4a")
    with pytest.raises(UnsupportedError, match=r"tone\.m4a: there is no video stream in it"):
        packets(audio)
    jpeg = ffmpeg("-i", bikes, "-frames:v", 3, "-c:v", "mjpeg", name="old.mov")
    with pytest.raises(UnsupportedError, match="its video is mjpeg, in QuickTime / MOV; only h264, hevc"):
        packets(jpeg)


@pytest.mark.parametrize(("encoder", "codec"), [("mpeg2video", "mpeg2"), ("mpeg1video", "mpeg2"), ("mpeg4", "mpeg4")])
def test_raw_streams_of_mpeg_are_known_by_their_start_codes(
    ffmpeg: Ffmpeg, bikes: Path, encoder: str, codec: str
) -> None:
    form = "m4v" if encoder == "mpeg4" else encoder
    raw = ffmpeg("-i", bikes, "-frames:v", 3, "-an", "-c:v", encoder, "-f", form, name=f"raw.{encoder}")
    assert of_raw_stream(raw.read_bytes()) == codec
    program = ffmpeg("-i", bikes, "-frames:v", 3, "-an", "-c:v", "mpeg2video", name="program.mpg")
    assert of_raw_stream(program.read_bytes()) is None, "its start codes look like those of a NAL unit stream"


def test_cover_art_is_not_the_video(ffmpeg: Ffmpeg, bikes: Path) -> None:
    cover = ffmpeg("-i", bikes, "-frames:v", 1, name="cover.png")
    tone = ["-f", "lavfi", "-i", "sine=duration=1", "-i", cover, "-map", "0", "-map", "1", "-disposition:v:0"]
    album = ffmpeg(*tone, "attached_pic", "-c:v", "copy", name="album.m4a")
    with pytest.raises(UnsupportedError, match="there is no video stream in it"):
        packets(album)


def test_a_playlist_cannot_open_other_files(tmp_path: Path, mp4: dict[str, Path]) -> None:
    playlist = tmp_path / "video.mp4"
    playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{mp4['h264']}\n#EXT-X-ENDLIST\n")
    with pytest.raises(MalformedError, match="not a video"):
        packets(playlist)
    playlist.write_text(f"ffconcat version 1.0\nfile {mp4['h264']}\n")
    with pytest.raises(MalformedError, match="not a video"):
        packets(playlist)


FAILURES = [OSError(errno.EIO, "Input/output error"), OSError(errno.ESTALE, "stale"), TimeoutError(), MemoryError()]


@pytest.mark.parametrize("failure", FAILURES, ids=repr)
@pytest.mark.parametrize("share", [0, 0.7])
@pytest.mark.parametrize("suffix", ["mp4", "ts"])
def test_what_this_machine_cannot_read_is_no_damage(
    ffmpeg: Ffmpeg, bikes: Path, suffix: str, share: float, failure: Exception
) -> None:
    """At opening, or later: what is read by then would stay for all that there is."""
    coded = ["-i", bikes, "-frames:v", 50, "-an", *ENCODERS["h264"], "-qp", 2]
    content = ffmpeg(*coded, name=f"large.{suffix}").read_bytes()

    class Failing(io.BytesIO):
        has_given = 0

        def read(self, size: int | None = -1, /) -> bytes:
            piece = super().read(size)
            self.has_given += len(piece)
            if self.has_given > HEAD_BYTES + share * len(content):
                raise failure
            return piece

    with pytest.raises(type(failure)) as caught:
        codecorpus.extract(Failing(content), errors="skip")
    assert caught.value is failure


def test_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        packets(tmp_path / "none.mp4")


def test_an_unknown_codec_is_named(mp4: dict[str, Path]) -> None:
    with pytest.raises(UnsupportedError, match="'prores' is not read"):
        packets(mp4["h264"], codec="prores")


def times_of(source: Any) -> list[int | None]:
    """When frames are presented, in order."""
    return codecorpus.extract(source).frames.sort_by("frame")["pts"].to_pylist()


@pytest.mark.parametrize(("encoder", "b_frames"), [("mpeg1video", 0), ("mpeg2video", 1), ("mpeg2video", 2)])
def test_times_that_a_program_stream_leaves_out_are_those_of_presentation(
    ffmpeg: Ffmpeg, bikes: Path, encoder: str, b_frames: int
) -> None:
    """Several pictures are in a PES packet, which has a time for the first alone."""
    coded = ["-an", "-vf", "crop=160:96", "-frames:v", 60, "-c:v", encoder, "-q:v", 8, "-bf", b_frames]
    raw = ffmpeg("-i", bikes, *coded, name="own.nut")
    path = ffmpeg("-i", raw, "-c", "copy", name="own.mpg")
    for source in (path, io.BytesIO(path.read_bytes())):
        assert times_of(source) == [times_of(path)[0] + 3600 * at for at in range(60)]
    # Of a pipe, none is known but those that are told.
    told = dict(zip(times_of(Pipe(path.read_bytes())), times_of(path), strict=True))
    assert None in told and len(told) > 2 and all(pts is None or pts == known for pts, known in told.items())


def test_parameter_sets_that_change_midway_are_taken(ffmpeg: Ffmpeg, bikes: Path, tmp_path: Path) -> None:
    shorten = ["-i", bikes, "-frames:v", 8, "-an", "-c:v", "libx264", "-bf", 0]
    first = ffmpeg(*shorten, "-preset", "ultrafast", name="cavlc.flv")
    second = ffmpeg(*shorten, "-preset", "fast", "-s", "320x144", name="cabac.flv")
    joined = tmp_path / "joined.flv"
    head = 9 + 4  # FLV's header, and the size of no tag before the first one
    joined.write_bytes(first.read_bytes() + second.read_bytes()[head:])
    frames = codecorpus.extract(joined).frames
    assert frames["width"].to_pylist() == [640] * 8 + [320] * 8


@pytest.mark.parametrize(("first", "second"), [("avc1", "avc3"), ("hvc1", "hev1")])
def test_samples_of_another_format_are_refused_by_name(
    first: str, second: str, ffmpeg: Ffmpeg, bikes: Path, tmp_path: Path
) -> None:
    """FFmpeg leaves them out without a word."""
    encoder = ENCODERS["h264" if first == "avc1" else "hevc"]
    short = ["-i", bikes, "-frames:v", 6, "-an", "-vf", "scale=160:96", *encoder]
    one = ffmpeg(*short, "-tag:v", first, name=f"{first}.mp4").read_bytes()
    path = tmp_path / "formats.mp4"
    path.write_bytes(described_apart(one, one))
    assert len(packets(path)[1]) == 12
    path.write_bytes(described_apart(one, one.replace(first.encode(), second.encode())))
    told = rf"formats\.mp4: its samples are described as {first} and {second}; those of one format alone can be read"
    for read in (packets, probe):
        with pytest.raises(UnsupportedError, match=told):
            read(path)


TAGGED = {**dict.fromkeys(("avi", "mkv", "mp4", "mov", "flv", "nut", "3gp", "asf"), "title"), "ts": "service_name"}
"""By container, a tag that it keeps."""


@pytest.mark.parametrize("suffix", TAGGED)
def test_a_tag_that_is_no_text_is_read_over(ffmpeg: Ffmpeg, bikes: Path, tmp_path: Path, suffix: str) -> None:
    def made(title: bytes, name: str) -> Path:
        tag = ["-metadata", f"{TAGGED[suffix]}={os.fsdecode(title)}"]
        small = ["-frames:v", 3, "-an", "-vf", "scale=64:48", "-c:v", "libx264"]
        return ffmpeg("-i", bikes, *small, *tag, name=f"{name}.{suffix}")

    plain = made(b"cafeX", "plain")
    if suffix == "asf":  # whose text is UTF-16
        tagged = plain.with_name("odd.asf")
        tagged.write_bytes(plain.read_bytes().replace("eX".encode("utf-16-le"), b"\x00\xd8X\x00"))
    else:
        tagged = made(b"caf\xe9X", "odd")
        assert b"caf\xe9X" in tagged.read_bytes()
    assert tagged.read_bytes() != plain.read_bytes()
    assert packets(tagged) == packets(plain)
    assert probe(tagged) == probe(plain)
    shot = pytest.importorskip("codecorpus.view.shot")
    assert [index for index, _ in shot.decoded(str(tagged), range(3))] == [0, 1, 2]


def test_what_looks_like_the_place_of_an_index_is_none(ffmpeg: Ffmpeg, bikes: Path, tmp_path: Path) -> None:
    """NUT's demuxer takes a file's end for the index's size, wherever that leads."""
    whole = ffmpeg("-i", bikes, "-frames:v", 5, "-c:v", "libx264", "-an", name="whole.nut")
    cut = tmp_path / "cut.nut"
    cut.write_bytes(whole.read_bytes()[:-12] + b"\xfb" + bytes(11))
    with cut.open("rb") as file:
        assert [len(packets(source)[1]) for source in (cut, file, cut.read_bytes())] == [5, 5, 5]
