"""A command that ends when the process does that began it, even where that one is killed, and even if it is stopped.

Linux alone can do it, and only by what the new process asks for itself: so something else begins, asks, and becomes
the command. That is util-linux' setpriv where it is there, in a millisecond; else this file, which therefore imports
nothing of the project. Who asked too late, when the process that began it was gone already, would never hear of it, so
each then looks whose child it is.
"""

from __future__ import annotations

import functools
import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress

PR_SET_PDEATHSIG = 1
"""Of prctl(2): the signal that a process gets when the thread ends that began it."""

TIED = "--pdeathsig", "KILL", "--"
"""What setpriv is told."""

IF_NOT_TOO_LATE = "/bin/sh", "-c", '[ "$PPID" = "$0" ] && exec "$@"'
"""Becomes a command if it is the child of the process whose number comes first."""


@functools.cache
def _setpriv() -> str | None:
    """Where setpriv is, unless it is one that cannot do it, such as BusyBox'."""
    found = shutil.which("setpriv")
    if found and subprocess.run([found, *TIED, found, "--help"], capture_output=True, check=False).returncode == 0:
        return found
    return None


def held(command: list[str]) -> list[str]:
    """The command on a leash, where there is one."""
    if sys.platform != "linux":
        return command
    if (setpriv := _setpriv()) is not None:
        return [setpriv, *TIED, *IF_NOT_TOO_LATE, str(os.getpid()), *command]
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *command]


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that has a session of its own, and all that it started there."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL) if hasattr(os, "killpg") else process.kill()


def tie(parent: int) -> None:
    """Have this process end with its parent; at once where it has another one by now."""
    if sys.platform != "linux":
        return
    import ctypes

    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """`python leash.py PARENT COMMAND...`."""
    parent, *command = sys.argv[1:]
    tie(int(parent))
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)  # Python ignores them, and so would the command
    try:
        os.execvp(command[0], command)
    except OSError as error:
        sys.exit(f"{command[0]} does not start: {error.strerror}")


if __name__ == "__main__":
    main()
