"""HEVC whose motion is random: every way to code a vector, in references near and far."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from helpers.hevc_writing import (
    B_SLICE,
    CTB_LOG2,
    I_SLICE,
    P_SLICE,
    PARTITIONS,
    POC_LSB_BITS,
    SMALLEST_LOG2,
    PredictionUnit,
    SliceData,
    SliceHeader,
    Vector,
    parameter_sets,
)
from helpers.rewriting import joined

SIZE = 64


@dataclass
class _Reference:
    poc: int
    long_term: bool = False


def random_motion(seed: int) -> bytes:
    """A stream of up to nine pictures of 64x64, most of whose order counts are far from each other."""
    random = Random(seed)
    far = random.random() < 0.7
    units = parameter_sets(SIZE, SIZE, parallel_merge_level=random.choice([2, 2, 3, 4, 5]))
    header = SliceHeader(I_SLICE)
    references = [_Reference(0)]
    used = {0}
    while True:
        units.append(header.unit(random_picture(random, header)))
        half = 1 << POC_LSB_BITS - 1
        free = [poc for poc in range(max(1, header.poc - half + 1), header.poc + half) if poc not in used]
        poc = random.choice(free if far else free[:6])
        references = _still_there(random, poc, references)
        if not references or len(used) == 9:
            return joined(units)
        used.add(poc)
        header = _header(random, poc, references)
        references.append(_Reference(poc))


def _still_there(random: Random, poc: int, references: list[_Reference]) -> list[_Reference]:
    """At most five references of a picture, of which some become long-term ones."""
    there = []
    for reference in references:
        behind = poc >> POC_LSB_BITS >= reference.poc >> POC_LSB_BITS
        if behind and random.random() < 0.15:
            reference.long_term = True
        if behind or not reference.long_term:
            there.append(reference)
    if len(there) > 5:
        del there[random.randrange(len(there))]
    return there


def _header(random: Random, poc: int, references: list[_Reference]) -> SliceHeader:
    short = sorted(
        (reference.poc for reference in references if not reference.long_term), key=lambda own: abs(own - poc)
    )
    total = len(references)
    kind = random.choice([P_SLICE, B_SLICE, B_SLICE])
    active = (random.randrange(total + 1) + 1, random.randrange(total + 1) + 1)
    entries = [[random.randrange(total) for _ in range(count)] if random.random() < 0.25 else [] for count in active]
    side = random.randrange(2) if kind == B_SLICE else 0
    return SliceHeader(
        kind,
        poc,
        before=[own for own in short if own < poc],
        after=[own for own in short if own > poc],
        long_term=sorted((own.poc for own in references if own.long_term), reverse=True),
        active=active,
        entries=(entries[0], entries[1]),
        mvd_l1_zero=kind == B_SLICE and random.random() < 0.5,
        temporal_mvp=random.random() < 0.75,
        collocated=(side, random.randrange(active[side])),
        candidates=random.randrange(5) + 1,
    )


def random_picture(random: Random, header: SliceHeader) -> bytes:
    """The slice data of a picture of 64x64."""
    data = RandomSliceData(random, header)
    corners = [(x, y) for y in range(0, SIZE, 1 << CTB_LOG2) for x in range(0, SIZE, 1 << CTB_LOG2)]
    for corner in corners:
        data.coding_quadtree(*corner)
        data.end_of_slice_segment_flag(corner == corners[-1])
    return bytes(data)


class RandomSliceData(SliceData):
    """Coding units by chance; in I slices, of noise."""

    def __init__(self, random: Random, header: SliceHeader) -> None:
        super().__init__(header)
        self._random = random
        self._reach = random.choice([8, 60, 400, 3000])

    def coding_quadtree(self, x: int, y: int, log2: int = CTB_LOG2) -> None:
        if log2 > SMALLEST_LOG2:
            split = self.header.kind != I_SLICE and self._random.random() < (0.8 if log2 == CTB_LOG2 else 0.5)
            self.split_cu_flag(x, y, log2, split)
            if split:
                half = 1 << log2 - 1
                for below in (0, half):
                    for right in (0, half):
                        self.coding_quadtree(x + right, y + below, log2 - 1)
                return
        self._coding_unit(x, y, log2)

    def _coding_unit(self, x: int, y: int, log2: int) -> None:
        kind = self._random.random()
        if self.header.kind == I_SLICE or kind < 0.06:
            self.pcm(x, y, log2, self._random.randbytes(1 << 2 * log2))
        elif kind < 0.36:
            self.skip(x, y, log2, self._merge())
        else:
            part_modes = ["PART_2Nx2N", *list(PARTITIONS)[: 7 if log2 > SMALLEST_LOG2 else 3]]
            part_mode = self._random.choice(part_modes)
            sizes = [(w << log2 >> 2, h << log2 >> 2) for w, h in PARTITIONS[part_mode]]
            self.inter(x, y, log2, part_mode, [self._unit(w, h, whole=len(sizes) == 1) for w, h in sizes])

    def _merge(self) -> int:
        return self._random.randrange(self.header.candidates)

    def _unit(self, w: int, h: int, *, whole: bool) -> PredictionUnit:
        if not whole and self._random.random() < 0.5:
            return self._merge()
        if self.header.kind == P_SLICE:
            return self._vector(0), None
        if w + h > 12 and self._random.random() < 0.3:
            return self._vector(0), self._vector(1, both=True)
        return (self._vector(0), None) if self._random.random() < 0.5 else (None, self._vector(1))

    def _vector(self, side: int, *, both: bool = False) -> Vector:
        ref_idx = self._random.randrange(self.header.active[side])
        mvd = None if both and self.header.mvd_l1_zero else (self._difference(), self._difference())
        return Vector(ref_idx, mvd, self._random.random() < 0.5)

    def _difference(self) -> int:
        return 0 if self._random.random() < 0.4 else self._random.randrange(-self._reach, self._reach + 1)
