"""Several streams at a time, and a certain end: nothing runs on after an interruption."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TypeVar

from codecorpus.encode.process import kill_all

Work = TypeVar("Work")


@dataclass(frozen=True)
class Event:
    """Something that happened to a stream.

    `kind` is begun, frames (it got on: `frames` so far), done (of `bytes`, after `seconds`) or failed.
    """

    kind: str
    clip: str
    encode: str
    frames: int = 0
    bytes: int = 0
    seconds: float = 0.0
    error: str | None = None


def side_by_side(work: Iterable[Work], one: Callable[[Work], None], jobs: int) -> None:
    """Call `one` with each piece of work, `jobs` at a time.

    Where the wait is interrupted or `one` raises, what has not begun is left, and every FFmpeg is killed, so that
    what has begun ends soon; then the interruption or the error goes on.
    """
    with ThreadPoolExecutor(jobs) as pool:
        futures = [pool.submit(one, piece) for piece in work]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            while running := [future for future in futures if not future.done()]:
                kill_all()
                wait(running, timeout=0.1)
    for future in futures:
        if not future.cancelled():
            future.result()
