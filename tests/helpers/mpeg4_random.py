"""Streams of MPEG-4 and H.263 by chance: all that their syntax has of VOPs, packets and macroblocks."""

from __future__ import annotations

from helpers.mpeg4_random_macroblocks import RandomMacroblocks
from helpers.mpeg4_writing import (
    TRAJECTORY_LENGTHS,
    Features,
    Pieces,
    Vop,
    global_motion,
    layer,
    time_bits,
    unit,
)
from helpers.mpeg_writing import Bits, Picture, magnitude_bits, rounded, size_of, u

DC_MARKER, MOTION_MARKER = "1101011000000000001", "11111000000000001"
INTRA_DC_LIMITS = [99, 13, 15, 17, 19, 21, 23, 0]
SHORT_SIZES = {(8, 6): 1, (11, 9): 2, (44, 36): 4}


class Mpeg4Stream(RandomMacroblocks):
    """A stream, and what its pictures are; VOPs are those that are given, or any."""

    def __init__(self, seed: int, features: Features, vops: list[Vop] | None = None) -> None:
        super().__init__(seed, features)
        self.pictures: list[Picture] = []
        self.units: list[bytes] = []
        self.references: list[int] = []
        self.moved = {}
        self.base = self.last_base = 0
        self.times: list[int] = []
        """Of the references, coded or not."""
        self.frame_time = 0
        if features.short:
            for order in range(features.pictures):
                self._short_picture(order)
        else:
            self._write(vops or self._schedule())

    def __bytes__(self) -> bytes:
        return b"".join(self.units)

    def _layer(self) -> None:
        data, self.matrices = layer(self.random, self.features)
        self.units.append(data)
        self.frame_time = 0

    def _write(self, vops: list[Vop]) -> None:
        random, f = self.random, self.features
        if random.random() < 0.5:
            self.units.append(unit(0xB0, u(8, 0xF5))[:5])
            self.units.append(unit(0xB5, "1" + u(4, f.verid) + u(3, 1) + u(4, 1) + "0"))
        self._layer()
        shown = 0
        waiting: Picture | None = None
        for at, vop in enumerate(vops):
            if vop.kind == "I" and at and random.random() < 0.3:
                self._group(min(other.time for other in vops[at : at + 2]) // f.resolution)
            if vop.begins_layer:
                self._layer()
            self._vop(vop)
            if not vop.coded:
                continue
            picture = self.pictures[-1]
            if vop.kind == "B":
                picture.frame, shown = shown, shown + 1
            else:
                if waiting:
                    waiting.frame, shown = shown, shown + 1
                waiting = picture
        if waiting:
            waiting.frame = shown

    def _group(self, seconds: int) -> None:
        """Group_of_VideoObjectPlane( )."""
        self.base = seconds - (self.random.randrange(2) if seconds else 0)
        hours, minutes = u(5, self.base // 3600 % 24), u(6, self.base // 60 % 60)
        self.units.append(unit(0xB3, hours + minutes + "1" + u(6, self.base % 60) + "00"))

    def _schedule(self) -> list[Vop]:
        """VOPs in coded order with times, between which fields have distances too."""
        random, f = self.random, self.features
        while True:
            step = random.choice([1, 2, 3, 1001, f.resolution // 2 or 1])
            now = random.randrange(3) * step
            vops = [Vop("I", now)]
            while sum(vop.coded for vop in vops) < f.pictures:
                kind = random.choice("IPPPPPS" if f.gmc is not None else "IPPPP")
                if kind != "I" and random.random() < 0.1:
                    now += step * random.randint(1, 2)
                    vops.append(Vop("P", now, coded=False))
                    continue
                others = random.choice([0, 0, 1, 2, 3]) if f.b_vops else 0
                times = []
                for _ in range(others + 1):
                    now += step * random.randint(1, 2) + random.randint(0, step // 4)
                    times.append(now)
                vops.append(Vop(kind, times.pop()))
                vops += [Vop("B", time) for time in times]
            if self._is_fit(vops):
                return vops

    def _is_fit(self, vops: list[Vop]) -> bool:
        """Whether every B-VOP lies between its references in fields too."""
        times: list[int] = []
        frame = 0
        for vop in vops:
            if vop.kind != "B":
                times.append(vop.time)
                continue
            past, future = times[-2:]
            frame = frame or vop.time - past
            in_frames = [rounded(time, frame) for time in (past, vop.time, future)]
            if len(set(in_frames)) < 3 or future - past > 60000:
                return False
        return all(vop.time // self.features.resolution < 80000 for vop in vops)

    def _vop(self, vop: Vop) -> None:
        random, f = self.random, self.features
        self.vop = vop
        seconds = vop.time // f.resolution
        if vop.kind == "B":
            modulo = seconds - self.last_base
        else:
            modulo = seconds - self.base
            self.last_base, self.base = self.base, seconds
            self.times.append(vop.time)
        self.time_text = "1" * modulo + "01" + u(time_bits(f), vop.time % f.resolution) + "1"
        bits = self.bits = Bits()
        bits.put("header", u(2, "IPBS".index(vop.kind)), self.time_text, str(int(vop.coded)))
        if not vop.coded:
            self.units.append(unit(0xB6, str(bits)))
            return
        order = len(self.pictures)
        past = self.references[-1] if self.references else None
        refs = {"I": (None, None), "P": (past, None), "S": (past, None), "B": tuple(self.references[-2:])}[vop.kind]
        self.picture = Picture(order, "P" if vop.kind == "S" else vop.kind, refs)  # type: ignore[arg-type]
        self.pictures.append(self.picture)
        if vop.kind in "PS":
            bits.put("header", str(random.randrange(2)))  # vop_rounding_type
        self.limit = INTRA_DC_LIMITS[f.intra_dc_vlc_thr]
        bits.put("header", u(3, f.intra_dc_vlc_thr))
        self.top_field_first = self.vertical = False
        if f.interlaced:
            self.top_field_first, self.vertical = random.random() < 0.5, random.random() < 0.5
            bits.put("header", str(int(self.top_field_first)), str(int(self.vertical)))
        self.trajectory_text = ""
        if vop.kind == "S":
            self._trajectory()
        bits.put("header", self.trajectory_text)
        self.qp = random.randrange(1, 32)
        bits.put("header", u(5, self.qp))
        self.f_code = [random.randint(1, f.largest_f_code), random.randint(1, f.largest_f_code)]
        self.directions = {"I": 0, "P": 1, "S": 1, "B": 2}[vop.kind]
        for code in self.f_code[: self.directions]:
            bits.put("header", u(3, code))
        if vop.kind == "B":
            self._distances()
        self._macroblocks()
        self.units.append(unit(0xB6, str(bits)))
        if vop.kind != "B":
            self.references.append(order)
            self.moved = self.here

    def _trajectory(self) -> None:
        random, f = self.random, self.features
        assert f.gmc is not None
        points = []
        for at in range(f.gmc):
            reach = random.choice([2, 20]) if at == 0 else random.choice([0, 3])
            points.append((random.randint(-reach, reach), random.randint(-reach, reach)))
            for value in points[-1]:
                self.trajectory_text += TRAJECTORY_LENGTHS[size_of(value)] + magnitude_bits(value) + "1"
        self.warp = global_motion(points, f)

    def _distances(self) -> None:
        """TRB and TRD of frames, and of fields before the parity counts (7.6.9.5.2, 7.7.2.2)."""
        past, future = self.times[-2:]
        now = self.vop.time
        self.frame_time = self.frame_time or now - past
        self.trb, self.trd = now - past, future - past
        frames = [rounded(time, self.frame_time) for time in (past, now, future)]
        self.field_trb, self.field_trd = 2 * (frames[1] - frames[0]), 2 * (frames[2] - frames[0])

    def _macroblocks(self) -> None:
        random, f = self.random, self.features
        total = f.columns * f.rows
        self.here, self.intra = {}, {}
        self.first = 0
        self.has_coded = False
        busy = random.choice([0.3, 0.6, 0.95])
        partitioned = f.partitioned and self.vop.kind != "B"
        at = 0
        while at < total:
            end = random.randint(at + 1, total) if f.resync and random.random() < 0.8 else total
            if at:
                self._packet_header(at)
            self.first, self.has_coded = at, False
            self.last = [[(0, 0)] * 2, [(0, 0)] * 2]
            pieces = []
            for address in range(at, end):
                self._move_to(address)
                pieces.append(self._macroblock(busy))
                if not partitioned:
                    self._write_combined(pieces[-1])
            if partitioned:
                self._write_partitions(pieces)
            at = end

    def _move_to(self, address: int) -> None:
        self.address = address
        self.column, self.row = address % self.features.columns, address // self.features.columns
        if self.column == 0:
            self.last = [[(0, 0)] * 2, [(0, 0)] * 2]

    def _packet_header(self, address: int) -> None:
        random, f, bits, kind = self.random, self.features, self.bits, self.vop.kind
        if not f.partitioned:
            self._stuffing()
        zeros = {"I": 16, "B": max(15 + max(self.f_code), 17)}.get(kind, 15 + self.f_code[0])
        bits.put("header", "0", "1" * (-(bits.count + 1) % 8), "0" * zeros, "1")
        self.qp = random.randrange(1, 32)
        bits.put("header", u(max(1, (f.columns * f.rows - 1).bit_length()), address), u(5, self.qp))
        if random.random() < 0.6:
            bits.put("header", "0")
            return
        bits.put(
            "header", "1", self.time_text, u(2, "IPBS".index(kind)), u(3, f.intra_dc_vlc_thr), self.trajectory_text
        )
        for code in self.f_code[: self.directions]:
            bits.put("header", u(3, code))

    def _stuffing(self) -> None:
        """Words of mcbpc that only stuff, at times."""
        kind = self.vop.kind
        while kind != "B" and self.random.random() < 0.1:
            self.bits.put("header", ("" if kind == "I" else "0") + "000000001")

    def _write_combined(self, p: Pieces) -> None:
        if p.head:
            self._stuffing()
        self.bits.put("", p.head, p.mcsel, p.ac_pred, p.cbpy, p.dquant, p.dct_type, p.field_prediction, p.motion)
        for dc, ac in zip(p.dc, p.ac, strict=True):
            self.bits.put("", dc, ac)

    def _write_partitions(self, pieces: list[Pieces]) -> None:
        in_i = self.vop.kind == "I"
        for p in pieces:
            self._stuffing()
            self.bits.put("", p.head, p.mcsel, p.motion, *([p.dquant, *p.dc] if in_i else []))
        self._stuffing()
        self.bits.put("header", DC_MARKER if in_i else MOTION_MARKER)
        for p in pieces:
            self.bits.put("", p.ac_pred, p.cbpy, *([] if in_i else [p.dquant, *p.dc]))
        for p in pieces:
            self.bits.put("", *p.ac)

    def _short_picture(self, order: int) -> None:
        """video_plane_with_short_header( )."""
        random, f = self.random, self.features
        kind = "I" if order == 0 or random.random() < 0.1 else "P"
        self.vop = Vop(kind, order)
        self.picture = Picture(order, kind, (order - 1 if kind == "P" else None, None), frame=order)
        self.pictures.append(self.picture)
        bits = self.bits = Bits()
        self.qp = random.randrange(1, 32)
        bits.put("header", u(22, 32), u(8, order), "10000", u(3, SHORT_SIZES[f.columns, f.rows]), str(int(kind == "P")))
        bits.put("header", "0000", u(5, self.qp), "0")
        while random.random() < 0.2:
            bits.put("header", "1", u(8, random.randrange(256)))
        bits.put("header", "0")
        self.f_code, self.limit, self.vertical = [1, 1], 99, False
        self.here, self.intra, self.first, self.has_coded = {}, {}, 0, False
        busy = random.choice([0.3, 0.6, 0.95])
        rows = 2 if f.rows == 36 else 1
        for address in range(f.columns * f.rows):
            self._move_to(address)
            if address and self.column == 0 and self.row % rows == 0 and random.random() < 0.4:
                self._stuffing()
                self.first = address
                self.qp = random.randrange(1, 32)
                bits.put("header", "0" * (-bits.count % 8) if random.random() < 0.7 else "", u(17, 1))
                bits.put("header", u(5, self.row // rows), u(2, 1), u(5, self.qp))
            self._write_combined(self._macroblock(busy))
        self._stuffing()
        if order + 1 == f.pictures and random.random() < 0.3:
            bits.put("header", "0" * (-bits.count % 8), u(22, 63))
        bits.put("header", "0" * (-bits.count % 8))
        self.units.append(int("1" + str(bits), 2).to_bytes(bits.count // 8 + 1, "big")[1:])
        self.moved = self.here
