"""Streams of MPEG-2 and MPEG-1 by chance: all that their syntax has of pictures, fields and macroblocks."""

from __future__ import annotations

from dataclasses import replace

from helpers.mpeg2_random_macroblocks import RandomMacroblocks
from helpers.mpeg2_writing import BOTTOM, FRAME, INTRA_MATRIX, TOP, Features, Header
from helpers.mpeg_writing import ZIGZAG, Bits, Picture, u, unit


class Mpeg2Stream(RandomMacroblocks):
    """A stream, and what its pictures are."""

    def __init__(self, seed: int, features: Features) -> None:
        super().__init__(seed, features)
        self.pictures: list[Picture] = []
        self.units: list[bytes] = []
        self._write()

    def __bytes__(self) -> bytes:
        return b"".join(self.units)

    def _matrix(self, load: bool) -> tuple[str, list[int] | None]:
        if not load:
            return "0", None
        least = 1 if self.features.wild else 8
        matrix = [self.random.randrange(least, 256 if self.features.wild else 48) for _ in range(64)]
        matrix[0] = 8
        return "1" + "".join(u(8, matrix[at]) for at in ZIGZAG), matrix

    def _sequence_header(self) -> None:
        f = self.features
        bits = u(12, 16 * f.columns & 0xFFF) + u(12, 16 * f.rows & 0xFFF) + u(4, 1) + u(4, 3)
        bits += u(18, 1000) + "1" + u(10, 20) + "0"
        self.matrices = [INTRA_MATRIX, [16] * 64, INTRA_MATRIX, [16] * 64]
        for index in range(2):
            text, matrix = self._matrix(f.matrices and self.random.random() < 0.6)
            bits += text
            if matrix:
                self.matrices[index] = self.matrices[index + 2] = matrix
        self.units.append(unit(0xB3, bits))
        if not f.mpeg1:
            bits = u(4, 1) + u(8, 0x44 if f.chroma == 1 else 0x82) + str(int(f.progressive)) + u(2, f.chroma)
            bits += u(2, 16 * f.columns >> 12) + u(2, 16 * f.rows >> 12) + u(12, 0) + "1" + u(8, 0) + "0" + u(7, 0)
            self.units.append(unit(0xB5, bits))

    def _picture_header(self, header: Header) -> None:
        f = self.features
        bits = u(10, header.temporal_reference) + u(3, " IPBD".index(header.kind)) + u(16, 0xFFFF)
        for s in range({"P": 1, "B": 2}.get(header.kind, 0)):
            bits += (str(int(header.full_pel[s])) + u(3, header.f_code[s][0])) if f.mpeg1 else "0111"
        if self.random.random() < 0.1:
            bits += "1" + u(8, self.random.randrange(256))
        self.units.append(unit(0, bits + "0"))
        if f.mpeg1:
            return
        h = header
        used = {"I": int(h.concealment), "P": 1, "B": 2}[h.kind]
        codes = "".join(u(4, h.f_code[s][t] if s < used else 15) for s in range(2) for t in range(2))
        flags = [h.top_field_first, h.frame_pred_frame_dct, h.concealment]
        flags += [bool(h.q_scale_type), bool(h.intra_vlc_format), bool(h.alternate_scan)]
        bits = u(4, 8) + codes + u(2, h.intra_dc_precision) + u(2, h.structure)
        bits += "".join(str(int(flag)) for flag in flags) + "00" + str(int(f.progressive)) + "0"
        self.units.append(unit(0xB5, bits))
        if f.matrices and self.random.random() < 0.4:
            bits = u(4, 3)
            for index in range(4):
                text, matrix = self._matrix((f.chroma > 1 or index < 2) and self.random.random() < 0.4)
                bits += text
                if matrix:
                    self.matrices[index] = matrix
                    if index < 2:
                        self.matrices[index + 2] = matrix
            self.units.append(unit(0xB5, bits))

    def _header(self, kind: str, structure: int, temporal_reference: int) -> Header:
        random, f = self.random, self.features
        largest = f.largest_f_code
        forward, backward = ((random.randint(1, largest), random.randint(1, largest)) for _ in range(2))
        if f.mpeg1:
            codes = (forward[0], forward[0]), (backward[0], backward[0])
            full_pel = (random.random() < 0.3, random.random() < 0.3)
            return Header(kind, FRAME, False, temporal_reference, codes, full_pel)
        coin = [random.random() < 0.5 for _ in range(5)]
        return Header(
            kind, structure, False, temporal_reference, (forward, backward), (False, False),
            random.randrange(4), structure == FRAME and not f.progressive and coin[0],
            structure == FRAME and (f.progressive or random.random() < 0.3), random.random() < 0.3, int(coin[1]),
            int(coin[2]), int(coin[3]),
        )  # fmt: skip

    def _write(self) -> None:
        random, f = self.random, self.features
        self._sequence_header()
        self.units.append(unit(0xB8, u(25, 1 << 12) + "10"))
        if f.only_d:
            for number in range(f.pictures):
                self._frame("D", number)
                self.pictures[-1].frame = number
            return
        shown = 0
        while len(self.pictures) < f.pictures:
            kind = "I" if not self.pictures or random.random() < 0.15 else "P"
            others = random.choice([0, 0, 1, 2]) if self.pictures else 0
            if self.pictures and random.random() < 0.1:
                self._sequence_header()
            self._frame(kind, shown + others)
            self.pictures[-1].frame = shown + others
            for at in range(others):
                self._frame("B", shown + at)
                self.pictures[-1].frame = shown + at
            shown += others + 1
        if random.random() < 0.5:
            self.units.append(unit(0xB7, ""))

    def _frame(self, kind: str, temporal_reference: int) -> None:
        random, f = self.random, self.features
        order = len(self.pictures)
        refs = {"I": (None, None), "D": (None, None), "P": (self._last(), None), "B": tuple(self.references[-2:])}[kind]
        self.picture = Picture(order, "I" if kind == "D" else kind, refs)  # type: ignore[arg-type]
        self.pictures.append(self.picture)
        pair = not f.mpeg1 and not f.progressive and random.random() < 0.5
        if not pair:
            self._one_picture(self._header(kind, FRAME, temporal_reference))
        else:
            first = random.choice([TOP, BOTTOM])
            second_kind = random.choice("IP") if kind == "I" and self.references else kind
            if kind == "P" and random.random() < 0.1:
                second_kind = "I"
            self._one_picture(self._header(kind, first, temporal_reference))
            if kind == "I" and second_kind == "P":
                self.picture.kind, self.picture.refs = "P", (self._last(), None)
            header = replace(self._header(second_kind, 3 - first, temporal_reference), second=True)
            self._one_picture(header)
        if kind != "B":
            self.references.append(order)

    def _one_picture(self, header: Header) -> None:
        random, f = self.random, self.features
        self.header = header
        self._picture_header(header)
        self.rows = f.rows if header.structure == FRAME else f.rows // 2
        total = f.columns * self.rows
        at = 0
        while at < total:
            row_end = at // f.columns * f.columns + f.columns
            limit = total if f.mpeg1 else row_end
            end = limit if random.random() < 0.7 else random.randint(at + 1, limit)
            self._slice(at, end)
            at = end

    def _slice(self, begin: int, end: int) -> None:
        random, f = self.random, self.features
        row = begin // f.columns
        bits = self.bits = Bits()
        if not f.mpeg1 and 16 * f.rows > 2800:
            bits.put("header", u(3, row >> 7))
        self.code = self._quantiser_code()
        bits.put("header", u(5, self.code))
        if not f.mpeg1 and random.random() < 0.1:
            bits.put("header", "1", str(int(self.header.kind == "I")), u(7, 0))
        while random.random() < 0.05:
            bits.put("header", "1", u(8, random.randrange(256)))
        bits.put("header", "0")
        self.pmv = [[[0, 0], [0, 0]], [[0, 0], [0, 0]]]
        self._reset_dc()
        self.directions = None
        skipped = begin % f.columns
        busy = random.choice([0.2, 0.5, 0.9])
        for address in range(begin, end):
            self.column, self.row = address % f.columns, address // f.columns
            if begin < address < end - 1 and random.random() > busy and self._skip():
                skipped += 1
                continue
            self._macroblock(skipped + 1)
            skipped = 0
        code = 1 + (row & 127 if not f.mpeg1 and 16 * f.rows > 2800 else row)
        self.units.append(unit(code, str(bits)))
