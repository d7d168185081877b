"""Commands that run beside a test, and every process that they start."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

MARK = "CODECORPUS_TEST"


@contextmanager
def heeding() -> Iterator[None]:
    """What is started here hears that it is to end, also where these tests run in the background, deaf to it."""
    handlers: dict[signal.Signals, Any] = {signal.SIGINT: signal.default_int_handler, signal.SIGHUP: signal.SIG_DFL}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Command:
    """`codecorpus WORDS` in a process group of its own; what it starts bears its mark in the environment."""

    def __init__(self, *words: object, prefix: tuple[str, ...] = ()) -> None:
        self._mark = f"{MARK}={uuid.uuid4()}"
        environment = {**os.environ, MARK: self._mark.partition("=")[2]}
        with heeding():
            self._process = subprocess.Popen(
                [*prefix, sys.executable, "-m", "codecorpus", *map(str, words)],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def processes(self) -> list[int]:
        """It, and what it started, that still run; those that ended and were not waited for do not count."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                own = self._mark.encode() in (folder / "environ").read_bytes().split(b"\0")
                if own and (folder / "stat").read_text().rpartition(")")[2].split()[0] not in "ZX":
                    found.append(int(folder.name))
            except OSError:  # it ended, or is not ours to look at
                continue
        return found

    def send(self, number: signal.Signals, everyone: bool = False) -> None:
        """Send a signal to the process group, as a terminal does; or to every process, as a dying machine."""
        if not everyone:
            with suppress(ProcessLookupError):  # it has ended
                os.killpg(self._process.pid, number)
            return
        for process in self.processes():
            with suppress(ProcessLookupError):
                os.kill(process, number)

    def end(self, seconds: float = 60) -> tuple[int, str]:
        """Wait for its end, and for that of all that it started: exit status and what it printed."""
        printed, _ = self._process.communicate(timeout=seconds)
        end = time.monotonic() + seconds
        while left := self.processes():
            told = {one: (Path("/proc") / str(one) / "cmdline").read_bytes() for one in left}
            assert time.monotonic() < end, f"still running: {told}"
            time.sleep(0.05)
        return self._process.returncode, printed
