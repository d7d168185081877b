"""The folder of this machine in which what belongs to far places is kept: sources, and what is under way.

It is told by the environment, so that every process of a run knows it. Best on a disk of the machine's own.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

FOLDER: Final = "CODECORPUS_CACHE"
"""The environment variable that names the folder."""

SIZE: Final = "CODECORPUS_CACHE_SIZE"
"""The environment variable that tells how much of far sources may be kept there, such as 50G."""

DEFAULT_SIZE: Final = "20G"

MOST: Final = 1e18
"""No size is larger: operating systems count bytes in 64 bits."""


def folder() -> Path:
    """Where the folder is; it need not be there yet."""
    return Path(os.environ.get(FOLDER) or Path.home() / ".cache" / "codecorpus")


def size() -> int:
    """How many bytes of sources may be kept.

    Raises:
        ValueError: the environment tells no size.
    """
    return bytes_of(os.environ.get(SIZE) or DEFAULT_SIZE)


def bytes_of(text: str) -> int:
    """Bytes, as in 500M or 2G.

    Raises:
        ValueError: it is no size.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([kMGT]?)i?B?", text)
    if not match:
        raise ValueError(f"{text!r} is no size; two gigabytes are 2G")
    number = float(match[1]) * 1000 ** " kMGT".index(match[2] or " ")
    if number > MOST:
        raise ValueError(f"{text!r} is more than any machine has")
    return int(number)


def told() -> Mapping[str, str]:
    """What the environment tells of it: to go on to processes elsewhere."""
    return {name: os.environ[name] for name in (FOLDER, SIZE) if name in os.environ}
