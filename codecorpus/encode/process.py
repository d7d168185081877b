"""Running FFmpeg: one process, its output read while it runs, its silent failures heard, its end certain."""

from __future__ import annotations

import re
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from codecorpus.errors import EncodeError

FAILURES = re.compile(
    r"Error parsing option|Unknown option|Invalid value for|Invalid option|Incompatible pixel format"
    r"|has not been used for any stream|Unrecognized option|Option not found"
)
"""What encoders print when they ignore a setting and go on, exiting with 0 all the same."""

PROGRESS = re.compile(r"^([a-z_0-9]+)=\s*(\S+)$")

_running: set[Process] = set()
_lock = threading.Lock()


def kill_all() -> None:
    """Kill every FFmpeg that this process runs. Those who wait for them see an error."""
    with _lock:
        processes = tuple(_running)
    for process in processes:
        process.kill()


class Process:
    """An FFmpeg that runs while the block does; leaving early kills it.

    `read` gives its standard output. `finish` waits and raises EncodeError, named by `what`, where it
    failed or said that it ignored a setting.
    """

    def __init__(
        self,
        command: Sequence[str],
        what: str,
        *,
        folder: Path | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        self.what = what
        self._command = list(command)
        self._folder = folder
        self._progress = progress
        self._log: deque[str] = deque(maxlen=20)
        self._failures: list[str] = []
        self._killed = False

    def __enter__(self) -> Self:
        try:
            # A session of its own: the terminal's Ctrl-C reaches us alone, and we decide.
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                cwd=self._folder,
                start_new_session=True,
            )
        except OSError as error:
            raise EncodeError(f"{self.what}: {self._command[0]} does not start: {error}") from error
        with _lock:
            _running.add(self)
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            self.kill()
        self._process.wait()
        self._listener.join()
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe:
                pipe.close()
        with _lock:
            _running.discard(self)

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes of what FFmpeg writes; empty at its end."""
        assert self._process.stdout is not None
        return self._process.stdout.read(size) or b""

    def finish(self) -> None:
        """Wait for the end, which is near once the output has ended.

        Raises:
            EncodeError: FFmpeg failed, ignored a setting, or was killed.
        """
        while self.read(1 << 16):
            pass
        status = self._process.wait()
        self._listener.join()
        if self._killed:
            raise EncodeError(f"{self.what}: interrupted")
        if self._failures:
            raise EncodeError(f"{self.what}: {'; '.join(self._failures)}")
        if status != 0:
            reason = "; ".join(self._log) or "it gives no reason"
            raise EncodeError(f"{self.what}: FFmpeg exits with {status}: {reason}")

    def kill(self) -> None:
        """End it at once."""
        self._killed = True
        if self._process.poll() is None:
            self._process.kill()

    def _listen(self) -> None:
        """Read the log: progress goes to the caller, failures are kept, so are the last lines."""
        pipe: IO[bytes] | None = self._process.stderr
        assert pipe is not None
        pending = b""
        while chunk := pipe.read(1 << 14):
            *lines, pending = re.split(rb"[\r\n]+", pending + chunk)
            for line in lines:
                self._hear(line.decode(errors="replace").strip())
        self._hear(pending.decode(errors="replace").strip())

    def _hear(self, line: str) -> None:
        if match := PROGRESS.match(line):
            if match[1] == "frame" and self._progress:
                self._progress(int(match[2]))
        elif line:
            self._log.append(line)
            if FAILURES.search(line):
                self._failures.append(line)


def run(command: Sequence[str], what: str, *, folder: Path | None = None) -> None:
    """Run a command that writes no output of interest; raises EncodeError as Process.finish does."""
    with Process(command, what, folder=folder) as process:
        process.finish()


def printed(command: Sequence[str], what: str, *, folder: Path | None = None) -> str:
    """Run a command, and give what it writes to the standard output; raises EncodeError as Process.finish does."""
    pieces = []
    with Process(command, what, folder=folder) as process:
        while piece := process.read(1 << 16):
            pieces.append(piece)
        process.finish()
    return b"".join(pieces).decode(errors="replace")
