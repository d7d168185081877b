"""A command that ends when the process does that began it, even where that one is killed, and even if it is stopped.

Linux alone can do it, and only by what the new process asks for itself: so this file is what begins, asks, and becomes
the command. It imports nothing of the project, since it is begun for every FFmpeg.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress

PR_SET_PDEATHSIG = 1
"""Of prctl(2): the signal that a process gets when the thread ends that began it."""


def held(command: list[str]) -> list[str]:
    """The command on a leash, where there is one."""
    if sys.platform != "linux":
        return command
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
