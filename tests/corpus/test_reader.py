"""codecorpus.open: what is asked for, in schema and order, and nothing else."""

from __future__ import annotations

import multiprocessing
import pickle
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pyarrow as pa
import pytest
from helpers import written
from helpers.written import B_FRAMES, ENCODES

import codecorpus
import codecorpus.corpus.access
import codecorpus.maps
from codecorpus import schema
from codecorpus.corpus import contents, layout, manifest, parts, writer
from codecorpus.corpus.layout import Chunk
from codecorpus.corpus.manifest import Marker
from codecorpus.corpus.parts import Part
from codecorpus.corpus.store import LocalStore
from codecorpus.errors import CorpusError

ONE, TWO = "one-000", "two-000"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("reader") / "built"
    written.built(root)
    return root


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("reader") / "extracted"
    written.extracted(root)
    return root


def original(table: str) -> pa.Table:
    intrinsics = written.read(B_FRAMES).intrinsics
    assert intrinsics is not None
    return intrinsics.tables[table]


@pytest.mark.parametrize("table", schema.TABLES)
def test_rows_are_those_that_were_read(path: Path, table: str) -> None:
    rows = getattr(codecorpus.open(path), table)()
    assert rows.schema.equals(schema.PARTS[table], check_metadata=True)
    assert rows.num_rows == 6 * original(table).num_rows
    one = getattr(codecorpus.open(path), table)(TWO, ENCODES[1])
    assert one.drop_columns(list(schema.KEYS)).to_pylist() == original(table).to_pylist()
    bare = codecorpus.open(path).intrinsics(TWO, ENCODES[1], [table]).tables[table]
    assert bare.schema.equals(schema.SCHEMAS[table]) and bare.to_pylist() == original(table).to_pylist()


def test_rows_come_by_encode_chunk_clip_and_coded_order(path: Path) -> None:
    rows = codecorpus.open(path).blocks(columns=["encode", "clip", "coded_order", "block"]).to_pylist()
    place = {clip: at for at, clip in enumerate([ONE, TWO, "three-000"])}
    keys = [(row["encode"], place[row["clip"]], row["coded_order"], row["block"]) for row in rows]
    assert keys == sorted(keys)


@pytest.mark.parametrize("table", schema.TABLES)
@pytest.mark.parametrize("group_rows", [20, 131_072])
def test_a_window_holds_the_rows_of_its_frames(
    table: str, group_rows: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "GROUP_ROWS", group_rows)
    written.built(tmp_path)
    corpus = codecorpus.open(tmp_path)
    whole = getattr(corpus, table)(ONE, ENCODES[0]).to_pylist()
    for first, end in ((0, 1), (2, 5), (7, 9), (8, None), (None, 3), (4, 4)):
        rows = getattr(corpus, table)(ONE, ENCODES[0], slice(first, end))
        assert rows.to_pylist() == [row for row in whole if (first or 0) <= row["frame"] < (9 if end is None else end)]
    assert getattr(corpus, table)(ONE, ENCODES[0], slice(2, 5), columns=["x"] if table != "frames" else ["pts"])


def test_names_may_be_several(path: Path) -> None:
    corpus = codecorpus.open(path)
    rows = corpus.frames(clip=["three-000", ONE], encode=[ENCODES[1]], frames=slice(3, 5))
    assert rows["clip"].to_pylist() == [ONE, ONE, "three-000", "three-000"]
    assert sorted(rows["frame"].to_pylist()) == [3, 3, 4, 4] and set(rows["encode"].to_pylist()) == {ENCODES[1]}
    assert corpus.frames(clip=[ONE, "three-000"] * 2, encode=[ENCODES[1]] * 2, frames=slice(3, 5)).equals(rows)
    assert corpus.frames(frames=slice(0, 100)).num_rows == 54


def test_nothing_is_read_but_what_a_window_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "SHARED_ROWS", 1)  # as clips have that are not small
    written.built(tmp_path)
    opened: list[str] = []
    groups: list[int] = []
    read, open_file, read_part = LocalStore.read, LocalStore.open, Part.read
    monkeypatch.setattr(LocalStore, "read", lambda self, name: (opened.append(name), read(self, name))[1])
    monkeypatch.setattr(LocalStore, "open", lambda self, name: (opened.append(name), open_file(self, name))[1])
    monkeypatch.setattr(Part, "read", lambda self, own, *what: (groups.extend(own), read_part(self, own, *what))[1])
    corpus = codecorpus.open(tmp_path)
    corpus.blocks(TWO, ENCODES[0], slice(0, 4), columns=["x", "y"])
    chunks = [Chunk(0, 0), Chunk(0, 1)]
    assert sorted(opened) == sorted(
        [
            "corpus.json",
            *(name for chunk in chunks for name in (layout.marker(chunk, "clips"), layout.clips(chunk))),
            layout.clips(chunks[0]),  # which clip is where is read of all, what a clip is of its chunk
            layout.marker(chunks[0], ENCODES[0]),
            layout.streams(ENCODES[0], chunks[0]),
            layout.part("blocks", "hevc", ENCODES[0], chunks[0]),
        ]
    )
    assert groups == [1]
    opened.clear()
    corpus.blocks(ONE, ENCODES[0], slice(2, 4))
    assert opened == []


def test_bookkeeping_is_there(path: Path) -> None:
    corpus = codecorpus.open(path)
    assert corpus.clips.schema.equals(schema.CLIPS)
    assert corpus.clips["clip"].to_pylist() == [ONE, "three-000", TWO]
    assert corpus.encodes.schema.equals(schema.ENCODES) and corpus.encodes["encode"].to_pylist() == list(ENCODES)
    assert corpus.streams.schema.equals(schema.STREAMS) and corpus.streams.num_rows == 6
    assert corpus.dataset("streams").count_rows() == 6


def test_maps_are_read_from_disk_or_made_alike(path: Path) -> None:
    corpus = codecorpus.open(path)
    intrinsics = written.read(B_FRAMES).intrinsics
    assert intrinsics is not None
    whole = intrinsics.maps()
    np.testing.assert_array_equal(corpus.maps(ONE, ENCODES[0]), whole)
    np.testing.assert_array_equal(corpus.maps(ONE, ENCODES[0], slice(3, 6)), whole[3:6])
    bits = corpus.maps(ONE, ENCODES[0], [7, 0], channels=("skip", "bits"))[:, 1]
    np.testing.assert_array_equal(bits, whole[[7, 0], codecorpus.maps.CHANNELS.index("bits")])
    np.testing.assert_array_equal(corpus.maps(ONE, ENCODES[0], slice(3, 6), hidden="leave"), whole[3:6])
    made = corpus.maps(ONE, ENCODES[0], [5, 2], cell=8)
    np.testing.assert_array_equal(made, intrinsics.maps(cell=8, frames=[5, 2]))
    flow, mask = corpus.flow(ONE, ENCODES[0], slice(4, 6))
    np.testing.assert_array_equal(flow, intrinsics.flow(frames=slice(4, 6))[0])
    assert mask.shape == (2, 56, 72)


ERRORS: list[tuple[Callable[[codecorpus.Corpus], Any], type[Exception], str]] = [
    (lambda c: c.blocks("four-000"), CorpusError, r": no clip 'four-000'; known are one-000, three-000, two-000$"),
    (lambda c: c.maps(ONE, "x264"), CorpusError, r": no encode 'x264'; known are x265-a, x265-b$"),
    (lambda c: c.blocks(encode=["x265-a", "x264"]), CorpusError, r": no encode 'x264'; known are x265-a, x265-b$"),
    (lambda c: c.maps(ONE, ENCODES[0], 3), ValueError, r"^frames is a slice or a sequence .* as in \[3\]; not 3$"),
    (lambda c: c.flow(ONE, ENCODES[0], 3), ValueError, r"^frames is a slice or a sequence .* as in \[3\]; not 3$"),
    (lambda c: c.maps(ONE, ENCODES[0], [1, 1]), ValueError, r"^frames are indices from 0, each once; not \[1, 1\]$"),
    (lambda c: c.maps(ONE, ENCODES[0], [9]), IndexError, r"^frame 9: one-000 has 9, from 0$"),
    (lambda c: c.maps(ONE, ENCODES[0], slice(4, 10)), IndexError, r"^frames 4:10: one-000 has 9, from 0$"),
    (lambda c: c.blocks(ONE, ENCODES[0], slice(9, None)), IndexError, r"^frames 9:: one-000 has 9, from 0$"),
    (lambda c: c.blocks(ONE, ENCODES[0], slice(4, 10)), IndexError, r"^frames 4:10: one-000 has 9, from 0$"),
    (lambda c: c.blocks(frames=3), ValueError, r"^frames is a slice, as in slice\(0, 16\); not 3$"),
    (lambda c: c.blocks(frames=slice(0, 4, 2)), ValueError, r"^frames is a slice of indices from 0 without steps"),
    (lambda c: c.blocks(frames=slice(-2, None)), ValueError, r"^frames is a slice of indices from 0 without steps"),
    (lambda c: c.blocks(columns=["x", "colour"]), ValueError, r"^no column 'colour' in blocks; known are clip, "),
    (lambda c: c.dataset("vectors"), ValueError, r"^no table 'vectors'; known are clips, "),
    (lambda c: c.maps(ONE, ENCODES[0], channels=("heat",)), ValueError, r"^channels are a sequence of "),
]


@pytest.mark.parametrize("at", range(len(ERRORS)))
def test_what_is_not_there_is_told(path: Path, at: int) -> None:
    ask, kind, told = ERRORS[at]
    with pytest.raises(kind, match=told):
        ask(codecorpus.open(path))


def test_many_names_are_not_all_told(tmp_path: Path) -> None:
    stream = written.read(written.INTRA)
    written.write(tmp_path, {Chunk(0, 0): {"a": {f"clip-{at:03}": stream for at in range(40)}}}, ["frames"])
    with pytest.raises(CorpusError, match=r": no clip 'clip-39' among 40; the nearest are clip-039, clip-0"):
        codecorpus.open(tmp_path).frames("clip-39")


def test_a_table_that_was_not_asked_for_is_told(extracted: Path) -> None:
    corpus = codecorpus.open(extracted)
    asked: list[Callable[[], object]] = [corpus.transforms, lambda: corpus.transforms("av1-000", "source")]
    for ask in (*asked, lambda: corpus.dataset("maps")):
        with pytest.raises(CorpusError, match=r": no table (transforms|maps).* in it: it was not asked for"):
            ask()


def test_no_names_ask_for_no_rows(extracted: Path) -> None:
    corpus = codecorpus.open(extracted)
    for rows in (corpus.frames([]), corpus.blocks("av1-000", []), corpus.motion([], "source", slice(0, 2))):
        assert rows.num_rows == 0 and "coded_order" in rows.column_names


def test_streams_that_failed_say_why_and_have_no_rows(extracted: Path) -> None:
    corpus = codecorpus.open(extracted)
    with pytest.raises(CorpusError, match=r": the clip gone-000 failed: gone.mp4: there is no picture in it$"):
        corpus.blocks("gone-000", "source")
    with pytest.raises(CorpusError, match=r": the clip lost-000 failed: lost.mp4: No such file or directory$"):
        corpus.maps("lost-000", "source")
    assert set(corpus.frames()["clip"].to_pylist()) == {"av1-000", "fields-000", "hevc-000", "intra-000"}


def test_a_stream_that_failed_in_one_encode_says_why(tmp_path: Path) -> None:
    good = written.read(B_FRAMES)
    streams = {"a": {ONE: good}, "b": {ONE: written.Stream(error="x265 crashed")}}
    written.write(tmp_path, {Chunk(0, 0): streams}, ["frames"])
    corpus = codecorpus.open(tmp_path)
    assert corpus.frames(ONE)["encode"].unique().to_pylist() == ["a"]
    for encode in ("b", ["b"]):
        with pytest.raises(CorpusError, match=r": one-000 through b failed: x265 crashed$"):
            corpus.frames(ONE, encode)


def test_a_clip_all_of_whose_streams_failed_says_why(tmp_path: Path) -> None:
    good = written.read(B_FRAMES)
    failed = written.Stream(error="x265 crashed", clip=good.intrinsics)
    streams = {"a": {ONE: failed, TWO: good}, "b": {ONE: failed, TWO: failed}}
    written.write(tmp_path, {Chunk(0, 0): streams}, ["frames"])
    corpus = codecorpus.open(tmp_path)
    more = "; so did all others that are asked for, 1$"
    told = rf": one-000 through a failed: x265 crashed{more}"
    for table in (corpus.frames, corpus.blocks):
        for clip in (ONE, [ONE]):
            with pytest.raises(CorpusError, match=told):
                table(clip)
        with pytest.raises(CorpusError, match=rf": one-000 through b failed: x265 crashed{more}"):
            table(encode="b")
    with pytest.raises(CorpusError, match=r": no table blocks in it: it was not asked for, or is not made yet$"):
        corpus.blocks(TWO)
    written.write(tmp_path / "lost", {Chunk(0, 0): {"a": {ONE: failed}}}, ["frames"])
    lost = codecorpus.open(tmp_path / "lost")
    for ask in (lost.frames, lambda: lost.dataset("frames")):
        with pytest.raises(CorpusError, match=r": one-000 through a failed: x265 crashed$"):
            ask()


def test_no_columns_leave_the_rows(path: Path) -> None:
    corpus = codecorpus.open(path)
    for asked in ((), (ONE,), (ONE, ENCODES[0]), (ONE, ENCODES[0], slice(2, 5)), ([ONE, TWO],), ([],)):
        for table in (corpus.frames, corpus.blocks, corpus.motion):
            rows = table(*asked, columns=[])
            assert (rows.num_rows, rows.num_columns) == (table(*asked).num_rows, 0)


def test_an_intra_stream_has_motion_without_rows(extracted: Path) -> None:
    corpus = codecorpus.open(extracted)
    rows = corpus.motion("intra-000", "source")
    assert rows.num_rows == 0 and rows.schema.equals(schema.PARTS["motion"])
    assert np.isnan(corpus.flow("intra-000", "source")[0]).all()
    assert corpus.maps("intra-000", "source").shape[0] == 1


def test_a_corpus_under_way_is_read_as_far_as_it_is(tmp_path: Path) -> None:
    store = written.built(tmp_path)
    store.remove(layout.marker(Chunk(0, 1), ENCODES[1]))
    corpus = codecorpus.open(tmp_path)
    assert corpus.frames(encode=ENCODES[1])["clip"].unique().to_pylist() == [ONE, TWO]
    with pytest.raises(
        CorpusError, match=r": three-000 through x265-b is not made yet; run its build or extraction again$"
    ):
        corpus.frames("three-000", ENCODES[1])


def test_later_files_stand_for_earlier_ones(tmp_path: Path) -> None:
    store = written.built(tmp_path, ["frames"])
    chunk = Chunk(0, 1)
    old = layout.part("frames", "hevc", ENCODES[0], chunk)
    new = layout.part("frames", "hevc", ENCODES[0], chunk, 1)
    intrinsics = written.read(B_FRAMES).intrinsics
    assert intrinsics is not None
    worse = intrinsics.frames.set_column(
        intrinsics.frames.schema.get_field_index("psnr_y"), "psnr_y", pa.array([40.0] * 9, pa.float32())
    )
    streams = {"three-000": codecorpus.Intrinsics("hevc", {"frames": worse})}
    file = written.write_part(store, new, "frames", "hevc", ENCODES[0], streams)
    marker = Marker(chunk, ENCODES[0], {"frames": {"measures": ["psnr"]}}, {new: file}, replaces=(old,), number=1)
    assert store.put_once(marker.name, marker.to_bytes())
    corpus = codecorpus.open(tmp_path)
    assert corpus.frames("three-000", ENCODES[0])["psnr_y"].to_pylist() == [40.0] * 9
    assert corpus.frames().num_rows == corpus.dataset("frames").count_rows() == 54


def test_files_are_those_that_the_markers_tell_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "CHUNKS_AT_HAND", 1)
    encode, chunks = ENCODES[0], [Chunk(0, 0), Chunk(0, 1)]
    first = written.read(B_FRAMES)
    own = {chunk: {encode: {clip: first}} for chunk, clip in zip(chunks, (ONE, TWO), strict=True)}
    store = written.write(tmp_path, own, ["frames"])
    corpus = codecorpus.open(tmp_path)
    assert [corpus.frames(clip, encode).num_rows for clip in (ONE, TWO)] == [9, 9]
    store.remove(layout.marker(chunks[0], encode))
    other = written.read("long_term.hevc")
    written.write_streams(store, chunks[0], encode, {ONE: other}, ["frames"])
    assert other.intrinsics is not None and (count := other.intrinsics.frames.num_rows) != 9
    assert corpus.frames(ONE, encode).num_rows == count == corpus.contents.streams(chunks[0], encode)[ONE].frames


def test_columns_that_a_part_was_written_without_are_null(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As parts of an earlier version are: nothing is taken for another column."""
    own = schema.PARTS["frames"]
    earlier = [field for field in own if field.name not in ("ms_ssim", "si", "poc")]
    with monkeypatch.context() as patch:
        patch.setitem(schema.PARTS, "frames", pa.schema(earlier, own.metadata))
        written.built(tmp_path, ["frames"])
    corpus = codecorpus.open(tmp_path)
    rows = corpus.frames("three-000", ENCODES[0])
    told = written.read(B_FRAMES).intrinsics
    assert told is not None and rows.schema.names == own.names
    for name in schema.SCHEMAS["frames"].names:
        column = rows[name].to_pylist()
        assert column == ([None] * 9 if name in ("ms_ssim", "si", "poc") else told.frames[name].to_pylist()), name
    assert corpus.frames("three-000", ENCODES[0], columns=["si"])["si"].to_pylist() == [None] * 9


def test_what_no_marker_names_does_not_count(path: Path, tmp_path: Path) -> None:
    root = shutil.copytree(path, tmp_path / "corpus")
    part = layout.part("frames", "hevc", ENCODES[0], Chunk(0, 0))
    shutil.copy(root / part, root / layout.part("frames", "hevc", ENCODES[0], Chunk(7, 0)))
    corpus = codecorpus.open(root)
    assert corpus.frames().num_rows == corpus.dataset("frames").count_rows() == 54


def test_damaged_pictures_are_masked_never_zero(tmp_path: Path) -> None:
    intrinsics = written.damaged(B_FRAMES, coded_order=4)
    frame = intrinsics.frames["frame"][4].as_py()
    written.write(tmp_path, {Chunk(0, 0): {"a": {ONE: written.Stream(intrinsics)}}}, written.ALL)
    corpus = codecorpus.open(tmp_path)
    others = [other for other in range(9) if other != frame]
    whole = written.read(B_FRAMES).intrinsics
    assert whole is not None
    for cell in (16, 8):  # stored, and made
        maps = corpus.maps(ONE, "a", cell=cell)
        names = codecorpus.maps.CHANNELS
        for at, name in enumerate(names):
            wanted = 0 if name.endswith("_mask") else np.nan
            np.testing.assert_array_equal(maps[frame, at], np.full_like(maps[frame, at], wanted), err_msg=name)
        np.testing.assert_array_equal(maps[others], whole.maps(cell=cell)[others])
    flow, mask = corpus.flow(ONE, "a")
    assert np.isnan(flow[frame]).all() and not mask[frame].any() and mask[others].any()


def rows_in_another_process(corpus: codecorpus.Corpus) -> int:
    return corpus.blocks(ONE, ENCODES[0], slice(0, 3)).num_rows + int(corpus.maps(TWO, ENCODES[1]).shape[0])


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_other_processes_use_it(path: Path, method: str) -> None:
    corpus = codecorpus.open(path)
    wanted = rows_in_another_process(corpus)  # files are open when it is forked
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.map(rows_in_another_process, [corpus] * 4) == [wanted] * 4
    assert rows_in_another_process(pickle.loads(pickle.dumps(corpus))) == wanted


def test_threads_use_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codecorpus.corpus.access, "PARTS_AT_HAND", 2)
    corpus = codecorpus.open(path)
    clips = (ONE, TWO, "three-000")
    asked = [(clip, encode, slice(at, at + 3)) for clip in clips for encode in ENCODES for at in range(6)]
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda one: corpus.blocks(*one), asked * 3))
    assert all(rows.equals(codecorpus.open(path).blocks(*one)) for one, rows in zip(asked * 3, found, strict=True))


def test_a_corpus_may_be_far(path: Path) -> None:
    far = fsspec.filesystem("memory")
    far.put(str(path), "/read", recursive=True)
    corpus = codecorpus.open("memory://read")
    here = codecorpus.open(path)
    assert corpus.blocks(ONE, ENCODES[0], slice(2, 5)).equals(here.blocks(ONE, ENCODES[0], slice(2, 5)))
    assert corpus.streams.equals(here.streams) and corpus.dataset("blocks").count_rows() == here.blocks().num_rows
    assert repr(corpus) == "codecorpus.open('memory://read')"
    assert pickle.loads(pickle.dumps(corpus)).clips.equals(here.clips)
    far.rm("/read", recursive=True)


def test_no_corpus_is_told(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r": no corpus here$"):
        codecorpus.open(tmp_path)


def test_an_older_corpus_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "corpus.json").write_text('{"format": 1, "schema": "1"}')
    with pytest.raises(CorpusError, match=r"it is of format 1, .* reads format 2; make it anew, .*: codecorpus build"):
        codecorpus.open(tmp_path)


def test_a_large_footer_is_read_whole(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "FOOTER_AHEAD", 64)
    assert codecorpus.open(path).frames().num_rows == 54


def test_a_marker_says_what_a_part_ends_with(path: Path) -> None:
    (marker,) = manifest.made(LocalStore(path), Chunk(0, 0), ENCODES[0]).markers
    for name, file in marker.files.items():
        assert (file.footer is not None) == (name.split("/")[0] in schema.PARTS)
