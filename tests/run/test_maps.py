"""Maps that a recipe asks for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from helpers.corpora import SMALL, Builder, tree

import codecorpus
from codecorpus import recipe
from codecorpus.errors import RecipeError

SHORT = SMALL.replace("[23, 40]", "23").replace("limit: 2", "limit: 1")


def test_a_build_writes_maps_that_are_those_of_the_blocks(build: Builder, tmp_path: Path) -> None:
    assert build(tmp_path / "maps", SHORT + "maps: {cell: 8}").made == 3
    corpus = codecorpus.open(tmp_path / "maps")
    for encode in corpus.encodes["encode"].to_pylist():
        kept = corpus.maps("carphone-000", encode, cell=8)
        assert kept.shape == (12, 14, 18, 22)
        made = corpus.intrinsics("carphone-000", encode).maps(cell=8, size=(176, 144))
        np.testing.assert_allclose(kept, made, rtol=1e-6)
        rows = corpus.dataset("maps").to_table(columns=["frame", "clip", "encode"]).to_pylist()
        assert [row["frame"] for row in rows if row["encode"] == encode] == list(range(12))


def test_maps_alone_need_no_blocks_on_disk(build: Builder, tmp_path: Path) -> None:
    build(tmp_path, SHORT + "tables: [frames]\nmaps: {channels: [bits, skip]}")
    corpus = codecorpus.open(tmp_path)
    assert not (tmp_path / "blocks").exists()
    assert corpus.maps("carphone-000", "svtav1-p11-crf35", [3], channels=("skip",)).shape == (1, 1, 9, 11)
    with pytest.raises(codecorpus.CorpusError, match="no table"):
        corpus.maps("carphone-000", "svtav1-p11-crf35", channels=("qstep",))


def test_other_maps_are_made_anew(build: Builder, tmp_path: Path) -> None:
    assert build(tmp_path, SHORT).made == 3
    assert build(tmp_path, SHORT + "maps: {}").made == 3
    before = tree(tmp_path)
    assert build(tmp_path, SHORT + "maps: {}").made == 0
    assert tree(tmp_path) == before
    assert build(tmp_path, SHORT + "maps: {cell: 4}").made == 3


@pytest.mark.parametrize(
    ("maps", "told"),
    [
        ("{cell: 5}", "maps.cell"),
        ("{channels: [bit]}", "unknown channel 'bit'; the nearest is 'bits'"),
        ("{channels: [bits, bits]}", "stands twice"),
        ("{cells: 8}", "unknown key 'cells'; the nearest is 'cell'"),
    ],
)
def test_mistakes_are_told(maps: str, told: str) -> None:
    with pytest.raises(RecipeError, match=told.replace("[", r"\[")):
        recipe.parse(f"{SHORT}maps: {maps}")
