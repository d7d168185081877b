"""Several pieces of work at a time, and a certain end: nothing runs on after an interruption."""

from __future__ import annotations

import functools
import threading
from collections import deque
from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

from codecorpus.encode.process import kill_all

Work = TypeVar("Work")

LOOK_SECONDS = 0.2
"""How often it is looked whether more may be done at a time."""


class HaltedError(Exception):
    """What is waited for will not come."""


class Milestones:
    """What has come so far, for those who wait for it in other threads."""

    def __init__(self) -> None:
        self._come: set[Hashable] = set()
        self._changed = threading.Condition()
        self._is_halted = False

    def reach(self, milestone: Hashable) -> None:
        """Say that something has come."""
        with self._changed:
            self._come.add(milestone)
            self._changed.notify_all()

    def wait(self, milestone: Hashable) -> None:
        """Wait until it has come.

        Raises:
            HaltedError: it will not.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._is_halted or milestone in self._come)
            if self._is_halted:
                raise HaltedError

    def halt(self) -> None:
        """Say that nothing more will come."""
        with self._changed:
            self._is_halted = True
            self._changed.notify_all()


def side_by_side(
    work: Iterable[Work],
    one: Callable[[Work], None],
    slots: Callable[[], int],
    *,
    beside: Iterable[Callable[[], None]] = (),
    halt: Callable[[], None] = lambda: None,
) -> None:
    """Call `one` with each piece of work, as many at a time as `slots` says, which may change.

    What is `beside` them is called at once, and takes no slot. Where the wait is interrupted or anything raises, what
    has not begun is left, every FFmpeg is killed and `halt` is called, so that what has begun ends soon; then the
    interruption or the first error goes on.
    """
    left = deque(work)
    ended = threading.Condition()
    running: set[threading.Thread] = set()
    others: set[threading.Thread] = set()
    errors: list[BaseException] = []

    def begin(threads: set[threading.Thread], piece: Callable[[], None]) -> None:
        def run() -> None:
            try:
                piece()
            except BaseException as error:
                errors.append(error)
            finally:
                with ended:
                    threads.discard(threading.current_thread())
                    ended.notify()

        thread = threading.Thread(target=run, daemon=True)
        thread.start()  # it may not: then nothing is to be waited for
        threads.add(thread)

    def end_soon() -> None:
        halt()
        kill_all()

    try:
        with ended:
            for piece in beside:
                begin(others, piece)
            while (left and not errors) or running or others:
                while left and not errors and len(running) < max(1, slots()):
                    begin(running, functools.partial(one, left.popleft()))
                if errors:
                    end_soon()
                ended.wait(LOOK_SECONDS)
    except BaseException:
        left.clear()
        with ended:
            while running or others:
                end_soon()
                ended.wait(LOOK_SECONDS)
        raise
    if errors:
        raise errors[0]
