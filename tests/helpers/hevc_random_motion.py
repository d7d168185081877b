"""HEVC whose motion is random: every way to code a vector, in references near and far."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
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
    WHOLE,
    Cell,
    Contexts,
    Layout,
    PredictionUnit,
    SliceData,
    SliceHeader,
    Vector,
    parameter_sets,
)
from helpers.rewriting import joined


@dataclass
class _Reference:
    poc: int
    long_term: bool = False


def random_motion(seed: int, layout: Layout = WHOLE) -> bytes:
    """A stream of up to nine pictures, most of whose order counts are far from each other."""
    random = Random(seed)
    far = random.random() < 0.7
    units = parameter_sets(layout, parallel_merge_level=random.choice([2, 2, 3, 4, 5]))
    header = SliceHeader(I_SLICE)
    references = [_Reference(0)]
    used = {0}
    while True:
        units += RandomPicture(random, header, layout).units()
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
    short = sorted((own.poc for own in references if not own.long_term), key=lambda own: abs(own - poc))
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


class RandomPicture(RandomSliceData):
    """A picture in slices, slice segments, tiles and wavefronts, where its layout has them."""

    def __init__(self, random: Random, header: SliceHeader, layout: Layout = WHOLE) -> None:
        super().__init__(random, header)
        self._layout = layout
        self._scan = layout.scan()
        self._slices_in_tiles = layout.tiles and layout.slices and random.random() < 0.5
        self._end_chance = random.choice([0.2, 0.5]) if layout.slices else 0
        self._areas: dict[Cell, tuple[int, int]] = {}
        """The slice and tile of each CTB."""
        self._second_in_row = self.contexts

    def units(self) -> list[bytes]:
        """The slice segments."""
        units: list[bytes] = []
        at = slice_address = 0
        slice_in_row = False
        while at < len(self._scan):
            x, y, _ = self._scan[at]
            in_row = self._layout.wavefronts and not self._begins_row(at)
            dependent = at > 0 and self._is_dependent(at, slice_in_row=slice_in_row)
            address = y * self._layout.width + x
            if not dependent:
                slice_address, slice_in_row = address, in_row
            end = self._end(at, in_row=in_row or slice_in_row)
            substreams = self._substreams(at, end, slice_address, dependent=dependent)
            units.append(self.header.unit(*substreams, layout=self._layout, address=address, dependent=dependent))
            at = end
        return units

    def _begins_tile(self, at: int) -> bool:
        return at == 0 or self._scan[at].tile != self._scan[at - 1].tile

    def _begins_row(self, at: int) -> bool:
        return self._begins_tile(at) or self._scan[at].y != self._scan[at - 1].y

    def _begins_substream(self, at: int) -> bool:
        return self._begins_row(at) if self._layout.wavefronts else self._begins_tile(at)

    def _is_dependent(self, at: int, *, slice_in_row: bool) -> bool:
        """Whether a segment goes on with a slice, which may have to end with its row or tile."""
        ends = (slice_in_row and self._begins_row(at)) or (self._slices_in_tiles and self._begins_tile(at))
        return self._layout.dependent_segments and not ends and self._random.random() < 0.5

    def _end(self, at: int, *, in_row: bool) -> int:
        """Where a segment ends."""
        for end in range(at + 1, len(self._scan)):
            if (in_row and self._begins_row(end)) or (self._slices_in_tiles and self._begins_tile(end)):
                return end
            may_end = self._begins_tile(end) or self._slices_in_tiles or not self._layout.tiles
            if self._layout.slices and may_end and self._random.random() < self._end_chance:
                return end
        return len(self._scan)

    def _substreams(self, begin: int, end: int, slice_address: int, *, dependent: bool) -> list[bytes]:
        substreams: list[bytes] = []
        for at in range(begin, end):
            x, y, tile = self._scan[at]
            self._areas[x, y] = (slice_address, tile)
            if at == begin or self._begins_substream(at):
                self.begin(self._contexts_at(at, self.contexts if dependent else self.initial_contexts()))
            self.coding_quadtree(x << CTB_LOG2, y << CTB_LOG2)
            if x == 1:
                self._second_in_row = deepcopy(self.contexts)
            self.end_of_slice_segment_flag(at == end - 1)
            if at == end - 1:
                substreams.append(bytes(self))
            elif self._begins_substream(at + 1):
                self.end_of_subset_one_bit()
                substreams.append(bytes(self))
        return substreams

    def _contexts_at(self, at: int, before: Contexts) -> Contexts:
        """Those that a substream begins with (9.3.1)."""
        x, y, _ = self._scan[at]
        if self._begins_tile(at):
            return self.initial_contexts()
        if self._layout.wavefronts and self._begins_row(at):
            there = self._areas.get((x + 1, y - 1)) == self._areas[x, y]
            return self._second_in_row if there else self.initial_contexts()
        return before

    def _neighbours(self, x: int, y: int) -> Iterator[Cell]:
        own = self._areas[x >> CTB_LOG2, y >> CTB_LOG2]
        in_ctb = CTB_LOG2 - SMALLEST_LOG2
        return (
            (column, row)
            for column, row in super()._neighbours(x, y)
            if self._areas[column >> in_ctb, row >> in_ctb] == own
        )
