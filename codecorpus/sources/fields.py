"""Field pictures: which packets are the second field of the picture whose first is the packet before."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Final, NamedTuple, Protocol

from codecorpus import _native
from codecorpus.errors import StreamError
from codecorpus.sources.units import START, h264_units

SLICES: Final = {1, 5}
IDR: Final = 5
SPS: Final = 7
HEADER_BYTES: Final = 32
"""Of a slice, that its header's first elements are in."""

FRAME: Final = 3
"""Both fields: top is 1, bottom 2, as in H.262's picture_structure."""

PICTURE: Final = b"\x00\x00\x01\x00"
EXTENSION: Final = b"\x00\x00\x01\xb5"


class Field(NamedTuple):
    """What a slice or picture is of; `pair` is what both fields of a picture have in common."""

    structure: int
    pair: tuple[int, ...] = ()
    can_be_second: bool = True

    def follows(self, first: Field) -> bool:
        """Whether it is the second field of a picture."""
        return self.can_be_second and self.structure | first.structure == FRAME and self.pair == first.pair


class Structures(Protocol):
    """Says of a codec's packets what fields they hold."""

    def fields(self, data: bytes) -> list[Field]:
        """What a packet's slices or pictures are of, a frame or a field each."""


class Fields:
    """Looks at the packets of one stream, in coded order."""

    def __init__(self, codec: str, extradata: bytes) -> None:
        self._structures = _structures(codec, extradata)
        self._first: tuple[int, Field] | None = None

    @property
    def alone(self) -> int | None:
        """The last packet with a picture, if that is a field whose second has not come."""
        return self._first[0] if self._first else None

    def hidden(self, number: int, data: bytes) -> int | None:
        """The packet by whose own no frame is shown, as far as packet `number` tells.

        It is that one where it is the second field of a picture, or an earlier one, the first field of a picture whose
        second does not come.
        """
        found = self._structures.fields(data) if self._structures else []
        if not found:
            return None
        structures = {field.structure for field in found}
        field = found[0] if len(structures) == 1 and FRAME not in structures else None
        before, self._first = self._first, (number, field) if field else None
        if before is None:
            return None
        if field and field.follows(before[1]):
            self._first = None
            return number
        return before[0]


def _structures(codec: str, extradata: bytes) -> Structures | None:
    match codec:
        case "h264":
            return _H264(extradata)
        case "mpeg2video":
            return _Mpeg2()
    return None


class _Mpeg2:
    def fields(self, data: bytes) -> list[Field]:
        """By the picture coding extension (H.262, 6.2.3.1)."""
        picture = data.find(PICTURE)
        is_b = 0 <= picture < len(data) - 5 and data[picture + 5] >> 3 & 7 == 3  # picture_coding_type
        return [Field(structure, (is_b,)) for structure in _picture_structures(data)]


def _picture_structures(data: bytes) -> Iterator[int]:
    at = -1
    while 0 <= (at := data.find(EXTENSION, at + 1)) < len(data) - 6:
        if data[at + 4] >> 4 == 8:  # extension_start_code_identifier
            yield data[at + 6] & 3


class _H264:
    """By slice headers (H.264, 7.3.3), where a sequence parameter set allows fields."""

    def __init__(self, extradata: bytes) -> None:
        self._extradata = extradata
        self._sets: set[bytes] = set()
        self._frame_num_bits = 0
        self._has_colour_planes = False
        self._may_have_fields = False
        self._configure(extradata)

    def fields(self, data: bytes) -> list[Field]:
        found = []
        for unit in h264_units(data, self._extradata):
            kind = unit[0] & 31
            if kind == SPS and unit not in self._sets:
                self._sets.add(unit)
                self._configure(START + unit)
            elif kind in SLICES:
                if not self._may_have_fields:
                    return [Field(FRAME)]
                found.append(self._of_slice(unit))
        return found

    def _configure(self, extradata: bytes) -> None:
        """Takes what the sequence parameter sets say; slices name theirs by way of others, and all are alike here."""
        for elements in _sequence_parameter_sets(extradata):
            self._frame_num_bits = elements["log2_max_frame_num_minus4"] + 4
            self._has_colour_planes = bool(elements.get("separate_colour_plane_flag", 0))
            self._may_have_fields = not elements["frame_mbs_only_flag"]

    def _of_slice(self, unit: bytes) -> Field:
        rbsp = unit[1:HEADER_BYTES].replace(b"\x00\x00\x03", b"\x00\x00")
        bits = iter(f"{int.from_bytes(rbsp, 'big'):0{8 * len(rbsp)}b}")
        for _ in ("first_mb_in_slice", "slice_type", "pic_parameter_set_id"):
            _skip_ue(bits)
        _u(bits, 2 * self._has_colour_planes)
        frame_num = _u(bits, self._frame_num_bits)
        field_pic_flag, bottom_field_flag = _u(bits, 1), _u(bits, 1)
        is_reference, is_idr = bool(unit[0] & 0x60), unit[0] & 31 == IDR
        return Field(1 + bottom_field_flag if field_pic_flag else FRAME, (frame_num, is_reference), not is_idr)


def _sequence_parameter_sets(extradata: bytes) -> list[dict[str, int]]:
    _native.record_syntax(True)
    try:
        _native.StreamReader("h264", tables=["frames"], extradata=extradata)
    except StreamError:
        return []  # whoever decodes it will tell
    finally:
        noted = _native.take_syntax()
        _native.record_syntax(False)
    return [dict(elements) for structure, elements, _ in noted if structure == "seq_parameter_set_rbsp"]


def _u(bits: Iterator[str], count: int) -> int:
    return int("".join(itertools.islice(bits, count)) or "0", 2)


def _skip_ue(bits: Iterator[str]) -> None:
    zeros = sum(1 for _ in itertools.takewhile("0".__eq__, bits))
    _u(bits, zeros)
