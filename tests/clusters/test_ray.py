"""A build on a Ray cluster of two nodes on this machine, one of which is killed."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers.acts import Streams, hangs, kills_who_asked, stops_who_asked, works
from helpers.corpora import SMALL, tree

from codecorpus import recipe
from codecorpus.encode import ffmpeg
from codecorpus.run.executors.inline import Inline
from codecorpus.run.request import Build
from codecorpus.run.run import Run, Summary
from codecorpus.run.work import Event

TEXT = SMALL.replace("[sample://carphone]", "[sample://carphone, sample://bikes, sample://bigbuckbunny]")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    os.environ.update(
        RAY_USAGE_STATS_ENABLED="0",
        RAY_AUTH_MODE="disabled",
        RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER="0",  # the last keeps it on loopback
        RAY_health_check_initial_delay_ms="1000",
        RAY_health_check_period_ms="500",
        RAY_health_check_timeout_ms="1000",
        RAY_health_check_failure_threshold="3",
    )
    os.environ["PYTHONPATH"] = str(Path(__file__).parents[1])  # its workers know the acts
    ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'codecorpus[ray]'")
    from ray.cluster_utils import Cluster

    node = {"num_cpus": 1, "include_dashboard": False, "node_ip_address": "127.0.0.1", "memory": 4 * 1024**3}
    node["object_store_memory"] = 100 * 1024**2
    made = Cluster(initialize_head=True, head_node_args=node)
    ray.init(address=made.address, log_to_driver=False, logging_level="error")
    try:
        yield made
    finally:
        ray.shutdown()
        made.shutdown()


def run(root: Path, executor: Any, text: str = TEXT) -> Summary:
    return Run(Build(recipe.parse(text, "small"), str(root), ffmpeg.find().path), executor).run()


def test_a_node_that_dies_costs_nothing(cluster: Any, tmp_path: Path) -> None:
    from codecorpus.run.executors.ray import Ray

    other = cluster.add_node(num_cpus=1, node_ip_address="127.0.0.1", object_store_memory=100 * 1024**2)
    text = TEXT + "  - {encoder: libaom-av1, preset: 3}\n"

    def kill() -> None:
        end = time.monotonic() + 60
        while time.monotonic() < end and not list((tmp_path / "cluster").glob(".work/*/streams/*/*.json")):
            time.sleep(0.1)
        cluster.remove_node(other, allow_graceful=False)

    killing = threading.Thread(target=kill)
    killing.start()
    summary = run(tmp_path / "cluster", Ray(), text)
    killing.join()
    assert summary.failures == () and summary.streams == 30
    run(tmp_path / "cluster", Inline(2), text)
    assert run(tmp_path / "one", Inline(2), text).made == 30
    assert tree(tmp_path / "cluster") == tree(tmp_path / "one")


def test_what_fails_is_told_and_not_tried_again(cluster: Any, tmp_path: Path) -> None:
    from codecorpus.run.executors.ray import Ray

    note = tmp_path / "note.mp4"
    note.write_text("no video")
    text = TEXT.replace("sample://bigbuckbunny", str(note))
    summary = run(tmp_path / "corpus", Ray(), text)
    assert summary.made == 16 and [failure.clip for failure in summary.failures] == ["note-000"]


def test_a_stream_that_hangs_is_ended_and_the_rest_is_done(cluster: Any) -> None:
    from codecorpus.run.executors.ray import Ray

    task = Streams((("good", works), ("bad", hangs), ("better", works)))
    [ended] = Ray(stall=2).run([task], lambda event: None)
    assert ended.outcome is not None and ended.outcome.made == 2
    assert [failure.error for failure in ended.outcome.failures] == ["no progress for 2 s"]


def test_a_task_whose_process_dies_is_begun_again_three_times(cluster: Any, tmp_path: Path) -> None:
    from codecorpus.run.executors.ray import Ray

    name = str(tmp_path / "tries")
    told = list(Ray().run([Streams(((name, kills_who_asked),)), Streams((("good", works),))], lambda event: None))
    assert sorted(one.error is None for one in told) == [False, True]
    assert Path(name).read_text() == "once\n" * 4


def test_a_task_whose_process_is_stopped_is_begun_again(cluster: Any, tmp_path: Path) -> None:
    from codecorpus.run.executors.ray import Ray

    name = str(tmp_path / "tries")
    [ended] = Ray(stall=3).run([Streams(((name, stops_who_asked),))], lambda event: None)
    assert ended.outcome is not None and ended.outcome.made == 1
    assert Path(name).read_text() == "once\n" * 2


def test_files_are_those_of_the_folder_that_is_asked_from(
    cluster: Any, tmp_path: Path, bikes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from codecorpus.run.executors.ray import Ray

    monkeypatch.chdir(tmp_path)
    shutil.copy(bikes, "own.mp4")
    text = TEXT.replace("sample://carphone, sample://bikes, sample://bigbuckbunny", "own.mp4")
    summary = run(Path("cluster"), Ray(), text)
    assert summary.failures == () and run(Path("one"), Inline(2), text).made == summary.made > 0
    assert tree(tmp_path / "cluster") == tree(tmp_path / "one")


def test_that_no_node_is_large_enough_is_told(cluster: Any) -> None:
    from codecorpus.run.executors.ray import Ray

    def tell(event: Event) -> None:
        raise InterruptedError(event.note)

    with pytest.raises(InterruptedError, match=r"^waiting for a node of 64 CPUs and 2 GB"):
        list(Ray(jobs=64).run([Streams((("good", works),))], tell))
