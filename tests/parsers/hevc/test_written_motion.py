"""HEVC vectors as no encoder at hand codes them, proved by motion compensation of streams written by chance."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from helpers.hevc_random_motion import RandomPicture, random_motion
from helpers.hevc_writing import I_SLICE, P_SLICE, Layout, SliceData, SliceHeader, Vector, parameter_sets
from helpers.rewriting import joined
from motion_compensation import compare, hevc


@pytest.mark.parametrize("distance", [75, 120])
def test_vectors_are_not_scaled_from_a_distance_to_itself(tmp_path: Path, distance: int) -> None:
    """dist_scale_factor of such a distance and itself is not 256. The lower left block's second candidate is its
    upper neighbour's vector, scaled: which is as the first one is, so that there is a zero one instead.
    """
    key, header = SliceHeader(I_SLICE), SliceHeader(P_SLICE, distance, before=[0])
    data = SliceData(header)
    for x, y, vector in (
        (0, 0, Vector(0, (200, 0), False)),
        (32, 0, None),
        (0, 32, Vector(0, (0, 0), True)),
        (32, 32, None),
    ):
        data.split_cu_flag(x, y, 5, False)
        if vector:
            data.inter(x, y, 5, "PART_2Nx2N", [(vector, None)])
        else:
            data.skip(x, y, 5, 0)
        data.end_of_slice_segment_flag((x, y) == (32, 32))
    pictures = [*RandomPicture(Random(0), key).units(), header.unit(bytes(data))]
    stream = tmp_path / "distance.hevc"
    stream.write_bytes(joined([*parameter_sets(), *pictures]))
    compare(stream, hevc).assert_exact(amvp=2, skip=2)


@pytest.mark.parametrize("seed", [7, 16, 108, 130, 133, 193])
def test_random_motion(tmp_path: Path, seed: int) -> None:
    stream = tmp_path / "random.hevc"
    stream.write_bytes(random_motion(seed))
    compare(stream, hevc).assert_exact(skip=50, merge=50, amvp=100, bi=20)


# None has both tiles and wavefronts: FFmpeg finds the rows of tiles by the width of the picture.
LAYOUTS = {
    "slices": Layout((4,), (3,), slices=True),
    "dependent segments": Layout((4,), (3,), slices=True, dependent_segments=True),
    "tiles": Layout((1, 2, 1), (2, 1)),
    "slices and tiles": Layout((3, 1), (1, 2), slices=True, dependent_segments=True),
    "wavefronts": Layout((4,), (3,), wavefronts=True),
    "slices and wavefronts": Layout((4,), (3,), wavefronts=True, slices=True, dependent_segments=True),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_random_motion_in_divided_pictures(tmp_path: Path, layout: str) -> None:
    stream = tmp_path / "divided.hevc"
    stream.write_bytes(random_motion(16, LAYOUTS[layout]))
    compare(stream, hevc).assert_exact(skip=100, merge=100, amvp=200, bi=50)
