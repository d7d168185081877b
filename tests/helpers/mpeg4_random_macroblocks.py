"""Macroblocks of MPEG-4 and H.263 by chance: types, vectors in all their ways, and direct mode."""

from __future__ import annotations

from collections.abc import Callable

from helpers.mpeg4_random_blocks import RandomBlocks
from helpers.mpeg4_writing import CBPY, MCBPC_INTER, MCBPC_INTRA, Intra, Moved, Pieces
from helpers.mpeg_writing import Macroblock, Part, Picture, Vector, motion_code, toward_zero, u

DQUANT = {-1: "00", -2: "01", 1: "10", 2: "11"}
DIRECT, INTERPOLATE, BACKWARD, FORWARD = "1", "01", "001", "0001"
B_NAMES = {DIRECT: "DIRECT", INTERPOLATE: "INTERPOLATE", BACKWARD: "BACKWARD", FORWARD: "FORWARD"}


class RandomMacroblocks(RandomBlocks):
    """What chooses and writes macroblocks of a VOP."""

    picture: Picture
    f_code: list[int]
    """Of both directions."""
    limit: int
    """Below it intra_dc_coefficients have words of their own."""
    has_coded: bool
    """One is coded in the packet."""
    top_field_first: bool
    warp: Callable[[int, int, int], Vector]
    here: dict[int, Moved]
    moved: dict[int, Moved]
    """Of the VOP, and of the last one that others refer to, by address."""
    last: list[list[Vector]]
    """Of a B-VOP: the last vectors by field and direction."""
    trb: int
    trd: int
    field_trb: int
    field_trd: int

    def _macroblock(self, busy: float) -> Pieces:
        kind = self.vop.kind
        if kind == "I":
            return self._intra()
        if kind == "B":
            return self._bidirectional(busy)
        if self.random.random() > busy:
            return self._not_coded()
        return self._predicted()

    def _add(self, pieces: Pieces, **what: object) -> Macroblock:
        macroblock = Macroblock(self.column, self.row, 0, qp=self.qp, bits=pieces.spent(), **what)  # type: ignore[arg-type]
        self.picture.macroblocks.append(macroblock)
        return macroblock

    def _part(self, mode: str, forward: Vector | None, backward: Vector | None = None, *, block: int | None = None,
              field: int = 0, bottom: tuple[bool, bool] = (False, False)) -> Part:  # fmt: skip
        vectors = (forward, backward)
        own = self.picture.refs
        refs = tuple(own[side] if vectors[side] is not None else None for side in range(2))
        x, y, w, h = 16 * self.column, 16 * self.row, 16, 16
        if block is not None:
            x, y, w, h = x + 8 * (block % 2), y + 8 * (block // 2), 8, 8
        elif field:
            y, h = 8 * self.row, 8
        return Part(field, x, y, w, h, mode, refs, vectors, bottom)  # type: ignore[arg-type]

    def _not_coded(self) -> Pieces:
        pieces = Pieces(head="1")
        macroblock = self._add(pieces, prediction="inter", skip=True, partition="INTER")
        if self.vop.kind == "S":
            self._set_global(macroblock)
        else:
            self.here[self.address] = Moved("not_coded", [(0, 0)] * 4)
            macroblock.parts = [self._part("skip", (0, 0))]
        return pieces

    def _set_global(self, macroblock: Macroblock) -> None:
        vector = self.warp(self.column, self.row, self.f_code[0])
        self.here[self.address] = Moved("whole", [vector] * 4)
        macroblock.parts = [self._part("GMC", vector)]

    def _predicted(self) -> Pieces:
        random, f = self.random, self.features
        kinds = ["inter"] * 5 + ["intra"] + ([] if f.short else ["inter4v"] * 3)
        kind = random.choice(kinds)
        if kind == "intra":
            self.here[self.address] = Moved("intra", [(0, 0)] * 4)
            return self._intra()
        pieces = Pieces()
        quant = kind == "inter" and random.random() < 0.2
        pattern = self._pattern()
        is_global = kind == "inter" and self.vop.kind == "S" and random.random() < 0.4
        if kind == "inter" and self.vop.kind == "S":
            pieces.mcsel = str(int(is_global))
        row = 4 if kind == "inter4v" else 2 if quant else 0
        pieces.head = "0" + MCBPC_INTER[4 * row + (pattern & 3)]
        pieces.cbpy = CBPY[pattern >> 2 ^ 15]
        if quant:
            self._dquant(pieces)
        self.has_coded = True
        dct_field = self._dct_type(pieces, pattern != 0)
        parts: list[Part] = []
        if is_global:
            pass
        elif kind == "inter4v":
            parts = self._quarters(pieces)
        elif f.interlaced and not f.partitioned and random.random() < 0.4:
            parts = self._fields(pieces)
        else:
            if f.interlaced and not f.partitioned:
                pieces.field_prediction = "0"
            vector = self._vector(0, 16, 16)
            pieces.motion = self._coded_vector(vector, self._predict(0), 0)
            self.here[self.address] = Moved("whole", [vector] * 4)
            parts = [self._part("explicit", vector)]
        blocks = self._inter_blocks(pieces, pattern)
        name = "INTER4V" if kind == "inter4v" else "INTER+Q" if quant else "INTER"
        macroblock = self._add(
            pieces, prediction="inter", skip=False, partition=name, parts=parts, blocks=blocks, dct_field=dct_field
        )
        if is_global:
            self._set_global(macroblock)
        return pieces

    def _pattern(self) -> int:
        return self.random.choice([0, 0, self.random.randrange(64), self.random.randrange(64)])

    def _dquant(self, pieces: Pieces) -> None:
        difference = self.random.choice(list(DQUANT))
        pieces.dquant = DQUANT[difference]
        self.qp = self._clipped(difference)

    def _clipped(self, difference: int) -> int:
        return max(1, min(31, self.qp + difference))

    def _dct_type(self, pieces: Pieces, present: bool) -> bool:
        f = self.features
        if not f.interlaced or not present or (f.partitioned and self.vop.kind != "B"):
            return False
        dct_field = self.random.random() < 0.5
        pieces.dct_type = str(int(dct_field))
        return dct_field

    def _vector(
        self, direction: int, w: int, h: int, *, x: int = 0, y: int | None = None, field: bool = False
    ) -> Vector:
        """One that reaches no further than a little out of the picture; in H.263 not out of it."""
        f, random = self.features, self.random
        parts = 4 if f.quarter else 2
        reach = 32 << (self.f_code[direction] - 1)
        out = 0 if f.short else 20
        lines = 16 * f.rows // (2 if field else 1)
        top = (8 if field else 16) * self.row if y is None else y
        vector = []
        for at, size, whole in ((16 * self.column + x, w, 16 * f.columns), (top, h, lines)):
            low, high = max(-reach, -parts * (at + out)), min(reach - 1, parts * (whole + out - size - at))
            kind = random.random()
            if kind < 0.3:
                low, high = max(low, -3), min(high, 3)
            value = random.randint(low, high)
            if kind > 0.8:
                value = max(low, min(high, toward_zero(value, parts) * parts))
            vector.append(value)
        return vector[0], vector[1]

    def _coded_vector(self, vector: Vector, prediction: Vector, direction: int, f_code: int | None = None) -> str:
        code = f_code or self.f_code[direction]
        reach = 32 << (code - 1)
        text = ""
        for value, predicted in zip(vector, prediction, strict=True):
            difference = (value - predicted + reach) % (2 * reach) - reach
            if difference == -reach and self.random.random() < 0.5:
                difference = reach
            text += motion_code(difference, code, 32)
        return text

    def _predict(self, block: int, earlier: list[Vector] | None = None) -> Vector:
        """7.6.5: by blocks of 8x8 to the left, above, and above to the right of the macroblock or block."""
        f = self.features
        bx, by = 2 * self.column + block % 2, 2 * self.row + block // 2
        places = {
            0: [(bx - 1, by), (bx, by - 1), (bx + 2, by - 1)],
            1: [(bx - 1, by), (bx, by - 1), (bx + 1, by - 1)],
            2: [(bx - 1, by), (bx, by - 1), (bx + 1, by - 1)],
            3: [(bx - 1, by), (bx - 1, by - 1), (bx, by - 1)],
        }[block]
        candidates: list[Vector | None] = []
        for x, y in places:
            address = y // 2 * f.columns + x // 2
            number = y % 2 * 2 + x % 2
            if not 0 <= x < 2 * f.columns or y < 0 or address < self.first:
                candidates.append(None)
            elif address == self.address:
                assert earlier is not None
                candidates.append(earlier[number])
            else:
                candidates.append(self.here[address].vectors[number])
        valid = [candidate for candidate in candidates if candidate is not None]
        if len(valid) == 1 and not f.short:
            return valid[0]
        if f.short and candidates[1] is None:
            return candidates[0] or (0, 0)
        three = [candidate or (0, 0) for candidate in candidates]
        return sorted(v[0] for v in three)[1], sorted(v[1] for v in three)[1]

    def _quarters(self, pieces: Pieces) -> list[Part]:
        vectors: list[Vector] = []
        for block in range(4):
            vector = self._vector(0, 8, 8, x=8 * (block % 2), y=16 * self.row + 8 * (block // 2))
            pieces.motion += self._coded_vector(vector, self._predict(block, vectors), 0)
            vectors.append(vector)
        self.here[self.address] = Moved("quarters", vectors)
        return [self._part("explicit", vector, block=block) for block, vector in enumerate(vectors)]

    def _fields(self, pieces: Pieces) -> list[Part]:
        """7.7.2.1."""
        bottom = self.random.random() < 0.5, self.random.random() < 0.5
        pieces.field_prediction = "1"
        pieces.motion = str(int(bottom[0])) + str(int(bottom[1]))
        across, down = self._predict(0)
        vectors = [self._vector(0, 16, 8, field=True) for _ in range(2)]
        for vector in vectors:
            pieces.motion += self._coded_vector(vector, (across, toward_zero(down, 2)), 0)
        total = vectors[0][0] + vectors[1][0]
        mean = total // 2 if total % 2 == 0 else (total // 2) | 1
        self.here[self.address] = Moved("fields", [(mean, vectors[0][1] + vectors[1][1])] * 4, vectors, bottom)
        return [self._part("explicit", vectors[at], field=1 + at, bottom=(bottom[at], False)) for at in range(2)]

    def _bidirectional(self, busy: float) -> Pieces:
        random = self.random
        colocated = self.moved.get(self.address, Moved("intra", [(0, 0)] * 4))
        if colocated.kind == "not_coded":
            pieces = Pieces()
            self._add(pieces, prediction="inter", skip=True, partition="FORWARD", parts=[self._part("skip", (0, 0))])
            return pieces
        if random.random() > busy:
            pieces = Pieces(head="1")
            parts = self._direct(colocated, (0, 0))
            self._add(pieces, prediction="inter", skip=True, partition="DIRECT", parts=parts)
            return pieces
        kind = random.choice([DIRECT, DIRECT, INTERPOLATE, BACKWARD, FORWARD])
        pattern = self._pattern()
        pieces = Pieces(head="0" + ("0" if pattern or random.random() < 0.1 else "1") + kind)
        if pieces.head[1] == "0":
            pieces.cbpy = u(6, pattern)
        if kind != DIRECT and pattern:
            dbquant = random.choice([0, 0, -2, 2])
            pieces.dquant = {0: "0", -2: "10", 2: "11"}[dbquant]
            self.qp = self._clipped(dbquant)
        dct_field = self._dct_type(pieces, pattern != 0)
        if kind == DIRECT:
            difference = random.choice(
                [(0, 0), (random.randint(-32, 31), 0), (random.randint(-3, 3), random.randint(-32, 31))]
            )
            pieces.motion = self._coded_vector(difference, (0, 0), 0, 1)
            parts = self._direct(colocated, difference)
        else:
            parts = self._explicit(pieces, [kind != BACKWARD, kind != FORWARD])
        blocks = self._inter_blocks(pieces, pattern)
        self._add(
            pieces,
            prediction="inter",
            skip=False,
            partition=B_NAMES[kind],
            parts=parts,
            blocks=blocks,
            dct_field=dct_field,
        )
        return pieces

    def _explicit(self, pieces: Pieces, used: list[bool]) -> list[Part]:
        random, f = self.random, self.features
        in_fields = f.interlaced and random.random() < 0.4
        if f.interlaced:
            pieces.field_prediction = str(int(in_fields))
        if not in_fields:
            both: list[Vector | None] = [None, None]
            for side in range(2):
                if used[side]:
                    both[side] = vector = self._vector(side, 16, 16)
                    pieces.motion += self._coded_vector(vector, self.last[0][side], side)
                    self.last[0][side] = self.last[1][side] = vector
            return [self._part("explicit", *both)]
        bottom = [[random.random() < 0.5 for _ in range(2)] for _ in range(2)]
        for side in range(2):
            if used[side]:
                pieces.motion += "".join(str(int(flag)) for flag in bottom[side])
        of_fields: list[list[Vector | None]] = [[None, None], [None, None]]
        for side in range(2):
            for at in range(2) if used[side] else ():
                vector = self._vector(side, 16, 8, field=True)
                across, down = self.last[at][side]
                pieces.motion += self._coded_vector(vector, (across, toward_zero(down, 2)), side)
                self.last[at][side] = vector[0], 2 * vector[1]
                of_fields[at][side] = vector
        return [
            self._part("explicit", *of_fields[at], field=1 + at, bottom=(bottom[0][at], bottom[1][at]))
            for at in range(2)
        ]

    def _direct(self, colocated: Moved, difference: Vector) -> list[Part]:
        """7.6.9.5 and 7.7.2.2."""

        def both(vector: Vector, trb: int, trd: int) -> tuple[Vector, Vector]:
            if trd <= 0:  # The fields of both references are at one time: the VOP is not shown.
                return difference, difference
            forward = tuple(toward_zero(trb * v, trd) + d for v, d in zip(vector, difference, strict=True))
            backward = tuple(
                toward_zero((trb - trd) * v, trd) if d == 0 else f - v
                for v, d, f in zip(vector, difference, forward, strict=True)
            )
            return forward, backward  # type: ignore[return-value]

        if colocated.kind == "quarters":
            return [
                self._part("direct", *both(v, self.trb, self.trd), block=at) for at, v in enumerate(colocated.vectors)
            ]
        if colocated.kind != "fields":
            return [self._part("direct", *both(colocated.vectors[0], self.trb, self.trd))]
        parts = []
        for at in range(2):
            later = at - int(colocated.bottom[at])
            delta = later if self.top_field_first else -later
            vectors = both(colocated.fields[at], self.field_trb + delta, self.field_trd + delta)
            parts.append(self._part("direct", *vectors, field=1 + at, bottom=(colocated.bottom[at], bool(at))))
        return parts

    def _intra(self) -> Pieces:
        random, f = self.random, self.features
        pieces = Pieces()
        quant = random.random() < 0.3
        before = self.qp
        if quant:
            self._dquant(pieces)
        uses_words = (before if self.has_coded else self.qp) < self.limit
        self.has_coded = True
        ac_pred = not f.short and random.random() < 0.5
        if not f.short:
            pieces.ac_pred = str(int(ac_pred))
        pattern, blocks = 0, []
        here = Intra([], [], [], self.qp)
        for number in range(6):
            block = (
                self._short_intra_block(pieces, number)
                if f.short
                else self._intra_block(pieces, number, here, ac_pred, uses_words)
            )
            blocks.append(block)
            pattern |= bool(pieces.ac[number]) << (5 - number)
        self.intra[self.address] = here
        if self.vop.kind == "I":
            pieces.head = MCBPC_INTRA[4 * quant + (pattern & 3)]
        else:
            pieces.head = "0" + MCBPC_INTER[4 * (3 if quant else 1) + (pattern & 3)]
        pieces.cbpy = CBPY[pattern >> 2]
        dct_field = self._dct_type(pieces, True)
        self._add(
            pieces,
            prediction="intra",
            skip=False,
            partition="INTRA+Q" if quant else "INTRA",
            blocks=blocks,
            dct_field=dct_field,
        )
        return pieces
