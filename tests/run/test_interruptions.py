"""Whatever ends a run: nothing runs on, and one more run makes the same corpus, with nothing left beside it."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from helpers.corpora import tree
from helpers.processes import Command

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="only Linux tells who runs")

RECIPE = """
sources: [sample://carphone]
clips: {length: 12, limit: 3}
gop: {length: 6}
encodes:
  - {encoder: libx264, preset: [ultrafast, medium]}
  - {encoder: libsvtav1, preset: 8}
"""

KILLS = 10
"""How often a run is killed, at instants that a seed tells."""


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recipe") / "small.yaml"
    path.write_text(RECIPE)
    return path


@pytest.fixture(scope="module")
def whole(recipe: Path) -> tuple[dict[str, bytes], float]:
    """What a run makes that nobody interrupts, and how many seconds it takes."""
    began = time.monotonic()
    build(recipe, recipe.parent / "whole")
    return tree(recipe.parent / "whole"), time.monotonic() - began


def build(recipe: Path, corpus: Path) -> None:
    status, printed = Command("build", recipe, "--out", corpus, "--jobs", 2).end(300)
    assert status == 0, printed


def test_a_run_that_is_killed_at_any_instant_is_completed(
    recipe: Path, whole: tuple[dict[str, bytes], float], tmp_path: Path
) -> None:
    wanted, seconds = whole
    chance = random.Random(15)
    corpus = tmp_path / "0"
    for number in range(KILLS):
        command = Command("build", recipe, "--out", corpus, "--jobs", 2)
        time.sleep(chance.uniform(0.2, 1.0) * seconds)
        was_running = command.is_running
        command.send(signal.SIGKILL, everyone=bool(number % 2))
        command.end()
        if not was_running or chance.random() < 0.3:  # complete it now and then, and begin another
            build(recipe, corpus)
            assert tree(corpus) == wanted, number
            corpus = tmp_path / str(number + 1)
    build(recipe, corpus)
    assert tree(corpus) == wanted


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_run_that_is_told_to_end_ends_soon(
    number: signal.Signals, recipe: Path, whole: tuple[dict[str, bytes], float], tmp_path: Path
) -> None:
    wanted, seconds = whole
    corpus = tmp_path / "corpus"
    command = Command("build", recipe, "--out", corpus, "--jobs", 2)
    end = time.monotonic() + 60
    while not list(corpus.glob(".work/*/streams/*/*")) and time.monotonic() < end:
        time.sleep(0.02)
    command.send(number)
    began = time.monotonic()
    status, printed = command.end()
    assert status == 130 and "interrupted" in printed and "Traceback" not in printed
    assert time.monotonic() - began < 5 + seconds
    assert {name for name in tree(corpus) if not name.startswith(".work/")} < set(wanted)
    build(recipe, corpus)
    assert tree(corpus) == wanted


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[tuple[Path, Callable[[str], object]]]:
    """A disk of little room; `mount(size)` gives it another size, or other options."""
    folder = tmp_path / "disk"
    folder.mkdir()
    first = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True)
    if first.returncode != 0:
        pytest.skip("this user cannot mount a disk")
    try:
        yield folder, lambda options: subprocess.run(["mount", "-o", f"remount,{options}", folder], check=True)
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@pytest.mark.parametrize("room", ["100k", "300k", "500k"])
def test_a_full_disk_fails_by_name_and_room_completes_it(
    room: str, recipe: Path, whole: tuple[dict[str, bytes], float], disk: tuple[Path, Callable[[str], object]]
) -> None:
    folder, mount = disk
    mount(f"size={room}")
    status, printed = Command("build", recipe, "--out", folder / "corpus", "--jobs", 2).end()
    assert status == 1 and "the disk is full" in printed and "Traceback" not in printed
    mount("size=64m")
    build(recipe, folder / "corpus")
    assert tree(folder / "corpus") == whole[0]


def test_a_folder_that_is_read_only_fails_by_name(
    recipe: Path, whole: tuple[dict[str, bytes], float], disk: tuple[Path, Callable[[str], object]]
) -> None:
    folder, mount = disk
    mount("size=64m")
    build(recipe, folder / "corpus")
    for marker in (folder / "corpus").glob("manifest/*/x264-medium*.json"):
        marker.unlink()
    mount("ro")
    status, printed = Command("build", recipe, "--out", folder / "corpus").end()
    assert status == 1 and "Read-only file system" in printed and "Traceback" not in printed
    mount("rw")
    build(recipe, folder / "corpus")
    assert tree(folder / "corpus") == whole[0]


def test_files_that_may_not_grow_fail_by_name(
    recipe: Path, whole: tuple[dict[str, bytes], float], tmp_path: Path
) -> None:
    limit = ("sh", "-c", 'ulimit -f 40; exec "$0" "$@"')
    status, printed = Command("build", recipe, "--out", tmp_path, "--jobs", 2, prefix=limit).end()
    assert status == 1 and "Traceback" not in printed
    status, _ = Command("build", recipe, "--out", tmp_path, "--jobs", 2, "--retry-failed").end()
    assert status == 0 and tree(tmp_path) == whole[0]
