"""VP9 frames that FFmpeg's encoder does not make: other sizes than their references', layers, intra-only, shown again.

They are made of frames that it does make, by their headers alone, so that their blocks must stay the same.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from helpers import ivf
from helpers import vp9_headers as headers

import codecorpus
from codecorpus.errors import MalformedError

Ffmpeg = Callable[..., Path]

VPX = ["-c:v", "libvpx-vp9", "-row-mt", 0, "-threads", 1, "-cpu-used", 5, "-b:v", 0, "-crf", 30, "-lag-in-frames", 0]
RESILIENT = ["-error-resilient", "default"]
SMALL, LARGE = (88, 72), (176, 144)


@pytest.fixture(scope="module")
def small(ffmpeg: Ffmpeg, bikes: Path) -> bytes:
    scale = ["-vf", "crop=176:144:240:64,scale=88:72", "-frames:v", 5, "-an"]
    return ffmpeg("-ss", 2, "-i", bikes, *scale, *VPX, *RESILIENT, name="frames-small.ivf").read_bytes()


@pytest.fixture(scope="module")
def large(ffmpeg: Ffmpeg, bikes: Path) -> bytes:
    crop = ["-vf", "crop=176:144:240:64", "-frames:v", 5, "-an"]
    return ffmpeg("-ss", 2, "-i", bikes, *crop, *VPX, *RESILIENT, name="frames-large.ivf").read_bytes()


def blocks(data: bytes, coded_order: int) -> pa.Table:
    """The blocks of one picture, but for its place in the stream."""
    table = codecorpus.extract(data).blocks
    return table.filter(pc.equal(table["coded_order"], coded_order)).drop(["coded_order", "frame"])


def vectors(data: bytes, coded_order: int) -> pa.Table:
    table = codecorpus.extract(data).motion
    names = ["block", "part", *"xywh", "mode", "mv0_x", "mv0_y", "filter", "compound"]
    return table.filter(pc.equal(table["coded_order"], coded_order)).select(names)


def shown_sizes(data: bytes, path: Path) -> list[tuple[int, int]]:
    path.write_bytes(data)
    with av.open(path) as container:
        return [(frame.width, frame.height) for frame in container.decode(video=0)]


def test_a_frame_may_be_twice_as_large_as_its_references(small: bytes, large: bytes, tmp_path: Path) -> None:
    first, second = ivf.split(small)[0], ivf.split(large)[1]
    data = ivf.joined([first, headers.sized(second, *LARGE), *ivf.split(large)[2:]], small)
    found = codecorpus.extract(data).frames
    assert found["width"].to_pylist() == [88, 176, 176, 176, 176]
    assert found["refs0"].to_pylist()[1] == [0, 0, 0] and pc.all(found["complete"]).as_py()
    for coded_order in range(1, 5):
        assert blocks(data, coded_order).equals(blocks(large, coded_order))
        assert vectors(data, coded_order).equals(vectors(large, coded_order))
    assert shown_sizes(data, tmp_path / "resized.ivf") == [SMALL, *[LARGE] * 4]


def test_a_frame_may_not_be_three_times_as_small(large: bytes, ffmpeg: Ffmpeg, bikes: Path) -> None:
    tiny = ["-vf", "scale=48:40", "-frames:v", 2, "-an"]
    other = ffmpeg("-i", bikes, *tiny, *VPX, *RESILIENT, name="frames-tiny.ivf").read_bytes()
    data = ivf.joined([ivf.split(large)[0], headers.sized(ivf.split(other)[1], 48, 40)], large)
    with pytest.raises(MalformedError, match="frame_size_with_refs: no reference can be scaled to the size"):
        codecorpus.extract(data)


def test_of_spatial_layers_the_last_one_is_shown(small: bytes, large: bytes) -> None:
    lower, upper = ivf.split(small), ivf.split(large)
    packets = [headers.superframe([lower[0], headers.sized(upper[1], *LARGE)])]
    packets += [
        headers.superframe([headers.sized(lower[i], *SMALL), headers.sized(upper[i + 1], *LARGE)]) for i in (1, 2)
    ]
    data = ivf.joined(packets, large)
    found = codecorpus.extract(data).frames
    assert found["frame"].to_pylist() == [None, 0, None, 1, None, 2]
    assert found["width"].to_pylist() == [88, 176] * 3
    assert sum(found["bytes"].to_pylist()) == sum(map(len, packets))
    for layer in range(2):
        source = (small, large)[layer]
        for i in range(3):
            assert blocks(data, 2 * i + layer).equals(blocks(source, i + layer))
            assert vectors(data, 2 * i + layer).equals(vectors(source, i + layer))


def test_an_intra_only_frame_is_hidden_until_it_is_shown_again(small: bytes, tmp_path: Path) -> None:
    key, *others = ivf.split(small)
    packets = [
        key,
        headers.superframe([headers.intra_only(key, 0b00100000), others[0]]),
        headers.shown_again(5),
        *others[1:3],
    ]
    data = ivf.joined(packets, small)
    found = codecorpus.extract(data).frames
    assert found["frame"].to_pylist() == [0, 2, 1, 3, 4]
    assert found["type"].to_pylist() == ["I", "I", *"PPP"] and found["key"].to_pylist() == [True, *[False] * 4]
    assert sum(found["bytes"].to_pylist()) == sum(map(len, packets))
    assert blocks(data, 1).equals(blocks(small, 0))
    assert blocks(data, 2).equals(blocks(small, 1))
    assert len(shown_sizes(data, tmp_path / "intra_only.ivf")) == 5


def test_a_stream_may_begin_with_an_intra_only_frame(small: bytes) -> None:
    key, *others = ivf.split(small)
    begins = headers.superframe([headers.intra_only(key, 0xFF), others[0]])
    found = codecorpus.extract(ivf.joined([begins, *others[1:]], small))
    assert found.frames["refs0"].to_pylist()[1] == [0, 0, 0] and pc.all(found.frames["complete"]).as_py()
    # Slots that were never filled are missing references; what is said of them is kept.
    partly = headers.superframe([headers.intra_only(key, 0b00000001), others[0]])
    found = codecorpus.extract(ivf.joined([partly], small))
    assert found.frames["refs0"].to_pylist()[1] == [0, None, None]
    assert found.frames["complete"].to_pylist() == [True, False]


def test_a_slot_that_is_empty_cannot_be_shown(small: bytes) -> None:
    key, *others = ivf.split(small)
    begins = headers.superframe([headers.intra_only(key, 0b00000001), others[0]])
    data = ivf.joined([begins, headers.shown_again(7)], small)
    with pytest.raises(MalformedError, match="frame_to_show_map_idx: the slot is empty"):
        codecorpus.extract(data)
    found = codecorpus.extract(data, errors="skip")
    assert len(found.errors) == 1 and found.frames["error"].null_count == 2


def shown_times(data: bytes, path: Path) -> list[int]:
    """When FFmpeg shows pictures; what it refuses is passed over."""
    path.write_bytes(data)
    times: list[int] = []
    with av.open(path) as container:
        for packet in container.demux(video=0):
            try:
                times += [int(frame.pts or 0) for frame in packet.decode()]
            except av.error.FFmpegError:
                continue
    return times


def numbered(data: bytes) -> list[int]:
    """The times of the pictures that are shown, by their numbers, which count from 0."""
    frames = codecorpus.extract(data, errors="skip").frames
    shown = frames.filter(frames["frame"].is_valid()).sort_by("frame")
    assert shown["frame"].to_pylist() == list(range(shown.num_rows))
    times: list[int] = shown["pts"].to_pylist()
    return times


@pytest.mark.parametrize("auto_alt_ref", [0, 1])
def test_what_is_before_the_first_key_is_never_shown(
    ffmpeg: Ffmpeg, bikes: Path, tmp_path: Path, auto_alt_ref: int
) -> None:
    """Frames in superframes, hidden ones and such as are shown again among them."""
    options = ["-b:v", 0, "-crf", 40, "-g", 6, "-auto-alt-ref", auto_alt_ref, "-lag-in-frames", 6 * auto_alt_ref]
    footage = ["-an", "-ss", 2, "-vf", "crop=176:144:240:64", "-frames:v", 13]
    encoder = ["-c:v", "libvpx-vp9", "-row-mt", 0, "-threads", 1, "-cpu-used", 5, *options]
    data = ffmpeg("-i", bikes, *footage, *encoder, name=f"frames-open-{auto_alt_ref}.ivf").read_bytes()
    packets = ivf.split(data)
    for at in range(7):
        rest = ivf.joined(packets[at:], data)
        assert numbered(rest) == shown_times(rest, tmp_path / "rest.ivf")
    again = ivf.joined([headers.shown_again(0), packets[1], headers.shown_again(2), *packets], data)
    assert numbered(again) == shown_times(again, tmp_path / "again.ivf")
    frames = codecorpus.extract(ivf.joined(packets[1:], data), errors="skip").frames.to_pylist()
    assert frames[0]["frame"] is None and "no key frame and no intra-only frame comes before it" in frames[0]["error"]


@pytest.mark.parametrize("filled", [0b11111111, 0b00000111, 0b00000011, 0b00000001, 0b00100000])
def test_behind_an_intra_only_frame_only_what_lacks_no_reference_is_shown(
    small: bytes, tmp_path: Path, filled: int
) -> None:
    key, *others = ivf.split(small)
    begins = headers.superframe([headers.intra_only(key, filled), others[1]])
    for packets in ([begins, *others[2:]], [others[0], begins, *others[2:]], [begins, *others[2:], key, others[0]]):
        data = ivf.joined(packets, small)
        expected = shown_times(data, tmp_path / "begins.ivf")
        assert numbered(data) == expected and bool(expected) == (filled & 7 == 7 or key in packets)


def numbers(data: bytes) -> dict[int, int | None]:
    """Of every picture, by its coded order, the number."""
    frames = codecorpus.extract(data, errors="skip").frames
    return dict(zip(frames["coded_order"].to_pylist(), frames["frame"].to_pylist(), strict=True))


def refused(frame: bytes) -> list[bytes]:
    """The frame, harmed where decoders cannot begin with it."""
    header = headers.Header.read(frame)
    begins = len(frame) - len(header.data)
    marked = bytes([header.data[0] | 0x80]) + header.data[1:]  # the compressed header's marker bit
    return [frame[:8], frame[:begins], bytes([frame[0] ^ 0x80]) + frame[1:], frame[:begins] + marked]


@pytest.mark.parametrize("case", range(4))
def test_a_frame_that_decoders_refuse_is_not_shown(small: bytes, tmp_path: Path, case: int) -> None:
    key, *others = ivf.split(small)
    harmed = refused(others[1])[case]
    data = ivf.joined([key, others[0], harmed, *others[2:4]], small)
    assert numbered(data) == shown_times(data, tmp_path / "refused.ivf") == [0, 1, 3, 4]
    again = ivf.joined([key, others[0], harmed, headers.shown_again(1), *others[2:4]], small)
    assert shown_times(again, tmp_path / "again.ivf") == [0, 1, 3, 4, 5]
    found = codecorpus.extract(again, errors="skip").frames
    assert found["error"].to_pylist()[2] and found["frame"].to_pylist()[3:] == [3, 4]


def test_what_shows_the_slot_of_a_refused_frame_has_an_error(small: bytes, tmp_path: Path) -> None:
    """FFmpeg shows what was in the slot before; its number is that of no picture that could be read."""
    key, *others = ivf.split(small)
    hidden = headers.intra_only(key, 0b00100000)
    markless = headers.intra_only(refused(key)[3], 0b00100000)
    for harmed in (hidden[:8], bytes([hidden[0] ^ 0x80]) + hidden[1:], markless):
        packets = [key, headers.superframe([harmed, others[0]]), others[1], headers.shown_again(5), *others[2:4]]
        data = ivf.joined(packets, small)
        assert len(shown_times(data, tmp_path / "slot.ivf")) == 6
        frames = codecorpus.extract(data, errors="skip").frames.to_pylist()
        assert [row["frame"] for row in frames if row["coded_order"] != 1] == [0, 1, 2, 4, 5]
        assert frames[1]["error"] and frames[1]["frame"] == (3 if harmed is markless else None)
