"""Batches of samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from codecorpus.torch.dataset import Sample


def collate(samples: Sequence[Sample]) -> dict[str, Any]:
    """A batch, for `DataLoader(collate_fn=collate)`: tensors stacked, names in lists, `encode` a tuple a sample.

    Raises:
        ValueError: samples differ in size, channels or number of encodes.
    """
    return {name: _column(name, samples) for name in samples[0]}


def _column(name: str, samples: Sequence[Any]) -> Any:
    values = [sample[name] for sample in samples]
    if not torch.is_tensor(values[0]):
        return values
    if len({value.shape for value in values}) > 1:
        shapes = {tuple(value.shape): sample["clip"] for sample, value in zip(samples, values, strict=True)}
        told = ", ".join(f"{list(shape)} of {clip}" for shape, clip in shapes.items())
        raise ValueError(
            f"samples of a batch differ in {name}: {told}; Augment(size=...) gives them one size, "
            "encodes=[...] or draw=... the same number of encodes"
        )
    return torch.stack(values)
