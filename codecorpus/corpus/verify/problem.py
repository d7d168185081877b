"""What is told of a corpus that is not as it should be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """Something in a corpus that is not as it should be.

    Attributes:
        file: the file or folder, from the corpus on.
        reason: what is wrong.
        clip: the clip, where it is of one.
        encode: the encode, where it is of one.
        picture: coded order of the first picture that it is of.
        more: how many more pictures of the file it is of.
    """

    file: str
    reason: str
    clip: str | None = None
    encode: str | None = None
    picture: int | None = None
    more: int = 0

    def __str__(self) -> str:
        where = [self.file]
        if self.clip is not None:
            where.append(self.clip if self.encode is None or self.encode in self.file else f"{self.clip} {self.encode}")
        if self.picture is not None:
            where.append(f"picture {self.picture}" + (f" and {self.more} more" if self.more else ""))
        return f"{', '.join(where)}: {self.reason}"
