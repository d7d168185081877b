"""H.264: what FFmpeg's own decoder exports, where that tells the truth.

It exports vectors of 16x16, 16x8, 8x16 and 8x8 partitions, the list as a sign and no reference; in B macroblocks it
adds rows of zeros for lists that are not used. With several threads what it says of B pictures is wrong.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from numpy.typing import NDArray

import codecorpus

Ffmpeg = Callable[..., Path]

WIDTH, HEIGHT = 352, 208
UNUSED = 32000

STREAMS = {
    "p": "bframes=0:ref=3:partitions=p8x8,i8x8,i4x4",
    "p-cavlc": "bframes=0:cabac=0:ref=3:partitions=p8x8,i8x8,i4x4:aq-mode=2",
    "b-spatial": "bframes=3:b-pyramid=normal:direct=spatial:partitions=p8x8,b8x8,i8x8,i4x4",
    "b-temporal": "bframes=3:weightp=2:weightb=1:direct=temporal:partitions=p8x8,b8x8,i8x8,i4x4:aq-mode=3",
    "b-cavlc-slices": "bframes=2:cabac=0:slices=4:partitions=p8x8,b8x8,i8x8,i4x4",
}


@pytest.fixture(scope="module", params=STREAMS)
def stream(request: pytest.FixtureRequest, ffmpeg: Ffmpeg, bikes: Path) -> Path:
    footage = ["-ss", 2, "-i", bikes, "-an", "-vf", f"crop={WIDTH}:{HEIGHT}:144:32", "-frames:v", 20]
    encoder = ["-c:v", "libx264", "-threads", 1, "-x264-params", STREAMS[request.param]]
    return ffmpeg(*footage, *encoder, name=f"export-{request.param}.264")


@pytest.fixture(scope="module")
def intrinsics(stream: Path) -> codecorpus.Intrinsics:
    return codecorpus.extract(stream)


def decoded(stream: Path, **options: str) -> Iterator[av.VideoFrame]:
    with av.open(stream) as container:
        context = container.streams.video[0].codec_context
        context.thread_count = 1
        context.options = options
        yield from container.decode(video=0)


def exported_vectors(stream: Path) -> NDArray[np.int64]:
    """FFmpeg's vectors in quarter samples by [frame, list, row, column, x or y] of 8x8 cells."""
    pictures = []
    for frame in decoded(stream, flags2="+export_mvs"):
        cells = np.full((2, HEIGHT // 8, WIDTH // 8, 2), UNUSED)
        side_data = frame.side_data.get("MOTION_VECTORS")
        for row in side_data.to_ndarray() if side_data is not None else ():
            assert row["motion_scale"] == 4
            w, h = int(row["w"]), int(row["h"])
            x, y = int(row["dst_x"]) - w // 2, int(row["dst_y"]) - h // 2
            vector = (row["motion_x"], row["motion_y"])
            cells[int(row["source"] > 0), y // 8 : (y + h) // 8, x // 8 : (x + w) // 8] = vector
        pictures.append(cells)
    return np.array(pictures)


def our_vectors(motion: pa.Table, pictures: int) -> NDArray[np.int64]:
    cells = np.full((pictures, 2, HEIGHT // 8, WIDTH // 8, 2), UNUSED)
    for row in motion.to_pylist():
        x, y, w, h = (row[name] for name in "xywh")
        assert w >= 8 and h >= 8
        for side in (0, 1):
            if row[f"ref{side}"] is not None:
                vector = (4 * row[f"mv{side}_x"], 4 * row[f"mv{side}_y"])
                cells[row["frame"], side, y // 8 : (y + h) // 8, x // 8 : (x + w) // 8] = vector
    return cells


def test_vectors(stream: Path, intrinsics: codecorpus.Intrinsics) -> None:
    theirs = exported_vectors(stream)
    ours = our_vectors(intrinsics.motion, len(theirs))
    used = ours != UNUSED
    assert np.array_equal(ours[used], theirs[used])
    phantoms = theirs[~used & (theirs != UNUSED)]
    assert not phantoms.any()
    b_pictures = [row["frame"] for row in intrinsics.frames.to_pylist() if row["type"] == "B"]
    assert used.sum() > 20000 and (not b_pictures or used[b_pictures, 1].sum() > 2000)
    assert np.count_nonzero(ours[used]) > 10000
    if not b_pictures:
        assert not phantoms.size


def test_geometry_of_p_pictures(stream: Path, intrinsics: codecorpus.Intrinsics) -> None:
    """In P pictures FFmpeg's rows are the partitions themselves."""
    kinds = dict(zip(intrinsics.frames["frame"].to_pylist(), intrinsics.frames["type"].to_pylist(), strict=True))
    theirs = []
    for index, frame in enumerate(decoded(stream, flags2="+export_mvs")):
        rows = frame.side_data["MOTION_VECTORS"].to_ndarray() if kinds[index] == "P" else ()
        for row in rows:
            w, h = int(row["w"]), int(row["h"])
            theirs.append((index, int(row["dst_x"]) - w // 2, int(row["dst_y"]) - h // 2, w, h))
    columns = [intrinsics.motion[name].to_pylist() for name in ("frame", *"xywh")]
    ours = [row for row in zip(*columns, strict=True) if kinds[row[0]] == "P"]
    assert sorted(ours) == sorted(theirs)
    assert {row[3:] for row in ours} == {(16, 16), (16, 8), (8, 16), (8, 8)}


def test_types(stream: Path, intrinsics: codecorpus.Intrinsics) -> None:
    theirs = [av.video.frame.PictureType(frame.pict_type).name for frame in decoded(stream)]
    rows = sorted(zip(intrinsics.frames["frame"].to_pylist(), intrinsics.frames["type"].to_pylist(), strict=True))
    assert [kind for _, kind in rows] == theirs


def test_quantisers_of_every_macroblock(stream: Path, intrinsics: codecorpus.Intrinsics) -> None:
    theirs = np.array([macroblock_qps(frame) for frame in decoded(stream, export_side_data="venc_params")])
    blocks = intrinsics.blocks.filter(pc.is_valid(intrinsics.blocks["qp"]))
    ours = np.zeros_like(theirs)
    frame, x, y, qp = (blocks[name].to_numpy() for name in ("frame", "x", "y", "qp"))
    ours[frame, y // 16, x // 16] = qp
    assert np.array_equal(ours, theirs)
    assert len(np.unique(ours)) > 8


def macroblock_qps(frame: av.VideoFrame) -> NDArray[np.int64]:
    """FFmpeg's AVVideoEncParams: QPs by row and column of macroblocks."""
    data = bytes(frame.side_data["VIDEO_ENC_PARAMS"])
    count, offset, size, _, base = struct.unpack_from("=I4xQQii", data)
    qps = np.zeros((HEIGHT // 16, WIDTH // 16), np.int64)
    for index in range(count):
        x, y, _, _, delta = struct.unpack_from("=5i", data, offset + index * size)
        qps[y // 16, x // 16] = base + delta
    return qps
