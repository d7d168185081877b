"""A corpus that was damaged is told to be: which file, clip and picture, and what is wrong."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from helpers import written
from helpers.corpora import Builder
from helpers.written import ENCODES
from typer.testing import CliRunner

import codecorpus
from codecorpus import schema
from codecorpus.cli import app
from codecorpus.corpus import asked, head, layout, manifest, products, rows
from codecorpus.corpus.head import Head
from codecorpus.corpus.layout import CLIPS, Chunk
from codecorpus.corpus.manifest import Marker
from codecorpus.corpus.rows import ClipRow, StreamRow
from codecorpus.corpus.store import LocalStore
from codecorpus.corpus.verify import verify
from codecorpus.corpus.writer import SETTINGS, part_file
from codecorpus.recipe import load, parse
from codecorpus.run import run as running
from codecorpus.run.request import Build, Shard
from codecorpus.run.status import look

A, B = ENCODES
FIRST, SECOND = written.CLIPS
ONE, TWO = written.CLIPS[FIRST]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("verify") / "corpus"
    written.built(root)
    return root


@pytest.fixture
def corpus(whole: Path, tmp_path: Path) -> Path:
    """A copy, to be damaged."""
    return shutil.copytree(whole, tmp_path / "corpus")


def told(corpus: Path | str) -> list[str]:
    return [str(problem) for problem in verify(str(corpus)).problems]


def part(table: str, encode: str = A, chunk: Chunk = FIRST) -> str:
    return layout.part(table, "hevc", encode, chunk)


def rewrite(
    corpus: Path, table: str, change: Callable[[pa.Table], pa.Table], most: int | None = None, encode: str = A
) -> str:
    """Writes a part anew, and has its marker tell of it as it is then: only what it says is wrong."""
    path = corpus / part(table, encode)
    changed = change(pq.read_table(path))
    with pq.ParquetWriter(path, schema.PARTS[table], **SETTINGS) as writer:
        for clip in dict.fromkeys(changed["clip"].to_pylist()):
            own = changed.filter(pa.compute.equal(changed["clip"], clip)).cast(schema.PARTS[table])
            writer.write_table(own, row_group_size=most or own.num_rows)
    file = {part(table, encode): part_file(path, changed.num_rows)}
    written.mark_again(LocalStore(corpus), FIRST, encode, file)
    return part(table, encode)


def tell_otherwise(corpus: Path, name: str, what: str, kind: Any, change: Callable[[list[Any]], list[Any]]) -> None:
    """Writes a part of bookkeeping anew, and has its marker tell of it as it is then."""
    known = rows.from_bytes(kind, (corpus / name).read_bytes())
    data = rows.to_bytes(kind, change(known))
    (corpus / name).write_bytes(data)
    written.mark_again(LocalStore(corpus), FIRST, what, {name: rows.file_of(data, len(change(known)))})


def with_column(rows: pa.Table, column: str, change: Callable[[list[Any]], None]) -> pa.Table:
    values = rows[column].to_pylist()
    change(values)
    at = rows.schema.get_field_index(column)
    return rows.set_column(at, rows.schema.field(at), pa.array(values, rows.schema.field(at).type))


def put(column: str, row: int, value: Any) -> Callable[[pa.Table], pa.Table]:
    """A change of one cell; `value` may be made of what stands there."""

    def change(values: list[Any]) -> None:
        values[row] = value(values[row]) if callable(value) else value

    return lambda rows: with_column(rows, column, change)


def test_a_whole_corpus_is_told_to_be(whole: Path) -> None:
    report = verify(str(whole))
    assert report.problems == []
    assert (report.streams, report.failed, report.damaged, report.pictures) == (6, 0, 0, 54)


def test_streams_that_failed_are_no_problem(tmp_path: Path) -> None:
    written.extracted(tmp_path, written.ALL)
    report = verify(str(tmp_path))
    assert report.problems == []
    assert (report.streams, report.failed, report.pictures) == (6, 2, 18)


def test_damaged_streams_are_no_problem_and_told(tmp_path: Path) -> None:
    stream = written.Stream(written.damaged(written.B_FRAMES, 2))
    written.write(tmp_path, {FIRST: {"source": {ONE: stream}}}, written.ALL, command="extract")
    report = verify(str(tmp_path))
    assert report.problems == []
    assert (report.streams, report.damaged, report.pictures, report.lost) == (1, 1, 9, 1)


def test_what_refers_to_a_damaged_picture_is_not_complete(tmp_path: Path) -> None:
    intrinsics = written.damaged(written.B_FRAMES, 2)
    at = intrinsics.frames.schema.get_field_index("complete")
    lies = intrinsics.frames.set_column(at, "complete", pa.array([True] * 9))
    stream = written.Stream(codecorpus.Intrinsics("hevc", {**intrinsics.tables, "frames": lies}))
    written.write(tmp_path, {FIRST: {"source": {ONE: stream}}}, written.ALL, command="extract")
    (problem,) = told(tmp_path)
    assert problem.endswith(": ref0 is damaged, yet the picture is told to be complete")


def test_every_small_stream_is_consistent(tmp_path: Path) -> None:
    """Fields, lost references, overhanging blocks, spatial layers, every chroma format."""
    names = [path.name for path in sorted(written.DATA.iterdir()) if path.suffix not in (".md", ".json")]
    streams = {f"{name}-000": written.read(name) for name in names}
    written.write(tmp_path, {FIRST: {"source": streams}}, written.ALL, command="extract")
    report = verify(str(tmp_path))
    assert report.problems == []
    assert report.streams == len(names) > 30


def test_a_corpus_is_looked_through_where_it_lies(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    far = fsspec.filesystem("memory")
    far.put(str(whole), "/verified", recursive=True)
    assert verify("memory://verified").problems == []
    far.rm(f"/verified/{layout.clips(FIRST)}")
    assert told("memory://verified") == [f"{layout.clips(FIRST)}: the file is not there"]
    far.rm("/verified", recursive=True)
    monkeypatch.chdir(whole.parent)
    assert verify("corpus/").problems == []


def test_clips_of_one_name_are_told(corpus: Path) -> None:
    tell_otherwise(
        corpus,
        layout.clips(FIRST),
        CLIPS,
        ClipRow,
        lambda told: [told[0], replace(told[1], clip="three-000")],
    )
    reason = f"chunk {FIRST} has a clip of that name too; make it anew, into another folder"
    assert any(problem.startswith(f"{layout.clips(SECOND)}, three-000: {reason}") for problem in told(corpus))


def test_what_is_planned_and_not_made_is_told(corpus: Path) -> None:
    store = LocalStore(corpus)
    store.remove(layout.marker(SECOND, B))
    gone = [entry.name for entry in store.list() if f"{SECOND}" in entry.name and f"/{B}/" in entry.name]
    for name in [*gone, layout.bitstream(B, "three-000")]:
        store.remove(name)
    assert told(corpus) == [f"manifest: 1 of 2 chunks through {B} is not made yet; run codecorpus build again"]
    store.remove(layout.plan_marker(0))
    assert told(corpus)[0] == "manifest/plans: 1 of 1 groups are not planned yet; run codecorpus build again"


def test_a_table_that_is_not_made_of_all_chunks_is_told(corpus: Path) -> None:
    store = LocalStore(corpus)
    name = layout.marker(SECOND, B)
    (marker,) = manifest.made(store, SECOND, B).markers
    (lost,) = [part for part in marker.files if part.startswith("transforms/")]
    files = {name: file for name, file in marker.files.items() if name != lost}
    made = {product: settings for product, settings in marker.products.items() if product != "transforms"}
    store.remove(lost)
    store.put(name, replace(marker, products=made, files=files).to_bytes())
    reason = f"transforms of 1 of 2 chunks through {B} are not made yet; run codecorpus build again"
    assert told(corpus) == [f"manifest: {reason}"]


def extract(corpus: Path, *words: str) -> None:
    result = CliRunner().invoke(app, ["extract", *words, "--out", str(corpus), "--executor", "inline"])
    assert result.exit_code == 0, result.output


def test_what_was_not_asked_for_of_new_files_is_a_note(tmp_path: Path) -> None:
    first, second = (str(written.DATA / name) for name in (written.B_FRAMES, written.INTRA))
    extract(tmp_path, first)
    extract(tmp_path, first, second, "--tables", "frames,motion")
    report = verify(str(tmp_path))
    assert (report.problems, report.notes) == (
        [],
        ["blocks of 1 of 2 chunks through source are not there: codecorpus extract makes them if asked for them"],
    )
    result = CliRunner().invoke(app, ["verify", str(tmp_path), "--json"])
    assert result.exit_code == 0
    note, end = map(json.loads, result.stdout.splitlines())
    assert note == {"event": "note", "note": report.notes[0]} and end["problems"] == 0
    result = CliRunner().invoke(app, ["verify", str(tmp_path)])
    assert result.exit_code == 0 and f"note: {report.notes[0]}" in result.output
    assert look(str(tmp_path)).by_encode == {"source": (2, 0, 0, 0)}
    (tmp_path / layout.marker(Chunk(1, 0), layout.SOURCE)).unlink()
    assert "manifest: 1 of 2 chunks through source is not made yet; run codecorpus extract again" in told(tmp_path)
    extract(tmp_path, first)
    report = verify(str(tmp_path))
    assert report.problems == [] and report.notes == []


SMALL = """
sources: [{sources}]
clips: {{length: 2, limit: 1, size: 96x64}}
tables: [frames]
encodes: [{{encoder: libx264, preset: ultrafast, crf: [{rates}]}}]
"""


def test_an_encode_that_is_not_asked_for_any_more_is_a_note(build: Builder, tmp_path: Path) -> None:
    build(tmp_path, SMALL.format(sources="sample://bikes", rates="30, 40"))
    build(tmp_path, SMALL.format(sources="sample://bikes, sample://carphone", rates="30"))
    lacks = "1 of 2 chunks through x264-ultrafast-crf40 is not there: codecorpus build makes them if asked for them"
    report = verify(str(tmp_path))
    assert (report.problems, report.notes) == ([], [lacks])
    status = look(str(tmp_path))
    assert status.chunks_done == 2 and {counts[3] for counts in status.by_encode.values()} == {0}
    (tmp_path / layout.marker(Chunk(1, 0), "x264-ultrafast-crf30")).unlink()
    lacks = "manifest: 1 of 2 chunks through x264-ultrafast-crf30 is not made yet; run codecorpus build again"
    assert lacks in told(tmp_path) and look(str(tmp_path)).by_encode["x264-ultrafast-crf30"][3] == 1


EXTENDED = "maps: {cell: 16}\nquality: [psnr]\nkeep: {clips: lossless}\n"


def test_what_is_asked_for_is_done_once_it_is_there_of_every_chunk(build: Builder, tmp_path: Path) -> None:
    sources = "sample://bikes, sample://carphone"
    build(tmp_path, SMALL.format(sources=sources, rates="30"))
    text = SMALL.format(sources=sources, rates="30").replace("[frames]", "[frames, blocks, motion]") + EXTENDED
    build(tmp_path, text, shard=Shard(0, 2))
    status = look(str(tmp_path))
    assert (status.chunks, status.chunks_done) == (2, 1)
    assert status.by_encode == {"x264-ultrafast-crf30": (1, 0, 0, 1)}
    lacks = [problem.partition(" of 1 of 2 chunks")[0].removeprefix("manifest: ") for problem in told(tmp_path)]
    assert lacks == ["pixels-lossless", "blocks", "maps-16", "motion", "psnr of frames"]
    build(tmp_path, text, shard=Shard(1, 2))
    status = look(str(tmp_path))
    assert told(tmp_path) == [] and status.chunks_done == 2
    assert status.by_encode == {"x264-ultrafast-crf30": (2, 0, 0, 0)}


@pytest.mark.parametrize(
    ("before", "after", "lacks"),
    [
        ("", "quality: [psnr]\n", ["psnr of frames"]),
        ("quality: [psnr]\n", "quality: [psnr, ssim]\n", ["ssim of frames"]),
        ("maps: {channels: [qstep]}\n", "maps: {channels: [qstep, bits]}\n", ["bits of maps-16"]),
    ],
)
def test_what_is_measured_of_some_chunks_alone_is_told(
    before: str, after: str, lacks: list[str], build: Builder, tmp_path: Path
) -> None:
    text = SMALL.format(sources="sample://bikes, sample://carphone", rates="30").replace("[frames]", "[frames, blocks]")
    build(tmp_path, text + before)
    assert look(str(tmp_path)).chunks_done == 2 and told(tmp_path) == []
    build(tmp_path, text + after, shard=Shard(0, 2))
    of = "of 1 of 2 chunks through x264-ultrafast-crf30 are not made yet; run codecorpus build again"
    assert told(tmp_path) == [f"manifest: {lack} {of}" for lack in lacks]
    assert look(str(tmp_path)).by_encode == {"x264-ultrafast-crf30": (1, 0, 0, 1)}
    build(tmp_path, text + before)
    assert look(str(tmp_path)).by_encode == {"x264-ultrafast-crf30": (2, 0, 0, 0)}
    of = of.replace("made yet; run codecorpus build again", "there: codecorpus build makes them if asked for them")
    report = verify(str(tmp_path))
    assert report.problems == [] and report.notes == [f"{lack} {of}" for lack in lacks]


def test_what_is_asked_for_and_of_no_chunk_is_told(build: Builder, tmp_path: Path) -> None:
    text = SMALL.format(sources="sample://bikes", rates="30")
    build(tmp_path, text)
    head.begin(LocalStore(tmp_path), Build(parse(f"{text}quality: [ssim]\n", "small"), "", "").head)
    lack = "ssim of frames of 1 of 1 chunks through x264-ultrafast-crf30 are not made yet; run codecorpus build again"
    assert f"manifest: {lack}" in told(tmp_path)
    assert look(str(tmp_path)).chunks_done == 0


def test_an_encode_that_is_asked_for_and_not_begun_is_told(build: Builder, tmp_path: Path) -> None:
    """By a run that ended right behind the corpus' head."""
    build(tmp_path, SMALL.format(sources="sample://bikes", rates="30"))
    more = Build(parse(SMALL.format(sources="sample://bikes", rates="30, 40"), "small"), "", "")
    running.begin(LocalStore(tmp_path), more)
    lack = "1 of 1 chunks through x264-ultrafast-crf40 is not made yet; run codecorpus build again"
    assert told(tmp_path) == [f"manifest: {lack}"]
    status = look(str(tmp_path))
    assert status.chunks_done == 0 and status.by_encode["x264-ultrafast-crf40"] == (0, 0, 0, 1)


def again(known: Head) -> Head:
    """As it is read from its file."""
    body = json.loads(known.to_bytes())
    return Head(body["name"], body["command"], body["settings"], body["recipe"])


@pytest.mark.parametrize("path", sorted(Path("recipes").glob("*.yaml")), ids=lambda path: path.stem)
def test_a_head_tells_what_was_asked_for(path: Path) -> None:
    request = Build(load(path, trust=True), "corpus", "ffmpeg", keep_streams=True)
    known = asked.of(again(request.head))
    assert known.encodes == {layout.SOURCE if encode is None else encode.name for encode in request.encodes}
    made = {name for encode in request.encodes for name in products.each(request.products(encode))}
    assert known.products == made - {"bitstreams"}
    assert known.clips == {*products.each(request.clip_products)}


def test_files_that_later_ones_stand_for_are_told(corpus: Path) -> None:
    store = LocalStore(corpus)
    (marker,) = manifest.made(store, FIRST, A).markers
    old, new = layout.streams(A, FIRST), layout.streams(A, FIRST, 1)
    shutil.copy(corpus / old, corpus / new)
    later = replace(marker, products={}, files={new: marker.files[old]}, replaces=(old,), number=1)
    store.put(later.name, later.to_bytes())
    assert told(corpus) == [f"{old}: later files stand for it; run its build or extraction again, which removes it"]
    store.remove(old)
    assert told(corpus) == []


def test_a_bitstream_that_was_not_read_is_told(corpus: Path) -> None:
    def change(known: list[StreamRow]) -> list[StreamRow]:
        return [replace(row, sha256="0" * 64) if row.clip == TWO else row for row in known]

    tell_otherwise(corpus, layout.streams(A, FIRST), A, StreamRow, change)
    assert told(corpus) == [
        f"{layout.bitstream(A, TWO)}, {TWO}: it is not the stream that was read: streams tells of another SHA-256"
    ]


BLOCK = "blocks, one-000, picture 0: "
MOTION = "motion, one-000, picture 1: "

OTHER = "frames: its rows are of another encode or codec"

CHANGES: list[tuple[str, Callable[[pa.Table], pa.Table], str]] = [
    ("frames", put("bytes", 3, lambda n: n + 1), "frames, one-000: 9 pictures, 9 frames, "),
    *(
        ("frames", put(f"bits_{name}", 3, lambda n: n + 1), "frames, one-000, picture 3: bits sum to ")
        for name in ("header", "mode", "motion", "residual")
    ),
    ("frames", put("frame", 3, 12), "frames, one-000: its frames are not 0 to 8, each once"),
    ("frames", put("pts", 3, 7), "one-000: its frames are not the instants that they are in "),
    ("frames", put("time", 3, 0.5), "one-000: its frames are not the instants that they are in "),
    ("frames", put("key", 3, True), "one-000: its key frames are not those of "),
    ("frames", put("error", 3, "lost"), "frames, one-000: 9 pictures, 9 frames, "),
    ("frames", lambda rows: rows.slice(1), "frames, one-000: 8 pictures, 9 frames, "),
    ("frames", lambda rows: rows.take([1, 0, *range(2, 18)]), "frames, one-000, picture 0: rows are not in order"),
    ("frames", put("encode", 3, B), "the file is damaged (row group 0 is of several encodes or codecs)"),
    ("frames", lambda rows: with_column(rows, "encode", lambda own: own.__setitem__(slice(None), [B] * 18)), OTHER),
    ("blocks", put("x", 1, 32), BLOCK + "no block covers the 8 x 8 samples at (16, 0)"),
    ("blocks", put("w", 0, 32), BLOCK + "2 blocks cover the 8 x 8 samples at (16, 0)"),
    ("blocks", put("y", 53, 144), "lies outside"),
    ("blocks", put("bits_mode", 0, lambda n: n + 1), BLOCK + "bits_mode of its blocks sum to "),
    ("blocks", put("block", 5, 6), BLOCK + "its blocks are not numbered from 0, one by one"),
    ("blocks", put("frame", 5, 1), BLOCK + "frame is not that of frames"),
    ("blocks", lambda rows: rows.slice(54), BLOCK + "it has no blocks"),
    ("blocks", lambda rows: rows.take([*range(54, 303), *range(54)]), "picture 0: rows are not in order"),
    ("motion", put("w", 0, 8), MOTION + "partitions do not fill the inter blocks, and them alone"),
    ("motion", put("x", 0, 200), MOTION + "a partition lies outside its block"),
    ("motion", put("block", 0, 99), MOTION + "rows of a block that blocks does not have"),
    ("motion", put("ref0", 0, 5), MOTION + "ref0 is coded later"),
    ("motion", put("dt0", 0, -1), MOTION + "dt0 is not the distance from frame to that of ref0"),
    ("motion", put("frame", 0, 7), MOTION + "frame is not that of frames"),
    ("transforms", put("coefs", 0, lambda n: n + 1), "transforms, one-000, picture 0: coefficients are not those"),
    ("transforms", put("block", 0, 99), "transforms, one-000, picture 0: rows of a block that blocks does not"),
    ("transforms", lambda rows: rows.slice(1), "transforms, one-000, picture 0: coefficients are not those"),
    ("maps", put("shape", 4, [1, 2, 3]), "maps, one-000: frame 4: 1120 bytes are no grid of [1, 2, 3]"),
    ("maps", lambda rows: rows.slice(1), "maps, one-000: 8 grids for 9 frames, in cells of 16"),
    ("maps", put("cell", 0, 8), "maps, one-000: 8 grids for 9 frames, in cells of 16"),
]


@pytest.mark.parametrize(("table", "change", "wanted"), CHANGES, ids=[f"{c[0]}-{i}" for i, c in enumerate(CHANGES)])
def test_what_does_not_agree_is_told(
    corpus: Path, table: str, change: Callable[[pa.Table], pa.Table], wanted: str
) -> None:
    file = rewrite(corpus, table, change)
    problems = [problem.replace(file, table) for problem in told(corpus)]
    assert any(wanted in problem for problem in problems), problems


def test_clips_that_were_to_be_kept_and_are_not_are_told(corpus: Path) -> None:
    marker = Marker(FIRST, CLIPS, {products.pixels("lossless"): {}}, {}, number=1)
    LocalStore(corpus).put_once(marker.name, marker.to_bytes())
    reason = "it was to be kept, and no marker tells of it"
    assert {f"{layout.pixels('lossless', clip)}, {clip}: {reason}" for clip in (ONE, TWO)} <= {*told(corpus)}


def test_a_damaged_picture_has_no_bits_to_sum_and_no_blocks(corpus: Path) -> None:
    def damaged(rows: pa.Table) -> pa.Table:
        rows = put("error", 3, "mb_type: out of range")(rows)
        for column in ("bits_header", "bits_mode", "bits_motion", "bits_residual"):
            rows = put(column, 3, None)(rows)
        return rows

    rewrite(corpus, "frames", damaged)
    assert [problem for problem in told(corpus) if "bits sum" in problem] == []
    assert any(problem.endswith("picture 3: a damaged picture has blocks") for problem in told(corpus))


def test_a_picture_in_two_row_groups_is_told(corpus: Path) -> None:
    file = rewrite(corpus, "blocks", lambda rows: rows, most=30)
    first = f"{file}, {ONE}, picture 0"
    assert any(p.startswith(first) and p.endswith("more than one row group holds its rows") for p in told(corpus))


def test_one_kind_of_problem_is_told_once_a_file(corpus: Path) -> None:
    def later(frames: list[int]) -> None:
        frames[:] = [frame + 1 for frame in frames]

    file = rewrite(corpus, "blocks", lambda rows: with_column(rows, "frame", later), encode=B)
    assert told(corpus) == [f"{file}, {ONE}, picture 0 and 17 more: frame is not that of frames"]


def test_a_stream_that_streams_does_not_know_is_told(corpus: Path) -> None:
    tell_otherwise(corpus, layout.streams(A, FIRST), A, StreamRow, lambda known: known[1:])
    problems = told(corpus)
    assert f"{layout.streams(A, FIRST)}, {ONE}: there is no row of it" in problems
    assert f"{part('frames')}, {ONE}: streams tells of no such stream" in problems


def test_a_clip_that_clips_does_not_know_is_told(corpus: Path) -> None:
    tell_otherwise(corpus, layout.clips(FIRST), CLIPS, ClipRow, lambda known: known[1:])
    assert f"{layout.streams(A, FIRST)}, {ONE}: clips tells of no such clip" in told(corpus)


def test_the_command_lists_problems_and_exits_1(corpus: Path) -> None:
    command = ["verify", str(corpus)]
    result = CliRunner().invoke(app, command)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"{corpus}: 6 streams, 54 pictures: whole and consistent\n"
    (corpus / part("motion")).unlink()
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [f"{part('motion')}: the file is not there"]
    first, *_, last = map(json.loads, CliRunner().invoke(app, [*command, "--json"]).stdout.splitlines())
    assert first["file"] == part("motion") and first["reason"] == "the file is not there"
    assert (last["event"], last["streams"], last["problems"]) == ("end", 6, 1)


def test_the_command_tells_of_damage_and_failure(tmp_path: Path) -> None:
    stream = written.Stream(written.damaged(written.B_FRAMES, 2))
    streams = {ONE: stream, TWO: written.Stream(error="no video")}
    written.write(tmp_path, {FIRST: {"source": streams}}, command="extract")
    result = CliRunner().invoke(app, ["verify", str(tmp_path)])
    assert (result.exit_code, result.stdout) == (0, "")
    wanted = "2 streams, 9 pictures; 1 stream failed when it was made; 1 stream is damaged, 1 picture lost"
    assert result.stderr == f"{tmp_path}: {wanted}: whole and consistent\n"


def test_what_is_no_corpus_exits_2(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["verify", str(tmp_path)])
    assert (result.exit_code, result.stderr) == (2, f"error: {tmp_path}: no corpus here\n")


def test_open_gops_have_keys_where_each_encoder_puts_them(build: Builder, bikes: Path, tmp_path: Path) -> None:
    encodes = "[{encoder: mpeg4, params: {bf: 2}}, {encoder: mpeg4}, {encoder: libx264, preset: ultrafast}]"
    text = f"sources: [{bikes}]\nclips: {{length: 30, limit: 1, size: 96x64}}\ngop: {{length: 12, closed: CLOSED}}\n"
    for closed in ("true", "false"):
        root = tmp_path / closed
        assert build(root, text.replace("CLOSED", closed) + f"encodes: {encodes}").failures == ()
        assert verify(str(root)).problems == []
