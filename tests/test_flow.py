"""Flow: painted where vectors are, and true where the motion is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from helpers.streams import Picture, block, stream, vector

from benchmarks.flow_accuracy import ENCODES, measure
from benchmarks.synthetic import MOTIONS, Motion
from codecorpus.flow import read_flo, write_flo


def test_flow_fills_blocks_and_leaves_the_rest_open() -> None:
    moving = vector(0, 0, 16, 16, dt0=2, mv0_x=3.0, mv0_y=-1.0)
    flow, mask = stream([Picture(0, [block()], [moving], width=32, height=16)]).flow()
    assert flow.shape == (1, 2, 16, 32) and mask.shape == (1, 16, 32)
    assert (flow[0, 0, :, :16] == 1.5).all() and (flow[0, 1, :, :16] == -0.5).all()
    assert mask[0, :, :16].all() and not mask[0, :, 16:].any() and np.isnan(flow[0, :, :, 16:]).all()


def test_forward_leads_the_other_way() -> None:
    both = vector(0, 0, 16, 16, dt0=1, mv0_x=3.0, mv0_y=0.0, dt1=-2, mv1_x=-8.0, mv1_y=0.0)
    one = stream([Picture(0, [block()], [both], width=16, height=16)])
    assert (one.flow()[0][0, 0] == 3.0).all()
    assert (one.flow(direction="forward")[0][0, 0] == -4.0).all()
    with pytest.raises(ValueError, match="direction"):
        one.flow(direction="sideways")  # type: ignore[arg-type]


def test_field_blocks_fill_the_lines_of_their_field() -> None:
    top = vector(0, 0, 16, 16, field=1, dt0=1, mv0_x=0.0, mv0_y=1.0)
    low = vector(0, 16, 16, 16, field=2, dt0=1, mv0_x=0.0, mv0_y=2.0, block=1)
    blocks = [block(field=1), block(0, 16, field=2)]
    flow, _ = stream([Picture(0, blocks, [top, low], width=16, height=32)], "h264").flow()
    assert (flow[0, 1, ::2] == 2.0).all() and (flow[0, 1, 1::2] == 4.0).all()


def test_flo_files_keep_flow_and_its_holes(tmp_path: Path) -> None:
    flow = np.random.default_rng(0).normal(size=(2, 5, 7)).astype(np.float32)
    flow[:, 2, 3] = np.nan
    write_flo(tmp_path / "a.flo", flow)
    assert (tmp_path / "a.flo").read_bytes()[:12] == b"PIEH\x07\0\0\0\x05\0\0\0"
    np.testing.assert_array_equal(read_flo(tmp_path / "a.flo"), flow)


@pytest.mark.parametrize("motion", MOTIONS, ids=lambda motion: motion.name)
@pytest.mark.parametrize("name", ENCODES)
def test_flow_of_known_motion_is_true(name: str, motion: Motion, tmp_path: Path) -> None:
    mean, median, covered = measure(motion, ENCODES[name], tmp_path)
    print(f"{name}, {motion.name}: mean {mean:.2f}, median {median:.2f} samples over {covered:.0%}")
    bound = 0.7 if name == "H.264 libx264 ultrafast" else 0.35  # it searches whole samples only
    assert max(mean, median) < bound and covered > 0.9
