"""A worker: a process that does tasks one by one, so that what ends it ends nothing else.

Messages go over a connection whose file descriptor is its argument, pickled: to it, once and first, ("limits", memory,
stall, environment), then ("hint", video), ("task", task, quarantine, is_alone) and ("slots", number); from it
("event", event), ("done", outcome), ("failed", error), ("dying", reason) and, once, ("ready",).
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any, Final, NoReturn

from codecorpus import light
from codecorpus.encode import leash
from codecorpus.encode.process import kill_all, limit_stalls
from codecorpus.errors import CodecorpusError, reason
from codecorpus.run.work import Context, Event, Task

if TYPE_CHECKING:
    from codecorpus.sources.find import Video

try:
    import resource
except ImportError:  # not on Windows: there, workers have no limit
    resource = None  # type: ignore[assignment]


NEEDED: Final = ("sources.fetch", "sources.probe", "run.plan", "run.building", "run.extraction")
"""What tasks need, in the order in which it is loaded: a hint asks for what looks at sources."""

QUIET_SECONDS: Final = 0.25
"""How long it tells nothing at least where there is no more to tell than that it gets on."""


class Worker:
    """Does tasks until the connection ends."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._sending = threading.Lock()
        self._slots = 1
        self._told = 0.0
        self._tasks: deque[tuple[Task, Mapping[str, str], bool]] = deque()
        self._come = threading.Condition()

    def serve(self) -> None:
        """Take tasks as they come, once what they need is loaded."""
        threading.Thread(target=self._listen, daemon=True).start()
        try:
            load()
        except BaseException as error:
            self._die(error)
        self._send("ready")
        while True:
            with self._come:
                self._come.wait_for(lambda: self._tasks)
                task, quarantine, is_alone = self._tasks.popleft()
            try:
                outcome = task.run(Context(self._tell, lambda: self._slots, quarantine, is_alone))
            except (CodecorpusError, OSError, MemoryError) as error:
                self._send("failed", reason(error))
            except BaseException as error:
                self._die(error)
            else:
                self._send("done", outcome)

    def _listen(self) -> None:
        """Read messages until the connection ends."""
        try:
            while True:
                kind, *rest = self._connection.recv()
                if kind == "slots":
                    self._slots = rest[0]
                elif kind == "limits":
                    memory, stall, environment = rest
                    limit_memory(memory)
                    limit_stalls(stall, lambda: self._tell(Event("alive", "")))
                    os.environ.update(environment)
                elif kind == "hint":
                    threading.Thread(target=look_ahead, args=rest, daemon=True).start()
                else:
                    task, quarantine, is_alone = rest
                    with self._come:
                        self._tasks.append((task, quarantine, is_alone))
                        self._come.notify()
        except (EOFError, OSError):
            _leave()
        except BaseException as error:
            self._die(error)

    def _die(self, error: BaseException) -> NoReturn:
        """End as if a library's error, or our own mistake, had killed this process; tell which."""
        self._send("dying", f"{type(error).__name__}: {error}")
        os._exit(1)

    def _tell(self, event: Event) -> None:
        if event.kind != "alive" or time.monotonic() - self._told > QUIET_SECONDS:
            self._told = time.monotonic()
            self._send("event", event)

    def _send(self, *message: Any) -> None:
        try:
            with self._sending:
                self._connection.send(message)
        except OSError:
            _leave()


def _leave() -> NoReturn:
    """End this process, and every FFmpeg of it: whoever it worked for is gone."""
    kill_all()
    os._exit(0)


def load() -> None:
    """Load what tasks need while there is none yet."""
    for name in NEEDED:
        import_module(f"codecorpus.{name}")
    gc.freeze()  # what is loaded stays: it need not be looked through with each task's rubbish


def look_ahead(video: Video) -> None:
    """Find out what a task will ask of a source. What cannot be, the task will tell."""
    from codecorpus.sources.fetch import fetched
    from codecorpus.sources.probe import probe_ahead

    with suppress(CodecorpusError, OSError), fetched(video.uri) as path:
        probe_ahead(path, video.track)


def limit_memory(size: int) -> None:
    """Have allocations fail that bring this process over so many bytes of its own data. FFmpegs are not limited."""
    if resource is not None and size:
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        most = size if hard == resource.RLIM_INFINITY else min(size, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (most, hard))


def main() -> None:
    """`python -m codecorpus.run.worker DESCRIPTOR`."""
    light.set_up()
    import av.logging

    av.logging.restore_default_callback()  # PyAV's own can deadlock where several threads log
    av.logging.set_level(av.logging.PANIC)
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # Windows has no SIGHUP
        if hasattr(signal, name):
            # Whoever it works for decides, and closes the connection.
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    leash.tie(os.getppid())
    Worker(Connection(int(sys.argv[1]))).serve()


if __name__ == "__main__":
    main()
