"""H.264 streams written bit by bit: monochrome pictures of PCM and of inter macroblocks without residual, in CAVLC."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from helpers.bit_writing import BitWriter
from helpers.rewriting import escaped

SLICE, IDR, SPS, PPS = 1, 5, 7, 8
P_SLICE, B_SLICE, I_SLICE = 0, 1, 2

TOP, BOTTOM, FRAME = 1, 2, 3
"""Which fields a picture has."""

FRAME_NUM_BITS, POC_LSB_BITS = 8, 10


def nal_unit(kind: int, rbsp: BitWriter, *, reference: bool = True) -> bytes:
    return bytes([reference << 5 | kind]) + escaped(bytes(rbsp))


@dataclass(frozen=True)
class Parameters:
    """What a sequence parameter set says."""

    width: int
    """In macroblocks, as the height."""
    height: int
    max_num_ref_frames: int
    interlaced: bool
    mbaff: bool = False

    def units(self) -> list[bytes]:
        """The sequence's parameter set and a picture's."""
        sps = BitWriter().u(8, 100).u(8, 0).u(8, 40).ue(0).ue(0).ue(0).ue(0).flags(0, 0)  # High profile, monochrome
        sps.ue(FRAME_NUM_BITS - 4).ue(0).ue(POC_LSB_BITS - 4).ue(self.max_num_ref_frames).flags(0).ue(self.width - 1)
        sps.ue(self.height // (1 + self.interlaced) - 1).flags(not self.interlaced)
        if self.interlaced:
            sps.flags(self.mbaff)
        sps.flags(1, 0, 1)  # direct_8x8_inference_flag, frame_cropping_flag, vui_parameters_present_flag
        sps.flags(0, 0, 0, 0, 0, 0, 0, 0)
        sps.flags(1, 1).ue(0).ue(0).ue(10).ue(10).ue(16).ue(16)  # bitstream_restriction: any order of output
        pps = BitWriter().ue(0).ue(0).flags(0, 1).ue(0).ue(0).ue(0).flags(0).u(2, 0).se(0).se(0).se(0).flags(1, 0, 0)
        return [nal_unit(SPS, sps.trailing()), nal_unit(PPS, pps.trailing())]


Operation = tuple[int, ...]
"""memory_management_control_operation, or modification_of_pic_nums_idc, and what it says."""


@dataclass
class SliceHeader:
    """The header of a picture's only slice."""

    kind: int
    structure: int
    frame_num: int
    poc: int
    """That of the field; of a frame that of its top field."""
    bottom: int = 0
    """How much later a frame's bottom field is."""
    reference: bool = True
    idr: bool = False
    direct_spatial: bool = True
    active: tuple[int, int] = (1, 1)
    modifications: tuple[Sequence[Operation], Sequence[Operation]] = ((), ())
    marking: Sequence[Operation] = ()

    def write(self, parameters: Parameters) -> BitWriter:
        bits = BitWriter().ue(0).ue(self.kind).ue(0).u(FRAME_NUM_BITS, self.frame_num)
        if parameters.interlaced:
            bits.flags(self.structure != FRAME)  # field_pic_flag
            if self.structure != FRAME:
                bits.flags(self.structure == BOTTOM)
        if self.idr:
            bits.ue(0)
        bits.u(POC_LSB_BITS, self.poc % (1 << POC_LSB_BITS))
        if self.structure == FRAME:
            bits.se(self.bottom)
        if self.kind == B_SLICE:
            bits.flags(self.direct_spatial)
        if self.kind != I_SLICE:
            self._lists(bits)
        if self.idr:
            bits.flags(0, 0)
        elif self.reference:
            _operations(bits, self.marking, end=0)
        return bits.se(0).ue(1)  # slice_qp_delta, disable_deblocking_filter_idc

    def _lists(self, bits: BitWriter) -> None:
        sides = range(1 + (self.kind == B_SLICE))
        bits.flags(1)  # num_ref_idx_active_override_flag
        for side in sides:
            bits.ue(self.active[side] - 1)
        for side in sides:
            _operations(bits, self.modifications[side], end=3)


def _operations(bits: BitWriter, operations: Sequence[Operation], *, end: int) -> None:
    bits.flags(len(operations) > 0)
    for operation in (*operations, (end,)) if operations else ():
        for number in operation:
            bits.ue(number)


# fmt: off
LISTS: dict[int, tuple[tuple[int, ...], ...]] = {
    P_SLICE: ((1,), (1, 1), (1, 1)),
    B_SLICE: (
        (), (1,), (2,), (3,), (1, 1), (1, 1), (2, 2), (2, 2), (1, 2), (1, 2), (2, 1), (2, 1),
        (1, 3), (1, 3), (2, 3), (2, 3), (3, 1), (3, 1), (3, 2), (3, 2), (3, 3), (3, 3),
    ),
}
"""The lists that each partition is predicted from, as a mask, by mb_type (tables 7-13 and 7-14); behind them comes that
of four sub-macroblocks. B_Direct_16x16 has none.
"""

SUB_MACROBLOCKS: dict[int, tuple[tuple[int, int], ...]] = {
    P_SLICE: ((1, 1), (1, 2), (1, 2), (1, 4)),
    B_SLICE: (
        (0, 4), (1, 1), (2, 1), (3, 1), (1, 2), (1, 2), (2, 2), (2, 2), (3, 2), (3, 2), (1, 4), (2, 4), (3, 4),
    ),
}
"""The lists and the number of vectors in each, by sub_mb_type (tables 7-17 and 7-18)."""
# fmt: on

I_PCM = {P_SLICE: 30, B_SLICE: 48, I_SLICE: 25}

Mvd = tuple[int, int]
"""In quarter samples."""


class SliceData:
    """A slice with its header, written a macroblock after the other."""

    def __init__(self, header: SliceHeader, parameters: Parameters) -> None:
        self.header = header
        self._bits = header.write(parameters)
        self._mbaff = parameters.mbaff and header.structure == FRAME
        self._skipped = 0
        self._pair_has_flag = False

    def begin_pair(self) -> None:
        """Two macroblocks, which an MBAFF frame has below each other."""
        self._pair_has_flag = False

    def skip(self) -> None:
        self._skipped += 1

    def pcm(self, samples: bytes, *, field: bool = False) -> None:
        self._begin(field)
        self._bits.ue(I_PCM[self.header.kind]).aligned(samples)

    def inter(
        self,
        mb_type: int,
        sub_mb_types: Sequence[int],
        ref_idx: tuple[Sequence[int], Sequence[int]],
        mvds: tuple[Sequence[Mvd], Sequence[Mvd]],
        *,
        field: bool = False,
    ) -> None:
        """A macroblock with the reference indices of its partitions and their vectors, by list."""
        self._begin(field)
        self._bits.ue(mb_type)
        for sub_mb_type in sub_mb_types:
            self._bits.ue(sub_mb_type)
        for active, indices in zip(self.header.active, ref_idx, strict=True):
            for index in indices:
                self._bits.te(active * (1 + field) - 1, index)
        for side in mvds:
            for across, down in side:
                self._bits.se(across).se(down)
        self._bits.ue(0)  # coded_block_pattern

    def unit(self) -> bytes:
        if self._skipped:
            self._bits.ue(self._skipped)
        header = self.header
        return nal_unit(IDR if header.idr else SLICE, self._bits.trailing(), reference=header.reference)

    def _begin(self, field: bool) -> None:
        if self.header.kind != I_SLICE:
            self._bits.ue(self._skipped)
            self._skipped = 0
        if self._mbaff and not self._pair_has_flag:
            self._bits.flags(field)  # mb_field_decoding_flag
            self._pair_has_flag = True
