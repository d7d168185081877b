"""Views of maps: what is mirrored, cut or scaled is as the encoder's decisions would be, if the video had been."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from helpers.streams import busy

from codecorpus.augment import Augment, View
from codecorpus.intrinsics import Intrinsics
from codecorpus.maps import CHANNELS

SIZE = (64, 48)


def moved(stream: Intrinsics, **change: object) -> Intrinsics:
    """A stream whose rows have other values in some columns, given as functions of the rows."""
    tables = {}
    for name, table in stream.tables.items():
        rows = table.to_pylist()
        for row in rows:
            row |= {column: make(row) for column, make in change.items() if column in row}  # type: ignore[operator]
        tables[name] = pa.Table.from_pylist(rows, schema=table.schema)
    return Intrinsics(stream.codec, tables)


def times(column: str, factor: float) -> object:
    return lambda row: None if row[column] is None else type(row[column])(row[column] * factor)


def test_a_mirrored_view_is_that_of_mirrored_blocks() -> None:
    stream = busy()
    mirrored = moved(stream, x=lambda row: 64 - row["x"] - row["w"], mv0_x=times("mv0_x", -1), mv1_x=times("mv1_x", -1))
    got = View(0, 0, *SIZE, SIZE, flip=True).maps(stream.maps(), CHANNELS, 16, SIZE)
    np.testing.assert_allclose(got, mirrored.maps(), rtol=1e-5)


def test_a_view_of_half_the_size_is_that_of_blocks_of_half_the_size() -> None:
    stream = busy()
    halves = {name: times(name, 0.5) for name in ("x", "y", "w", "h", "mv0_x", "mv0_y")}
    sizes = {name: times(name, 0.5) for name in ("width", "height", "crop_width", "crop_height")}
    small = moved(stream, **halves, **sizes, energy=times("energy", 0.25))
    got = View(0, 0, *SIZE, (32, 24)).maps(stream.maps(cell=8), CHANNELS, 8, SIZE)
    np.testing.assert_allclose(got, small.maps(cell=8, size=(32, 24)), rtol=1e-5, atol=1e-6)


def test_what_is_not_scaled_is_a_part_of_the_clip_s_maps() -> None:
    maps = busy().maps()
    rng = np.random.default_rng(3)
    augment = Augment(size=(32, 32))
    seen = set()
    for _ in range(60):
        view = augment.draw(rng, SIZE, 16)
        seen.add((view.x, view.y))
        rows, columns = view.y // 16, view.x // 16
        np.testing.assert_array_equal(
            view.maps(maps, CHANNELS, 16, SIZE), maps[..., rows : rows + 2, columns : columns + 2]
        )
    assert seen == {(x, y) for x in (0, 16, 32) for y in (0, 16)}


def test_sums_of_bits_stay_when_a_view_is_scaled() -> None:
    maps = busy().maps(("bits",), cell=8)
    view = View(8, 0, 48, 48, (96, 96))
    got = view.maps(maps, ("bits",), 8, SIZE)
    np.testing.assert_allclose(got.sum(axis=(2, 3)), maps[..., 1:7].sum(axis=(2, 3)), rtol=1e-5)


def test_ranks_of_sideways_motion_are_mirrored_too() -> None:
    ranks = np.full((1, 2, 1, 2), 0.25, np.float32)
    channels = ("velocity_past_x_importance", "bits_importance")
    got = View(0, 0, 32, 16, (32, 16), flip=True).maps(ranks, channels, 16, (32, 16))
    assert (got[0, 0] == 0.75).all() and (got[0, 1] == 0.25).all()


def test_views_are_inside_the_clip_and_repeat() -> None:
    augment = Augment(size=(32, 32), scale=(0.25, 2.0), flip=0.5)
    views = [augment.draw(np.random.default_rng(seed), (70, 50), 16) for seed in range(50)]
    assert views == [augment.draw(np.random.default_rng(seed), (70, 50), 16) for seed in range(50)]
    for view in views:
        assert view.x >= 0 and view.y >= 0 and view.x + view.width <= 70 and view.y + view.height <= 50
    assert {view.flip for view in views} == {True, False} and len({view.width for view in views}) > 10
    assert Augment().draw(np.random.default_rng(0), (70, 50), 16) == View(0, 0, 64, 48, (64, 48))
    with pytest.raises(ValueError, match=r"^a size is in multiples of the cell, 16; not 30x32$"):
        Augment(size=(30, 32)).draw(np.random.default_rng(0), SIZE, 16)
    with pytest.raises(ValueError, match=r"^64x64 cannot be cut out of 64x48 at 1 of its size$"):
        Augment(size=(64, 64)).draw(np.random.default_rng(0), SIZE, 16)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"size": 256}, r"^a size is width and height, as in \(256, 256\); not 256$"),
        ({"scale": 0.5}, r"^a scale is the least and the most, above 0, as in \(0.5, 1.0\); not 0.5$"),
        ({"scale": (1.0, 0.5)}, r"; not \(1.0, 0.5\)$"),
        ({"scale": (0, 1)}, r"; not \(0, 1\)$"),
        ({"flip": 2}, r"^flip is a chance, 0 to 1; not 2$"),
    ],
)
def test_what_is_no_augmentation_is_told(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Augment(**wrong)
