"""Whole or not at all."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from codecorpus.corpus.files import put_once, replacing, sweep
from codecorpus.corpus.store import find


def test_a_file_takes_its_name_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "a.txt"
    with replacing(path) as temporary:
        temporary.write_text("whole")
        assert not path.exists()
    assert path.read_text() == "whole"
    assert list(path.parent.iterdir()) == [path]


def test_an_error_leaves_what_stood_there(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), replacing(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_put_once_stays(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "a.json"
    assert put_once(path, b"first") and not put_once(path, b"second")
    assert path.read_bytes() == b"first"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOTSUP])
def test_a_disk_without_hard_links_does_too(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", refuse)
    test_what_is_put_once_stays(tmp_path)


def test_files_of_the_dead_on_this_machine_alone_are_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever its name is, and whatever ends as it does."""
    dead = 1 << 22  # more than Linux counts to
    hosts = ("n1", "gn1", "g.n1", "n1.cluster", "n1-2")
    for host in hosts:
        monkeypatch.setattr(socket, "gethostname", lambda host=host: host)
        for other in hosts:
            for process in (dead, os.getpid()):
                (tmp_path / f".000.json.1234.{other}-{process}.tmp").touch()
        sweep(tmp_path)
        left = {f".000.json.1234.{other}-{dead}.tmp" for other in hosts if other != host}
        assert {path.name for path in tmp_path.iterdir() if str(dead) in path.name} == left
        assert len(list(tmp_path.glob(f"*-{os.getpid()}.tmp"))) == len(hosts)


@pytest.mark.parametrize("stands", [True, False])
def test_what_a_far_store_refuses_in_its_own_words_is_looked_for(stands: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed precondition that is not said to be that there is such a file, as MinIO and Ceph answer."""
    where = find(f"memory://refusing-{stands}")
    if stands:
        where.put("a.json", b"first")

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EINVAL, "At least one of the pre-conditions you specified did not hold")

    monkeypatch.setattr(MemoryFileSystem, "pipe_file", refuse)
    if stands:
        assert not where.put_once("a.json", b"second") and where.read("a.json") == b"first"
        return
    with pytest.raises(OSError, match="pre-conditions"):
        where.put_once("a.json", b"second")
