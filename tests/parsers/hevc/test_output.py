"""HEVC pictures that are never output, as a sequence begins before their turn (C.5.2.2): FFmpeg shows none of them."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import av
import pytest
from helpers.decoding import decoded
from helpers.muxing import SMALL, muxed
from helpers.rewriting import Bits, joined, split

import codecorpus

BLA_W_LP, CRA, SPS = 16, 21, 33
END_OF_SEQUENCE = bytes([36 << 1, 1])

X265 = (
    "log-level=none:pools=1:frame-threads=1:repeat-headers=1:scenecut=0:b-adapt=0:bframes=4:b-pyramid=0:ref=6:keyint=15"
)

FROM_FFMPEG_8 = pytest.mark.skipif(
    av.library_versions["libavcodec"] < (62,), reason="FFmpeg 7 outputs a picture for each that it decodes"
)

Pictures = list[list[bytes]]
Encoded = Callable[..., Pictures]


@pytest.fixture(scope="module")
def encoded(ffmpeg: Callable[..., Path], bikes: Path) -> Encoded:
    def pictures(gop: str, size: str = "176:112") -> Pictures:
        """The NAL units of each picture."""
        options = ["-c:v", "libx265", "-preset", "fast", "-x265-params", f"{X265}:open-gop={int(gop == 'open')}"]
        video = ["-i", bikes, *SMALL, "-vf", f"crop={size}:144:32", "-frames:v", 40]
        with av.open(str(ffmpeg(*video, *options, name=f"output-{gop}-{size[:2]}.hevc"))) as container:
            return [split(bytes(packet)) for packet in container.demux(video=0) if packet.size]

    return pictures


def kind(unit: bytes) -> int:
    return unit[0] >> 1 & 63


def flagged(pictures: Pictures) -> Pictures:
    """With no_output_of_prior_pics_flag 1 in IDR and BLA pictures."""

    def changed(unit: bytes) -> bytes:
        if not BLA_W_LP <= kind(unit) < CRA:
            return unit
        bits = Bits(unit, header=2)
        bits.u(1)
        bits.replace(1, "1")
        return bits.unit()

    return [[changed(unit) for unit in picture] for picture in pictures]


def ended(pictures: Pictures) -> Pictures:
    """With an end of sequence before each CRA picture."""
    is_cra = [any(kind(unit) == CRA for unit in picture) for picture in pictures]
    return [[*picture, *[END_OF_SEQUENCE] * cra] for picture, cra in zip(pictures, [*is_cra[1:], False], strict=True)]


def broken(pictures: Pictures) -> Pictures:
    """With BLA pictures instead of CRA pictures."""
    return [[bytes([BLA_W_LP << 1, 1]) + u[2:] if kind(u) == CRA else u for u in picture] for picture in pictures]


def buffering(pictures: Pictures, **changes: int) -> Pictures:
    """With other numbers in sequence parameter sets."""

    def changed(unit: bytes) -> bytes:
        if kind(unit) != SPS:
            return unit
        bits = Bits(unit, header=2)
        bits.u(8 + 88 + 8)  # up to profile_tier_level( )'s end: there is one sub-layer
        for _ in range(4):
            bits.ue()
        if bits.u(1):
            for _ in range(4):
                bits.ue()
        for _ in range(3):
            bits.ue()
        bits.u(1)
        for name in ("sps_max_dec_pic_buffering_minus1", "sps_max_num_reorder_pics", "sps_max_latency_increase_plus1"):
            if name in changes:
                code = f"{changes[name] + 1:b}"
                bits.replace_ue("0" * (len(code) - 1) + code)
            else:
                bits.ue()
        return bits.unit()

    return [[changed(unit) for unit in picture] for picture in pictures]


def never_output(pictures: Pictures) -> int:
    """How many pictures are never output; it is checked that the others are those that FFmpeg shows."""
    stream = joined([unit for picture in pictures for unit in picture])
    with av.open(io.BytesIO(stream), format="hevc") as raw:
        file = muxed(raw.streams.video[0], map(joined, pictures))
    rows = codecorpus.extract(file, tables=("frames",)).frames.to_pylist()
    assert len(rows) == len(pictures)
    shown = sorted((row["frame"], row["dts"]) for row in rows if row["frame"] is not None)
    with av.open(io.BytesIO(file)) as container:
        assert shown == [(number, frame.pts) for number, frame in enumerate(decoded(container))]
    assert all(row["error"] is None and row["complete"] for row in rows if row["frame"] is not None)
    rows = codecorpus.extract(stream, codec="hevc", tables=("frames",)).frames.to_pylist()
    assert len(shown) == sum(row["frame"] is not None for row in rows)
    return len(rows) - len(shown)


@FROM_FFMPEG_8
def test_what_waits_before_a_flagged_idr_picture_is_never_output(encoded: Encoded) -> None:
    pictures = encoded("closed")
    assert never_output(pictures) == 0
    assert never_output(ended(pictures)) == 0
    assert never_output(flagged(pictures)) == 2


@FROM_FFMPEG_8
def test_what_waits_before_a_cra_picture_behind_an_end_of_sequence_is_never_output(encoded: Encoded) -> None:
    pictures = encoded("open")
    assert never_output(pictures) == never_output(flagged(pictures)) == 0
    leading = never_output(broken(pictures))
    assert leading > 0
    assert never_output(ended(pictures)) == never_output(flagged(broken(pictures))) == leading + 2


@FROM_FFMPEG_8
def test_how_many_wait_follows_from_the_sequence_parameter_set(encoded: Encoded) -> None:
    def of(reorder: int, buffering_minus1: int, latency: int = 0) -> int:
        names = ("sps_max_num_reorder_pics", "sps_max_dec_pic_buffering_minus1", "sps_max_latency_increase_plus1")
        numbers = dict(zip(names, (reorder, buffering_minus1, latency), strict=True))
        return never_output(flagged(buffering(pictures, **numbers)))

    pictures = encoded("closed")
    assert of(1, 15) == 2
    assert of(5, 15) == 10
    assert of(5, 15, latency=1) == 10, "FFmpeg does not follow it"
    assert of(5, 5) == 6, "the buffer is full of reference pictures"
    assert of(5, 2) == 6, "FFmpeg lets as many wait as may be reordered"


@FROM_FFMPEG_8
def test_another_size_changes_nothing_of_it(encoded: Encoded) -> None:
    pictures, smaller = encoded("closed"), encoded("closed", "96:80")
    assert never_output([*pictures, *smaller]) == 0
    assert never_output([*pictures, *flagged(smaller)]) == 3


@pytest.mark.parametrize("threads", [2, 3, 8])
def test_it_is_the_same_wherever_another_thread_begins(
    threads: int, encoded: Encoded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A CRA picture that is never output itself, and a thread that begins behind it."""
    monkeypatch.setattr(sys.modules["codecorpus.extracting"], "LEAST", (0, 1))
    pictures = encoded("open")
    cra = next(at for at, picture in enumerate(pictures) if any(kind(unit) == CRA for unit in picture))
    several = [*pictures[: cra + 9], *encoded("closed")]
    many_wait = flagged(buffering(several, sps_max_num_reorder_pics=6, sps_max_dec_pic_buffering_minus1=15))
    for group, hidden in ((many_wait, True), (flagged(several), False), (flagged(ended(several)), False)):
        stream = joined([unit for picture in group for unit in picture])
        alone = codecorpus.extract(stream, codec="hevc", threads=1).tables
        frames = alone["frames"]["frame"].to_pylist()
        assert None in frames and (frames[cra] is None) == hidden
        for _ in range(20):  # where threads begin differs from time to time
            found = codecorpus.extract(stream, codec="hevc", threads=threads).tables
            assert all(found[name].equals(alone[name]) for name in alone)
