"""What is told to Ray and by it, without a cluster: where files are, how large nodes are, who cannot be joined."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from helpers.acts import Streams, writes

from codecorpus.errors import CodecorpusError
from codecorpus.names import is_relative
from codecorpus.run.executors import ray as executor
from codecorpus.run.executors.ray import Ray
from codecorpus.run.work import Event

TASK = Streams((("here.txt", writes),), is_relative=True)


@pytest.fixture(autouse=True)
def _workers_know_the_acts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))


def do(task: Streams, folder: Path) -> tuple[int, str | None]:
    """How many streams are made on a node for who asks from that folder, and what is wrong."""
    outcome, error, _ = executor._do(task, 1, 500_000_000, 20, str(folder), {})
    return outcome.made if outcome else 0, error


def test_files_are_those_of_the_folder_that_is_asked_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("asker", "node"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "node")
    assert do(TASK, tmp_path / "asker") == (1, None)
    assert sorted(tmp_path.glob("*/*")) == [tmp_path / "asker" / "here.txt"]


def test_a_folder_that_a_node_lacks_is_told_where_files_are_named_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made, error = do(TASK, tmp_path / "gone")
    assert made == 0 and error is not None
    assert error.startswith(f"streams: {tmp_path}/gone: No such file or directory on ")
    assert do(Streams(((str(tmp_path / "whole.txt"), writes),)), tmp_path / "gone") == (1, None)


def test_what_is_named_from_a_folder_is_known() -> None:
    relative = ("a.mp4", "./a::b.mp4", "file://a.mp4", "zip://a.mp4::b.zip", "zip://a.mp4::file://b.zip")
    whole = ("/a.mp4", "/a::b.mp4", "file:///a.mp4", "zip://a.mp4::/b.zip", "sample://bikes", "s3://bucket/a.mp4")
    assert all(map(is_relative, relative)) and not any(map(is_relative, whole))


def node(cpus: float, memory: float, alive: bool = True) -> dict[str, Any]:
    return {"Alive": alive, "Resources": {"CPU": cpus, "memory": memory}}


def test_that_no_node_is_large_enough_is_told_until_one_is() -> None:
    nodes = [[node(8, 64e9)], [node(2, 8e9), node(16, 8e9, alive=False)], [node(2, 8e9), node(16, 64e9)]]
    waited = iter([[], [], [], ["first"]])
    fake = SimpleNamespace(wait=lambda *_, **__: (next(waited), []), nodes=lambda: nodes.pop(0))
    told: list[Event] = []
    assert Ray(jobs=16)._next(fake, ["first"], told.append) == "first"
    assert nodes == []
    assert [(event.kind, event.note) for event in told] == [
        ("note", f"waiting for a node of 16 CPUs and 2 GB, --jobs and --memory; there are: {size}")
        for size in ("8 CPUs and 64 GB", "2 CPUs and 8 GB")
    ]


def test_a_cluster_that_cannot_be_joined_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def init(**_: object) -> None:
        raise ConnectionError("Failed to connect") from RuntimeError("Traceback:\nray.exceptions.RpcError: Timed out\n")

    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace(is_initialized=lambda: False, init=init))
    with pytest.raises(CodecorpusError, match=r"^no Ray cluster can be joined at far:1: RpcError: Timed out$"):
        list(Ray("far:1").run([TASK], lambda event: None))
