"""The channels of maps: what each holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from codecorpus import _native


@dataclass(frozen=True)
class Channel:
    """What a channel holds; lengths are in luma samples of the map's size."""

    name: str
    unit: str
    meaning: str
    tables: tuple[str, ...]


DECLARED: Final = {
    name: Channel(name, unit, meaning, tuple(tables)) for name, unit, meaning, tables in _native.map_channels()
}
"""Every channel by name, in the order of a map that has all."""

CHANNELS: Final = tuple(DECLARED)
"""The names of all channels."""
