"""A video's bytes, from near and far."""

from __future__ import annotations

import hashlib
from pathlib import Path

import fsspec
import pytest

from codecorpus import cache
from codecorpus.errors import SourceError
from codecorpus.sources.fetch import fetched, sha256, token


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where what comes from far is kept."""
    monkeypatch.setenv(cache.FOLDER, str(tmp_path / "cache"))
    return tmp_path / "cache" / "sources"


def test_a_local_file_is_used_where_it_is(tmp_path: Path, folder: Path) -> None:
    video = tmp_path / "a.mp4"
    video.write_bytes(b"abc")
    with fetched(str(video)) as path:
        assert path == video
    assert sha256(video) == hashlib.sha256(b"abc").hexdigest() and not folder.exists()


def test_a_far_file_is_fetched_once_until_it_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    far = fsspec.filesystem("memory")
    far.pipe("/far/a.mp4", b"abc")
    asked: list[str] = []
    get = type(far).get_file
    monkeypatch.setattr(type(far), "get_file", lambda *words, **more: asked.append(words[1]) or get(*words, **more))
    for _ in range(3):
        with fetched("memory://far/a.mp4") as path:
            assert path.read_bytes() == b"abc" and path.suffix == ".mp4"
    assert len(asked) == 1
    far.pipe("/far/a.mp4", b"abcd")
    with fetched("memory://far/a.mp4") as path:
        assert path.read_bytes() == b"abcd"
    assert len(asked) == 2


def test_a_far_file_whose_digest_is_known_is_asked_for_once_and_is_that_file(folder: Path) -> None:
    far = fsspec.filesystem("memory")
    far.pipe("/far/a.mp4", b"abc")
    known = hashlib.sha256(b"abc").hexdigest()
    with fetched("memory://far/a.mp4", digest=known) as path:
        assert path.read_bytes() == b"abc"
    far.pipe("/far/a.mp4", b"abd")
    with fetched("memory://far/a.mp4", digest=known) as path:
        assert path.read_bytes() == b"abc"
    other = pytest.raises(SourceError, match=r"^memory://far/a\.mp4: it is not the file that it was when ")
    with other, fetched("memory://far/a.mp4", digest=hashlib.sha256(b"abe").hexdigest()):
        pass
    assert len(list(folder.glob("*.mp4*"))) == 1


def test_the_limit_comes_from_the_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cache.SIZE, "1k")
    for number in range(4):
        fsspec.filesystem("memory").pipe(f"/far/{number}.mp4", bytes(400))
        with fetched(f"memory://far/{number}.mp4"):
            pass
    assert len(list(folder.glob("*.mp4"))) == 2


def test_half_a_file_is_none(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    far = fsspec.filesystem("memory")
    far.pipe("/far/a.mp4", b"abc")
    monkeypatch.setattr(type(far), "get_file", lambda self, path, to, **more: Path(to).write_bytes(b"ab"))
    with pytest.raises(SourceError, match=r"^memory://far/a\.mp4: 2 of 3 bytes came"), fetched("memory://far/a.mp4"):
        pass
    assert not list(folder.glob("*.mp4*"))


def test_the_token_changes_with_the_file(tmp_path: Path) -> None:
    video = tmp_path / "a.mp4"
    video.write_bytes(b"abc")
    before = token(str(video))
    assert token(str(video)) == before
    video.write_bytes(b"abcd")
    assert token(str(video)) != before


@pytest.mark.parametrize("uri", ["/nowhere/a.mp4", "memory://nowhere/a.mp4"])
def test_what_is_not_there_is_told(uri: str) -> None:
    with pytest.raises(SourceError, match=rf"^{uri}: "), fetched(uri):
        pass
    with pytest.raises(SourceError, match=rf"^{uri}: "):
        token(uri)
