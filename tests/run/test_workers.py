"""Workers: what ends one costs the stream at hand, and nothing else."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg
import pytest
from helpers.acts import Streams, dies, hangs, hoards, naps, raises, works
from helpers.corpora import SMALL
from helpers.processes import Command

import codecorpus
from codecorpus import cache, recipe
from codecorpus.run import roster
from codecorpus.run.executors import spawn
from codecorpus.run.executors.local import Local
from codecorpus.run.request import Build, Shard
from codecorpus.run.run import Run
from codecorpus.run.work import Ended, Event, Task


@pytest.fixture(autouse=True)
def _workers_know_the_acts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))


def run(*tasks: Task, jobs: int = 1, **options: float) -> list[Ended]:
    return list(Local(jobs, **options).run(tasks, lambda event: None))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (dies, "the process that read it is ended by SIGABRT (an assertion failed, or out of memory)"),
        (raises, "IndexError: bad is strange"),
        (hangs, "no progress for 2 s"),
        (hoards, "Cannot allocate memory"),
    ],
)
def test_what_ends_a_worker_is_quarantined_and_the_rest_is_done(act: Callable[[str], None], told: str) -> None:
    task = Streams((("good", works), ("bad", act), ("better", works)))
    [ended] = run(task, stall=2, memory=500_000_000)
    assert ended.outcome is not None and ended.outcome.made == 2
    [failure] = ended.outcome.failures
    assert failure.clip == "bad" and told in failure.error


def test_a_worker_that_nobody_listens_to_is_not_silent() -> None:
    """As where the command is stopped, or its terminal holds up what it prints."""
    told: list[Event] = []

    def tell(event: Event) -> None:
        told.append(event)
        time.sleep(3 if len(told) == 1 else 0)

    [ended] = Local(1, stall=2).run([Streams((("slow", naps),))], tell)
    assert ended.outcome is not None and ended.outcome.made == 1
    assert [event.kind for event in told] == ["begun", "read"]


def test_several_that_end_workers_are_all_found() -> None:
    task = Streams(tuple((f"{number}", dies if number % 2 else works) for number in range(6)))
    ended = run(task, Streams((("other", works),)), jobs=2)
    assert sorted(len(one.outcome.failures) for one in ended if one.outcome) == [0, 3]


@pytest.mark.parametrize("more", ["", "keep: clips\n"])
def test_a_clip_that_ends_whatever_cuts_or_keeps_it_costs_itself_alone(
    more: str, ffmpeg: Callable[..., Path], bikes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roster, "group_size", lambda *_: 2)
    cuts = [ffmpeg("-ss", n, "-i", bikes, "-frames:v", 13, "-vf", "scale=160:80", name=f"cut{n}.mp4") for n in (0, 1)]
    healthy = imageio_ffmpeg.get_ffmpeg_exe()
    sick = tmp_path / Path(healthy).name
    which = "*cut1-000.nut*ffv1*" if more else "*cut1-000.packets.nut*"
    sick.write_text(f'#!/bin/sh\ncase "$*" in {which}) kill -9 $PPID; sleep 5;; esac\nexec {healthy} "$@"\n')
    sick.chmod(0o755)
    text = SMALL.replace("sample://carphone", ", ".join(map(str, cuts))).replace("limit: 2", "limit: 1")
    request = Build(recipe.parse(text + more, "small"), str(tmp_path / "corpus"), str(sick))
    summary = Run(request, Local(2), Shard(), lambda event: None).run()
    assert {failure.clip for failure in summary.failures} == {"cut1-000"}
    corpus = codecorpus.open(tmp_path / "corpus")
    statuses = dict(zip(*(corpus.clips[name].to_pylist() for name in ("clip", "status")), strict=True))
    assert statuses == {"cut0-000": "done", "cut1-000": "done" if more else "failed"}
    assert summary.made == (8 if more else 4)


def test_a_worker_that_is_started_before_the_command_line_is_read_does_the_work_or_ends(tmp_path: Path) -> None:
    spawn.ahead()
    [early] = spawn._ahead
    [ended] = run(Streams((("good", works),)))
    assert ended.outcome is not None and not spawn._ahead and early.process.poll() is not None
    wrong = Command("build", tmp_path / "none.yaml", "--out", tmp_path / "corpus")
    status, printed = wrong.end(30)
    assert status == 2 and "none.yaml" in printed


def test_a_worker_has_no_more_than_the_system_lets_it_have(bikes: Path, tmp_path: Path) -> None:
    limited = ("sh", "-c", 'ulimit -d 1500000 && exec "$@"', "sh")
    status, printed = Command("extract", bikes, "--out", tmp_path / "corpus", prefix=limited).end(30)
    assert status == 0, printed


def test_what_a_worker_cannot_be_told_ends_it_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "told", lambda: {"NO\0NAME": ""})
    [ended] = run(Streams((("good", works),)))
    assert ended.error == "ValueError: embedded null byte"


def test_what_a_folder_holds_is_no_module_of_a_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("av.py").write_text("raise SystemExit('no module of ours')")
    [ended] = run(Streams((("good", works),)))
    assert ended.error is None


def test_nothing_is_left_when_the_consumer_ends_early(tmp_path: Path) -> None:
    before = children()
    tasks = [Streams((("good", works),)), Streams((("slow", hangs),))]
    running = Local(2).run(tasks, lambda event: None)
    next(running)
    running.close()  # type: ignore[attr-defined]
    assert children() == before


def children() -> set[str]:
    return {
        path.name
        for path in Path("/proc").glob("[0-9]*")
        if (path / "stat").exists() and (path / "stat").read_text().rpartition(")")[2].split()[1] == str(os.getpid())
    }
