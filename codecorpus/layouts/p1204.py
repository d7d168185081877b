"""What ITU-T P.1204.3 measures of a bitstream (mode 3): features for models of quality, not the model.

The Recommendation (01/2020) predicts quality from bitstream data: QP, motion, frame types and sizes
(github.com/Telecommunication-Telemedia-Assessment/bitstream_mode3_p1204_3). Every one of them is a statistic of
**frames**, **blocks** and **motion**.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from codecorpus import _native
from codecorpus.intrinsics import Intrinsics
from codecorpus.schema import P1204

UNITS: Final = P1204
"""Every feature, and its unit."""

TABLES: Final = ("frames", "blocks", "motion")
"""What they are of."""

COLUMNS: Final = _native.feature_columns()
"""The columns of them."""


def features(intrinsics: Intrinsics, fps: float) -> Mapping[str, float]:
    """The features of a stream, by name, as `UNITS` has them; NaN where there is nothing to measure.

    Means and deviations in a picture weigh by area; deviations are of the population.

    Args:
        intrinsics: with **frames**, **blocks** and **motion**.
        fps: frames a second.
    """
    gathered = Features()
    gathered.add(intrinsics)
    return gathered.tell(fps)


class Features:
    """The features of a stream that comes in parts of whole pictures: the same, to the bit, wherever those end."""

    def __init__(self) -> None:
        self._gathered = _native.Features()

    def add(self, part: Intrinsics) -> None:
        """The next pictures, as `extract_batches` gives them; damaged ones count in rates alone."""
        # Each column that is handed over costs as much as hundreds of its values.
        frames, blocks, motion = (part.tables[table].select(COLUMNS[table]) for table in TABLES)
        self._gathered.add(frames, blocks, motion, part.size)

    def tell(self, fps: float) -> dict[str, float]:
        """What the pictures so far come to; `fps` is NaN where it is not known."""
        return self._gathered.tell(fps)
