"""Names that are safe everywhere, and paths that stay where they belong."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codecorpus.errors import CorpusError
from codecorpus.names import LONGEST, inside, is_safe, path_of, safe_name, uri_of


@pytest.mark.parametrize("name", ["bikes-000", "x264-medium-film+fastdecode-crf27.75", "svtav1-p-1-qp30", "_", "a.b.c"])
def test_a_safe_name_stays_as_it_is(name: str) -> None:
    assert safe_name(name) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("x264-crf23-stats/../../../../victim", "x264-crf23-stats-victim-b1d131fded29"),
        ("/etc/passwd", "etc-passwd-74acf3184453"),
        ("..", "5ec1f7e700f3"),
    ],
)
def test_what_is_no_name_ends_in_a_digest(text: str, name: str) -> None:
    assert safe_name(text) == name


@given(st.text() | st.text(alphabet="./\\-+_ab\0\n:%~", max_size=300))
def test_every_text_has_a_safe_name(text: str) -> None:
    assert is_safe(safe_name(text))
    assert len(safe_name(text)) <= LONGEST


@given(st.text(max_size=20), st.text(max_size=20))
def test_no_two_texts_share_one(one: str, other: str) -> None:
    assert (safe_name(one) == safe_name(other)) == (one == other)


def test_a_surrogate_of_a_file_s_name_has_one_too() -> None:
    assert is_safe(safe_name("caf\udce9"))


@given(st.lists(st.text(alphabet="./\\\0ab", max_size=6), min_size=1, max_size=4))
def test_a_path_never_leaves_its_root(names: list[str]) -> None:
    root = Path("/corpora/one")
    try:
        path = inside(root, *names)
    except CorpusError:
        return
    assert root in path.parents
    assert not set(path.parts) & {".", ".."}
    assert len(path.parts) == len(root.parts) + len(names)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/etc/passwd", "a\\b", "a\0b"])
def test_a_step_that_might_leave_it_is_refused(name: str) -> None:
    with pytest.raises(CorpusError, match=r"^corpus: .* cannot be the name of a file in it$"):
        inside(Path("corpus"), "frames", name)


@given(st.binary(min_size=1).map(os.fsdecode))
def test_every_path_can_be_written_and_read_back(path: str) -> None:
    uri = uri_of(path)
    assert len(uri.encode().splitlines()) == 1
    assert path_of(uri) == path or path.startswith("file://")


def test_paths_that_are_text_stay_as_they_are() -> None:
    for path in ("videos/a b%20.mp4", "\u3042\u3000\xe9.mp4"):
        assert uri_of(path) == path == path_of(path)
