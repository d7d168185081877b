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

    Every rank gets as many windows, as training in step asks for; the few that are left over differ from epoch to
    epoch. With torchdata's StatefulDataLoader, `state_dict` resumes in mid-epoch: each worker goes on behind what was
    taken of it.

    Args:
        dataset: whose samples.
        shuffle: in an order that follows from the dataset's seed and epoch, else in its own.
        rank: of this process, and `world` how many there are; by default as torch.distributed or `torchrun` says.
        world: see `rank`.
        even: whether ranks get as many windows as each other; else none is left out, as measuring asks for, and some
            ranks get one more.

    Raises:
        ValueError: there is no such rank, or there are more ranks than windows.
    """

    def __init__(
        self,
        dataset: ClipDataset,
        *,
        shuffle: bool = True,
        rank: int | None = None,
        world: int | None = None,
        even: bool = True,
    ) -> None:
        if (rank is None) != (world is None):
            raise ValueError(f"a rank is one of so many: rank and world go together; not {rank} and {world}")
        self.dataset = dataset
        self.shuffle = shuffle
        self.even = even
        self.rank, self.world = _ranks() if rank is None or world is None else (rank, world)
        if not 0 <= self.rank < self.world:
            raise ValueError(f"ranks are 0 to {self.world - 1} where there are {self.world}; not {self.rank}")
        if even and len(dataset) < self.world:
            raise ValueError(f"{len(dataset)} windows cannot be shared out among {self.world} ranks")
        self._done = 0
        self._goes_on = False

    def set_epoch(self, epoch: int) -> None:
        """Draw and shuffle anew."""
        self.dataset.set_epoch(epoch)

    def __len__(self) -> int:
        """Of this rank."""
        return len(self._share())

    def __iter__(self) -> Iterator[Sample]:
        share = self._own()
        self._done = self._done if self._goes_on else 0
        self._goes_on = False
        while self._done < len(share):
            self._done += 1
            yield self.dataset[int(share[self._done - 1])]

    def state_dict(self) -> dict[str, Any]:
        """Where this process, or worker, is, and in which pass over what."""
        return {**self._identity, "epoch": self.dataset.epoch, "done": self._done}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on there, with the next pass.

        Raises:
            ValueError: that was a pass over other windows, or in another order, or for other ranks.
        """
        for name, value in self._identity.items():
            if state.get(name) != value:
                raise ValueError(f"the state is of a pass with {name} {state.get(name)}, and this one has {value}")
        self.set_epoch(state["epoch"])
        self._done = state["done"]
        self._goes_on = True

    @property
    def _identity(self) -> dict[str, Any]:
        """What a pass must have in common with the one that it goes on with."""
        sharing = {"shuffle": self.shuffle, "even": self.even, "rank": self.rank, "world": self.world}
        return {"windows": len(self.dataset), "seed": self.dataset.seed, **sharing}

    def _own(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """The numbers of this worker's windows, in order."""
        worker = get_worker_info()
        return self._share() if worker is None else self._share()[worker.id :: worker.num_workers]

    def _share(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Those of this rank."""
        count = len(self.dataset)
        order = np.arange(count)
        if self.shuffle:
            order = np.random.default_rng([self.dataset.seed, self.dataset.epoch]).permutation(count)
        if self.even:
            order = order[: count // self.world * self.world]
        return order[self.rank :: self.world]


def _ranks() -> tuple[int, int]:
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return torch.distributed.get_rank(), torch.distributed.get_world_size()
    return int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
