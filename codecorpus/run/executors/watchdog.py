"""Ends a process that is stopped, so that whoever waits for it hears of its death.

A stopped process can do nothing for itself, so another one waits for its pulse; that one is this file, which therefore
imports nothing of the project.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

PULSE_SECONDS = 0.5


@contextmanager
def watched(seconds: float) -> Iterator[None]:
    """While the block lasts, this process is killed if it stands still for so long."""
    command = [sys.executable, "-I", "-S", __file__, str(os.getpid()), str(max(seconds, 2 * PULSE_SECONDS))]
    dog = subprocess.Popen(command, stdin=subprocess.PIPE, bufsize=0, start_new_session=True)
    assert dog.stdin is not None
    pipe, ended = dog.stdin, threading.Event()

    def beat() -> None:
        while not ended.wait(PULSE_SECONDS):
            with suppress(OSError):
                pipe.write(b".")

    heart = threading.Thread(target=beat, daemon=True)
    heart.start()
    try:
        yield
    finally:
        ended.set()
        heart.join()
        pipe.close()
        dog.wait()


def main() -> None:
    """`python watchdog.py PROCESS SECONDS`, with the pulse on the standard input; its end is the end of all."""
    process, seconds = int(sys.argv[1]), float(sys.argv[2])
    while select.select([0], [], [], seconds)[0]:
        if not os.read(0, 1 << 16):
            return
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


if __name__ == "__main__":
    main()
