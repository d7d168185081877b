"""Field pictures: which packets are the second field of the picture whose first is the packet before."""

from __future__ import annotations

from typing import Final, NamedTuple

from codecorpus.sources.keys import Packets

FRAME: Final = 3
"""Both fields: top is 1, bottom 2, as in H.262's picture_structure."""


class Field(NamedTuple):
    """What a slice or picture is of; `pair` is what both fields of a picture have in common."""

    structure: int
    pair: tuple[int, bool]
    can_be_second: bool

    def follows(self, first: Field) -> bool:
        """Whether it is the second field of a picture."""
        return self.can_be_second and self.structure | first.structure == FRAME and self.pair == first.pair


class Fields:
    """Looks at the packets of one stream, in coded order."""

    def __init__(self, packets: Packets) -> None:
        self._packets = packets
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
        found = [Field(*told) for told in self._packets.fields(data)]
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
