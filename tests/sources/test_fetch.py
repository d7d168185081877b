"""A video's bytes, from near and far."""

from __future__ import annotations

import hashlib
from pathlib import Path

import fsspec
import pytest

from codecorpus.errors import SourceError
from codecorpus.sources.fetch import fetched, sha256, token


def test_a_local_file_is_used_where_it_is(tmp_path: Path) -> None:
    video = tmp_path / "a.mp4"
    video.write_bytes(b"abc")
    with fetched(str(video), tmp_path / "never") as path:
        assert path == video
    assert sha256(video) == hashlib.sha256(b"abc").hexdigest()


def test_a_far_file_is_copied_and_the_copy_goes(tmp_path: Path) -> None:
    fsspec.filesystem("memory").pipe("/far/a.mp4", b"abc")
    with fetched("memory://far/a.mp4", tmp_path) as path:
        assert path.read_bytes() == b"abc" and path.suffix == ".mp4"
    assert not list(tmp_path.iterdir())


def test_the_token_changes_with_the_file(tmp_path: Path) -> None:
    video = tmp_path / "a.mp4"
    video.write_bytes(b"abc")
    before = token(str(video))
    assert token(str(video)) == before
    video.write_bytes(b"abcd")
    assert token(str(video)) != before


@pytest.mark.parametrize("uri", ["/nowhere/a.mp4", "memory://nowhere/a.mp4"])
def test_what_is_not_there_is_told(uri: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=rf"^{uri}: "), fetched(uri, tmp_path):
        pass
    with pytest.raises(SourceError, match=rf"^{uri}: "):
        token(uri)
