"""AV1 streams in other wrappings: formats, tile groups, repeated headers, layers, missing parts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from helpers.av1_obus import (
    FRAME,
    FRAME_HEADER,
    REDUNDANT_FRAME_HEADER,
    SEQUENCE_HEADER,
    TEMPORAL_DELIMITER,
    TILE_GROUP,
    Obu,
    join,
    join_length_delimited,
    split,
    temporal_units,
)
from helpers.av1_streams import SMALL, Ffmpeg, make

import codecorpus
from codecorpus._native import StreamReader
from codecorpus.errors import MalformedError, StreamError

Units = list[list[Obu]]

PADDING, RESERVED, METADATA = Obu(15, b"\x00\x00\x80"), Obu(9, b"\x80"), Obu(5, b"\x1f\x01\x80")


@pytest.fixture(scope="module")
def units(ffmpeg: Ffmpeg, bikes: Path) -> Units:
    """Hidden pictures and pictures that are shown later."""
    raw = ffmpeg("-i", make(ffmpeg, bikes, "svt"), "-c", "copy", name="wrapped.obu")
    return temporal_units(split(raw.read_bytes()))


@pytest.fixture(scope="module")
def low_delay(ffmpeg: Ffmpeg, bikes: Path) -> Units:
    """Every picture is shown at once."""
    stream = ffmpeg(
        *["-i", bikes, *SMALL, "-frames:v", 8, "-c:v", "libaom-av1", "-usage", "realtime", "-cpu-used", 8],
        *["-lag-in-frames", 0, "-b:v", "200k"],
        name="low-delay.obu",
    )
    return temporal_units(split(stream.read_bytes()))


@pytest.fixture(scope="module")
def tile_groups(ffmpeg: Ffmpeg, bikes: Path) -> Units:
    stream = ffmpeg(
        *["-i", bikes, *SMALL, "-frames:v", 4, "-c:v", "libaom-av1", "-cpu-used", 8, "-tiles", "2x2"],
        *["-lag-in-frames", 0, "-aom-params", "sb-size=64:num-tile-groups=3"],
        name="tile-groups.obu",
    )
    return temporal_units(split(stream.read_bytes()))


def extract(data: bytes) -> codecorpus.Intrinsics:
    return codecorpus.extract(data, codec="av1")


def without_bytes(frames: pa.Table) -> pa.Table:
    return frames.drop_columns(["bytes", "bits_header", "pts", "time"])


def same_but_bytes(ours: bytes, theirs: bytes) -> None:
    a, b = extract(ours), extract(theirs)
    assert a.blocks.equals(b.blocks)
    assert a.motion.equals(b.motion)
    assert without_bytes(a.frames).equals(without_bytes(b.frames))
    assert sum(a.frames["bytes"].to_pylist()) == len(ours)


def test_the_length_delimited_format_reads_alike(units: Units) -> None:
    same_but_bytes(join_length_delimited(units), join(units))


@pytest.mark.parametrize("length", [6, 8])
def test_sizes_may_be_padded(units: Units, length: int) -> None:
    padded = join_length_delimited(units, padded=length)
    same_but_bytes(padded, join(units))
    assert codecorpus.extract(padded).blocks.equals(extract(padded).blocks), "it is known by its first bytes"


@pytest.mark.parametrize("joined", [join, join_length_delimited])
@pytest.mark.parametrize("first", [PADDING, RESERVED, METADATA], ids=["padding", "reserved", "metadata"])
def test_what_decoders_ignore_may_come_first(units: Units, joined: Callable[[Units], bytes], first: Obu) -> None:
    stream = joined([[first, first, *units[0]], *units[1:]])
    same_but_bytes(stream, join(units))
    assert codecorpus.extract(stream).blocks.num_rows, "it is known by its first bytes"


def test_the_codec_that_is_told_overrides_the_guess(units: Units) -> None:
    """It begins with more padding than is looked at to guess."""
    stream = join([[Obu(15, b"\x80" * 100_000), *units[0]], *units[1:]])
    with pytest.raises(MalformedError, match="not a video"):
        codecorpus.extract(stream)
    same_but_bytes(stream, join(units))
    with pytest.raises(StreamError):
        codecorpus.extract(join(units), codec="h264")


def test_a_stream_without_temporal_delimiters_reads_alike(low_delay: Units) -> None:
    bare = [[obu for obu in unit if obu.kind != TEMPORAL_DELIMITER] for unit in low_delay]
    same_but_bytes(join(bare), join(low_delay))


def test_tile_groups_may_have_redundant_headers_between_them(tile_groups: Units) -> None:
    repeated: Units = []
    groups = 0
    for unit in tile_groups:
        repeated.append([])
        header: Obu | None = None
        for obu in unit:
            if obu.kind == TILE_GROUP and header is not None and repeated[-1][-1].kind == TILE_GROUP:
                repeated[-1].append(Obu(REDUNDANT_FRAME_HEADER, header.payload))
                groups += 1
            repeated[-1].append(obu)
            if obu.kind == FRAME_HEADER:
                header = obu
    assert groups, "there are frames of several tile groups"
    same_but_bytes(join(repeated), join(tile_groups))


def test_a_missing_tile_group_is_an_error(tile_groups: Units) -> None:
    unit = next(i for i, unit in enumerate(tile_groups) if sum(obu.kind == TILE_GROUP for obu in unit) > 1)
    cut = [list(u) for u in tile_groups]
    cut[unit].pop()
    with pytest.raises(MalformedError):
        extract(join(cut))


def test_a_frame_that_lacks_tiles_ends_before_a_packet_of_zeros(tile_groups: Units) -> None:
    unit = next(i for i, unit in enumerate(tile_groups) if sum(obu.kind == TILE_GROUP for obu in unit) > 1)
    packets = [join([obus[:-1] if i == unit else obus]) for i, obus in enumerate(tile_groups)]
    packets.insert(unit + 1, bytes(100))
    reader = StreamReader("av1", tables=["frames"], extradata=b"", skip=True)
    for packet in packets:
        reader.push(packet)
    reader.finish()
    frames = pa.Table.from_batches([part["frames"] for part in iter(reader.take, None)])
    assert frames["coded_order"].to_pylist() == list(range(frames.num_rows))
    whole = [obu.kind for obus in tile_groups for obu in obus].count(FRAME_HEADER)
    assert frames.num_rows == whole + 1
    reasons = [error for error in frames["error"].to_pylist() if error]
    assert "tile" in reasons[0] and "reserved type" in reasons[1]


def test_temporal_layers_are_read_with_their_ids(low_delay: Units) -> None:
    layered = [
        [obu.with_operating_point(0x103) if obu.kind == SEQUENCE_HEADER else obu.in_layer(i % 2) for obu in unit]
        for i, unit in enumerate(low_delay)
    ]
    plain, ours = extract(join(low_delay)), extract(join(layered))
    assert ours.motion.equals(plain.motion)
    assert ours.frames["temporal_layer"].to_pylist() == [i % 2 for i in range(len(low_delay))]


def test_layers_outside_the_first_operating_point_are_dropped(low_delay: Units) -> None:
    half = len(low_delay) // 2
    layered = [
        [
            obu.with_operating_point(0x101) if obu.kind == SEQUENCE_HEADER else obu.in_layer(int(i >= half))
            for obu in unit
        ]
        for i, unit in enumerate(low_delay)
    ]
    plain, ours = extract(join(low_delay[:half])), extract(join(layered))
    assert ours.blocks.equals(plain.blocks)
    assert ours.frames["frame"].equals(plain.frames["frame"])
    assert sum(ours.frames["bytes"].to_pylist()) == len(join(layered)), "dropped bytes count too"


def test_only_the_highest_spatial_layer_of_a_temporal_unit_is_shown(low_delay: Units) -> None:
    def layer(unit: list[Obu], spatial_id: int) -> list[Obu]:
        keep = unit if spatial_id == 0 else [obu for obu in unit if obu.kind != TEMPORAL_DELIMITER]
        return [
            obu.with_operating_point(0x301) if obu.kind == SEQUENCE_HEADER else obu.in_layer(0, spatial_id)
            for obu in keep
        ]

    pairs = zip(low_delay[::2], low_delay[1::2], strict=True)
    ours = extract(join([layer(base, 0) + layer(enhancement, 1) for base, enhancement in pairs]))
    assert ours.frames["frame"].to_pylist() == [None, 0, None, 1, None, 2, None, 3]
    assert ours.motion.drop_columns(["frame", "dt0", "dt1"]).equals(
        extract(join(low_delay)).motion.drop_columns(["frame", "dt0", "dt1"])
    )


def test_a_stream_cut_open_keeps_a_row_for_every_picture(units: Units) -> None:
    """Its key frame is lost, its sequence header is not."""
    sequence_header = [obu for obu in units[0] if obu.kind == SEQUENCE_HEADER]
    cut = extract(join([units[1][:1] + sequence_header + units[1][1:], *units[2:]]))
    assert cut.frames.num_rows == extract(join(units)).frames.num_rows - 1
    assert not any(cut.frames["complete"].to_pylist())
    assert cut.blocks.num_rows == 0, "nothing is known of blocks whose distributions are lost"


def test_pictures_after_the_next_key_frame_are_whole_again(units: Units) -> None:
    sequence_header = [obu for obu in units[0] if obu.kind == SEQUENCE_HEADER]
    cut = [units[1][:1] + sequence_header + units[1][1:], *units[2:]]
    both = extract(join([*cut, *units])).frames.to_pylist()
    whole = extract(join(units)).frames.to_pylist()
    after = both[-len(whole) :]
    first = after[0]["coded_order"]
    assert [f["complete"] for f in after] == [True] * len(whole)
    assert [[r - first for r in f["refs0"]] for f in after] == [f["refs0"] for f in whole]


def test_frames_before_any_sequence_header_are_an_error(units: Units) -> None:
    bare = [[obu for obu in unit if obu.kind != SEQUENCE_HEADER] for unit in units]
    with pytest.raises(MalformedError, match="no sequence header"):
        extract(join(bare))


def test_large_scale_tiles_are_unsupported(units: Units) -> None:
    with pytest.raises(codecorpus.UnsupportedError, match="large scale tile"):
        extract(join([[*units[0], Obu(8, b"\0\0\0\0")]]))


def test_unknown_and_metadata_obus_count_and_change_nothing(units: Units) -> None:
    extra = [RESERVED, METADATA, PADDING]
    noisy = [
        [o for obu in unit for o in ([*extra, obu] if obu.kind in {FRAME, FRAME_HEADER} else [obu])] for unit in units
    ]
    same_but_bytes(join([*noisy, [Obu(TEMPORAL_DELIMITER, b""), *extra]]), join(units))


def test_another_sequence_may_follow(units: Units, low_delay: Units) -> None:
    parts = [extract(join(units)), extract(join(low_delay))]
    both = extract(join([*units, *low_delay]))
    assert both.blocks.num_rows == sum(part.blocks.num_rows for part in parts)
    assert both.motion["mv0_x"].to_pylist() == [mv for part in parts for mv in part.motion["mv0_x"].to_pylist()]
    shown = [max(frame for frame in part.frames["frame"].to_pylist() if frame is not None) + 1 for part in parts]
    assert max(frame for frame in both.frames["frame"].to_pylist() if frame is not None) + 1 == sum(shown)
