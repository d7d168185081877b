"""From sources to videos."""

from __future__ import annotations

import csv
import errno
import importlib.util
import os
import re
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from codecorpus.errors import RecipeError, SourceError
from codecorpus.names import path_of
from codecorpus.recipe import SourceEntry
from codecorpus.sources.fetch import size
from codecorpus.sources.find import UNLISTED, Video, find, first


@pytest.fixture
def videos(tmp_path: Path) -> Path:
    for name in ("b/two.mkv", "a/one.mp4", "a/deep/three.MP4", "a/notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def uris(*sources: str) -> list[str]:
    return [video.uri for video in find([SourceEntry(uri=uri) for uri in sources])]


def test_a_folder_gives_its_videos_sorted(videos: Path) -> None:
    assert uris(str(videos)) == [str(videos / name) for name in ("a/deep/three.MP4", "a/one.mp4", "b/two.mkv")]


def test_a_folder_gives_what_old_archives_have(tmp_path: Path) -> None:
    names = ["a.asf", "b.RMVB", "c.dvr-ms", "d.mod", "e.m2t", "f.ogm", "g.gxf", "h.qt"]
    for name in (*names, "i.gif", "j.ogg", "k.srt"):
        (tmp_path / name).touch()
    assert uris(str(tmp_path)) == [str(tmp_path / name) for name in names]


def test_the_first_is_known_where_it_is_named_as_it_is(videos: Path) -> None:
    def of(*uris: str) -> Video | None:
        return first([SourceEntry(uri=uri, start=1) for uri in uris])

    one = str(videos / "a/one.mp4")
    assert of(one, "gone.mp4") == Video(one, 1) and of("sample://bikes") == Video("sample://bikes", 1)
    for other in (str(videos), f"{videos}/a/*.mp4", "s3://bucket/one.mp4", f"{videos}/list.csv", f"{videos}/gone.mp4"):
        assert of(other, one) is None


def test_a_pattern_gives_what_matches(videos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert uris(f"{videos}/**/*.mp4") == [str(videos / "a/one.mp4")]
    monkeypatch.chdir(videos)
    assert uris("*/two.*", "a/one.mp4") == ["b/two.mkv", "a/one.mp4"]


def test_a_video_that_is_named_twice_is_one(videos: Path) -> None:
    assert uris(f"{videos}/a/one.mp4", f"{videos}/a/*.mp4") == [str(videos / "a/one.mp4")]


def test_nothing_is_an_error(videos: Path) -> None:
    with pytest.raises(RecipeError, match=r"^sources: .*/\*\.avi names no video$"):
        uris(f"{videos}/*.avi")


def test_what_names_no_video_stands_for_itself_beside_what_does(videos: Path, tmp_path: Path) -> None:
    there, empty = str(videos / "a/one.mp4"), tmp_path / "empty"
    empty.mkdir()
    assert uris(f"{videos}/*.avi", there, str(empty)) == [f"{videos}/*.avi", there, str(empty)]
    with pytest.raises(RecipeError, match=r"^sources: .*empty names no video$"):
        uris(str(empty))


def test_what_is_missing_is_named_beside_what_is_there(videos: Path) -> None:
    there, missing = str(videos / "a/one.mp4"), str(videos / "a/two.mp4")
    assert uris(there, missing) == [there, missing]
    with pytest.raises(RecipeError, match=r"two\.mp4: no such file$"):
        uris(missing)
    manifest = videos / "list.csv"
    manifest.write_text(f"uri\n{there}\n{missing}\n")
    assert uris(str(manifest)) == [there, missing]


def test_names_that_are_no_text_are_uris(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.mp4")).touch()
    [uri] = uris(str(tmp_path))
    assert uri == f"file://{tmp_path}/caf%E9.mp4"
    assert uris(uri) == [uri] == uris(f"file://{tmp_path}/*.mp4")


def test_what_a_corpus_holds_is_no_source_where_it_is_not_named(videos: Path) -> None:
    kept = videos / "a" / "corpus" / "bitstreams" / "x264" / "one-000.nut"
    kept.parent.mkdir(parents=True)
    kept.touch()
    (videos / "a" / "corpus" / "corpus.json").touch()
    assert str(kept) not in uris(str(videos)) + uris(f"{videos}/**/*.*") + uris(
        f"{videos}/a/*/bitstreams/*/*.nut", str(videos)
    )
    assert uris(str(kept)) == uris(str(videos / "a" / "corpus")) == uris(f"{videos}/a/corpus/*/*/*.nut") == [str(kept)]


def test_a_store_is_listed_like_a_folder() -> None:
    store = fsspec.filesystem("memory")
    for name in ("/more/a.mp4", "/more/deep/b.webm", "/more/c.txt"):
        store.pipe(name, b"x")
    assert uris("memory://more/") == ["memory:///more/a.mp4", "memory:///more/deep/b.webm"]
    assert uris("memory://more/*.mp4") == ["memory:///more/a.mp4"]
    store.pipe({"/more/corpus/corpus.json": b"{}", "/more/corpus/bitstreams/x264/a-000.nut": b"x"})
    assert uris("memory://more") == ["memory:///more/a.mp4", "memory:///more/deep/b.webm"]
    assert uris("memory://more/**/*.*") == [f"memory:///more/{name}" for name in ("a.mp4", "c.txt", "deep/b.webm")]
    assert uris("memory://more/corpus/**/*.nut") == ["memory:///more/corpus/bitstreams/x264/a-000.nut"]
    assert uris("memory://more/corpus") == ["memory:///more/corpus/bitstreams/x264/a-000.nut"]


def test_a_far_file_that_cannot_be_looked_for_costs_no_other(videos: Path) -> None:
    there, bad = str(videos / "a/one.mp4"), videos / "bad.zip"
    bad.write_text("no zip")
    wrong = [f"zip://a.mp4::{bad}", "ftp://127.0.0.1:1/a.mkv", "nowhere://bucket/a.webm?", "nowhere://bucket/a.mp4"]
    assert uris(wrong[0], wrong[1], wrong[3], there) == [wrong[0], wrong[1], wrong[3], there]
    manifest = videos / "list.csv"
    manifest.write_text(f"uri\n{wrong[0]}\n{there}\n")
    assert uris(str(manifest)) == [wrong[0], there]
    for uri in (*wrong, there):
        assert (size(uri) is None) == (uri != there)
    for many in (f"zip://*.mp4::{bad}", f"zip://::{bad}", "ftp://127.0.0.1:1/more/", "nowhere://bucket", wrong[2]):
        with pytest.raises(SourceError, match=f"^{re.escape(many)}: "):
            uris(there, many)


def test_a_manifest_gives_ranges(videos: Path) -> None:
    one = str(videos / "a/one.mp4")
    manifest = videos / "list.csv"
    manifest.write_text(f"uri,start,end\n{one},,\n{one},1.5,3\n")
    assert find([SourceEntry(uri=str(manifest))]) == [Video(one), Video(one, 1.5, 3.0)]
    pq.write_table(pa.table({"uri": [one], "start": [2.0]}), videos / "list.parquet")
    assert find([SourceEntry(uri=str(videos / "list.parquet"))]) == [Video(one, 2.0, None)]
    manifest.write_text(f'start, uri, end, label\n2, {one}, 4, a\n, "{one}", , b\n')
    assert find([SourceEntry(uri=str(manifest))]) == [Video(one, 2.0, 4.0), Video(one)]


def test_what_rows_do_not_tell_is_their_manifest_s(videos: Path) -> None:
    one, manifest = str(videos / "a/one.mp4"), videos / "list.csv"
    manifest.write_text(f"uri,start,end,track\n{one},,,\n{one},,2.5,\n{videos}/b,1.5,,2\n")

    def of(**told: float) -> list[Video]:
        return find([Video(str(manifest), **told)])

    two = str(videos / "b/two.mkv")
    assert of() == [Video(one), Video(one, None, 2.5), Video(two, 1.5, None, 2)]
    manifest.write_text(f"uri,end,track\n{one},,\n{one},2.5,\n{one},,0\n")
    assert of(start=1) == [Video(one, 1), Video(one, 1, 2.5), Video(one, 1, None, 0)]
    for told, reason in (
        ({"start": 3}, "row 2: end 2.5 is not after start 3"),
        ({"end": 4}, "row 2: end is told of the manifest too"),
        ({"track": 1}, "row 3: track is told of the manifest too"),
    ):
        with pytest.raises(SourceError, match=rf"list\.csv, {re.escape(reason)}$"):
            of(**told)


def test_a_manifest_names_no_other(videos: Path) -> None:
    manifest = videos / "list.csv"
    manifest.write_text(f"uri\n{manifest}\n")
    with pytest.raises(SourceError, match=r"list\.csv, row 1: .*list\.csv is a manifest itself$"):
        uris(str(manifest))


def test_a_manifest_has_any_name(videos: Path) -> None:
    names = ["a/line\u2028end.mp4", 'a/two\nlines, "one".mp4', "a/next\x85.mp4"]
    for name in names:
        (videos / name).touch()
    with (videos / "list.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["uri"], *([str(videos / name)] for name in names)])
    assert [path_of(uri) for uri in uris(str(videos / "list.csv"))] == [str(videos / name) for name in names]


def test_a_manifest_s_mistakes_are_told_by_row(videos: Path) -> None:
    manifest = videos / "list.csv"
    manifest.write_text("uri,start\na.mp4,soon\n")
    with pytest.raises(SourceError, match=r"list\.csv, row 1: 'soon' is not a time in seconds$"):
        uris(str(manifest))
    manifest.write_text("url\na.mp4\n")
    with pytest.raises(SourceError, match=r"list\.csv, row 1: no uri$"):
        uris(str(manifest))
    manifest.write_text("uri,Start\na.mp4,2\n")
    with pytest.raises(SourceError, match=r"list\.csv: the column 'Start' is to be 'start'$"):
        uris(str(manifest))
    pq.write_table(pa.table({"uri": ["a.mp4"], " end": [2.0]}), videos / "list.parquet")
    with pytest.raises(SourceError, match=r"list\.parquet: the column ' end' is to be 'end'$"):
        uris(str(videos / "list.parquet"))


def test_samples_are_known_by_name() -> None:
    assert uris("sample://bikes") == ["sample://bikes"]
    with pytest.raises(RecipeError, match=r"unknown sample; known are bikes, bigbuckbunny, carphone$"):
        uris("sample://trees")


def test_samples_without_their_extra_say_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(RecipeError) as caught:
        uris("sample://bikes")
    assert str(caught.value) == "sample://bikes is in an extra: pip install 'codecorpus[samples]'"


def test_what_links_lead_to_is_in_a_folder_once(videos: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "four.mp4").touch()
    (elsewhere / "back").symlink_to(videos)
    (videos / "a" / "round").symlink_to(videos / "a")
    for name in ("0", "1"):
        (videos / name).symlink_to(elsewhere)
    (videos / "2").symlink_to(videos / "b")
    own = [str(videos / name) for name in ("0/four.mp4", "a/deep/three.MP4", "a/one.mp4", "b/two.mkv")]
    assert uris(str(videos)) == own
    assert uris(f"{videos}/**/*.mp4") == [own[0], own[2]]
    assert uris(f"{videos}/*/*.mp4") == [own[0], str(videos / "1/four.mp4"), own[2]]


@pytest.mark.parametrize("pattern", ["", "/**/*.mp4", "/*/*.mp4"])
def test_a_folder_that_cannot_be_listed_is_told(pattern: str, videos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scandir = os.scandir

    def refusing(path: str) -> object:
        if Path(path).name in ("a", UNLISTED):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    with pytest.raises(SourceError, match=r"/a: this folder cannot be listed: Permission denied$"):
        uris(f"{videos}{pattern}")
    (videos / "a").rename(videos / UNLISTED)
    (videos / "z").mkdir()
    (videos / "z" / "c.mp4").touch()
    assert str(videos / "z" / "c.mp4") in uris(f"{videos}{pattern}")
