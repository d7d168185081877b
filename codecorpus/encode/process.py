"""Running FFmpeg: one process, its output read while it runs, its silent failures heard, its end certain."""

from __future__ import annotations

import errno
import os
import re
import shutil
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

from codecorpus.encode import leash
from codecorpus.errors import TOO_LARGE, EncodeError, disk_full

FAILURES = re.compile(
    r"Error parsing option|Unknown option|Invalid value for|Invalid option|Incompatible pixel format"
    r"|has not been used for any stream|Unrecognized option|Option not found|ignoring tune|assuming CBR"
)
"""What encoders print when they ignore a setting and go on, exiting with 0 all the same."""

PROGRESS = re.compile(r"^([a-z_0-9]+)=\s*(\S+)$")

SPOKEN: Final = re.compile(r"^(?:\[(?P<who>[^\]@]+) @ 0x[0-9a-f]+\] )*(?:\[(?P<level>[a-z]+)\] )?(?P<what>.*)$")
"""A line of the log: who speaks, where that is in memory, and how much it matters."""

ERRORS: Final = ("error", "fatal", "panic")
"""Levels of lines that tell why FFmpeg ends."""

ECHOES: Final = re.compile(
    r"Error (submitting|processing|sending|while (processing|filtering|decoding|opening))|Conversion failed"
    r"|Terminating thread|Task finished with error|Last message repeated|Nothing was written|Output file is empty"
    r"|Could not open encoder before EOF|read_timestamp failed|no index at the end|Error (opening|encoding)"
    r"|Error initializing a simple filtergraph"
)
"""What FFmpeg prints further up when what failed below has told why, and of every file that it cannot seek in."""

FULL: Final = tuple(os.strerror(number) for number in (errno.ENOSPC, errno.EDQUOT))
"""What FFmpeg prints where a disk is full, or its user's share of it."""

LONGEST_REASON: Final = 200
"""Characters of a line of the log that are told."""

LONGEST_LINE: Final = 1 << 16
"""Bytes of what FFmpeg prints without an end of line that are looked at as one."""

STALL_SECONDS: Final = 600.0
"""An FFmpeg that gets no further for so long is ended, unless told otherwise."""

MOST_PRINTED: Final = 1 << 28
"""Bytes: some lines for each picture of days of video."""

LOOK_SECONDS: Final = 0.5

PIECE: Final = 1 << 18
"""Bytes of what FFmpeg writes that go into a file at a time."""

SIGNALS: Final = {
    "SIGKILL": "out of memory, or killed",
    "SIGXFSZ": TOO_LARGE,
    "SIGABRT": "an assertion failed, or out of memory",
    "SIGSEGV": "a mistake of its own, that damaged input or rare settings lead to",
    "SIGILL": "an instruction that this processor does not have",
    "SIGXCPU": "the limit of processor time; see `ulimit -t`",
    "SIGBUS": "a file that it reads was cut, or a disk is full",
    "SIGPIPE": "who read its output is gone",
}
"""What may be behind the signals that end processes."""

_running: set[Process] = set()
_lock = threading.Lock()
_stall = STALL_SECONDS
_alive: Callable[[], None] | None = None


def limit_stalls(seconds: float, alive: Callable[[], None] | None = None) -> None:
    """Have every FFmpeg that this process runs ended that gets no further for so long.

    `alive` is called whenever one gets on, whatever it is at.
    """
    global _stall, _alive
    _stall, _alive = seconds, alive


def kill_all() -> None:
    """Kill every FFmpeg that this process runs. Those who wait for them see an error."""
    with _lock:
        processes = tuple(_running)
    for process in processes:
        process.kill()


def ending(status: int) -> str:
    """How a process ended, after "it": `exits with 3`, or `is ended by SIGKILL (out of memory, or killed)`."""
    if status >= 0:
        return f"exits with {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        return f"is ended by signal {-status}"
    return f"is ended by {name}{f' ({SIGNALS[name]})' if name in SIGNALS else ''}"


class Process:
    """An FFmpeg that runs while the block does; leaving early kills it, and all that it started.

    `read` gives its standard output. `finish` waits and raises EncodeError, named by `what`, where it failed, said that
    it ignored a setting, wrote more than `most` bytes or got no further for too long: neither a picture more nor a byte
    of output while these were waited for. It ends with this process, however that ends.
    """

    def __init__(
        self,
        command: Sequence[str],
        what: str,
        *,
        folder: Path | None = None,
        progress: Callable[[int], None] | None = None,
        most: int | None = None,
    ) -> None:
        self.what = what
        self._command = list(command)
        self._folder = folder
        self._progress = progress
        self._most = most
        self._log: deque[str] = deque(maxlen=20)
        self._failures: dict[str, None] = {}
        self._stopped: str | None = None
        self._written = 0
        self._frame = -1
        self._is_awaited = False
        self._is_telling = False
        self._ended = threading.Event()

    def __enter__(self) -> Self:
        """Start it.

        Raises:
            OSError: it does not start: this machine fails, and nothing that FFmpeg would have read.
        """
        if shutil.which(self._command[0]) is None:
            raise OSError(f"{self.what}: {self._command[0]} does not start: there is no such program")
        try:
            # A session of its own: the terminal's Ctrl-C reaches us alone, and we decide.
            self._process = subprocess.Popen(
                leash.held(self._command),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                cwd=self._folder,
                start_new_session=True,
            )
        except OSError as error:
            raise OSError(f"{self.what}: {self._command[0]} does not start: {error}") from error
        with _lock:
            _running.add(self)
        self._helpers = [threading.Thread(target=work, daemon=True) for work in (self._listen, self._watch)]
        for helper in self._helpers:
            helper.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        leash.end(self._process)
        self._process.wait()
        self._ended.set()
        for helper in self._helpers:
            helper.join()
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe:
                pipe.close()
        with _lock:
            _running.discard(self)

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes of what FFmpeg writes; empty at its end."""
        assert self._process.stdout is not None
        self._is_awaited = True
        piece = self._process.stdout.read(size) or b""
        self._is_awaited = False
        _tell_alive()
        self._written += len(piece)
        if self._most is not None and self._written > self._most:
            self._stop(f"it writes more than {self._most} bytes")
        return piece

    def save(self, to: Path) -> None:
        """Put all that FFmpeg writes into a file, and `finish`."""
        with to.open("wb") as file:
            while piece := self.read(PIECE):
                file.write(piece)
            self.finish()

    def finish(self) -> None:
        """Wait for the end, which is near once the output has ended.

        Raises:
            EncodeError: FFmpeg failed, ignored a setting, got no further, or was killed.
            OSError: the disk is full.
        """
        while self.read(1 << 16):
            pass
        self._is_awaited = True
        status = self._process.wait()
        self._helpers[0].join()
        if self._stopped:
            raise EncodeError(f"{self.what}: {self._stopped}")
        if self._failures:
            raise EncodeError(f"{self.what}: {'; '.join(self._failures)}")
        if status < 0:
            raise EncodeError(f"{self.what}: FFmpeg {ending(status)}")
        if status > 0 and any(words in line for line in self._log for words in FULL):
            raise disk_full(self.what)
        if status > 0:
            error = EncodeError(f"{self.what}: FFmpeg {ending(status)}: {self._reason()}")
            error.log = tuple(self._log)
            raise error

    def kill(self) -> None:
        """End it at once."""
        if self._process.poll() is None:
            self._stop("interrupted")

    def _stop(self, why: str) -> None:
        """Kill it and all that it started; `why` is what is told, unless it was stopped before."""
        self._stopped = self._stopped or why
        leash.end(self._process)

    def _reason(self) -> str:
        """The line of the log that says most: the first that does not only follow from others."""
        lines = [found for line in self._log if (found := SPOKEN.match(line))]
        errors = [line for line in lines if line["level"] in ERRORS] or lines
        telling = [line for line in errors if not ECHOES.search(line["what"])] or errors
        if not telling:
            return "it gives no reason"
        who = f"{telling[0]['who']}: " if telling[0]["who"] else ""
        return f"{who}{telling[0]['what']}"[:LONGEST_REASON]

    def _watch(self) -> None:
        """End it where it gets no further.

        What counts is how often it is seen so: not while it waits for us, nor while we are stopped ourselves.
        """
        still, reached = 0.0, (self._frame, self._written)
        while not self._ended.wait(LOOK_SECONDS):
            if (now := (self._frame, self._written)) != reached:
                still, reached = 0.0, now
            elif self._is_awaited and not self._is_telling:
                still += LOOK_SECONDS
            if still > _stall:
                self._stop(f"FFmpeg got no further for {_stall:g} s; --stall gives it longer")

    def _listen(self) -> None:
        """Read the log: progress goes to the caller, failures are kept, so are the last lines."""
        pipe: IO[bytes] | None = self._process.stderr
        assert pipe is not None
        pending = b""
        while chunk := pipe.read(1 << 14):
            *lines, pending = re.split(rb"[\r\n]+", pending[-LONGEST_LINE:] + chunk)
            for line in lines:
                self._hear(line.decode(errors="replace").strip())
        self._hear(pending.decode(errors="replace").strip())

    def _hear(self, line: str) -> None:
        if match := PROGRESS.match(line):
            if match[1] == "frame" and match[2].isdecimal():
                self._got_on(int(match[2]))
        elif line:
            self._log.append(line)
            if FAILURES.search(line):
                self._failures[line] = None

    def _got_on(self, frame: int) -> None:
        self._is_telling = True
        if frame > self._frame:
            self._frame = frame
            _tell_alive()
        if self._progress:
            self._progress(frame)
        self._is_telling = False


def _tell_alive() -> None:
    if _alive:
        _alive()


def run(command: Sequence[str], what: str, *, folder: Path | None = None) -> None:
    """Run a command that writes no output of interest; raises EncodeError as Process.finish does."""
    with Process(command, what, folder=folder) as process:
        process.finish()


def printed(command: Sequence[str], what: str, *, folder: Path | None = None) -> str:
    """Run a command, and give what it writes to the standard output; raises EncodeError as Process.finish does."""
    pieces = []
    with Process(command, what, folder=folder, most=MOST_PRINTED) as process:
        while piece := process.read(1 << 16):
            pieces.append(piece)
        process.finish()
    return b"".join(pieces).decode(errors="replace")
