"""Work side by side, and beside it: what waits is let go when something fails."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from codecorpus.run.parallel import HaltedError, Milestones, side_by_side

SOON = 30
"""Seconds after which a test that hangs fails."""


def one() -> int:
    return 1


def test_what_is_beside_takes_no_slot() -> None:
    come = Milestones()
    done: list[str] = []

    def make(name: str) -> None:
        come.wait("begun")
        done.append(name)

    def other() -> None:
        come.reach("begun")

    side_by_side(["a", "b"], make, one, beside=[other], halt=come.halt)
    assert done == ["a", "b"]


def test_what_comes_is_waited_for_and_what_came_is_not() -> None:
    come = Milestones()
    come.reach("first")
    come.wait("first")
    waiting = threading.Thread(target=come.wait, args=("second",), daemon=True)
    waiting.start()
    come.reach("second")
    waiting.join(SOON)
    assert not waiting.is_alive()


def fails(_: str = "") -> None:
    raise ValueError("as it must")


def interrupted() -> int:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    "work, beside, slots, error",
    [
        (fails, [], one, ValueError),
        (lambda _: None, [fails], one, ValueError),
        (fails, [], interrupted, KeyboardInterrupt),
    ],
    ids=["the work fails", "what is beside it fails", "interrupted"],
)
def test_whoever_waits_for_what_will_not_come_is_let_go(
    work: Callable[[str], None], beside: list[Callable[[], None]], slots: Callable[[], int], error: type[BaseException]
) -> None:
    come = Milestones()
    ended = threading.Event()

    def waits() -> None:
        try:
            come.wait("never")
        except HaltedError:
            ended.set()
            raise

    with pytest.raises(error):
        side_by_side(["a"], work, slots, beside=[waits, *beside], halt=come.halt)
    assert ended.is_set()


def test_where_no_thread_can_be_started_nothing_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    come = Milestones()
    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(RuntimeError, match="can't start"):
        side_by_side(["a"], print, one)
    with pytest.raises(RuntimeError, match="can't start"):
        side_by_side([], print, one, beside=[come.halt])
