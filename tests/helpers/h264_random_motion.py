"""H.264 whose motion is random: every way to code a vector, in frames, fields and MBAFF frames."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from helpers.h264_writing import (
    B_SLICE,
    BOTTOM,
    FRAME,
    I_SLICE,
    LISTS,
    P_SLICE,
    SUB_MACROBLOCKS,
    TOP,
    Mvd,
    Operation,
    Parameters,
    SliceData,
    SliceHeader,
)
from helpers.rewriting import joined

MAX_REFERENCES = 7
EMPTY: list[Operation] = [(5,)]
"""The buffer is empty behind the picture, whose frame_num and order count become 0."""


@dataclass
class _Reference:
    frame_num: int
    long_term: int | None = None
    """Its LongTermFrameIdx."""

    def number(self, structure: int, *, same_parity: bool) -> int:
        """PicNum or LongTermPicNum (8.2.4.1) of it or of a field, where frame_num does not wrap."""
        own = self.frame_num if self.long_term is None else self.long_term
        return own if structure == FRAME else 2 * own + same_parity


def random_motion(seed: int, *, interlaced: bool = False, mbaff: bool = False) -> bytes:
    """A stream of nine pictures of 48x64; where it is interlaced half of them are pairs of fields."""
    random = Random(seed)
    parameters = Parameters(3, 4, MAX_REFERENCES + 1, interlaced, mbaff)
    units = parameters.units()
    references: list[_Reference] = []
    emptied = False
    for number, poc in enumerate([0, *(4 * (1 + at) for at in random.sample(range(60), 8))]):
        is_reference = number == 0 or (len(references) < MAX_REFERENCES and random.random() < 0.75)
        pair = interlaced and random.random() < 0.5
        frame_num = references[-1].frame_num + 1 if references else 0
        direct_spatial = random.random() < 0.5
        for structure in (TOP, BOTTOM) if pair else (FRAME,):
            second = structure == BOTTOM
            total = len(references) * (1 + pair) + (second and is_reference)
            # FFmpeg errs in B slices behind a picture that empties the buffer; before 9.0, also where co-located blocks
            # are in the first field of the same frame.
            only_p = emptied or (second and is_reference)
            current = _Reference(frame_num).number(structure, same_parity=True)
            modifications = [_modifications(random, current, structure, references) for _ in range(2)]
            marks = is_reference and number > 0 and not second
            header = SliceHeader(
                random.choice([P_SLICE] if only_p else [P_SLICE, B_SLICE, B_SLICE]) if total else I_SLICE,
                structure,
                frame_num,
                poc + second,
                bottom=1 if number == 0 else random.choice([1, 2, -1]),
                reference=is_reference,
                idr=number == 0 and not second,
                direct_spatial=direct_spatial,
                active=(total, total),
                modifications=(modifications[0], modifications[1]),
                marking=_marking(random, current, structure, references) if marks else [],
            )
            units.append(random_picture(random, header, parameters))
            if header.marking == EMPTY:
                references.clear()
                frame_num = poc = 0
                emptied = True
        if is_reference:
            references.append(_Reference(frame_num))
    return joined(units)


def _modifications(random: Random, current: int, structure: int, references: list[_Reference]) -> list[Operation]:
    """Now and then, moves references to the front of a list."""
    operations: list[Operation] = []
    predicted = current
    for _ in range(random.randrange(1 + min(3, len(references))) if random.random() < 0.4 else 0):
        reference = random.choice(references)
        number = reference.number(structure, same_parity=random.random() < 0.5)
        if reference.long_term is not None:
            operations.append((2, number))
        elif number != predicted:
            operations.append((int(number > predicted), abs(number - predicted) - 1))
            predicted = number
    return operations


def _marking(random: Random, current: int, structure: int, references: list[_Reference]) -> list[Operation]:
    """Now and then, empties the buffer or makes a reference, or both its fields, a long-term one."""
    kind = random.random()
    if kind < 0.1:
        return EMPTY
    short = [reference for reference in references if reference.long_term is None]
    index = len(references) - len(short)
    if kind > 0.3 or not short or index == 3:
        return []
    reference = random.choice(short)
    numbers = {reference.number(structure, same_parity=same) for same in (True, False)}
    reference.long_term = index
    return [(4, 4), *((3, current - number - 1, index) for number in sorted(numbers))]


def random_picture(random: Random, header: SliceHeader, parameters: Parameters) -> bytes:
    """The slice of a picture."""
    data = RandomSliceData(random, header, parameters)
    macroblocks = parameters.width * parameters.height // (1 if header.structure == FRAME else 2)
    for _ in range(macroblocks // 2):
        data.begin_pair()
        field = parameters.mbaff and header.structure == FRAME and random.random() < 0.5
        data.macroblock(field)
        data.macroblock(field)
    return data.unit()


class RandomSliceData(SliceData):
    """Macroblocks by chance; in I slices, of noise."""

    def __init__(self, random: Random, header: SliceHeader, parameters: Parameters) -> None:
        super().__init__(header, parameters)
        self._random = random
        self._reach = random.choice([6, 40, 200])

    def macroblock(self, field: bool) -> None:
        kind = self._random.random()
        if self.header.kind == I_SLICE or kind < 0.04:
            self.pcm(self._random.randbytes(256), field=field)
        elif kind < 0.34:
            self.skip()
        else:
            self._inter(field)

    def _inter(self, field: bool) -> None:
        random, kind = self._random, self.header.kind
        eight_by_eight = len(LISTS[kind])
        mb_type = random.choice([0, eight_by_eight, random.randrange(eight_by_eight)])
        sub_mb_types: list[int] = []
        if mb_type == eight_by_eight:
            sub_mb_types = [random.randrange(len(SUB_MACROBLOCKS[kind])) for _ in range(4)]
            parts = [SUB_MACROBLOCKS[kind][sub_mb_type] for sub_mb_type in sub_mb_types]
        else:
            parts = [(lists, 1) for lists in LISTS[kind][mb_type]]
        vectors = [[count for lists, count in parts if lists & side] for side in (1, 2)]
        first, second = (
            [random.randrange(active * (1 + field)) for _ in counts]
            for active, counts in zip(self.header.active, vectors, strict=True)
        )
        one, two = ([self._mvd() for _ in range(sum(counts))] for counts in vectors)
        self.inter(mb_type, sub_mb_types, (first, second), (one, two), field=field)

    def _mvd(self) -> Mvd:
        return self._difference(), self._difference()

    def _difference(self) -> int:
        return 0 if self._random.random() < 0.35 else self._random.randrange(-self._reach, self._reach + 1)
