"""Names of files and folders that are made of what others wrote, and the one way from a name to a path."""

from __future__ import annotations

import hashlib
import os
import re
import urllib.parse
from pathlib import Path
from typing import Final

from codecorpus.errors import CorpusError

LONGEST: Final = 100
"""Characters of a safe name: an encode's and a clip's fit into one file's name, with what is added to them."""

DIGEST: Final = 12
"""Hexadecimal digits that tell names apart which would come to the same safe one."""

SAFE: Final = re.compile(r"[A-Za-z0-9_+](?:\.?[A-Za-z0-9_+-])*")
"""What is a name everywhere: no separator, nothing that a shell, FFmpeg or a file system reads as something else."""


def is_safe(text: str) -> bool:
    """Whether a text is its own safe name."""
    return len(text) <= LONGEST and SAFE.fullmatch(text) is not None


def safe_name(text: str) -> str:
    """A name of safe characters alone; what was not so already ends in a digest of the text, so that none is lost."""
    if is_safe(text):
        return text
    digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:DIGEST]
    readable = re.sub(r"(\.{2,}|[^A-Za-z0-9._+-])+", "-", text)[: LONGEST - DIGEST - 1].strip("-.")
    return f"{readable}-{digest}" if readable else digest


def inside(root: Path, *names: str) -> Path:
    """The path of a file below `root`: a folder's or file's name a step.

    Raises:
        CorpusError: a step is no plain name, so that the path might leave `root`.
    """
    for name in names:
        if not name or name in (".", "..") or set(name) & set("/\\\0"):
            raise CorpusError(f"{root}: {name!r} cannot be the name of a file in it")
    return root.joinpath(*names)


FILE: Final = "file://"

UNWRITABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""Characters of paths that break lines, steer terminals, or are bytes that are no UTF-8."""


def readable(name: str) -> str:
    """A name for people, on one line: what cannot be shown of it is replaced."""
    return UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", name)


def uri_of(path: str) -> str:
    """A path as text that can be written anywhere: as it is, or where it is no UTF-8 or has control characters, as a
    URI with those bytes as %E9. `path_of` leads back."""
    if UNWRITABLE.search(path) is None:
        return path
    return FILE + urllib.parse.quote(os.fsencode(path))


def path_of(uri: str) -> str:
    """The path on this machine that a text names which was written by `uri_of`, or by hand."""
    if not uri.startswith(FILE):
        return uri
    return os.fsdecode(urllib.parse.unquote_to_bytes(uri.removeprefix(FILE)))


def is_relative(uri: str) -> bool:
    """Whether a path or URI, or the last of a chain such as `zip://a.mp4::b.zip`, goes on from the working folder."""
    name = uri.rpartition("::")[2] if "://" in uri else uri
    return "://" not in name.removeprefix(FILE) and not Path(path_of(name)).is_absolute()


def plain(number: float) -> str:
    """A number in the fewest digits that mean it: 23, 27.75."""
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)
