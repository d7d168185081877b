"""Bits of H.264 and HEVC, one after the other: numbers as both standards code them, and CABAC."""

from __future__ import annotations

from dataclasses import dataclass


class BitWriter:
    """The bits of an RBSP. What writes gives the writer, so that a line holds what a line of a syntax table does."""

    def __init__(self) -> None:
        self.bits: list[int] = []

    def u(self, count: int, value: int) -> BitWriter:
        """A number of so many bits."""
        assert 0 <= value < 1 << count
        self.bits += [value >> at & 1 for at in reversed(range(count))]
        return self

    def flags(self, *values: bool | int) -> BitWriter:
        """A bit each."""
        self.bits += map(int, values)
        return self

    def ue(self, value: int) -> BitWriter:
        """An Exp-Golomb number."""
        return self.u(2 * (value + 1).bit_length() - 1, value + 1)

    def se(self, value: int) -> BitWriter:
        """A signed Exp-Golomb number."""
        return self.ue(2 * value - 1 if value > 0 else -2 * value)

    def te(self, highest: int, value: int) -> BitWriter:
        """A truncated Exp-Golomb number (H.264 9.1), which is nothing where there is no choice."""
        if highest == 0:
            return self
        return self.u(1, 1 - value) if highest == 1 else self.ue(value)

    def aligned(self, samples: bytes = b"") -> BitWriter:
        """Zeros up to a whole byte, and these bytes."""
        self.u(-len(self.bits) % 8, 0)
        return self.u(8 * len(samples), int.from_bytes(samples, "big"))

    def trailing(self) -> BitWriter:
        """rbsp_trailing_bits."""
        return self.u(1, 1).aligned()

    def __bytes__(self) -> bytes:
        assert len(self.bits) % 8 == 0
        return int("1" + "".join(map(str, self.bits)), 2).to_bytes(len(self.bits) // 8 + 1, "big")[1:]


# fmt: off
RANGE_TAB_LPS = (
    (128, 176, 208, 240), (128, 167, 197, 227), (128, 158, 187, 216), (123, 150, 178, 205), (116, 142, 169, 195),
    (111, 135, 160, 185), (105, 128, 152, 175), (100, 122, 144, 166), (95, 116, 137, 158), (90, 110, 130, 150),
    (85, 104, 123, 142), (81, 99, 117, 135), (77, 94, 111, 128), (73, 89, 105, 122), (69, 85, 100, 116),
    (66, 80, 95, 110), (62, 76, 90, 104), (59, 72, 86, 99), (56, 69, 81, 94), (53, 65, 77, 89), (51, 62, 73, 85),
    (48, 59, 69, 80), (46, 56, 66, 76), (43, 53, 63, 72), (41, 50, 59, 69), (39, 48, 56, 65), (37, 45, 54, 62),
    (35, 43, 51, 59), (33, 41, 48, 56), (32, 39, 46, 53), (30, 37, 43, 50), (29, 35, 41, 48), (27, 33, 39, 45),
    (26, 31, 37, 43), (24, 30, 35, 41), (23, 28, 33, 39), (22, 27, 32, 37), (21, 26, 30, 35), (20, 24, 29, 33),
    (19, 23, 27, 31), (18, 22, 26, 30), (17, 21, 25, 28), (16, 20, 23, 27), (15, 19, 22, 25), (14, 18, 21, 24),
    (14, 17, 20, 23), (13, 16, 19, 22), (12, 15, 18, 21), (12, 14, 17, 20), (11, 14, 16, 19), (11, 13, 15, 18),
    (10, 12, 15, 17), (10, 12, 14, 16), (9, 11, 13, 15), (9, 11, 12, 14), (8, 10, 12, 14), (8, 9, 11, 13),
    (7, 9, 11, 12), (7, 9, 10, 12), (7, 8, 10, 11), (6, 8, 9, 11), (6, 7, 9, 10), (6, 7, 8, 9), (2, 2, 2, 2),
)
"""rangeTabLps: H.264 table 9-44, HEVC table 9-52."""

TRANS_IDX_LPS = (
    0, 0, 1, 2, 2, 4, 4, 5, 6, 7, 8, 9, 9, 11, 11, 12, 13, 13, 15, 15, 16, 16, 18, 18, 19, 19, 21, 21, 22, 22, 23, 24,
    24, 25, 26, 26, 27, 27, 28, 29, 29, 30, 30, 30, 31, 32, 32, 33, 33, 33, 34, 34, 35, 35, 35, 36, 36, 36, 37, 37, 37,
    38, 38, 63,
)
"""transIdxLps: H.264 table 9-45, HEVC table 9-53."""
# fmt: on


@dataclass
class ContextVariable:
    """The probability of a bin."""

    state: int
    most_probable: int

    @classmethod
    def of_hevc(cls, init_value: int, qp: int) -> ContextVariable:
        """By HEVC 9.3.2.2."""
        slope, offset = (init_value >> 4) * 5 - 45, ((init_value & 15) << 3) - 16
        state = min(126, max(1, (slope * qp >> 4) + offset))
        return cls(63 - state, 0) if state <= 63 else cls(state - 64, 1)


class ArithmeticEncoder:
    """CABAC (H.264 9.3.4, HEVC 9.3.4.3, the other way round), into a writer's bits."""

    def __init__(self, bits: BitWriter) -> None:
        self.bits = bits
        self.start()

    def start(self) -> None:
        self._low, self._range = 0, 510
        self._outstanding = 0
        self._first = True

    def decision(self, context: ContextVariable, value: bool | int) -> None:
        lps = RANGE_TAB_LPS[context.state][self._range >> 6 & 3]
        self._range -= lps
        if value == context.most_probable:
            context.state = min(context.state + 1, 62)
        else:
            self._low, self._range = self._low + self._range, lps
            if context.state == 0:
                context.most_probable ^= 1
            context.state = TRANS_IDX_LPS[context.state]
        self._renormalise()

    def bypass(self, value: bool | int) -> None:
        self._low = 2 * self._low + (self._range if value else 0)
        self._put_by(1024)

    def exp_golomb(self, order: int, value: int) -> None:
        """By HEVC 9.3.3.5: its prefix and suffix are bypass bins."""
        while value >= 1 << order:
            self.bypass(1)
            value -= 1 << order
            order += 1
        self.bypass(0)
        for at in reversed(range(order)):
            self.bypass(value >> at & 1)

    def terminate(self, value: bool | int) -> None:
        """end_of_slice_segment_flag, pcm_flag and their like. If it is set nothing follows, and its last bit is
        rbsp_stop_one_bit.
        """
        self._range -= 2
        if value:
            self._low, self._range = self._low + self._range, 2
            self._renormalise()
            self._put(self._low >> 9 & 1)
            self.bits.flags(self._low >> 8 & 1, 1)
        else:
            self._renormalise()

    def _renormalise(self) -> None:
        while self._range < 256:
            self._put_by(512)
            self._range, self._low = 2 * self._range, 2 * self._low

    def _put_by(self, half: int) -> None:
        """A bit, where it is settled."""
        if self._low >= half:
            self._low -= half
            self._put(1)
        elif self._low < half // 2:
            self._put(0)
        else:
            self._low -= half // 2
            self._outstanding += 1

    def _put(self, bit: int) -> None:
        if self._first:
            self._first = False
        else:
            self.bits.flags(bit)
        self.bits.flags(*[1 - bit] * self._outstanding)
        self._outstanding = 0
