"""HEVC streams written bit by bit: monochrome pictures of PCM blocks and of inter blocks without residual."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import NamedTuple

from helpers.bit_writing import ArithmeticEncoder, BitWriter, ContextVariable
from helpers.rewriting import escaped

TRAIL_R, IDR_N_LP, VPS, SPS, PPS = 1, 20, 32, 33, 34
B_SLICE, P_SLICE, I_SLICE = 0, 1, 2

CTB_LOG2, SMALLEST_LOG2 = 5, 3
POC_LSB_BITS = 8
QP = 26


def nal_unit(kind: int, rbsp: BitWriter | bytes) -> bytes:
    return bytes([kind << 1, 1]) + escaped(bytes(rbsp))


class Ctb(NamedTuple):
    """A coding tree block's place, in CTBs, and its tile."""

    x: int
    y: int
    tile: int


@dataclass(frozen=True)
class Layout:
    """What pictures are divided into."""

    columns: tuple[int, ...]
    """Widths of tiles in CTBs; of the picture, if there is one."""
    rows: tuple[int, ...]
    """Their heights."""
    wavefronts: bool = False
    slices: bool = False
    """Whether there may be several in a picture."""
    dependent_segments: bool = False

    @property
    def width(self) -> int:
        return sum(self.columns)

    @property
    def height(self) -> int:
        return sum(self.rows)

    @property
    def tiles(self) -> bool:
        return len(self.columns) > 1 or len(self.rows) > 1

    def scan(self) -> list[Ctb]:
        """The CTBs in the order of coding (6.5.1)."""
        scan: list[Ctb] = []
        for row, height in enumerate(self.rows):
            for column, width in enumerate(self.columns):
                left, top, tile = sum(self.columns[:column]), sum(self.rows[:row]), row * len(self.columns) + column
                scan += [Ctb(left + x, top + y, tile) for y in range(height) for x in range(width)]
        return scan


WHOLE = Layout((2,), (2,))
"""Pictures of 64x64 in one slice."""


def parameter_sets(layout: Layout = WHOLE, *, parallel_merge_level: int = 2) -> list[bytes]:
    """With PCM of all sizes, AMP and temporal vectors, and without in-loop filters."""
    vps = BitWriter().u(4, 0).flags(1, 1).u(6, 0).u(3, 0).flags(1).u(16, 0xFFFF)
    _profile_tier_level(vps)
    vps.flags(1).ue(15).ue(15).ue(0).u(6, 0).ue(0).flags(0, 0)
    sps = BitWriter().u(4, 0).u(3, 0).flags(1)
    _profile_tier_level(sps)
    sps.ue(0).ue(0).ue(layout.width << CTB_LOG2).ue(layout.height << CTB_LOG2).flags(0).ue(0).ue(0).ue(POC_LSB_BITS - 4)
    sps.flags(1).ue(15).ue(15).ue(0)  # sps_max_dec_pic_buffering_minus1, sps_max_num_reorder_pics
    sps.ue(SMALLEST_LOG2 - 3).ue(CTB_LOG2 - SMALLEST_LOG2).ue(0).ue(3).ue(0).ue(0)
    sps.flags(0, 1, 0)  # scaling_list_enabled_flag, amp_enabled_flag, sample_adaptive_offset_enabled_flag
    sps.flags(1).u(4, 7).u(4, 7).ue(SMALLEST_LOG2 - 3).ue(CTB_LOG2 - SMALLEST_LOG2).flags(1)  # pcm
    sps.ue(0).flags(1).ue(0)  # num_short_term_ref_pic_sets, long_term_ref_pics_present_flag
    sps.flags(1, 0, 0, 0)  # sps_temporal_mvp_enabled_flag
    pps = BitWriter().ue(0).ue(0).flags(layout.dependent_segments, 0).u(3, 0).flags(0, 0).ue(0).ue(0)
    pps.se(QP - 26).flags(0, 0, 0).se(0).se(0)
    pps.flags(0, 0, 0, 0, layout.tiles, layout.wavefronts)
    if layout.tiles:
        pps.ue(len(layout.columns) - 1).ue(len(layout.rows) - 1).flags(0)  # uniform_spacing_flag
        for size in (*layout.columns[:-1], *layout.rows[:-1]):
            pps.ue(size - 1)
        pps.flags(0)  # loop_filter_across_tiles_enabled_flag
    pps.flags(0)  # pps_loop_filter_across_slices_enabled_flag
    pps.flags(1, 0, 1)  # deblocking_filter_control_present_flag, pps_deblocking_filter_disabled_flag
    pps.flags(0, 1).ue(parallel_merge_level - 2).flags(0, 0)  # lists_modification_present_flag
    return [nal_unit(kind, rbsp.trailing()) for kind, rbsp in ((VPS, vps), (SPS, sps), (PPS, pps))]


def _profile_tier_level(bits: BitWriter) -> None:
    """Of the range extensions, which have monochrome pictures."""
    bits.u(2, 0).flags(0).u(5, 4).u(32, 1 << 31 - 4).flags(1, 0, 0, 1).u(43, 0).flags(0).u(8, 93)


@dataclass
class SliceHeader:
    """A slice header; it names the pictures that are referred to by their order counts."""

    kind: int
    poc: int = 0
    """With 0 it is an IDR picture."""
    before: Sequence[int] = ()
    """The nearest first, as in `after`."""
    after: Sequence[int] = ()
    long_term: Sequence[int] = ()
    """By rising distance in most significant bits."""
    active: tuple[int, int] = (1, 1)
    entries: tuple[Sequence[int], Sequence[int]] = ((), ())
    """list_entry_l0 and list_entry_l1; without any, a list is as it is."""
    mvd_l1_zero: bool = False
    temporal_mvp: bool = False
    collocated: tuple[int, int] = (0, 0)
    """A list and an index."""
    candidates: int = 1
    """MaxNumMergeCand."""

    def unit(self, *substreams: bytes, layout: Layout = WHOLE, address: int = 0, dependent: bool = False) -> bytes:
        """A slice segment, of a substream a tile or row of it."""
        kind = TRAIL_R if self.poc else IDR_N_LP
        bits = BitWriter().flags(address == 0)
        if kind == IDR_N_LP:
            bits.flags(0)  # no_output_of_prior_pics_flag
        bits.ue(0)
        if address and layout.dependent_segments:
            bits.flags(dependent)
        if address:
            bits.u((layout.width * layout.height - 1).bit_length(), address)
        if not dependent:
            self._write(bits)
        if layout.tiles or layout.wavefronts:
            bits.ue(len(substreams) - 1)
        if len(substreams) > 1:
            bits.ue(31)  # offset_len_minus1
        for substream in substreams[:-1]:
            bits.u(32, len(escaped(substream)) - 1)
        return nal_unit(kind, bytes(bits.u(1, 1).aligned()) + b"".join(substreams))

    def _write(self, bits: BitWriter) -> None:
        bits.ue(self.kind)
        if self.poc:
            self._reference_pictures(bits)
        lists = range(2 - self.kind)
        if self.kind != I_SLICE:
            bits.flags(1)  # num_ref_idx_active_override_flag
            for side in lists:
                bits.ue(self.active[side] - 1)
            total = len(self.before) + len(self.after) + len(self.long_term)
            for side in lists if total > 1 else ():
                bits.flags(len(self.entries[side]) > 0)
                for entry in self.entries[side]:
                    bits.u((total - 1).bit_length(), entry)
            if self.kind == B_SLICE:
                bits.flags(self.mvd_l1_zero)
            if self.temporal_mvp:
                side, index = self.collocated
                if self.kind == B_SLICE:
                    bits.flags(1 - side)  # collocated_from_l0_flag
                if self.active[side] > 1:
                    bits.ue(index)
            bits.ue(5 - self.candidates)
        bits.se(0)  # slice_qp_delta

    def _reference_pictures(self, bits: BitWriter) -> None:
        cycle = 1 << POC_LSB_BITS
        bits.u(POC_LSB_BITS, self.poc % cycle).flags(0).ue(len(self.before)).ue(len(self.after))
        for pictures in (self.before, self.after):
            for nearer, picture in zip((self.poc, *pictures), pictures, strict=False):
                bits.ue(abs(picture - nearer) - 1).flags(1)
        bits.ue(len(self.long_term))
        cycles = 0
        for picture in self.long_term:
            further = self.poc // cycle - picture // cycle
            bits.u(POC_LSB_BITS, picture % cycle).flags(1, 1).ue(further - cycles)
            cycles = further
        bits.flags(self.temporal_mvp)


class Vector(NamedTuple):
    """How a vector of one list is coded."""

    ref_idx: int
    mvd: tuple[int, int] | None
    """In quarter samples; None where mvd_l1_zero_flag says that it is zero."""
    mvp_flag: bool


PredictionUnit = int | tuple[Vector | None, Vector | None]
"""How a prediction unit is coded: its merge_idx, or its vectors."""

PARTITIONS = {
    "PART_2Nx2N": ((4, 4),),
    "PART_2NxN": ((4, 2), (4, 2)),
    "PART_Nx2N": ((2, 4), (2, 4)),
    "PART_2NxnU": ((4, 1), (4, 3)),
    "PART_2NxnD": ((4, 3), (4, 1)),
    "PART_nLx2N": ((1, 4), (3, 4)),
    "PART_nRx2N": ((3, 4), (1, 4)),
}
"""Widths and heights in quarters of the coding block."""

INIT_VALUES: dict[str, tuple[tuple[int, ...], ...]] = {
    "split_cu_flag": ((107, 139, 126), (107, 139, 126), (139, 141, 157)),
    "cu_skip_flag": ((197, 185, 201), (197, 185, 201), ()),
    "part_mode": ((154, 139, 154, 154), (154, 139, 154, 154), (184,)),
    "pred_mode_flag": ((134,), (149,), ()),
    "merge_flag": ((154,), (110,), ()),
    "merge_idx": ((137,), (122,), ()),
    "inter_pred_idc": ((95, 79, 63, 31, 31), (), ()),
    "ref_idx": ((153, 153), (153, 153), ()),
    "mvp_flag": ((168,), (168,), ()),
    "rqt_root_cbf": ((79,), (79,), ()),
    "abs_mvd_greater0_flag": ((169,), (140,), ()),
    "abs_mvd_greater1_flag": ((198,), (198,), ()),
}
"""initValue (9.3.2.2, tables 9-5 to 9-37) by slice_type."""

Cell = tuple[int, int]
"""A place in units of the smallest coding blocks."""


Contexts = dict[str, list[ContextVariable]]
"""By syntax element and ctxInc."""


class SliceData:
    """slice_segment_data (7.3.8), a coding unit after the other."""

    def __init__(self, header: SliceHeader) -> None:
        self.header = header
        self._depths: dict[Cell, int] = {}
        self._skipped: dict[Cell, bool] = {}
        self.begin(self.initial_contexts())

    def initial_contexts(self) -> Contexts:
        kind = self.header.kind
        return {name: [ContextVariable.of_hevc(own, QP) for own in of[kind]] for name, of in INIT_VALUES.items()}

    def begin(self, contexts: Contexts) -> None:
        """A substream."""
        self.contexts = deepcopy(contexts)
        self._bits = BitWriter()
        self._encoder = ArithmeticEncoder(self._bits)

    def split_cu_flag(self, x: int, y: int, log2: int, split: bool) -> None:
        deeper = sum(self._depths[cell] > CTB_LOG2 - log2 for cell in self._neighbours(x, y))
        self._bin("split_cu_flag", split, deeper)

    def pcm(self, x: int, y: int, log2: int, samples: bytes) -> None:
        """A coding unit whose samples are given."""
        if self.header.kind != I_SLICE:
            self._cu_skip_flag(x, y, log2, False)
            self._bin("pred_mode_flag", 1)
        if log2 == SMALLEST_LOG2:
            self._bin("part_mode", 1)
        self._encoder.terminate(1)  # pcm_flag
        self._bits.aligned(samples)
        self._encoder.start()
        self._coded(x, y, log2)

    def skip(self, x: int, y: int, log2: int, merge_idx: int) -> None:
        """A coding unit that is skipped."""
        self._cu_skip_flag(x, y, log2, True)
        self._merge_idx(merge_idx)
        self._coded(x, y, log2, skipped=True)

    def inter(self, x: int, y: int, log2: int, part_mode: str, units: Sequence[PredictionUnit]) -> None:
        """An inter coding unit without residual."""
        self._cu_skip_flag(x, y, log2, False)
        self._bin("pred_mode_flag", 0)
        self._part_mode(part_mode, log2)
        quarter = (1 << log2) // 4
        for (w, h), prediction in zip(PARTITIONS[part_mode], units, strict=True):
            self._bin("merge_flag", isinstance(prediction, int))
            if isinstance(prediction, int):
                self._merge_idx(prediction)
            else:
                self._vectors(prediction, CTB_LOG2 - log2, smallest=(w + h) * quarter == 12)
        self._bin("rqt_root_cbf", 0)
        self._coded(x, y, log2)

    def end_of_slice_segment_flag(self, last: bool) -> None:
        self._encoder.terminate(last)

    def end_of_subset_one_bit(self) -> None:
        self._encoder.terminate(1)

    def __bytes__(self) -> bytes:
        """The substream."""
        return bytes(self._bits.aligned())

    def _bin(self, name: str, value: bool | int, increment: int = 0) -> None:
        self._encoder.decision(self.contexts[name][increment], value)

    def _neighbours(self, x: int, y: int) -> Iterator[Cell]:
        """Those to the left and above that are there."""
        column, row = x >> SMALLEST_LOG2, y >> SMALLEST_LOG2
        return (cell for cell in ((column - 1, row), (column, row - 1)) if cell in self._depths)

    def _coded(self, x: int, y: int, log2: int, *, skipped: bool = False) -> None:
        column, row, size = x >> SMALLEST_LOG2, y >> SMALLEST_LOG2, 1 << log2 - SMALLEST_LOG2
        cells = [(column + across, row + down) for across in range(size) for down in range(size)]
        self._depths |= dict.fromkeys(cells, CTB_LOG2 - log2)
        self._skipped |= dict.fromkeys(cells, skipped)

    def _cu_skip_flag(self, x: int, y: int, log2: int, skipped: bool) -> None:
        self._bin("cu_skip_flag", skipped, sum(self._skipped[cell] for cell in self._neighbours(x, y)))

    def _part_mode(self, part_mode: str, log2: int) -> None:
        (w, h), *rest = PARTITIONS[part_mode]
        self._bin("part_mode", not rest, 0)
        if rest:
            self._bin("part_mode", w == 4, 1)
        if rest and log2 > SMALLEST_LOG2:
            self._bin("part_mode", 2 in (w, h), 3)
            if 2 not in (w, h):
                self._encoder.bypass(3 in (w, h))

    def _merge_idx(self, index: int) -> None:
        for at in range(self.header.candidates - 1):
            if at == 0:
                self._bin("merge_idx", index > 0)
            else:
                self._encoder.bypass(index > at)
            if index <= at:
                break

    def _vectors(self, vectors: tuple[Vector | None, Vector | None], depth: int, *, smallest: bool) -> None:
        both = None not in vectors
        if self.header.kind == B_SLICE:
            if not smallest:
                self._bin("inter_pred_idc", both, depth)
            if not both:
                self._bin("inter_pred_idc", vectors[0] is None, 4)
        for active, vector in zip(self.header.active, vectors, strict=True):
            if vector is None:
                continue
            self._ref_idx(vector.ref_idx, active)
            if vector.mvd is not None:
                self._mvd_coding(vector.mvd)
            self._bin("mvp_flag", vector.mvp_flag)

    def _ref_idx(self, index: int, active: int) -> None:
        for at in range(active - 1):
            if at < 2:
                self._bin("ref_idx", index > at, at)
            else:
                self._encoder.bypass(index > at)
            if index <= at:
                break

    def _mvd_coding(self, mvd: tuple[int, int]) -> None:
        for component in mvd:
            self._bin("abs_mvd_greater0_flag", component != 0)
        for component in filter(None, mvd):
            self._bin("abs_mvd_greater1_flag", abs(component) > 1)
        for component in filter(None, mvd):
            if abs(component) > 1:
                self._encoder.exp_golomb(1, abs(component) - 2)
            self._encoder.bypass(component < 0)
