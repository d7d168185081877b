"""Worker processes, started: the first one before the command line is read, as what workers load takes longest."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

SPARING: Final = {"ARROW_DEFAULT_MEMORY_POOL": "system", "MALLOC_ARENA_MAX": "2"}
"""Environment of workers: else Arrow's own pool takes a gigabyte at once, and glibc 64 MB for each of many threads, of
which little is used, and all of it counts as memory."""


HOME: Final = Path(__file__).parents[3]
"""The folder that this package is in."""


class Spawned(NamedTuple):
    """A worker process, and the socket that it is spoken to by."""

    process: subprocess.Popen[bytes]
    socket: socket.socket


_ahead: list[Spawned] = []


def ahead() -> None:
    """Start a worker for who needs the first one. Where nobody does, it ends with this process."""
    _ahead.append(_spawned())


def worker() -> Spawned:
    """A worker that nobody has: it loads what tasks need, and waits to be told its limits."""
    return _ahead.pop() if _ahead else _spawned()


def program(module: str) -> list[str]:
    """The command that runs a module of ours. What the user's folder holds, such as an `av.py`, is no module of it."""
    is_home = False
    with suppress(OSError):
        is_home = HOME.samefile(".")
    return [sys.executable, *([] if is_home else ["-P"]), "-m", module]


def _spawned() -> Spawned:
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [*program("codecorpus.run.worker"), str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # the terminal's Ctrl-C reaches us alone, and we decide
            env={**SPARING, **os.environ},
        )
    return Spawned(process, ours)
