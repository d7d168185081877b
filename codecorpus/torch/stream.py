"""The iterable dataset: windows in random order, shared out among ranks and workers, resumed where they were left."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch.utils.data import IterableDataset, get_worker_info

from codecorpus.torch.dataset import ClipDataset, Sample


class ClipStream(IterableDataset[Sample]):
    """A pass over a dataset: each window once, by one worker of one rank.

    Every rank gets as many windows; the few that are left over differ from epoch to epoch. With torchdata's
    StatefulDataLoader, `state_dict` resumes in mid-epoch: each worker goes on behind what was taken of it.

    Args:
        dataset: whose samples.
        shuffle: in an order that follows from the dataset's seed and epoch, else in its own.
        rank: of this process, and `world` how many there are; by default as torch.distributed or `torchrun` says.
        world: see `rank`.
    """

    def __init__(
        self, dataset: ClipDataset, *, shuffle: bool = True, rank: int | None = None, world: int | None = None
    ) -> None:
        self.dataset = dataset
        self.shuffle = shuffle
        known = _ranks()
        self.rank = known[0] if rank is None else rank
        self.world = known[1] if world is None else world
        self._done = 0
        self._goes_on = False

    def set_epoch(self, epoch: int) -> None:
        """Draw and shuffle anew."""
        self.dataset.set_epoch(epoch)

    def __len__(self) -> int:
        """Of this rank."""
        return len(self.dataset) // self.world

    def __iter__(self) -> Iterator[Sample]:
        own = self._own()
        self._done = self._done if self._goes_on else 0
        self._goes_on = False
        while self._done < len(own):
            self._done += 1
            yield self.dataset[int(own[self._done - 1])]

    def state_dict(self) -> dict[str, Any]:
        """Where this process, or worker, is."""
        return {"epoch": self.dataset.epoch, "done": self._done}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on there, with the next pass."""
        self.set_epoch(state["epoch"])
        self._done = state["done"]
        self._goes_on = True

    def _own(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """The numbers of this worker's windows, in order."""
        count = len(self.dataset)
        order = np.arange(count)
        if self.shuffle:
            order = np.random.default_rng([self.dataset.seed, self.dataset.epoch]).permutation(count)
        mine = order[: count // self.world * self.world][self.rank :: self.world]
        worker = get_worker_info()
        return mine if worker is None else mine[worker.id :: worker.num_workers]


def _ranks() -> tuple[int, int]:
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return torch.distributed.get_rank(), torch.distributed.get_world_size()
    return int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
