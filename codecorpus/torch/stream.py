"""The iterable dataset: windows in random order, shared out among ranks and workers, resumed where they were left."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import torch
from torch.utils.data import IterableDataset, get_worker_info

from codecorpus.corpus.windows import digest
from codecorpus.torch.dataset import ClipDataset, Sample


class _Place(NamedTuple):
    """How many windows of a pass are done, and the epoch that it is of; that of the dataset until it begins."""

    done: int
    epoch: int | None = None


class ClipStream(IterableDataset[Sample]):
    """A pass over a dataset: each window once, by one worker of one rank.

    Every rank gets as many windows, as training in step asks for; the few that are left over differ from epoch to
    epoch. Windows that the dataset is to skip count as done: ranks may then give fewer samples than each other. With
    torchdata's StatefulDataLoader, `state_dict` resumes in mid-epoch: each worker goes on behind what was
    taken of it. A state is of one worker among as many, or of a process without workers.

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
        self._at = _Place(0)
        self._goes_on: dict[str, Any] | None = None

    def set_epoch(self, epoch: int) -> None:
        """Draw and shuffle anew, from the next pass on."""
        self.dataset.set_epoch(epoch)

    def __len__(self) -> int:
        """Of this rank."""
        return len(self._share(self.dataset.epoch))

    def __iter__(self) -> Iterator[Sample]:
        # At once, not with the first sample: loaders throw passes away that they have not begun.
        self._at = _Place(0)
        if self._goes_on is not None:
            self._at = self._place(self._goes_on)  # a worker may have been forked from who was given the state
            self._goes_on = None
        return self._pass(self._at)

    def state_dict(self) -> dict[str, Any]:
        """Where this process, or worker, is, and in which pass over what."""
        epoch = self.dataset.epoch if self._at.epoch is None else self._at.epoch
        return {**self._identity, "epoch": epoch, "done": self._at.done}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on there, with the next pass; it is of the state's epoch, those after it are of the dataset's.

        Raises:
            ValueError: that was a pass over other windows, or in another order, or for other ranks or workers; so does
                the pass that is to go on there, where a loader gives it to workers.
        """
        self._at = self._place(state)
        self._goes_on = state

    def _place(self, state: dict[str, Any]) -> _Place:
        for name, value in self._identity.items():
            if state.get(name) != value:
                raise ValueError(f"the state is of a pass with {name} {state.get(name)}, and this one has {value}")
        return _Place(state["done"], state["epoch"])

    def _pass(self, begin: _Place) -> Iterator[Sample]:
        epoch = self.dataset.epoch if begin.epoch is None else begin.epoch
        own = self._own(epoch)
        for done in range(begin.done, len(own)):
            self._at = _Place(done + 1, epoch)
            if (sample := self.dataset.found(int(own[done]), epoch)) is not None:
                yield sample

    @cached_property
    def _sha256(self) -> str:
        """Of the windows."""
        return digest(self.dataset.windows)

    @property
    def _identity(self) -> dict[str, Any]:
        """What a pass must have in common with the one that it goes on with."""
        worker = get_worker_info()
        workers = (
            {"workers": 0, "worker": 0} if worker is None else {"workers": worker.num_workers, "worker": worker.id}
        )
        sharing = {"shuffle": self.shuffle, "even": self.even, "rank": self.rank, "world": self.world, **workers}
        return {"windows": len(self.dataset), "windows_sha256": self._sha256, "seed": self.dataset.seed, **sharing}

    def _own(self, epoch: int) -> np.ndarray[Any, np.dtype[np.int64]]:
        """The numbers of this worker's windows, in order."""
        worker = get_worker_info()
        share = self._share(epoch)
        return share if worker is None else share[worker.id :: worker.num_workers]

    def _share(self, epoch: int) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Those of this rank."""
        count = len(self.dataset)
        order = np.arange(count)
        if self.shuffle:
            order = np.random.default_rng([self.dataset.seed, epoch]).permutation(count)
        if self.even:
            order = order[: count // self.world * self.world]
        return order[self.rank :: self.world]


def _ranks() -> tuple[int, int]:
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return torch.distributed.get_rank(), torch.distributed.get_world_size()
    return int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
