"""Damaged, foreign and hostile input: tables or a StreamError that says where; never a crash, a hang or much memory."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Literal

import av
import pytest
from helpers.field_pictures import as_field_pictures
from helpers.rewriting import Bits, joined, split

import codecorpus
from codecorpus.errors import MalformedError, StreamError, UnsupportedError
from codecorpus.sources.probe import probe

Ffmpeg = Callable[..., Path]

TESTS = Path(__file__).parents[2]
SMALL = ["-an", "-ss", 2, "-vf", "crop=176:144:240:64", "-frames:v", 10]
INTERLACED = ["-an", "-ss", 2, "-vf", "crop=176:160:240:64,tinterlace=interleave_top", "-frames:v", 8]

STREAMS: dict[str, list[object]] = {
    "h264-cavlc": [*SMALL, "-c:v", "libx264", "-x264-params", "cabac=0:bframes=2:ref=3:slices=2:aud=1"],
    "h264-cabac": [*SMALL, "-c:v", "libx264", "-x264-params", "bframes=3:b-pyramid=normal:keyint=6:partitions=all"],
    "h264-mbaff": [*INTERLACED, "-c:v", "libx264", "-x264-params", "tff=1:bframes=2:weightp=2"],
    "h264-progressive": [
        *[*SMALL, "-c:v", "libx264", "-profile:v", "main", "-threads", 1],
        *["-x264-params", "cabac=0:bframes=0:8x8dct=0:weightp=0:ref=3"],
    ],
    "hevc-x265": [
        *[*SMALL, "-c:v", "libx265", "-x265-params"],
        "log-level=none:frame-threads=1:bframes=3:slices=2:keyint=6:rect=1:amp=1:scaling-list=default",
    ],
    "hevc-kvazaar": [*SMALL, "-c:v", "libkvazaar", "-kvazaar-params", "preset=medium,gop=8,period=8,tiles=2x2,wpp=0"],
    "av1-svt": [*SMALL, "-c:v", "libsvtav1", "-preset", 8, "-crf", 40],
    "av1-aom": [*SMALL, "-c:v", "libaom-av1", "-cpu-used", 6, "-crf", 35, "-lag-in-frames", 8, "-tiles", "2x2"],
}

CASES = {
    "h264-cavlc": 700,
    "h264-cabac": 700,
    "h264-mbaff": 400,
    "h264-fields": 200,
    "hevc-x265": 500,
    "hevc-kvazaar": 500,
    "av1-svt": 500,
    "av1-aom": 500,
}


@pytest.fixture(scope="module")
def streams(ffmpeg: Ffmpeg, bikes: Path) -> dict[str, Path]:
    suffixes = {"h264": "264", "hevc": "hevc", "av1": "obu"}
    made = {
        name: ffmpeg("-i", bikes, *options, name=f"hostile-{name}.{suffixes[name.split('-')[0]]}")
        for name, options in STREAMS.items()
    }
    made["h264-fields"] = made["h264-progressive"].with_name("hostile-h264-fields.264")
    made["h264-fields"].write_bytes(as_field_pictures(made.pop("h264-progressive").read_bytes()))
    return made


@pytest.mark.parametrize(("name", "count"), CASES.items())
def test_damaged_streams(streams: dict[str, Path], name: str, count: int) -> None:
    codec = name.split("-")[0]
    other = next(path for key, path in streams.items() if key.startswith(codec) and key != name)
    command = [sys.executable, "-m", "helpers.hostile", codec, streams[name], other, "0", str(count)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, cwd=TESTS)
    except subprocess.TimeoutExpired as hung:
        raise AssertionError(f"it hangs: {(hung.stdout or b'').decode()[-200:]}") from hung
    lines = done.stdout.splitlines()
    failures = [f"{seed}: {line}" for seed, line in pairwise(lines) if line.startswith("FAILED")]
    assert not failures, f"{len(failures)} of {count}: {failures[:5]}"
    assert done.returncode == 0, f"it died: {lines[-1:]} {done.stderr[-1000:]}"
    outcomes = json.loads(lines[-1])
    assert outcomes.pop("peak_kb") < 500_000  # a damaged size may be as large as levels allow
    assert sum(outcomes.values()) == count
    assert outcomes["tables"], "some damage does not break a stream's syntax"
    assert outcomes["MalformedError"] > count / 10


@pytest.mark.parametrize("name", ["h264-cabac", "h264-cavlc", "hevc-x265"])
def test_an_error_says_where_and_keeps_the_pictures_before(streams: dict[str, Path], name: str, tmp_path: Path) -> None:
    whole = codecorpus.extract(streams[name])
    sizes = whole.frames["bytes"].to_pylist()
    data = bytearray(streams[name].read_bytes())
    begin = sum(sizes[:6])
    middle = begin + sizes[6] // 2
    data[middle : middle + 40] = b"\xff" * 40
    damaged = tmp_path / "damaged.bin"
    damaged.write_bytes(data)
    with pytest.raises(StreamError) as caught:
        codecorpus.extract(damaged)
    error = caught.value
    assert error.picture == 6
    assert begin <= error.byte <= begin + sizes[6]
    assert str(error).startswith(f"{damaged}, picture 6, byte {error.byte}, {error.element}: ")
    assert error.intrinsics.frames["coded_order"].to_pylist() == list(range(6))
    assert error.intrinsics.blocks.num_rows == sum(order < 6 for order in whole.blocks["coded_order"].to_pylist())


def test_batches_before_an_error_are_given(streams: dict[str, Path]) -> None:
    data = streams["hevc-x265"].read_bytes()
    pictures = 0
    with pytest.raises(StreamError):
        for part in codecorpus.extract_batches(data[:-30] + b"\xff" * 30):
            pictures += part.frames.num_rows
    assert pictures == 9


@pytest.mark.parametrize("name", CASES)
def test_nothing_to_read(streams: dict[str, Path], name: str) -> None:
    codec = name.split("-")[0]
    for head in (b"\x00\x00\x00\x01", streams[name].read_bytes()[:9]):
        with pytest.raises(StreamError) as caught:
            codecorpus.extract(head, codec=codec)
        assert "<bytes>" in str(caught.value)
        assert caught.value.intrinsics is not None and caught.value.intrinsics.frames.num_rows == 0
    with pytest.raises(MalformedError, match="<bytes>: the file is empty"):
        codecorpus.extract(b"", codec=codec)


def data_partition(unit: bytes) -> bytes:
    return bytes([unit[0] & 0xE0 | 2]) + unit[1:] if unit[0] & 31 == 1 else unit


def sp_slice(unit: bytes) -> bytes:
    if unit[0] & 31 != 1:
        return unit
    bits = Bits(unit, header=1)
    bits.ue()  # first_mb_in_slice
    bits.replace_ue("0001001")  # slice_type 8
    return bits.unit()


def screen_content_in_3d(unit: bytes) -> bytes:
    if unit[0] >> 1 & 63 != 33:
        return unit
    bits = Bits(unit, header=2)
    bits.replace_last(1, "1" + "00110000")  # sps_extension_present_flag, sps_3d_extension_flag, sps_scc_extension_flag
    return bits.unit()


@pytest.mark.parametrize(
    ("name", "rewrite", "words"),
    [
        ("h264-cavlc", data_partition, "nal_unit_type: data partitioning"),
        ("h264-cavlc", sp_slice, "slice_type: SP slices"),
        ("hevc-x265", screen_content_in_3d, "sps_3d_extension_flag: 3D video and screen content in one layer"),
    ],
)
def test_a_tool_that_is_not_read_is_named(
    streams: dict[str, Path], name: str, rewrite: Callable[[bytes], bytes], words: str
) -> None:
    data = joined([rewrite(unit) for unit in split(streams[name].read_bytes())])
    with pytest.raises(UnsupportedError, match=rf"^<bytes>, .*byte \d+, {words}"):
        codecorpus.extract(data, codec=name.split("-")[0])


def test_layers_beside_a_base_layer_are_passed_over_and_counted(streams: dict[str, Path]) -> None:
    """Prefix and scalable slice NAL units (H.264 annex G): the base layer is read, their bytes are counted."""
    units = split(streams["h264-cavlc"].read_bytes())
    prefix, scalable = b"\x6e\x80\x00\x07", b"\x74\x80\x00\x07" + bytes(range(1, 50))
    layered = [part for unit in units for part in ((prefix, unit, scalable) if unit[0] & 31 in {1, 5} else (unit,))]
    plain, found = (codecorpus.extract(joined(parts), codec="h264") for parts in (units, layered))
    assert found.blocks.equals(plain.blocks) and found.motion.equals(plain.motion)
    assert sum(found.frames["bytes"].to_pylist()) == len(joined(layered))


@pytest.mark.parametrize(("encoder", "codec"), [("libx264", "h264"), ("libx265", "hevc")])
def test_encrypted_video_is_unsupported(ffmpeg: Ffmpeg, bikes: Path, encoder: str, codec: str) -> None:
    options = ["-c:v", encoder, "-preset", "ultrafast", *(["-x265-params", "log-level=none"] * (codec == "hevc"))]
    key = ["-encryption_scheme", "cenc-aes-ctr", "-encryption_key", "0123456789abcdef" * 2]
    path = ffmpeg("-i", bikes, *SMALL, *options, *key, "-encryption_kid", "ab" * 16, name=f"secret-{codec}.mp4")
    with pytest.raises(UnsupportedError, match=r"secret-.*\.mp4: its video is encrypted"):
        codecorpus.extract(path)


def test_a_truncated_container_keeps_the_pictures_before(ffmpeg: Ffmpeg, bikes: Path, tmp_path: Path) -> None:
    options = ["-c:v", "libx264", "-bf", 0, "-movflags", "+faststart"]
    path = ffmpeg("-i", bikes, *SMALL, *options, name="faststart.mp4")
    short = tmp_path / "short.mp4"
    short.write_bytes(path.read_bytes()[:-400])
    with pytest.raises(StreamError) as caught:
        codecorpus.extract(short)
    assert str(caught.value).startswith(str(short))
    assert 0 < caught.value.intrinsics.frames.num_rows < 10


BLANKED: dict[str, list[object]] = {
    "h264": ["-c:v", "libx264", "-g", 6],
    "hevc": ["-c:v", "libx265", "-x265-params", "log-level=none:keyint=6:min-keyint=6:open-gop=0"],
    "av1": ["-c:v", "libaom-av1", "-cpu-used", 8, "-lag-in-frames", 0, "-g", 6],
    "vp9": ["-c:v", "libvpx-vp9", "-cpu-used", 8, "-lag-in-frames", 0, "-g", 6],
    "mpeg4": ["-c:v", "mpeg4", "-g", 6],
    "mpeg2": ["-c:v", "mpeg2video", "-g", 6],
}


@pytest.mark.parametrize("codec", BLANKED)
@pytest.mark.parametrize("first", [0, 6, 18])
def test_packets_of_zeros_are_pictures_that_are_lost(
    ffmpeg: Ffmpeg, bikes: Path, codec: str, first: int, tmp_path: Path
) -> None:
    options = ["-frames:v", 24, "-an", "-vf", "scale=160:96", *BLANKED[codec], "-threads", 1]
    whole = ffmpeg("-i", bikes, *options, name=f"blanked-{codec}.mp4")
    data = bytearray(whole.read_bytes())
    with av.open(str(whole)) as container:
        packets = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    for pos, size in packets[first : first + 6]:
        data[pos : pos + size] = bytes(size)
    path = tmp_path / "blanked.mp4"
    path.write_bytes(data)
    with pytest.raises(StreamError) as raised:
        codecorpus.extract(path)
    assert (raised.value.picture, raised.value.byte) == (first, packets[first][0])
    found = [codecorpus.extract(path, errors="skip", threads=threads) for threads in (1, 3)]
    rows = found[0].frames.to_pylist()
    assert [frame["coded_order"] for frame in rows] == list(range(len(packets)))
    assert sum(frame["bytes"] for frame in rows) == sum(size for _, size in packets)
    lost = rows[first : first + 6]
    assert all(frame["error"] and frame["frame"] is None for frame in lost)
    assert [error.picture for error in found[0].errors][:6] == list(range(first, first + 6))
    assert found[1].frames.equals(found[0].frames) and found[1].blocks.equals(found[0].blocks)
    facts = probe(path)
    assert (facts.cut_short, facts.frames) == (6, len(packets) - 6)


@pytest.mark.parametrize("errors", ["strict", "skip"])
def test_a_slice_of_a_colour_plane_in_a_picture_without_is_an_error(errors: Literal["strict", "skip"]) -> None:
    """The sequence parameter set is exchanged inside the picture."""

    def units(name: str, number: int) -> list[bytes]:
        stream = split((TESTS / "data" / name).read_bytes())
        sets, pictures = ([unit for unit in stream if unit[0] & 31 in kinds] for kinds in ((7, 8), (1, 5)))
        return [*sets, pictures[number]]

    stream = joined([*units("lossless_444_cavlc.264", 0), *units("planes_cavlc.264", 1)])
    with pytest.raises(MalformedError, match=r"picture 0, .*colour_plane_id"):
        codecorpus.extract(stream, codec="h264", errors=errors)
