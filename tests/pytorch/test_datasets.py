"""What a trainer loads: samples that are what the corpus says, in any process, each once, resumed where they were."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import fsspec
import numpy as np
import pytest
from helpers import written
from helpers.corpora import Builder

import codecorpus
from codecorpus.augment import Augment
from codecorpus.errors import CorpusError

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'codecorpus[torch]'")
data = pytest.importorskip("torch.utils.data")

from codecorpus.torch import ClipDataset, ClipStream, collate  # noqa: E402

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


PAN = (6, -4)
"""Samples by which a picture is displaced to be the one before."""


def displaced(frames: Any) -> tuple[int, int]:
    """Where the inner part of the second frame is in the first: the displacement, of all, that leaves least."""
    first, second = frames[0].float(), frames[1].float()
    _, height, width = first.shape
    reach = range(-8, 9)
    inner = second[:, 8 : height - 8, 8 : width - 8]
    away = {
        (x, y): float((first[:, 8 + y : height - 8 + y, 8 + x : width - 8 + x] - inner).square().mean())
        for x in reach
        for y in reach
    }
    return min(away, key=away.__getitem__)


def test_vectors_lead_where_pixels_are_whatever_becomes_of_them(
    build: Builder, ffmpeg: Callable[..., Path], bikes: Path, tmp_path: Path
) -> None:
    pan = f"crop=320:192:x=300+{PAN[0]}*n:y=200+{PAN[1]}*n"
    picture = f"select=eq(n\\,0),scale=1280:544,loop=loop=-1:size=1,{pan}"
    source = ffmpeg("-ss", 2, "-i", bikes, "-vf", picture, "-frames:v", 6, "-c:v", "ffv1", name="pan.mkv")
    encodes = "[{encoder: libx264, preset: veryfast, crf: 18}, {encoder: libx265, preset: ultrafast, crf: 18}]"
    build(tmp_path, f"{{sources: [{source}], clips: whole, encodes: {encodes}}}")
    for scale, flip in ((1.0, 0.0), (1.0, 1.0), (0.5, 0.0), (0.5, 1.0)):
        augment = Augment(size=(128, 80), scale=(scale, scale), flip=flip)
        sample = ClipDataset(tmp_path, length=6, channels=CHANNELS[:3], augment=augment)[0]
        wanted = (PAN[0] * scale * (-1 if flip else 1), PAN[1] * scale)
        assert displaced(sample["pixels"][3:5]) == wanted
        x, y, share = sample["maps"][:, 1:].unbind(2)
        for encode in range(2):
            there = share[encode] > 0.9
            assert there.any() and not sample["mask"][encode, 0, 0].any()  # an intra picture has none
            found = [float(values[encode][there].median()) for values in (x, y)]
            assert found == pytest.approx(wanted, abs=0.1)


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


@pytest.mark.parametrize("is_ended", [True, False])
@pytest.mark.parametrize(("workers", "batch"), [(0, 5), (0, 4), (2, 4)])
def test_an_epoch_that_follows_a_state_from_the_end_of_one_is_whole(
    path: Path, workers: int, batch: int, is_ended: bool
) -> None:
    stateful = pytest.importorskip("torchdata.stateful_dataloader", reason="torchdata is not installed")

    def loader() -> Any:
        stream = ClipStream(ClipDataset(path, length=2, stride=1, pixels="none", channels=("bits",), draw=1))
        return stateful.StatefulDataLoader(stream, batch_size=batch, num_workers=workers, collate_fn=list)

    def passed(loader: Any, epoch: int) -> list[tuple[str, int]]:
        loader.dataset.set_epoch(epoch)
        return [key(sample) for samples in loader for sample in samples]

    plain = loader()
    wanted = [passed(plain, epoch) for epoch in range(3)]
    assert wanted[1] != wanted[2] and {len(one) for one in wanted} == {24}
    first = loader()
    taking = iter(first)
    for _ in range(-(-24 // batch)):
        next(taking)
    if is_ended:
        assert next(taking, None) is None
    resumed = loader()
    resumed.load_state_dict(first.state_dict())
    if not is_ended:
        assert passed(resumed, 0) == []
    assert [passed(resumed, epoch) for epoch in (1, 2)] == wanted[1:]


def test_a_pass_that_has_not_begun_is_no_place_to_go_on_from(path: Path) -> None:
    stream = ClipStream(ClipDataset(path, length=3, pixels="none", channels=("bits",)), rank=0, world=1)
    once = [key(sample) for sample in stream]
    state = stream.state_dict()
    assert state["done"] == 9
    iter(stream)
    assert stream.state_dict()["done"] == 0  # of the pass that begins, not of the one before it
    stream.load_state_dict(state)
    iter(stream)
    assert [key(sample) for sample in stream] == once


def test_a_pass_keeps_its_epoch(path: Path) -> None:
    dataset = ClipDataset(path, length=3, pixels="none", channels=("bits",))
    stream = ClipStream(dataset, rank=0, world=1)
    once = [key(sample) for sample in stream]
    samples = iter(stream)
    begun = [key(next(samples)) for _ in range(4)]
    state = stream.state_dict()
    stream.set_epoch(1)
    assert [*begun, *map(key, samples)] == once
    stream.load_state_dict(state)
    assert [key(sample) for sample in stream] == once[4:] and dataset.epoch == 1
    assert sorted(found := [key(sample) for sample in stream]) == sorted(once) and found != once


def test_only_the_same_pass_goes_on(path: Path) -> None:
    dataset = ClipDataset(path, length=3, pixels="none", channels=("bits",), seed=7)
    begun = ClipStream(dataset, rank=1, world=2)
    samples = iter(begun)
    first, state = key(next(samples)), begun.state_dict()
    resumed = ClipStream(dataset, rank=1, world=2)
    resumed.load_state_dict(state)
    rest = [key(sample) for sample in resumed]
    assert len(rest) == 3 and [first, *rest] == [key(sample) for sample in resumed]
    other = ClipDataset(path, length=3, pixels="none", seed=8)
    for stream, told in (
        (ClipStream(dataset, rank=0, world=2), "rank 1, and this one has 0"),
        (ClipStream(dataset, rank=1, world=3), "world 2, and this one has 3"),
        (ClipStream(other, rank=1, world=2), "seed 7, and this one has 8"),
        (
            ClipStream(ClipDataset(path, length=2, pixels="none", seed=7), rank=1, world=2),
            "windows 9, and this one has 12",
        ),
    ):
        with pytest.raises(ValueError, match=rf"^the state is of a pass with {told}$"):
            stream.load_state_dict(state)
    shifted = [window._replace(first=window.first + 1, end=window.end + 1) for window in dataset.windows]
    with pytest.raises(
        ValueError, match=r"^the state is of a pass with windows_sha256 [0-9a-f]{64}, and this one has "
    ):
        ClipStream(ClipDataset(path, windows=shifted, pixels="none", seed=7), rank=1, world=2).load_state_dict(state)
    with pytest.raises(ValueError, match=r"^epochs count from 0; not -1$"):
        begun.set_epoch(-1)


def test_only_the_same_worker_of_as_many_goes_on(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = ClipDataset(path, length=3, pixels="none", channels=("bits",))

    def become(worker: int, workers: int) -> None:
        info = SimpleNamespace(id=worker, num_workers=workers)
        monkeypatch.setattr("codecorpus.torch.stream.get_worker_info", lambda: info)

    alone = ClipStream(dataset, rank=0, world=1)
    next(iter(alone))
    become(1, 2)
    begun = ClipStream(dataset, rank=0, world=1)
    samples = iter(begun)
    first = key(next(samples))
    resumed = ClipStream(dataset, rank=0, world=1)
    resumed.load_state_dict(begun.state_dict())
    assert [first, *map(key, resumed)] == [key(sample) for sample in ClipStream(dataset, rank=0, world=1)]
    state = begun.state_dict()
    become(1, 3)
    with pytest.raises(ValueError, match=r"^the state is of a pass with workers 2, and this one has 3$"):
        resumed.load_state_dict(state)
    become(0, 2)
    with pytest.raises(ValueError, match=r"^the state is of a pass with worker 1, and this one has 0$"):
        resumed.load_state_dict(state)


def test_a_state_of_no_workers_is_refused_by_workers(path: Path) -> None:
    dataset = ClipDataset(path, length=3, pixels="none", channels=("bits",))
    begun = ClipStream(dataset, rank=0, world=1)
    next(iter(begun))
    resumed = ClipStream(dataset, rank=0, world=1)
    resumed.load_state_dict(begun.state_dict())
    loader = data.DataLoader(resumed, batch_size=None, num_workers=2)
    with pytest.raises(ValueError, match=r"the state is of a pass with workers 0, and this one has 2"):
        list(loader)
    assert len(list(data.DataLoader(resumed, batch_size=None))) == 8
    assert len(list(loader)) == 9


def test_a_far_corpus_is_loaded(path: Path) -> None:
    far = fsspec.filesystem("memory")
    far.put(str(path), "/torch", recursive=True)
    here = ClipDataset(path, length=3, pixels="none", encodes=["x265-b"])
    there = ClipDataset("memory://torch", length=3, pixels="none", encodes=["x265-b"])
    assert all(same(one, other) for one, other in zip(here, there, strict=True))
    far.rm("/torch", recursive=True)


def test_samples_of_one_shape_make_a_batch(path: Path) -> None:
    dataset = ClipDataset(path, length=3, pixels="none", channels=("bits",))
    batch = collate([dataset[0], dataset[1]])
    assert batch["maps"].shape == (2, *dataset[0]["maps"].shape) and batch["frames"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert batch["clip"] == [dataset[0]["clip"]] * 2 and batch["encode"] == [("x265-a", "x265-b")] * 2
    other = ClipDataset(path, length=3, pixels="none", channels=("bits",), draw=1)[0]
    with pytest.raises(ValueError, match=r"^samples of a batch differ in maps: \[2, 3, 1, .* of .*; Augment\(size="):
        collate([dataset[0], other])


def test_windows_that_are_given_lack_nothing_that_is_asked_for(path: Path) -> None:
    listed = codecorpus.open(path).windows(3)
    plain = json.loads(json.dumps([*listed[:2], ("one-000", 0, 3, ["x265-a"])]))
    assert [window.encodes for window in ClipDataset(path, windows=plain, encodes=["x265-b"]).windows] == [
        ("x265-a", "x265-b")
    ] * 2
    assert len(ClipDataset(path, windows=plain, draw=2)) == 2 and len(ClipDataset(path, windows=plain)) == 3
    with pytest.raises(CorpusError, match=r": none of the 1 windows that are given is one with the encodes"):
        ClipDataset(path, windows=plain[2:], encodes=["x265-b"])


def test_numbers_count_from_the_end_too(path: Path) -> None:
    dataset = ClipDataset(path, length=3, pixels="none", draw=1, augment=Augment(size=(32, 32), flip=0.5))
    assert same(dataset[-1], dataset[len(dataset) - 1]) and same(dataset[torch.tensor(2)], dataset[2])
    with pytest.raises(IndexError):
        dataset[len(dataset)]


def partly(path: Path, monkeypatch: pytest.MonkeyPatch, **options: Any) -> ClipDataset:
    """Windows of three clips, of which the pixels of one, and those of another's middle, cannot be read."""
    dataset = ClipDataset(path, length=3, channels=("bits",), **options)

    def pixels(clip: str, frames: slice, **_: Any) -> np.ndarray:
        if clip == "one-000" or (clip == "two-000" and frames.start == 3):
            raise CorpusError(f"no pixels of {clip}")
        return np.zeros((3, 56, 72, 3), np.uint8)

    monkeypatch.setattr(dataset.corpus, "pixels", pixels)
    return dataset


def test_the_next_window_comes_in_the_place_of_one_that_cannot_be_read(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CorpusError, match=r"^no pixels of one-000$"):
        partly(path, monkeypatch)[0]
    dataset = partly(path, monkeypatch, errors="skip")
    windows = [(window.clip, window.first) for window in dataset.windows]
    assert windows == [(clip, first) for clip in ("one-000", "two-000", "three-000") for first in (0, 3, 6)]
    with pytest.warns(UserWarning) as told:
        found = [key(sample) for sample in dataset]
    assert found == [*[windows[3]] * 4, windows[5], windows[5], *windows[6:]]
    assert [str(one.message) for one in told] == [
        f"windows of {clip} are left out: no pixels of {clip}" for clip in ("one-000", "two-000")
    ]
    assert key(dataset[-8]) == windows[3] and len(dataset) == 9
    none = ClipDataset(path, windows=dataset.windows[:3], channels=("bits",), errors="skip")
    left_out = pytest.warns(UserWarning, match="windows of one-000 are left out: ")  # no plan tells of its source
    with left_out, pytest.raises(CorpusError, match=r": none of its 3 windows can be read$"):
        none[1]


@pytest.mark.filterwarnings("ignore:windows of")
def test_a_pass_over_windows_that_cannot_be_read_is_resumed_exactly(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = partly(path, monkeypatch, errors="skip", seed=3)
    stream = ClipStream(dataset, rank=0, world=1)
    once = [key(sample) for sample in stream]
    assert sorted(once) == sorted([("two-000", 0), ("two-000", 6), *(("three-000", first) for first in (0, 3, 6))])
    assert stream.state_dict()["done"] == 9
    for taken in range(len(once) + 1):
        samples = iter(stream)
        begun = [key(next(samples)) for _ in range(taken)]
        resumed = ClipStream(dataset, rank=0, world=1)
        resumed.load_state_dict(stream.state_dict())
        assert begun + [key(sample) for sample in resumed] == once


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"length": 1000}, r": no window of 1000 frames; its clips have 9 frames at most$"),
        ({"stride": 0}, r"^windows have 1 frame or more, as has their stride; not 16 and 0$"),
        ({"encodes": ["x264-*"]}, r": no encode 'x264-\*'; known are x265-a, x265-b$"),
        ({"encodes": "x265-a"}, r"^encodes are a sequence of names, each once; not 'x265-a'$"),
        ({"encodes": []}, r"^encodes are a sequence of names, each once; not \[\]$"),
        ({"draw": 0}, r"^1 encode or more is drawn; not 0$"),
        (
            {"draw": 3},
            r": no window of 16 frames with the encodes that are asked for; its clips have 9 frames at most$",
        ),
        ({"draw": 2, "encodes": ["x265-a"]}, r"^1 encode or more is drawn, of 1; not 2$"),
        ({"channels": ("bitz",)}, r"^channels are a sequence of velocity_past_x, .*; not \('bitz',\)$"),
        ({"channels": "bits"}, r"^channels are a sequence of velocity_past_x, .*; not 'bits'$"),
        ({"pixels": "frames"}, r"^pixels are those of the 'clip', of the 'encode', or 'none'; not 'frames'$"),
        ({"errors": "ignore"}, r"^errors are to 'raise' or to 'skip'; not 'ignore'$"),
        ({"seed": -1}, r"^a seed is 0 or more; not -1$"),
    ],
)
def test_wrong_arguments_are_told_at_once(path: Path, wrong: Any, told: str) -> None:
    with pytest.raises((ValueError, CorpusError), match=told):
        ClipDataset(path, **wrong)


def test_wrong_ranks_are_told(path: Path) -> None:
    dataset = ClipDataset(path, length=3, pixels="none")
    for ranks, told in (
        ({"rank": 3, "world": 3}, r"^ranks are 0 to 2 where there are 3; not 3$"),
        ({"world": 4}, r"^a rank is one of so many: rank and world go together; not None and 4$"),
        ({"rank": 0, "world": 10}, r"^9 windows cannot be shared out among 10 ranks$"),
    ):
        with pytest.raises(ValueError, match=told):
            ClipStream(dataset, **ranks)


@pytest.mark.parametrize("workers", [0, 2])
def test_none_is_left_out_where_ranks_need_not_have_as_many(path: Path, workers: int) -> None:
    dataset = ClipDataset(path, length=3, pixels="none", channels=("bits",))
    streams = [ClipStream(dataset, rank=rank, world=4, even=False) for rank in range(4)]
    assert [len(stream) for stream in streams] == [3, 2, 2, 2]
    found = [key(s) for one in streams for s in data.DataLoader(one, batch_size=None, num_workers=workers)]
    assert len(found) == len(set(found)) == 9
