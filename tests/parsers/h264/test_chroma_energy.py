"""H.264: energies of chroma in lossless 4:2:2, and in planes that are coded each by itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import numpy as np
import pyarrow.compute as pc
import pytest
from helpers.bit_writing import BitWriter
from helpers.digests import DATA
from helpers.rewriting import Bits, joined, split

import codecorpus

SIZE = 64
SPS, HIGH_444_PREDICTIVE = 7, 244


@pytest.mark.parametrize("horizontal", [True, False])
def test_lossless_422(ffmpeg: Callable[..., Path], tmp_path: Path, horizontal: bool) -> None:
    """Chroma whose lines, or columns, are all but flat is predicted along them; without loss, it is the source."""
    random = Random(1)
    lines = np.array([random.randrange(8, 248) for _ in range(SIZE)])
    noise = np.array([random.randrange(-3, 4) for _ in range(SIZE * SIZE)]).reshape(2, SIZE, SIZE // 2)
    planes = noise + (lines[:, None] if horizontal else lines[: SIZE // 2])
    source = tmp_path / "source.yuv"
    source.write_bytes(bytes([128]) * SIZE * SIZE + planes.astype(np.uint8).tobytes())
    raw = ["-f", "rawvideo", "-pix_fmt", "yuv422p", "-s", f"{SIZE}x{SIZE}"]
    stream = ffmpeg(*raw, "-i", source, "-c:v", "libx264", "-qp", 0, name=f"lossless-422-{horizontal}.264")
    compared = 0
    for block in codecorpus.extract(stream).blocks.to_pylist():
        x, y = block["x"] // 2, block["y"]
        if (x if horizontal else y) > 0:
            chroma = planes[:, y : y + 16, x : x + 8]
            predicted = planes[:, y : y + 16, x - 1, None] if horizontal else planes[:, y - 1, None, x : x + 8]
            assert block["energy_chroma"] == ((chroma - predicted) ** 2).sum(), block
            compared += 1
    assert compared == 12


@pytest.mark.parametrize("name", ["planes_cabac.264", "planes_cavlc.264"])
def test_planes_have_scaling_lists_of_their_own(name: str) -> None:
    """colour_plane_id says whose lists a plane's are (8.5.9): with twice the weights it has four times the energy."""
    units = split((DATA / name).read_bytes())
    luma, chroma = energies(units, 16, 16)
    assert energies(units, 32, 16) == pytest.approx((4 * luma, chroma), rel=1e-6)
    assert energies(units, 16, 32) == pytest.approx((luma, 4 * chroma), rel=1e-6)


def energies(units: list[bytes], luma: int, chroma: int) -> tuple[float, float]:
    """Of luma and chroma, where all weights of a plane are one."""
    stream = joined([with_lists(unit, luma, chroma) if unit[0] & 31 == SPS else unit for unit in units])
    blocks = codecorpus.extract(stream).blocks
    return pc.sum(blocks["energy"]).as_py(), pc.sum(blocks["energy_chroma"]).as_py()


def with_lists(unit: bytes, luma: int, chroma: int) -> bytes:
    """A sequence parameter set with six 4x4 lists, of Y, Cb and Cr in intra blocks and in inter ones, and six 8x8 ones,
    of Y in both, Cb in both and Cr in both.
    """
    lists = BitWriter().flags(1)
    for size, weights in ((16, 2 * [luma, chroma, chroma]), (64, [luma, luma, *4 * [chroma]])):
        for weight in weights:
            lists.flags(1).se(weight - 8)
            for _ in range(size - 1):
                lists.se(0)
    bits = Bits(unit, header=1)
    assert bits.u(8) == HIGH_444_PREDICTIVE
    bits.u(16)
    bits.ue()  # seq_parameter_set_id
    assert (bits.ue(), bits.u(1)) == (3, 1), "chroma_format_idc, separate_colour_plane_flag"
    bits.ue()  # bit_depth_luma_minus8
    bits.ue()  # bit_depth_chroma_minus8
    bits.u(1)
    bits.replace(1, "".join(map(str, lists.bits)))  # seq_scaling_matrix_present_flag
    return bits.unit()
