"""Files on this machine that appear under their names only when they are whole."""

from __future__ import annotations

import errno
import os
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

TEMPORARY: Final = ".tmp"
"""How the names of files end that are not whole yet."""

NO_LINKS: Final = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}
"""What disks without hard links answer: exFAT, some network disks, object stores that are mounted."""


@contextmanager
def replacing(path: Path, folder: Path | None = None) -> Iterator[Path]:
    """A temporary path in `folder`, or beside `path`, which takes its name when the block ends well and vanishes
    otherwise. Both are on one disk."""
    temporary = _temporary(path, folder)
    try:
        yield temporary
        publish(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def publish(made: Path, path: Path) -> None:
    """Give a whole file on the same disk its name, in place of what has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sync(made)
    made.replace(path)
    sync(path.parent)


def put_once(path: Path, data: bytes, folder: Path | None = None) -> bool:
    """Write a file unless there is one of that name; whether it was written.

    On a disk without hard links, two that look at the very same moment both write: the later stays.
    """
    temporary = _temporary(path, folder)
    try:
        temporary.write_bytes(data)
        sync(temporary)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(temporary, path)
        except OSError as error:
            if error.errno not in NO_LINKS:
                raise
            if path.exists():
                return False
            temporary.replace(path)
    except FileExistsError:
        return False
    finally:
        temporary.unlink(missing_ok=True)
    sync(path.parent)
    return True


def sync(path: Path) -> None:
    """Have the disk hold what was written to a file or a folder."""
    if os.name == "nt" and path.is_dir():  # Windows opens no folders
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep(folder: Path) -> None:
    """Remove temporary files in a folder whose writers on this machine are dead."""
    own = re.compile(rf".*\.\d+\.{re.escape(socket.gethostname())}-(\d+){re.escape(TEMPORARY)}", re.DOTALL)
    for path in folder.glob(f"*{TEMPORARY}"):
        if (found := own.fullmatch(path.name)) and not Path("/proc", found[1]).exists():
            path.unlink(missing_ok=True)


def _temporary(path: Path, folder: Path | None) -> Path:
    """A name that no other writer uses, on this machine or another that shares the disk."""
    folder = folder or path.parent
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f".{path.name[:100]}.{threading.get_ident()}.{socket.gethostname()}-{os.getpid()}{TEMPORARY}"
