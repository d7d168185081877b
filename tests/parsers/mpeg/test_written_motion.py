"""MPEG-2, MPEG-1, MPEG-4 and H.263 as no encoder codes them: every row of random streams is what was written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from helpers import mpeg2_writing as mpeg2
from helpers.mpeg2_random import Mpeg2Stream
from helpers.mpeg4_random import Mpeg4Stream
from helpers.mpeg4_writing import Features, Vop
from helpers.mpeg_expected import differences

import codecorpus

MPEG2 = {
    "progressive": mpeg2.Features(progressive=True, rows=3, matrices=True),
    "interlaced": mpeg2.Features(rows=2, matrices=True),
    "4:2:2": mpeg2.Features(columns=2, rows=2, chroma=2),
    "4:4:4": mpeg2.Features(columns=3, rows=2, chroma=3, matrices=True),
    "wide": mpeg2.Features(columns=75, rows=2, pictures=3),
    "high": mpeg2.Features(columns=1, rows=180, pictures=3),
    "MPEG-1": mpeg2.Features(mpeg1=True, progressive=True, rows=3),
    "D-pictures": mpeg2.Features(mpeg1=True, progressive=True, only_d=True),
}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", MPEG2)
def test_random_mpeg2(kind: str, seed: int) -> None:
    features = replace(MPEG2[kind], largest_f_code=[2, 4, 7][seed], wild=seed == 1)
    stream = Mpeg2Stream(seed, features)
    assert not differences(bytes(stream), stream.pictures, "mpeg2", chroma=features.chroma)


MPEG4 = {
    "packets": Features(resync=True),
    "partitioned": Features(resync=True, partitioned=True),
    "reversible": Features(verid=2, resync=True, partitioned=True, reversible=True, gmc=2, accuracy=3, cut=(9, 6)),
    "interlaced": Features(interlaced=True, mpeg_quant=True, resync=True),
    "advanced": Features(verid=2, interlaced=True, quarter=True, gmc=3, accuracy=0, mpeg_quant=True),
    "one column": Features(1, 5, verid=4, gmc=1, quarter=True),
}


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", MPEG4)
def test_random_mpeg4(kind: str, seed: int) -> None:
    random = Random(seed)
    features = replace(
        MPEG4[kind],
        intra_dc_vlc_thr=seed,
        resolution=random.choice([1, 2, 25, 30000, 65535]),
        largest_f_code=random.choice([1, 2, 7]),
        wild=seed % 2 == 1,
    )
    stream = Mpeg4Stream(seed, features)
    assert not differences(bytes(stream), stream.pictures, "mpeg4", unit=0.25 if features.quarter else 0.5)


@pytest.mark.parametrize(("size", "seed"), [((8, 6), 0), ((8, 6), 1), ((11, 9), 2), ((44, 36), 3)])
def test_random_h263(tmp_path: Path, size: tuple[int, int], seed: int) -> None:
    """With words of mcbpc that only stuff, behind groups of blocks and pictures too (H.263 5.3.2)."""
    stream = Mpeg4Stream(seed, Features(*size, pictures=2, short=True, wild=seed == 1))
    path = tmp_path / "random.h263"
    path.write_bytes(bytes(stream))
    assert not differences(path, stream.pictures, "mpeg4")


@pytest.mark.parametrize("seed", range(4))
def test_a_frame_is_as_long_as_the_first_b_vop_behind_each_layers_header_says(seed: int) -> None:
    """T_frame (7.7.2.2), which vectors of fields in direct mode are scaled by."""
    times = [0, 3, 1, 2, 4, 10, 6, 8, 16, 12, 14]
    vops = [Vop(kind, time, begins_layer=time == 4) for kind, time in zip("IPBBIPBBPBB", times, strict=True)]
    stream = Mpeg4Stream(seed, Features(interlaced=True), vops)
    assert not differences(bytes(stream), stream.pictures, "mpeg4")


def test_b_vops_of_a_layer_behind_one_of_finer_units_are_read() -> None:
    fine = [Vop(kind, time) for kind, time in zip("IPB", [0, 2002, 1001], strict=True)]
    coarse = [Vop(kind, time) for kind, time in zip("IPBBPBB", [0, 3, 1, 2, 6, 4, 5], strict=True)]
    first = Mpeg4Stream(0, Features(resolution=30000), fine)
    second = Mpeg4Stream(0, Features(interlaced=True), coarse)
    read = codecorpus.extract(bytes(first) + bytes(second), codec="mpeg4")
    assert read.frames["frame"].to_pylist() == [0, 2, 1, 3, 6, 4, 5, 9, 7, 8]


@pytest.mark.parametrize("seed", range(4))
def test_b_vops_whose_fields_are_at_a_reference_are_not_shown(seed: int) -> None:
    """As FFmpeg has it, by T_frame; those of the last B-VOP's references are at one time."""
    times = [0, 6000, 3000, 8002, 7001, 12000, 10000, 12400, 12200]
    vops = [Vop(kind, time) for kind, time in zip("IPBPBPBPB", times, strict=True)]
    shown = {False: [0, 2, 1, 4, 3, 6, 5, 8, 7], True: [0, 2, 1, 3, None, 4, None, 5, None]}
    for interlaced, frames in shown.items():
        stream = Mpeg4Stream(seed, Features(interlaced=interlaced, resolution=30000), vops)
        assert codecorpus.extract(bytes(stream), codec="mpeg4").frames["frame"].to_pylist() == frames


def test_coefficients_are_saturated_when_what_is_predicted_is_added() -> None:
    """7.4.3.3 scales a neighbour's coefficient, which is not saturated by itself."""
    stream = Mpeg4Stream(119, Features(6, 4, wild=True, largest_f_code=1), [Vop("I", 0)])
    assert not differences(bytes(stream), stream.pictures, "mpeg4")
