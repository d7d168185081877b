"""Several pieces of work at a time, and a certain end: nothing runs on after an interruption."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import TypeVar

from codecorpus.encode.process import kill_all

Work = TypeVar("Work")

LOOK_SECONDS = 0.2
"""How often it is looked whether more may be done at a time."""


def side_by_side(work: Iterable[Work], one: Callable[[Work], None], slots: Callable[[], int]) -> None:
    """Call `one` with each piece of work, as many at a time as `slots` says, which may change.

    Where the wait is interrupted or `one` raises, what has not begun is left, and every FFmpeg is killed, so that
    what has begun ends soon; then the interruption or the first error goes on.
    """
    left = deque(work)
    ended = threading.Condition()
    running: set[threading.Thread] = set()
    errors: list[BaseException] = []

    def run(piece: Work) -> None:
        try:
            one(piece)
        except BaseException as error:
            errors.append(error)
        finally:
            with ended:
                running.discard(threading.current_thread())
                ended.notify()

    try:
        with ended:
            while (left and not errors) or running:
                while left and not errors and len(running) < max(1, slots()):
                    thread = threading.Thread(target=run, args=(left.popleft(),), daemon=True)
                    running.add(thread)
                    thread.start()
                if errors:
                    kill_all()
                ended.wait(LOOK_SECONDS)
    except BaseException:
        left.clear()
        with ended:
            while running:
                kill_all()
                ended.wait(LOOK_SECONDS)
        raise
    if errors:
        raise errors[0]
