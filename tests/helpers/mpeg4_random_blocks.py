"""Blocks of MPEG-4 and H.263 by chance: their levels, and the prediction of intra ones."""

from __future__ import annotations

from random import Random

from helpers.mpeg4_writing import DC_SIZES, MATRICES, PLAIN, REVERSIBLE, Features, Intra, Pieces, Vop, dc_scaler
from helpers.mpeg_writing import (
    HORIZONTAL,
    VERTICAL,
    ZIGZAG,
    Block,
    magnitude_bits,
    rounded,
    saturated,
    signed,
    size_of,
    toward_zero,
    u,
)


class RandomBlocks:
    """What writes the blocks of a macroblock."""

    vop: Vop
    column: int
    row: int
    address: int
    first: int
    """The first macroblock of the packet."""
    vertical: bool
    """alternate_vertical_scan_flag."""
    qp: int
    intra: dict[int, Intra]
    """Macroblocks of the VOP, by address."""

    def __init__(self, seed: int, features: Features) -> None:
        self.random = Random(seed)
        self.features = features
        self.matrices = MATRICES

    def _inter_blocks(self, pieces: Pieces, pattern: int) -> list[Block]:
        f = self.features
        scan = VERTICAL if self.vertical else ZIGZAG
        reversible = f.reversible and f.partitioned and self.vop.kind != "B"
        blocks = []
        for number in range(6):
            if not pattern >> (5 - number) & 1:
                continue
            levels = self._levels(0)
            pieces.ac[number] = self._level_words(levels, intra=False, reversible=reversible)
            coefficients = {scan[at]: self._dequantised(level, scan[at], intra=False) for at, level in levels.items()}
            blocks.append(Block(number, coefficients, len(levels), len(pieces.ac[number])))
        return blocks

    def _levels(self, first: int) -> dict[int, int]:
        """Levels by chance, by index of the scan."""
        random, f = self.random, self.features
        count = random.choice([1, 1, 2, 3, 8, 64])
        levels: dict[int, int] = {}
        at = first
        for _ in range(count):
            run = random.choice([0, 0, 0, 1, 2, random.randrange(64)])
            if at + run > 63:
                if levels:
                    break
                run = 0
            at += run
            highest = 127 if f.short else 2047
            large = random.randrange(1, highest + 1) if f.wild else random.randrange(1, 30)
            level = random.choice([1, 1, 1, 2, 3] if count > 8 and not f.wild else [1, 1, 2, 3, large])
            levels[at] = level * random.choice([-1, 1])
            at += 1
            if at > 63:
                break
        return levels

    def _level_words(self, levels: dict[int, int], *, intra: bool, reversible: bool = False, first: int = 0) -> str:
        text = ""
        places = sorted(levels)
        at = first
        for index in places:
            text += self._event(int(index == places[-1]), index - at, levels[index], intra=intra, reversible=reversible)
            at = index + 1
        return text

    def _event(self, last: int, run: int, level: int, *, intra: bool, reversible: bool) -> str:
        random, f = self.random, self.features
        sign, size = str(int(level < 0)), abs(level)
        table = (REVERSIBLE if reversible else PLAIN)[intra and not f.short]
        word = table.get((last, run, size))
        if word is not None and random.random() > 0.02:
            return word + sign
        if reversible:
            return "00001" + str(last) + u(6, run) + "1" + u(11, size) + "10000" + sign
        if f.short:
            return "0000011" + str(last) + u(6, run) + signed(8, level)
        choices = ["11" + str(last) + u(6, run) + "1" + signed(12, level) + "1"]
        highest = max((v for e, r, v in table if (e, r) == (last, run)), default=0)
        longest = max((r for e, r, v in table if (e, v) == (last, size)), default=-1)
        if highest and (last, run, size - highest) in table:
            choices.append("0" + table[last, run, size - highest] + sign)
        if longest >= 0 and (last, run - longest - 1, size) in table:
            choices.append("10" + table[last, run - longest - 1, size] + sign)
        return "0000011" + random.choice(choices)

    def _dequantised(self, level: int, raster: int, *, intra: bool) -> int:
        """7.4.4, without mismatch control."""
        if level == 0:
            return 0
        sign = 1 if level > 0 else -1
        if not self.features.mpeg_quant:
            return saturated(sign * (self.qp * (2 * abs(level) + 1) - (1 if self.qp % 2 == 0 else 0)))
        doubled = 2 * level if intra else 2 * level + sign
        return saturated(toward_zero(doubled * self.matrices[0 if intra else 1][raster] * self.qp, 16))

    def _neighbour(self, number: int, across: int, down: int, here: Intra) -> tuple[Intra | None, int]:
        """An intra block to the left or above, by its macroblock and number."""
        f = self.features
        if number < 4:
            x, y = 2 * self.column + number % 2 + across, 2 * self.row + number // 2 + down
            column, row, of = x // 2, y // 2, y % 2 * 2 + x % 2
        else:
            column, row, of = self.column + across, self.row + down, number
        address = row * f.columns + column
        if address == self.address and column >= 0:
            return here, of
        if not 0 <= column < f.columns or row < 0 or address < self.first:
            return None, of
        return self.intra.get(address), of

    def _intra_block(self, pieces: Pieces, number: int, here: Intra, ac_pred: bool, uses_words: bool) -> Block:
        """7.4.3."""
        random, f = self.random, self.features
        dcs = []
        for across, down in ((-1, 0), (-1, -1), (0, -1)):
            mb, of = self._neighbour(number, across, down, here)
            dcs.append(mb.dc[of] if mb else 1024)
        a, b, c = dcs
        from_above = abs(a - b) < abs(b - c)
        scaler = dc_scaler(number, self.qp)
        predicted = rounded(c if from_above else a, scaler)
        highest = 2047 // scaler
        near = random.random() < 0.6
        target = max(0, min(highest, predicted + random.randint(-3, 3) if near else random.randint(0, highest)))
        differential = target - predicted
        scan = VERTICAL if self.vertical else ZIGZAG if not ac_pred else HORIZONTAL if from_above else VERTICAL
        first = int(uses_words)
        levels = self._levels(1) if random.random() < 0.5 else {}
        coded = dict(levels)
        if uses_words:
            pieces.dc[number] = DC_SIZES[number >= 4][size_of(differential)] + magnitude_bits(differential)
            if size_of(differential) > 8:
                pieces.dc[number] += "1"
        elif differential:
            coded[0] = differential
        if coded:
            reversible = f.reversible and f.partitioned
            pieces.ac[number] = self._level_words(coded, intra=True, reversible=reversible, first=first)
        quantised = [0] * 64
        for at, level in levels.items():
            quantised[scan[at]] = level
        if ac_pred:
            mb, of = self._neighbour(number, *((0, -1) if from_above else (-1, 0)), here)
            if mb:
                line = (mb.rows if from_above else mb.columns)[of]
                for at in range(1, 8):
                    add = line[at - 1] if mb is here else rounded(line[at - 1] * mb.qp, self.qp)
                    raster = at if from_above else 8 * at
                    quantised[raster] = saturated(quantised[raster] + add)
        here.dc.append(min(2047, target * scaler))
        here.rows.append(quantised[1:8])
        here.columns.append(quantised[8::8])
        coefficients = {
            at: self._dequantised(level, at, intra=True) for at, level in enumerate(quantised) if level and at
        }
        bits = len(pieces.ac[number]) + (0 if f.partitioned else len(pieces.dc[number]))
        return Block(number, coefficients, len(levels), bits, target * scaler)

    def _short_intra_block(self, pieces: Pieces, number: int) -> Block:
        value = self.random.choice([v for v in range(1, 256) if v != 128])
        pieces.dc[number] = u(8, value)
        levels = self._levels(1) if self.random.random() < 0.5 else {}
        pieces.ac[number] = self._level_words(levels, intra=True, first=1)
        coefficients = {ZIGZAG[at]: self._dequantised(level, ZIGZAG[at], intra=True) for at, level in levels.items()}
        return Block(
            number,
            coefficients,
            len(levels),
            len(pieces.dc[number] + pieces.ac[number]),
            8 * value if value < 255 else 1024,
        )
