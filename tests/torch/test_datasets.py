"""What a trainer loads: samples that are what the corpus says, in any process, each once, resumed where they were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pytest
from helpers import written
from helpers.corpora import Builder

import codecorpus
from codecorpus.augment import Augment

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'codecorpus[torch]'")
data = pytest.importorskip("torch.utils.data")

from codecorpus.torch import ClipDataset, ClipStream  # noqa: E402

TEXT = """
sources: [sample://bikes]
clips: {length: 12, limit: 2, size: 160x96}
gop: {length: 6}
keep: clips
maps: {cell: 16, channels: [velocity_past_x, velocity_past_y, velocity_past_mask, bits, skip]}
encodes:
  - {encoder: libx264, preset: veryfast, crf: [24, 36]}
  - {encoder: libx265, preset: ultrafast, crf: 30}
"""
CHANNELS = ("velocity_past_x", "velocity_past_y", "velocity_past_mask", "bits", "skip")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("torch") / "built"
    written.built(root)
    return root


def key(sample: Any) -> tuple[str, int]:
    return sample["clip"], int(sample["frames"][0])


def same(one: Any, other: Any) -> bool:
    assert one.keys() == other.keys()
    return all(
        torch.equal(one[name], other[name]) if torch.is_tensor(one[name]) else list(one[name]) == list(other[name])
        for name in one  # a loader makes lists of tuples
    )


def test_samples_are_what_the_corpus_says(build: Builder, tmp_path: Path) -> None:
    build(tmp_path, TEXT)
    corpus = codecorpus.open(tmp_path)
    dataset = ClipDataset(tmp_path, length=4, channels=CHANNELS)
    assert len(dataset) == 6
    sample = dataset[4]
    assert key(sample) == ("bikes-001", 4) and sample["frames"].tolist() == [4, 5, 6, 7]
    assert sample["pixels"].shape == (4, 3, 96, 160) and sample["pixels"].dtype == torch.uint8
    np.testing.assert_array_equal(sample["pixels"].permute(0, 2, 3, 1), corpus.pixels("bikes-001", slice(4, 8)))
    wanted = corpus.contrast("bikes-001", slice(4, 8), channels=CHANNELS)
    assert sample["encode"] == wanted.encodes and sample["maps"].shape == (3, 4, 5, 6, 10)
    np.testing.assert_array_equal(sample["mask"], ~np.isnan(wanted.maps))
    np.testing.assert_array_equal(sample["maps"], np.nan_to_num(wanted.maps))
    np.testing.assert_array_equal(sample["description"], wanted.description)
    batch = next(iter(data.DataLoader(dataset, batch_size=3)))
    assert batch["pixels"].shape == (3, 4, 3, 96, 160) and batch["clip"] == ["bikes-000"] * 3


def test_a_crop_is_of_pixels_and_maps_alike(build: Builder, tmp_path: Path) -> None:
    build(tmp_path, TEXT)
    plain = ClipDataset(tmp_path, length=4, channels=CHANNELS, draw=1, seed=5)
    cut = ClipDataset(tmp_path, length=4, channels=CHANNELS, draw=1, seed=5, augment=Augment(size=(64, 48), flip=1.0))
    whole, part = plain[2], cut[2]
    assert whole["encode"] == part["encode"] and part["pixels"].shape == (4, 3, 48, 64)
    places = [
        (x, y)
        for x in range(0, 97, 16)
        for y in range(0, 49, 16)
        if torch.equal(whole["pixels"][..., y : y + 48, x : x + 64].flip(-1), part["pixels"])
    ]
    ((x, y),) = places
    own = whole["maps"][..., y // 16 : y // 16 + 3, x // 16 : x // 16 + 4].flip(-1)
    own[:, :, 0] *= -1
    assert torch.equal(own, part["maps"]) and part["mask"].any()
    scaled = ClipDataset(tmp_path, length=4, augment=Augment(size=(64, 48), scale=(0.5, 0.9)))[2]
    assert scaled["pixels"].shape == (4, 3, 48, 64) and scaled["maps"].shape[-2:] == (3, 4)
    assert len({ClipDataset(tmp_path, length=4, draw=1, pixels="none", seed=s)[0]["encode"] for s in range(20)}) == 3


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_workers_give_the_same_samples(path: Path, method: str) -> None:
    dataset = ClipDataset(path, length=3, pixels="none", draw=1, augment=Augment(size=(32, 32), flip=0.5))
    alone = list(dataset)
    loader = data.DataLoader(
        dataset, batch_size=None, num_workers=2, multiprocessing_context=method, persistent_workers=True
    )
    assert all(same(one, other) for one, other in zip(alone, loader, strict=True))
    dataset.set_epoch(1)  # which workers that stay hear of
    later = list(loader)
    assert all(same(one, other) for one, other in zip(dataset, later, strict=True))
    assert not all(same(one, other) for one, other in zip(alone, later, strict=True))


def taken(dataset: ClipDataset, rank: int, world: int, workers: int) -> Iterator[tuple[str, int]]:
    loader = data.DataLoader(ClipStream(dataset, rank=rank, world=world), batch_size=None, num_workers=workers)
    return (key(sample) for sample in loader)


@pytest.mark.parametrize(("world", "workers"), [(1, 0), (1, 2), (3, 0), (3, 2), (4, 2)])
def test_each_window_comes_once_and_ranks_have_as_many(path: Path, world: int, workers: int) -> None:
    dataset = ClipDataset(path, length=3, pixels="none")
    found = [list(taken(dataset, rank, world, workers)) for rank in range(world)]
    assert {len(own) for own in found} == {9 // world} == {len(ClipStream(dataset, world=world, rank=0))}
    counts = Counter(one for own in found for one in own)
    assert set(counts.values()) == {1}
    again = [list(taken(dataset, rank, world, workers)) for rank in range(world)]
    assert again == found
    dataset.set_epoch(1)
    assert [list(taken(dataset, rank, world, workers)) for rank in range(world)] != found


@pytest.mark.parametrize("workers", [0, 2])
def test_it_is_resumed_in_mid_epoch(path: Path, workers: int) -> None:
    stateful = pytest.importorskip("torchdata.stateful_dataloader", reason="torchdata is not installed")

    def loader() -> Any:
        stream = ClipStream(ClipDataset(path, length=2, stride=1, pixels="none", draw=1, seed=7))
        stream.set_epoch(3)
        return stateful.StatefulDataLoader(stream, batch_size=2, num_workers=workers)

    whole = [list(zip(batch["clip"], batch["frames"][:, 0].tolist(), strict=True)) for batch in loader()]
    assert len(whole) == 12
    first = loader()
    begun = iter(first)
    for _ in range(5):
        next(begun)
    state = first.state_dict()
    resumed = loader()
    resumed.load_state_dict(state)
    rest = [list(zip(batch["clip"], batch["frames"][:, 0].tolist(), strict=True)) for batch in resumed]
    assert rest == whole[5:]
    again = [list(zip(batch["clip"], batch["frames"][:, 0].tolist(), strict=True)) for batch in resumed]
    assert again == whole


def test_a_far_corpus_is_loaded(path: Path) -> None:
    far = fsspec.filesystem("memory")
    far.put(str(path), "/torch", recursive=True)
    here = ClipDataset(path, length=3, pixels="none", encodes=["x265-b"])
    there = ClipDataset("memory://torch", length=3, pixels="none", encodes=["x265-b"])
    assert all(same(one, other) for one, other in zip(here, there, strict=True))
    far.rm("/torch", recursive=True)
