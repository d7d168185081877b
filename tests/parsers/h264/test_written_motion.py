"""H.264 vectors and references as no encoder at hand codes them, proved by motion compensation of written streams."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from helpers.h264_random_motion import EMPTY, random_motion, random_picture
from helpers.h264_writing import BOTTOM, I_SLICE, P_SLICE, TOP, Parameters, SliceHeader
from helpers.rewriting import joined
from motion_compensation import compare, h264

import codecorpus


def test_a_first_field_that_empties_the_buffer_has_a_second_one(tmp_path: Path) -> None:
    """memory_management_control_operation 5 makes its frame_num 0, which is what the second field says (7.4.3)."""
    random = Random(0)
    parameters = Parameters(3, 4, 4, interlaced=True)
    units = parameters.units()
    for frame_num, poc in ((0, 0), (1, 4), (2, 8), (3, 12), (1, 4), (2, 8)):
        idr, empties = frame_num == 0, frame_num == 3
        kind = I_SLICE if idr else P_SLICE
        first = SliceHeader(kind, TOP, frame_num, poc, idr=idr, marking=EMPTY if empties else [])
        second = SliceHeader(P_SLICE, BOTTOM, 0 if empties else frame_num, 1 if empties else poc + 1)
        units += [random_picture(random, header, parameters) for header in (first, second)]
    stream = tmp_path / "operation_5.264"
    stream.write_bytes(joined(units))
    compare(stream, h264).assert_exact(field=150)
    assert codecorpus.extract(stream).frames["poc"].to_pylist() == [0, 4, 8, 0, 4, 8]


@pytest.mark.parametrize("seed", [0, 1, 2, 7, 12, 14])
@pytest.mark.parametrize(
    "coded", [{}, {"interlaced": True}, {"interlaced": True, "mbaff": True}], ids=["frames", "fields", "mbaff"]
)
def test_random_motion(tmp_path: Path, coded: dict[str, bool], seed: int) -> None:
    stream = tmp_path / "random.264"
    stream.write_bytes(random_motion(seed, **coded))
    compare(stream, h264).assert_exact(skip=15, explicit=100, field=50 if coded else 0)
