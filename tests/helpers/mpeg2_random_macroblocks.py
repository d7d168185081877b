"""Macroblocks of MPEG-2 and MPEG-1 by chance: types, vectors in all their ways, and levels."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from helpers.mpeg2_writing import (
    BACKWARD,
    BOTTOM,
    DC_SIZES,
    END_OF_BLOCK,
    ESCAPE,
    FORWARD,
    FRAME,
    INCREMENTS,
    INTRA,
    INTRA_MATRIX,
    LEVELS,
    NON_LINEAR,
    PATTERN,
    PATTERNS,
    QUANT,
    TYPES,
    Features,
    Header,
    blocks_of_chroma,
)
from helpers.mpeg_writing import (
    VERTICAL,
    ZIGZAG,
    Bits,
    Block,
    Macroblock,
    Part,
    Picture,
    Vector,
    magnitude_bits,
    motion_code,
    rounded,
    saturated,
    signed,
    size_of,
    toward_zero,
    u,
)


class RandomMacroblocks:
    """What chooses and writes macroblocks of a slice."""

    header: Header
    picture: Picture
    bits: Bits
    column: int
    row: int
    code: int
    """quantiser_scale_code."""
    pmv: list[list[list[int]]]
    """PMV[r][s][t] (7.6.3)."""
    dc: list[int]
    """Of each component: the last DC coefficient."""
    directions: tuple[bool, bool] | None
    """Of the last macroblock, unless it is intra."""

    def __init__(self, seed: int, features: Features) -> None:
        self.random = Random(seed)
        self.features = features
        self.matrices = [INTRA_MATRIX, [16] * 64, INTRA_MATRIX, [16] * 64]
        self.references: list[int] = []
        """coded_order of frames that others refer to."""

    def _last(self) -> int | None:
        return self.references[-1] if self.references else None

    def _quantiser_code(self) -> int:
        return self.random.randrange(1, 32 if self.features.wild else 9)

    @property
    def scale(self) -> int:
        if self.features.mpeg1:
            return self.code
        return NON_LINEAR[self.code] if self.header.q_scale_type else 2 * self.code

    def _reset_dc(self) -> None:
        self.dc = [1 << (7 + self.header.intra_dc_precision)] * 3

    def _reset_vectors(self) -> None:
        self.pmv = [[[0, 0], [0, 0]], [[0, 0], [0, 0]]]

    def _add(self, **what: object) -> Macroblock:
        field = self.header.structure % FRAME
        macroblock = Macroblock(self.column, self.row, field, qp=self.scale, bits={}, **what)  # type: ignore[arg-type]
        self.picture.macroblocks.append(macroblock)
        return macroblock

    def _whole_name(self) -> str:
        return "FRAME" if self.header.structure == FRAME else "FIELD"

    def _skip(self) -> bool:
        """A macroblock that is skipped (7.6.6), where one may be."""
        kind, bottom = self.header.kind, self.header.structure == BOTTOM
        if kind in "ID":
            return False
        vectors: list[Vector | None] = [None, None]
        if kind == "P":
            self._reset_vectors()
            vectors[0] = (0, 0)
            self.directions = (True, False)
        else:
            if self.directions is None:
                return False
            for s in range(2):
                if self.directions[s]:
                    scale = 2 if self.header.full_pel[s] else 1
                    vector = (self.pmv[0][s][0] * scale, self.pmv[0][s][1] * scale)
                    if not self._is_inside(vector, 16 * self.column, 16 * self.row, 16, 16, self._field_of_picture()):
                        return False
                    vectors[s] = vector
        self._reset_dc()
        macroblock = self._add(prediction="inter", skip=True, partition=self._whole_name())
        macroblock.bits = dict.fromkeys(("mode", "motion", "residual"), 0)
        macroblock.parts = [self._part(self._field_of_picture(), 0, 16, "skip", vectors, (bottom, bottom))]
        return True

    def _field_of_picture(self) -> int:
        return self.header.structure % FRAME

    def _part(
        self, field: int, y: int, h: int, mode: str, vectors: list[Vector | None], bottom: tuple[bool, bool]
    ) -> Part:
        refs = [self._reference(s, bottom[s]) if vectors[s] is not None else None for s in range(2)]
        in_frame = self.header.structure == FRAME
        top = (8 if field and in_frame else 16) * self.row + y
        return Part(field, 16 * self.column, top, 16, h, mode, tuple(refs), tuple(vectors), bottom)  # type: ignore[arg-type]

    def _reference(self, s: int, bottom: bool) -> int | None:
        h = self.header
        if h.second and h.kind == "P" and bottom != (h.structure == BOTTOM):
            return self.picture.coded_order
        return self.picture.refs[s] if self.picture.refs[s] is not None else self._last()

    def _is_inside(self, vector: Vector, x: int, y: int, w: int, h: int, field: int) -> bool:
        """Whether a vector leads into the frame, or into a field."""
        f = self.features
        height = 16 * f.rows // (2 if field else 1)
        across, down = 2 * x + vector[0], 2 * y + vector[1]
        return 0 <= across <= 2 * (16 * f.columns - w) and 0 <= down <= 2 * (height - h)

    def _macroblock(self, increment: int) -> None:
        random, f, bits, h = self.random, self.features, self.bits, self.header
        while f.mpeg1 and random.random() < 0.1:
            bits.put("header", INCREMENTS[35])
        while increment > 33:
            bits.put("mode", INCREMENTS[34])
            increment -= 33
        bits.put("mode", INCREMENTS[increment])
        while True:
            flags = random.choice(list(TYPES[h.kind]))
            if flags & INTRA and h.kind in "PB" and random.random() < 0.6:
                continue
            break
        bits.put("mode", TYPES[h.kind][flags])
        mixes = h.structure == FRAME and not h.frame_pred_frame_dct
        motion_type = self._motion_type(flags) if flags & (FORWARD | BACKWARD) else self._whole_name()
        dct_field = mixes and bool(flags & (INTRA | PATTERN)) and random.random() < 0.5
        if mixes and flags & (INTRA | PATTERN):
            bits.put("residual", str(int(dct_field)))
        if flags & QUANT:
            self.code = self._quantiser_code()
            bits.put("residual", u(5, self.code))
        macroblock = self._intra() if flags & INTRA else self._inter(flags, motion_type)
        macroblock.dct_field = dct_field
        macroblock.bits = bits.take()

    def _motion_type(self, flags: int) -> str:
        random, h = self.random, self.header
        if h.structure == FRAME and h.frame_pred_frame_dct:
            self.planned = self._plan("FRAME", flags)
            return "FRAME"
        names = {"FRAME": "10", "FIELD": "01"} if h.structure == FRAME else {"FIELD": "01", "16X8": "10"}
        if h.kind == "P":
            names["DUAL_PRIME"] = "11"
        name = random.choice(list(names))
        self.planned = self._plan(name, flags)
        if self.planned is None:
            name = self._whole_name()
            self.planned = self._plan(name, flags)
        self.bits.put("mode", names[name])
        return name

    def _plan(self, name: str, flags: int) -> list[list[Part]] | None:
        """Prediction blocks of each direction, whose vectors lead into the picture; of dual prime with its dmvector."""
        h = self.header
        own_bottom = h.structure == BOTTOM
        parts: list[list[Part]] = [[], []]
        for s, flag in enumerate((FORWARD, BACKWARD)):
            if not flags & flag:
                continue
            if name == "DUAL_PRIME":
                return self._plan_dual_prime()
            if h.structure == FRAME and name == "FRAME":
                shapes = [(0, 0, 16)]
            elif h.structure == FRAME:
                shapes = [(1, 0, 8), (2, 0, 8)]
            elif name == "FIELD":
                shapes = [(h.structure, 0, 16)]
            else:
                shapes = [(h.structure, 0, 8), (h.structure, 8, 8)]
            for field, y, height in shapes:
                bottom = self.random.random() < 0.5 if field else own_bottom
                vectors: list[Vector | None] = [None, None]
                top = (8 if field and h.structure == FRAME else 16) * self.row + y
                vectors[s] = self._vector(s, top, height, field)
                parts[s].append(self._part(field, y, height, "explicit", vectors, (bottom, bottom)))
        return parts

    def _vector(self, s: int, y: int, height: int, field: int) -> Vector:
        f, h = self.features, self.header
        lines = 16 * f.rows // (2 if field else 1)
        unit_ = 1 if h.full_pel[s] else 2
        vector = []
        for at, size, whole, t in ((16 * self.column, 16, 16 * f.columns, 0), (y, height, lines, 1)):
            reach = 16 << (h.f_code[s][t] - 1)
            if t == 1 and field and h.structure == FRAME:
                reach //= 2  # What vectors leave as predictors is in reach too (7.6.3.1).
            low, high = max(-reach, -unit_ * at), min(reach - 1, unit_ * (whole - size - at))
            near = self.random.random() < 0.3
            value = self.random.randint(max(low, -2) if near else low, min(high, 2) if near else high)
            vector.append(value * (2 // unit_))
        return vector[0], vector[1]

    def _plan_dual_prime(self) -> list[list[Part]] | None:
        random, h = self.random, self.header
        in_frame = h.structure == FRAME
        for _ in range(30):
            y, height = (8 * self.row, 8) if in_frame else (16 * self.row, 16)
            vector = self._vector(0, y, height, 1)
            dmvector = random.randint(-1, 1), random.randint(-1, 1)
            parts = []
            for field in (1, 2) if in_frame else (h.structure,):
                # Table 7-11: bottom fields are a line's half lower.
                further = in_frame and (field == 2) == h.top_field_first
                m, e = 3 if further else 1, -1 if field == 1 else 1
                opposite = rounded(vector[0] * m, 2) + dmvector[0], rounded(vector[1] * m, 2) + e + dmvector[1]
                vectors: list[Vector | None] = [vector, opposite]
                part = self._part(field, 0, height, "explicit", vectors, (field == 2, field == 1))
                refs = self._reference(0, field == 2), self._reference(0, field == 1)
                parts.append(replace(part, refs=refs))
            if all(self._is_inside(v, p.x, p.y, p.w, p.h, 1) for p in parts for v in p.vectors):  # type: ignore[arg-type]
                self.dmvector = dmvector
                return [parts, []]
        return None

    def _inter(self, flags: int, motion_type: str) -> Macroblock:
        h = self.header
        self._reset_dc()
        macroblock = self._add(prediction="inter", skip=False, partition=motion_type)
        if not flags & (FORWARD | BACKWARD):
            self._reset_vectors()
            self.directions = (True, False)
            bottom = h.structure == BOTTOM
            macroblock.parts = [self._part(self._field_of_picture(), 0, 16, "zero", [(0, 0), None], (bottom, bottom))]
        else:
            parts = self.planned
            assert parts
            for s in range(2):
                if parts[s]:
                    self._write_vectors(motion_type, s, parts[s])
            self.directions = (bool(flags & FORWARD), bool(flags & BACKWARD))
            macroblock.parts = merged(parts)
        if flags & PATTERN:
            macroblock.blocks = self._pattern_and_blocks()
        return macroblock

    def _write_vectors(self, motion_type: str, s: int, parts: list[Part]) -> None:
        """motion_vectors( s ): 6.2.5.2, with 7.6.3.1 to 7.6.3.3."""
        in_frame = self.header.structure == FRAME
        if motion_type == "DUAL_PRIME":
            self._write_vector(0, s, parts[0].vectors[0], halves=in_frame, dmvector=self.dmvector)
            self.pmv[1][s] = list(self.pmv[0][s])
            return
        for r, part in enumerate(parts):
            if part.field:
                self.bits.put("motion", str(int(part.bottom[s])))
            self._write_vector(r, s, part.vectors[s], halves=in_frame and motion_type == "FIELD")
        if len(parts) == 1:
            self.pmv[1][s] = list(self.pmv[0][s])

    def _write_vector(
        self, r: int, s: int, vector: Vector | None, *, halves: bool, dmvector: Vector | None = None
    ) -> None:
        assert vector is not None
        h = self.header
        for t in range(2):
            coded = vector[t] // 2 if h.full_pel[s] else vector[t]
            down = halves and t == 1
            prediction = self.pmv[r][s][t] // 2 if down else self.pmv[r][s][t]
            reach = 16 << (h.f_code[s][t] - 1)
            difference = (coded - prediction + reach) % (2 * reach) - reach
            self.bits.put("motion", motion_code(difference, h.f_code[s][t], 16))
            self.pmv[r][s][t] = 2 * coded if down else coded
            if dmvector:
                self.bits.put("motion", {-1: "11", 0: "0", 1: "10"}[dmvector[t]])

    def _intra(self) -> Macroblock:
        h, bits = self.header, self.bits
        macroblock = self._add(prediction="intra", skip=False, partition="INTRA")
        if h.concealment:
            vector = tuple(
                self.random.randrange(-(16 << (h.f_code[0][t] - 1)), 16 << (h.f_code[0][t] - 1)) for t in range(2)
            )
            if h.structure != FRAME:
                bits.put("motion", self.random.choice("01"))
            self._write_vector(0, 0, vector, halves=False)  # type: ignore[arg-type]
            self.pmv[1][0] = list(self.pmv[0][0])
            bits.put("motion", "1")
        else:
            self._reset_vectors()
        self.directions = None
        macroblock.blocks = [self._intra_block(number) for number in range(blocks_of_chroma(self.features.chroma))]
        if h.kind == "D":
            bits.put("residual", "1")
        return macroblock

    def _pattern_and_blocks(self) -> list[Block]:
        count = blocks_of_chroma(self.features.chroma)
        while True:
            pattern = self.random.randrange(1, 1 << count)
            if self.random.random() < 0.3:
                pattern &= self.random.randrange(1 << count)
            if pattern:
                break
        more = count - 6
        self.bits.put("residual", PATTERNS[pattern >> more], u(more, pattern & (1 << more) - 1))
        return [self._block(number, intra=False) for number in range(count) if pattern >> (count - 1 - number) & 1]

    def _intra_block(self, number: int) -> Block:
        """7.2.1."""
        h = self.header
        before = self.bits.count
        component = 0 if number < 4 else 1 + number % 2
        highest = (1 << (8 + h.intra_dc_precision)) - 1
        value = self.random.randint(0, highest)
        if self.random.random() < 0.5:
            value = max(0, min(highest, self.dc[component] + self.random.randint(-4, 4)))
        differential = value - self.dc[component]
        self.dc[component] = value
        self.bits.put("residual", DC_SIZES[number >= 4][size_of(differential)], magnitude_bits(differential))
        dc = value << (3 - h.intra_dc_precision)
        if h.kind == "D":
            return Block(number, {}, 0, self.bits.count - before, dc)
        block = self._block(number, intra=True)
        block.dc, block.bits = dc, self.bits.count - before
        return block

    def _block(self, number: int, *, intra: bool) -> Block:
        random, h = self.random, self.header
        before = self.bits.count
        table = int(intra and h.intra_vlc_format)
        scan = VERTICAL if h.alternate_scan else ZIGZAG
        matrix = self.matrices[(0 if intra else 1) + (2 if number >= 4 else 0)]
        at = int(intra)
        coefficients: dict[int, int] = {}
        count = random.choice([0, 1, 1, 2, 3, 8, 64]) if intra else random.choice([1, 1, 2, 3, 8, 64])
        for index in range(count):
            run = random.choice([0, 0, 0, 1, 2, random.randrange(64)])
            if at + run > 63:
                if index:
                    break
                run = 0
            level = self._level() * random.choice([-1, 1])
            word = LEVELS[table].get((0, run, abs(level)))
            if word is None or random.random() < 0.02:
                self.bits.put("residual", ESCAPE, u(6, run), self._escaped(level))
            elif not intra and index == 0 and (run, abs(level)) == (0, 1):
                self.bits.put("residual", "1", str(int(level < 0)))
            else:
                self.bits.put("residual", word, str(int(level < 0)))
            at += run
            coefficients[scan[at]] = self._dequantised(level, matrix[scan[at]], intra=intra)
            at += 1
            if at > 63:
                break
        self.bits.put("residual", END_OF_BLOCK[table])
        return Block(number, coefficients, len(coefficients), self.bits.count - before)

    def _level(self) -> int:
        random = self.random
        if self.features.wild:
            return random.choice(
                [1, 2, random.randrange(1, 41), random.randrange(1, 256 if self.features.mpeg1 else 2048)]
            )
        return random.choice([1, 1, 1, 2, 3, random.randrange(1, 41)])

    def _escaped(self, level: int) -> str:
        if not self.features.mpeg1:
            return signed(12, level)
        if abs(level) < 128:
            return signed(8, level)
        return u(8, 0 if level > 0 else 128) + signed(8, level)

    def _dequantised(self, level: int, weight: int, *, intra: bool) -> int:
        """7.4.2.3; ISO/IEC 11172-2 2.4.4.1 and 2.4.4.2. Mismatch control is left out."""
        doubled = 2 * level + (0 if intra else (1 if level > 0 else -1))
        if not self.features.mpeg1:
            return saturated(toward_zero(doubled * weight * self.scale, 32))
        value = toward_zero(doubled * weight * self.scale, 16)
        if value % 2 == 0 and value:
            value -= 1 if value > 0 else -1
        return saturated(value)


def merged(parts: list[list[Part]]) -> list[Part]:
    """Blocks of both directions as one each."""
    if not parts[0] or not parts[1]:
        return parts[0] or parts[1]
    return [
        replace(a, refs=(a.refs[0], b.refs[1]), vectors=(a.vectors[0], b.vectors[1]), bottom=(a.bottom[0], b.bottom[1]))
        for a, b in zip(*parts, strict=True)
    ]
