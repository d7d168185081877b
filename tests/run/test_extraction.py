"""Streams as they are into a corpus."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path

import av
import numpy as np
import pyarrow as pa
import pytest
from helpers import ivf, vp9_headers
from helpers.corpora import tree

import codecorpus
from codecorpus import maps, schema
from codecorpus.corpus.store import find
from codecorpus.corpus.verify import verify
from codecorpus.encode.command import Colour
from codecorpus.errors import UnsupportedError
from codecorpus.run import roster
from codecorpus.run.executors.inline import Inline
from codecorpus.run.executors.local import Local
from codecorpus.run.request import Extract, Shard
from codecorpus.run.run import Run, Summary, tasks
from codecorpus.run.stream import Tally
from codecorpus.run.work import Context, Event, Executor, Tell
from codecorpus.sources.fetch import local_path
from codecorpus.sources.frames import rgb

TABLES = ("frames", "blocks", "motion")
HOSTILE = Path(__file__).parents[1] / "hostile"


def extracted(
    corpus: Path,
    *paths: Path,
    executor: Executor | None = None,
    errors: str = "skip",
    tell: Tell = lambda event: None,
) -> Summary:
    request = Extract(tuple(map(str, paths)), str(corpus), TABLES, errors)
    return Run(request, executor or Inline(), tell=tell).run()


@pytest.fixture(scope="module")
def stream(ffmpeg: Callable[..., Path], bikes: Path) -> Path:
    return ffmpeg("-i", bikes, "-frames:v", 20, "-an", "-c:v", "libx264", "-g", 10, name="street.mp4")


def test_a_file_becomes_a_clip_with_the_tables_that_extract_gives(stream: Path, tmp_path: Path) -> None:
    assert extracted(tmp_path, stream).made == 1
    corpus = codecorpus.open(tmp_path)
    told = codecorpus.extract(stream)
    for table in TABLES:
        rows = getattr(corpus, table)(clip="street-000", encode="source")
        assert rows.drop_columns(list(schema.KEYS)).to_pylist() == getattr(told, table).to_pylist()
    [clip] = corpus.clips.to_pylist()
    assert (clip["frames"], clip["width"], clip["fps"]) == (20, 640, 25.0)
    assert list(tmp_path.glob("blocks/h264/source/part-000000-000.parquet"))
    assert verify(str(tmp_path)).problems == []


@pytest.mark.parametrize(
    ("name", "codec", "time_base"),
    [("one.mpg", "mpeg1video", (1, 90000)), ("two.mkv", "mpeg2video", (1, 1000)), ("raw.m2v", "mpeg2", (None, None))],
)
def test_a_clip_tells_its_codec_and_time_base_as_its_container_does(
    name: str, codec: str, time_base: tuple[int | None, int | None], ffmpeg: Callable[..., Path], tmp_path: Path
) -> None:
    encoder = "mpeg1video" if codec == "mpeg1video" else "mpeg2video"
    source = ("-f", "lavfi", "-i", "testsrc2=size=64x48:rate=25", "-frames:v", 5)
    extracted(tmp_path, ffmpeg(*source, "-c:v", encoder, "-bf", 0, name=name))
    corpus = codecorpus.open(tmp_path)
    [clip] = corpus.clips.to_pylist()
    assert clip["source_codec"] == codec
    assert (clip["time_base_num"], clip["time_base_den"]) == time_base
    num, den = time_base
    for row in corpus.frames(clip["clip"], "source").to_pylist():
        assert row["time"] == (None if num is None or den is None else pytest.approx(row["pts"] * num / den))


def test_a_file_of_which_nothing_can_be_read_costs_no_other_s_reading(
    stream: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They share parts. What a worker is at is told to the end, of that file too: else another's fault were its."""
    monkeypatch.setattr(roster, "FEW_GROUPS", 1)
    (tmp_path / "tone.mp4").write_text("no video")
    events: list[Event] = []
    summary = extracted(tmp_path / "corpus", tmp_path / "tone.mp4", stream, tell=events.append)
    assert summary.made == 1 and [failure.clip for failure in summary.failures] == ["tone-000"]
    told = [(event.clip, event.kind) for event in events if event.kind != "alive"]
    assert told[:4] == [(clip, kind) for clip in ("street-000", "tone-000") for kind in ("begun", "read")]
    assert set(told[4:]) == {("street-000", "done"), ("tone-000", "failed")}


def test_workers_make_the_same(stream: Path, ffmpeg: Callable[..., Path], tmp_path: Path) -> None:
    """Several codecs, and one that cannot be read, in groups of one."""
    more = [
        ffmpeg("-i", stream, "-c:v", "libx265", "-x265-params", "log-level=none", name="second.mkv"),
        ffmpeg("-i", stream, "-c:v", "libsvtav1", "-preset", 12, name="third.ivf"),
    ]
    text = tmp_path / "note.mp4"
    text.write_text("no video")
    here = extracted(tmp_path / "here", stream, *more, text)
    there = extracted(tmp_path / "there", stream, *more, text, executor=Local(2))
    assert here == there and here.made == 3
    assert tree(tmp_path / "here") == tree(tmp_path / "there")
    assert verify(str(tmp_path / "here")).problems == []


def test_run_again_it_reads_only_what_is_new(stream: Path, tmp_path: Path) -> None:
    extracted(tmp_path / "corpus", stream)
    other = tmp_path / "other.mp4"
    other.write_bytes(stream.read_bytes())
    summary = extracted(tmp_path / "corpus", stream, other)
    assert (summary.streams, summary.made) == (2, 1)
    assert codecorpus.open(tmp_path / "corpus").clips["clip"].to_pylist() == ["other-000", "street-000"]


def test_another_file_of_the_same_name_is_another_clip(stream: Path, tmp_path: Path) -> None:
    extracted(tmp_path / "corpus", stream)
    other = tmp_path / "street.mp4"
    other.write_bytes(stream.read_bytes())
    extracted(tmp_path / "corpus", other)
    names = codecorpus.open(tmp_path / "corpus").clips["clip"].to_pylist()
    assert len(names) == 2 and "street-000" in names and all(name.startswith("street-") for name in names)


def test_what_cannot_be_read_at_all_is_told_beside_the_rest(stream: Path, tmp_path: Path) -> None:
    text = tmp_path / "note.mp4"
    text.write_text("no video")
    summary = extracted(tmp_path / "corpus", text, stream)
    assert summary.made == 1
    [failure] = summary.failures
    assert failure.clip == "note-000" and "note.mp4" in failure.error
    statuses = {row["clip"]: row["status"] for row in codecorpus.open(tmp_path / "corpus").streams.to_pylist()}
    assert statuses == {"note-000": "failed", "street-000": "done"}


def test_what_ended_its_worker_is_told_by_the_file_s_name(stream: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.mp4"
    other.write_bytes(stream.read_bytes())
    request = Extract((str(stream), str(other)), str(tmp_path / "corpus"), TABLES)
    quarantine = {"other-000 source": "the process that read it is ended by SIGABRT"}
    for planning in tasks(request, find(request.corpus), Shard()):
        for task in planning.run(Context(lambda event: None)).tasks:
            task.run(Context(lambda event: None, quarantine=quarantine))
    corpus = codecorpus.open(tmp_path / "corpus")
    wanted = {"street-000": None, "other-000": f"{other}: the process that read it is ended by SIGABRT"}
    assert {row["clip"]: row["error"] for row in corpus.clips.to_pylist()} == wanted
    assert {row["clip"]: row["error"] for row in corpus.streams.to_pylist()} == wanted


def test_a_file_that_aborts_the_demuxer_costs_no_other_file(stream: Path, tmp_path: Path) -> None:
    """FFmpeg's own assertion ends the process that opens it, which Python cannot catch; the run goes on."""
    aborts = tmp_path / "aborts.ts"
    aborts.write_bytes((HOSTILE / "aborts_demuxer.ts").read_bytes())
    opening = "import sys, codecorpus; codecorpus.extract(sys.argv[1], errors='skip')"
    alone = subprocess.run([sys.executable, "-c", opening, str(aborts)], capture_output=True, check=False)
    if alone.returncode != -signal.SIGABRT:
        pytest.skip("this FFmpeg reads the file")
    summary = extracted(tmp_path / "corpus", aborts, stream, executor=Local(2))
    [failure] = summary.failures
    assert failure.clip == "aborts-000" and failure.error.startswith(f"{aborts}: ") and "SIGABRT" in failure.error
    assert summary.made == 1
    corpus = codecorpus.open(tmp_path / "corpus")
    assert {row["clip"]: row["status"] for row in corpus.streams.to_pylist()} == {
        "aborts-000": "failed",
        "street-000": "done",
    }
    assert verify(str(tmp_path / "corpus")).problems == []


def test_damage_before_the_first_picture_is_told_by_name(tmp_path: Path) -> None:
    path = tmp_path / "sets.264"
    path.write_bytes(b"\x00\x00\x00\x01\x67\x42")  # a sequence parameter set that ends at once
    [failure] = extracted(tmp_path / "corpus", path).failures
    assert failure.error == f"{path}, byte 6, constraint_set0_flag: the data ends before it"


def test_a_file_that_is_another_when_a_part_is_mended_is_read_anew(
    stream: Path, ffmpeg: Callable[..., Path], tmp_path: Path
) -> None:
    shorter = ffmpeg("-i", stream, "-c", "copy", "-frames:v", 10, name="shorter.mp4")
    path, still = tmp_path / "street.mp4", tmp_path / "still.mp4"
    path.write_bytes(stream.read_bytes())
    still.write_bytes(stream.read_bytes())
    extracted(tmp_path / "corpus", path, still)
    for part in (tmp_path / "corpus" / "blocks").rglob("*.parquet"):
        part.unlink()
    path.write_bytes(shorter.read_bytes())
    assert extracted(tmp_path / "corpus", path, still).failures == ()
    told = {row["clip"]: row["frames"] for row in codecorpus.open(tmp_path / "corpus").clips.to_pylist()}
    assert told == {"street-000": 10, "still-000": 20}
    assert verify(str(tmp_path / "corpus")).problems == []


def test_a_file_that_changes_while_it_is_read_fails_alone(stream: Path, tmp_path: Path) -> None:
    """As one does that is still written."""
    path = tmp_path / "growing.mp4"
    path.write_bytes(stream.read_bytes())

    def grows(event: Event) -> None:
        if event.kind == "alive" and event.clip == "growing-000":
            with path.open("ab") as file:
                file.write(b"more")

    summary = extracted(tmp_path / "corpus", path, stream, tell=grows)
    assert summary.made == 1
    assert [failure.error for failure in summary.failures] == [f"{path}: it was changed while it was read"]
    assert verify(str(tmp_path / "corpus")).problems == []


def test_a_file_may_be_called_anything(stream: Path, tmp_path: Path) -> None:
    """Names that are no UTF-8, as long as may be, or of two lines are stored so that they open again."""
    folder = tmp_path / "videos"
    folder.mkdir()
    names = (b"caf\xe9.mp4", b"x" * 251 + b".mp4", b"two\nlines.mp4", "\u3042\u3000\xe9.mp4".encode())
    for name in names:
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(stream.read_bytes())
    text = Path(os.fsdecode(os.fsencode(folder) + b"/not\xe9.mp4"))
    text.write_text("no video")
    summary = extracted(tmp_path / "corpus", folder)
    assert summary.made == 4
    [failure] = summary.failures
    assert "not%E9.mp4: " in failure.error or "not\\xe9.mp4: " in failure.error
    corpus = codecorpus.open(tmp_path / "corpus")
    sources = [row["source"] for row in corpus.clips.to_pylist() if row["status"] == "done"]
    assert {os.fsencode(local_path(source).name) for source in sources} == set(names)
    assert all(len(clip) < 120 for clip in corpus.clips["clip"].to_pylist())
    assert extracted(tmp_path / "corpus", folder).made == 0
    assert verify(str(tmp_path / "corpus")).problems == []


def test_what_is_no_file_fails_alone_and_nobody_waits(stream: Path, tmp_path: Path) -> None:
    folder = tmp_path / "videos"
    folder.mkdir()
    (folder / "good.mp4").write_bytes(stream.read_bytes())
    os.mkfifo(folder / "pipe.mp4")
    for name, to in (("dangling", "nowhere"), ("loop", "loop.mp4"), ("device", "/dev/zero"), ("folder", "..")):
        (folder / f"{name}.mp4").symlink_to(to)
    with socket.socket(socket.AF_UNIX) as listening, chdir(folder):
        listening.bind("socket.mp4")
    long = tmp_path / ("x" * 300 + ".mp4")
    summary = extracted(tmp_path / "corpus", folder, tmp_path / "missing.mp4", long)
    assert summary.made == 1
    told = {
        Path(failure.error.partition(": ")[0]).name: failure.error.partition(": ")[2] for failure in summary.failures
    }
    assert told == {
        "pipe.mp4": "it is a pipe, no file",
        "dangling.mp4": "No such file or directory",
        "loop.mp4": "Too many levels of symbolic links",
        "device.mp4": "it is a device, no file",
        "socket.mp4": "it is a socket, no file",
        "missing.mp4": "No such file or directory",
        long.name: "File name too long",
    }
    with pytest.raises(UnsupportedError, match="it is a pipe, no file"):
        codecorpus.extract(folder / "pipe.mp4")


def test_all_intra_can_be_extracted(ffmpeg: Callable[..., Path], bikes: Path, tmp_path: Path) -> None:
    made = ffmpeg("-i", bikes, "-frames:v", 5, "-an", "-c:v", "libx264", "-g", 1, name="intra.mp4")
    assert extracted(tmp_path, made).made == 1
    assert codecorpus.open(tmp_path).motion().num_rows == 0
    assert verify(str(tmp_path)).problems == []


def test_what_is_damaged_is_told_and_the_rest_is_kept(
    stream: Path, ffmpeg: Callable[..., Path], tmp_path: Path
) -> None:
    raw = ffmpeg("-i", stream, "-c", "copy", name="raw.h264").read_bytes()
    broken = tmp_path / "broken.h264"
    middle = len(raw) // 2
    broken.write_bytes(raw[:middle] + bytes(range(256)) * 4 + raw[middle + 1024 :])
    summary = extracted(tmp_path / "corpus", broken, stream)
    assert (summary.made, summary.failures, len(summary.damaged)) == (2, (), 1)
    corpus = codecorpus.open(tmp_path / "corpus")
    told = {row["clip"]: row for row in corpus.streams.to_pylist()}
    assert told["street-000"]["status"] == "done" and told["street-000"]["lost"] == 0
    row = told["broken-000"]
    assert row["status"] == "damaged" and "broken.h264" in row["error"] and 0 < row["lost"] < row["pictures"]
    clip = {row["clip"]: row for row in corpus.clips.to_pylist()}["broken-000"]
    assert (clip["status"], clip["error"]) == (row["status"], row["error"])
    assert clip["status"] in schema.CLIPS.field("status").metadata[b"meaning"].decode()
    frames = corpus.frames(clip="broken-000")
    assert frames.num_rows == row["pictures"]
    assert frames.num_rows - frames["error"].null_count == row["lost"]
    assert verify(str(tmp_path / "corpus")).problems == []
    strict = extracted(tmp_path / "strict", broken, stream, errors="strict")
    assert (strict.made, len(strict.failures)) == (1, 1)
    assert codecorpus.open(tmp_path / "strict").frames()["clip"].unique().to_pylist() == ["street-000"]


DATA = Path(__file__).parents[1] / "data"


@pytest.mark.parametrize("name", ["superres_10.obu", "resized_references.obu", "long_term.hevc"])
def test_a_clip_is_as_large_as_decoders_show_it(name: str, tmp_path: Path) -> None:
    """Also where decoders stretch what is coded."""
    with av.open(str(DATA / name)) as container:
        sizes = {(frame.width, frame.height) for frame in container.decode(video=0)}
    size = max(width for width, _ in sizes), max(height for _, height in sizes)
    extracted(tmp_path / "corpus", DATA / name)
    corpus = codecorpus.open(tmp_path / "corpus")
    [clip] = corpus.clips.to_pylist()
    assert (clip["width"], clip["height"]) == (clip["source_width"], clip["source_height"]) == size
    whole = codecorpus.extract(DATA / name)
    assert whole.size == corpus.intrinsics(clip["clip"], "source").size == size
    assert whole.flow()[0].shape[2:] == (size[1], size[0])


@pytest.mark.parametrize("codec", ["vp9", "mpeg2video"])
def test_a_damaged_picture_does_not_tell_the_size_of_a_clip(
    codec: str, ffmpeg: Callable[..., Path], bikes: Path, tmp_path: Path
) -> None:
    """What undamaged ones have in their maps stays as it was."""
    rate = ["-b:v", "80k"] if codec == "vp9" else ["-q:v", 4]
    coding = ["-an", "-vf", "scale=96:64", "-frames:v", 40, "-c:v", codec, *rate, "-g", 10]
    plain = ffmpeg("-i", bikes, *coding, name="sound.mkv")
    with av.open(str(plain)) as source, av.open(str(tmp_path / "damaged.mkv"), "w") as file:
        track = file.add_stream_from_template(source.streams.video[0])
        for number, packet in enumerate(packet for packet in source.demux(video=0) if packet.size):
            data = bytearray(bytes(packet))
            if number == 10:  # a key, whose header is another's
                data[6 if codec == "vp9" else 5] ^= 8
            changed = av.Packet(bytes(data))
            changed.pts, changed.dts, changed.time_base = packet.pts, packet.dts, packet.time_base
            changed.is_keyframe, changed.stream = packet.is_keyframe, track
            file.mux(changed)
    extracted(tmp_path / "c", tmp_path / "damaged.mkv")
    corpus = codecorpus.open(tmp_path / "c")
    [clip] = corpus.clips.to_pylist()
    frames = corpus.frames("damaged-000", "source").to_pylist()
    assert clip["status"] == "damaged" and {row["crop_height"] for row in frames} > {64}
    assert (clip["width"], clip["height"]) == (96, 64)
    wanted = codecorpus.extract(plain).maps(("velocity_past_y",), frames=[35])
    np.testing.assert_array_equal(corpus.maps("damaged-000", "source", [35], channels=("velocity_past_y",)), wanted)
    read = codecorpus.extract(tmp_path / "damaged.mkv", errors="skip")
    assert read.size == maps.displayed_size(read.frames) == (96, 64)


def test_frames_that_are_shown_again_have_numbers_and_no_rows(
    ffmpeg: Callable[..., Path], bikes: Path, tmp_path: Path
) -> None:
    """All behind them are there, the last as the first."""
    coding = ["-c:v", "libvpx-vp9", "-b:v", 0, "-crf", 40, "-auto-alt-ref", 0, "-lag-in-frames", 0, "-cpu-used", 5]
    plain = ffmpeg(
        "-i", bikes, "-an", "-vf", "scale=96:64", "-frames:v", 8, *coding, name="shown-once.ivf"
    ).read_bytes()
    key, second, *others = ivf.split(plain)
    again = [vp9_headers.shown_again(0)] * 2
    (video := tmp_path / "again.ivf").write_bytes(ivf.joined([key, second, *again, *others], plain))
    extracted(tmp_path / "c", video)
    assert verify(str(tmp_path / "c")).problems == []
    corpus = codecorpus.open(tmp_path / "c")
    [clip], [stream] = corpus.clips.to_pylist(), corpus.streams.to_pylist()
    assert (clip["frames"], stream["frames"], stream["pictures"]) == (10, 10, 8)
    assert clip["fps"] == pytest.approx(25)
    there = [0, 1, 4, 5, 6, 7, 8, 9]
    assert corpus.frames("again-000", "source")["frame"].to_pylist() == there
    assert [window.first for window in corpus.windows(1, pixels=True)] == there
    assert corpus.maps("again-000", "source", channels=("bits",)).shape[0] == 10
    with av.open(str(video)) as container:
        wanted = np.stack([rgb(frame, Colour()) for frame in container.decode(video=0)])
    np.testing.assert_array_equal(corpus.pixels("again-000", there), wanted[there])


def test_a_part_of_which_no_picture_tells_its_size_costs_no_other() -> None:
    """As the last one of a stream, where its only picture is damaged."""
    whole = codecorpus.extract(DATA / "long_term.hevc")
    frames = whole.frames.slice(0, 1)
    for column in ("width", "height", "crop_width", "crop_height", "frame"):
        at = frames.schema.get_field_index(column)
        frames = frames.set_column(at, frames.schema.field(at), pa.nulls(1, frames.schema.field(at).type))
    tally = Tally()
    for part in (whole, codecorpus.Intrinsics("hevc", {**whole.tables, "frames": frames})):
        tally.add(part)
    assert tally.size == whole.size and tally.pictures == whole.frames.num_rows + 1
