"""Overlays: that every layer is drawn where its blocks are, and that what cannot be drawn is told."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from helpers.streams import Picture, block, busy, stream, vector
from PIL import Image
from typer.testing import CliRunner

from codecorpus.cli import app
from codecorpus.errors import CodecorpusError
from codecorpus.extracting import extract
from codecorpus.orientation import Orientation
from codecorpus.view import colour, draw, layers, legend, movie, page, scale
from codecorpus.view.draw import Style
from codecorpus.view.player.write import TABLES
from codecorpus.view.shot import Shot, shot
from codecorpus.view.subject import from_corpus, from_video, from_videos, pages

GREY = np.full((48, 64, 3), 128, np.uint8)


def one(*blocks: dict[str, object], motion: tuple[dict[str, object], ...] = ()) -> Shot:
    return shot("av1", "one", stream([Picture(0, blocks, motion)]).tables, 0, GREY)


def colours(image: Image.Image) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    return np.asarray(image).astype(np.int64)


@pytest.mark.parametrize("layer", [*layers.LAYERS, "picture"])
@pytest.mark.parametrize("frame", [0, 3, 99])
def test_every_layer_is_drawn_on_every_frame(layer: str, frame: int) -> None:
    if layer == "transform":
        pytest.skip("made-up streams have no transforms")
    taken = shot("av1", "made up", busy().tables, frame, GREY)
    panels = (layers.parse(layer), layers.parse("motion+coding"))
    whole = page.page([taken], panels, page.fit_style([taken], panels, 3.0))
    assert whole.width >= 2 * 192 and whole.width % 2 == whole.height % 2 == 0


@pytest.fixture
def joined(ffmpeg: Callable[..., Path], bikes: Path, tmp_path: Path) -> Path:
    """Ten frames of MPEG-2. Where the size of its pictures changes, FFmpeg loses the one that it still holds."""
    joined = tmp_path / "joined.ts"
    for size in ("64x48", "96x64"):
        part = ffmpeg("-i", bikes, "-frames:v", 5, "-s", size, "-c:v", "mpeg2video", "-bf", 0, name=f"{size}.ts")
        joined.write_bytes((joined.read_bytes() if joined.exists() else b"") + part.read_bytes())
    return joined


@pytest.mark.parametrize("tables", [("frames", "blocks", "motion"), TABLES])
@pytest.mark.parametrize("is_corpus", [False, True])
def test_a_frame_that_a_decoder_leaves_out_moves_no_other(
    tables: tuple[str, ...], is_corpus: bool, joined: Path, tmp_path: Path
) -> None:
    with ExitStack() as held:
        if is_corpus:
            corpus = str(tmp_path / "corpus")
            assert CliRunner().invoke(app, ["extract", str(joined), "--out", corpus]).exit_code == 0
            [subject] = held.enter_context(from_corpus(corpus, None, [], tables)).subjects
        else:
            subject = from_video(joined, tables)
        assert subject.intrinsics.frames["width"].to_pylist() == [64] * 5 + [96] * 5
        found = list(subject.shots(range(10)))
        assert [one.row and one.row["frame"] for one in found] == list(range(10))
        assert [one.size[0] for one in found] == [64] * 4 + [96] * 6
        assert [len(np.unique(one.pixels)) == 1 for one in found] == [at == 4 for at in range(10)], "grey, if none is"
        assert len(list(pages([subject], [("coding",)], range(10)))) == 10
        with pytest.raises(CodecorpusError, match="its frame 4 cannot be decoded"):
            list(pages([subject], [("coding",)], range(4, 5)))


@pytest.mark.parametrize("where", ["", "local://"], ids=["here", "far"])
def test_a_source_is_drawn_on_where_it_is_the_file_that_was_read(
    where: str, ffmpeg: Callable[..., Path], bikes: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CODECORPUS_CACHE", str(tmp_path / "cache"))
    short = ("-i", bikes, "-frames:v", 3, "-s", "96x64", "-c:v", "libx264", "-preset", "ultrafast")
    first, other = ffmpeg(*short, name="first.mp4"), ffmpeg(*short, "-crf", 40, name="other.mp4")
    source, corpus = tmp_path / "clip.mp4", tmp_path / "corpus"
    report, page = tmp_path / "report.html", tmp_path / "view.png"
    shutil.copy(first, source)
    run = CliRunner().invoke
    assert run(app, ["extract", f"{where}{source}", "--out", str(corpus)]).exit_code == 0
    for is_there in (True, False):
        found = run(app, ["view", str(corpus), "--frame", "1", "--out", str(page)])
        assert (found.exit_code == 0) == page.exists() == is_there, found.output
        assert is_there or "it is not the file that it was" in found.output
        assert run(app, ["view", str(corpus), "--report", "--out", str(report)]).exit_code == 0
        has_thumbnail = "data:image/webp" in report.read_text(encoding="utf-8")
        assert has_thumbnail == (is_there and not where), "what is far is not fetched for that"
        page.unlink(missing_ok=True)
        shutil.copy(other, source)
        shutil.rmtree(tmp_path / "cache", ignore_errors=True)


def test_a_video_is_as_large_as_its_decoder_shows_it() -> None:
    """Its pictures are coded narrower, and stretched by superres."""
    path = Path(__file__).parents[1] / "data" / "superres_10.obu"
    assert from_videos([str(path)], ("frames",)).subtitle == "96x64"


def test_a_heat_layer_colours_its_blocks() -> None:
    taken = one(block(0, 0, 32, 48, bits_mode=2000.0), block(32, 0, 32, 48, bits_mode=100.0))
    style = page.fit_style([taken], [("bits",)], 1.0)
    image = colours(draw.panel(taken, ("bits",), style))
    assert image[24, 8].sum() > image[24, 56].sum() + 100
    assert np.abs(image[10, 10] - image[40, 20]).max() <= 2


def test_borders_are_drawn_where_blocks_meet() -> None:
    taken = one(block(0, 0, 32, 48), block(32, 0, 32, 48))
    image = colours(draw.panel(taken, ("coding",), Style(4.0)))
    assert image[100, 127:130].sum(axis=1).max() > image[100, 64].sum() + 60


def test_an_arrow_points_to_its_reference_in_its_colour() -> None:
    moving = vector(0, 0, 64, 48, dt0=2, mv0_x=-32.0, mv0_y=0.0)
    image = colours(draw.panel(one(block(0, 0, 64, 48), motion=(moving,)), ("motion",), Style(4.0)))
    like_past = np.abs(image - np.array(colour.PAST)).sum(axis=2) < 60
    columns = np.flatnonzero(like_past.any(axis=0))
    assert 60 <= columns.min() <= 70 and 120 <= columns.max() <= 134


def test_an_arrow_of_a_field_goes_over_lines_of_the_frame() -> None:
    moving = vector(0, 0, 64, 24, field=1, dt0=1, mv0_x=0.0, mv0_y=8.0)
    image = colours(draw.panel(one(block(0, 0, 64, 48), motion=(moving,)), ("motion",), Style(4.0)))
    rows = np.flatnonzero((np.abs(image - np.array(colour.PAST)).sum(axis=2) < 60).any(axis=1))
    assert 60 <= rows.max() - rows.min() <= 66, "16 lines, four samples each"


@pytest.mark.parametrize("name", ["fields_temporal.264", "mbaff_temporal_cabac.264"])
def test_transforms_of_fields_lie_in_their_blocks(name: str) -> None:
    found = extract(Path("tests/data") / name, tables=("frames", "blocks", "transforms"))
    interlaced = 0
    for frame in range(found.frames.num_rows):
        taken = shot(found.codec, name, found.tables, frame, GREY)
        transforms, blocks = taken.tables["transforms"], taken.tables["blocks"]
        is_luma, at = transforms["plane"].to_numpy() == 0, transforms["block"].to_numpy()
        inner, outer = taken.rectangles("transforms")[is_luma], taken.rectangles("blocks")[at[is_luma]]
        assert (inner[:, :2] >= outer[:, :2]).all() and (inner[:, 2:] <= outer[:, 2:]).all()
        interlaced += np.count_nonzero(blocks["field"].to_numpy()[at[is_luma]])
    assert interlaced > 50


def test_a_turned_picture_is_the_same_picture_turned() -> None:
    moving = vector(0, 0, 64, 48, dt0=2, mv0_x=-32.0, mv0_y=0.0)
    taken = one(block(0, 0, 32, 48, bits_mode=900.0), block(32, 0, 32, 48), motion=(moving,))
    turned = replace(taken, orientation=Orientation(90, is_mirrored=True))
    layers = ("bits", "coding", "motion")
    style = page.fit_style([taken], [layers], 4.0)
    plain, seen = (colours(draw.panel(shot, layers, style)) for shot in (taken, turned))
    assert seen.shape == (256, 192, 3)
    np.testing.assert_array_equal(seen, np.rot90(plain[:, ::-1], -1))
    assert page.page([turned], [layers], style).height > page.page([taken], [layers], style).height


def test_a_colour_of_flow_is_a_direction_as_it_is_seen() -> None:
    def middle(orientation: Orientation, x: float, y: float) -> list[int]:
        moving = vector(0, 0, 64, 48, dt0=1, mv0_x=x, mv0_y=y)
        taken = replace(one(block(0, 0, 64, 48), motion=(moving,)), orientation=orientation)
        return colours(draw.panel(taken, ("flow",), Style(1.0)))[24, 24].tolist()

    assert middle(Orientation(90), 8.0, 0.0) == middle(Orientation(), 0.0, 8.0) != middle(Orientation(), 8.0, 0.0)


def test_kinds_of_prediction() -> None:
    blocks = [block(0), block(16, skip=True), block(32, prediction="intra"), block(48, prediction="palette")]
    motion = (vector(0, dt0=1, dt1=-1, block=0), vector(16, dt0=-3, block=1))
    assert list(draw.kinds(one(*blocks, motion=motion))) == [
        ("both", False),
        ("future", True),
        ("intra", False),
        ("screen", False),
    ]


def test_encodes_of_different_sizes_stand_side_by_side() -> None:
    small = one(block(0, 0, 64, 48))
    large = shot(
        "h264",
        "large",
        stream([Picture(0, [block()], width=128, height=96)], "h264").tables,
        0,
        GREY.repeat(2, 0).repeat(2, 1),
    )
    panels = (("coding",), ("qstep",))
    whole = page.page([small, large], panels, page.fit_style([small, large], panels, 2.0))
    assert 4 * 128 < whole.width < 4 * 128 + 50


def test_scales_have_round_ticks_inside_their_range() -> None:
    bits = scale.fit(layers.HEATS["bits"], [np.geomspace(0.005, 3, 1000).astype(np.float32)])
    assert bits.ticks() == [0.01, 0.1, 1.0]
    qstep = scale.fit(layers.HEATS["qstep"], [np.full((4, 4), 8, np.float32)])
    assert qstep.low < 8 < qstep.high and len(qstep.ticks()) >= 2
    for low, high in ((-9, -9), (-3, -1), (-1, 1), (0, 0), (1, 2), (-12, 40)):  # QP of many bits goes below 0
        qp = scale.fit(layers.HEATS["qp"], [np.array([low, high], np.float32).repeat(500)])
        assert min(low, 0) <= qp.low <= low and max(high, qp.low + 2) <= qp.high and len(qp.ticks()) >= 2
    nothing = scale.fit(layers.HEATS["bits"], [np.full((4, 4), np.nan, np.float32)])
    assert nothing.colours(np.full((1, 1), np.nan, np.float32)).sum() == 0


def test_native_qp_has_a_scale_for_each_codec() -> None:
    """AV1's qindex of 200 is not four times an H.264 QP of 50: each is coloured on its own scale, and told below."""
    pairs = {"av1": (100, 200), "h264": (20, 40)}
    shots = [
        shot(
            codec,
            codec,
            stream([Picture(0, [block(0, 0, 32, 48, qp=a), block(32, 0, 32, 48, qp=b)])], codec).tables,
            0,
            GREY,
        )
        for codec, (a, b) in pairs.items()
    ]
    style = page.fit_style(shots, [("qp",)], 1.0)
    assert {codec: (one.low, one.high, one.heat.title) for codec, one in style.scales["qp"].items()} == {
        "av1": (100, 200, "AV1 qindex"),
        "h264": (20, 40, "H.264 QP"),
    }
    av1, h264 = (colours(draw.panel(one, ("qp",), style)) for one in shots)
    np.testing.assert_array_equal(av1, h264)
    assert (av1[24, 8] != av1[24, 56]).any()
    assert (
        len(legend.strips(("qp",), style, 400, 12)) == 2
        and len(legend.strips(("qp",), page.fit_style(shots[:1], [("qp",)], 1.0), 400, 12)) == 1
    )
    assert len(legend.strips(("bits",), page.fit_style(shots, [("bits",)], 1.0), 400, 12)) == 1


def test_layers_that_hide_each_other_are_refused() -> None:
    assert layers.parse("motion+coding+bits") == ("bits", "coding", "motion")
    with pytest.raises(ValueError, match="no layer 'heat'"):
        layers.parse("heat")
    with pytest.raises(ValueError, match="bits and energy"):
        layers.parse("bits+energy")


def test_a_movie_has_its_pages(tmp_path: Path) -> None:
    pages = [Image.new("RGB", (64, 48), (at * 20, 0, 0)) for at in range(5)]
    assert movie.write(tmp_path / "m.mp4", pages, Fraction(10)) == 5
    with av.open(str(tmp_path / "m.mp4")) as container:
        assert sum(1 for _ in container.decode(video=0)) == 5
    with pytest.raises(CodecorpusError, match="no frame"):
        movie.write(tmp_path / "none.mp4", [], Fraction(10))
    assert [path.name for path in tmp_path.iterdir()] == ["m.mp4"]
