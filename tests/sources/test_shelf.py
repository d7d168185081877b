"""Files from far: fetched once by all processes, within a limit, whatever dies."""

from __future__ import annotations

import errno
import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from codecorpus.sources.shelf import Shelf

SIZE = 1000


def contents(key: str) -> bytes:
    return key.encode() * (SIZE // len(key))


def fetching(key: str, log: Path | None = None) -> Callable[[Path], None]:
    def fetch(to: Path) -> None:
        if log:
            with log.open("a") as file:
                file.write(f"{key}\n")
        with to.open("wb") as file:
            for byte in contents(key)[::100]:  # slowly, so that others find it half done
                file.write(bytes([byte]))
                file.flush()
                time.sleep(0.005)
        to.write_bytes(contents(key))

    return fetch


def hold(shelf: Shelf, key: str, seconds: float = 0.0, log: Path | None = None) -> None:
    with shelf.held(key, ".mp4", SIZE, fetching(key, log), lambda: None) as path:
        time.sleep(seconds)
        assert path.read_bytes() == contents(key)


def kept(shelf: Shelf) -> list[str]:
    return sorted(path.name for path in shelf.folder.glob("*.mp4*"))


def side_by_side(count: int, work: Callable[[int], None]) -> None:
    """Do something in so many processes."""
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=work, args=(number,)) for number in range(count)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0


def test_many_processes_fetch_once(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf", 10 * SIZE)
    side_by_side(6, lambda number: hold(shelf, "abcd", 0.1, tmp_path / "log"))
    assert (tmp_path / "log").read_text() == "abcd\n"
    assert kept(shelf) == ["abcd.mp4"]


def test_what_was_not_used_for_longest_goes(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, 2 * SIZE)
    for key in ("a", "b", "a", "c"):
        hold(shelf, key)
    assert kept(shelf) == ["a.mp4", "c.mp4"]


def test_what_is_in_use_stays(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, SIZE)
    with shelf.held("a", ".mp4", SIZE, fetching("a"), lambda: None) as path:
        hold(shelf, "b")
        hold(shelf, "c")
        assert path.read_bytes() == contents("a") and kept(shelf) == ["a.mp4"]
    hold(shelf, "d")
    assert kept(shelf) == ["d.mp4"]


def test_one_that_is_larger_than_the_limit_is_kept_while_it_is_used(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, SIZE // 2)
    with shelf.held("a", ".mp4", None, fetching("a"), lambda: None) as path:
        assert path.read_bytes() == contents("a")
    assert kept(shelf) == [] and list(tmp_path.glob("*.lock")) == []


def test_a_fetch_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fetch(to: Path) -> None:
        to.write_bytes(b"half")
        raise ValueError("cut")

    shelf = Shelf(tmp_path, SIZE)
    with pytest.raises(ValueError, match="cut"), shelf.held("a", ".mp4", SIZE, fetch, lambda: None):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["room"]
    hold(shelf, "a")


def test_a_full_disk_makes_room(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, 10 * SIZE)
    hold(shelf, "a")
    full = [True]

    def fetch(to: Path) -> None:
        if full.pop() if full else False:
            raise OSError(errno.ENOSPC, "no space left")
        to.write_bytes(contents("b"))

    with shelf.held("b", ".mp4", SIZE, fetch, lambda: None):
        assert kept(shelf) == ["b.mp4"]


def test_a_fetcher_that_dies_is_in_nobodys_way(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, SIZE)
    child = os.fork()
    if child == 0:
        with shelf.held("a", ".mp4", SIZE, lambda to: time.sleep(60 if to.write_bytes(b"half") else 0), lambda: None):
            os._exit(1)
    while not kept(shelf) or not (tmp_path / "a.mp4.part").read_bytes():
        time.sleep(0.01)
    waited: list[None] = []
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with shelf.held("b", ".mp4", SIZE, fetching("b"), lambda: waited.append(None)):
        assert kept(shelf) == ["b.mp4"]
    hold(shelf, "a")
    assert kept(shelf) == ["a.mp4"] and waited == []


def test_who_waits_tells(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, SIZE)
    waited: list[None] = []

    def work(number: int) -> None:
        time.sleep(0.02 * number)

        def slow(to: Path) -> None:
            time.sleep(0.7)
            to.write_bytes(contents("a"))

        with shelf.held("a", ".mp4", SIZE, slow, lambda: waited.append(None)):
            assert number == 0 or len(waited) >= 2

    side_by_side(2, work)


def test_many_processes_at_many_files_in_little_room(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, 2 * SIZE)

    def work(number: int) -> None:
        chance = random.Random(number)
        for _ in range(12):
            hold(shelf, chance.choice("abcde"), chance.random() / 50)

    side_by_side(4, work)
    assert sum(path.stat().st_size for path in tmp_path.glob("*.mp4*")) <= 2 * SIZE
    assert not list(tmp_path.glob("*.part"))
