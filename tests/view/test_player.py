"""The page that plays: what it is packed from, and in a real Chromium that every control does what it says."""

from __future__ import annotations

import json
import re
import shutil
import zlib
from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from helpers.browser import CHROMIUM, Browser
from typer.testing import CliRunner

import codecorpus
from codecorpus.cli import app
from codecorpus.orientation import Orientation
from codecorpus.view.player import columns

HOSTILE = "<img src=x onerror=alert(1)><script>alert(2) & <b>one.mp4"
FRAMES = 16

TYPES = {"Uint8Array": "u1", "Int8Array": "i1", "Uint16Array": "<u2", "Int16Array": "<i2", "Uint32Array": "<u4"} | {
    "Int32Array": "<i4",
    "Float32Array": "<f4",
}


def unpacked(told: list[dict[str, Any]], data: bytes, rows: int, at: int = 0) -> dict[str, list[Any]]:
    """As the page's script reads columns."""
    found: dict[str, list[Any]] = {}
    for column in told:
        dtype = np.dtype(TYPES[column["type"]])
        planes = np.frombuffer(data, np.uint8, rows * dtype.itemsize, at).reshape(dtype.itemsize, rows)
        at += planes.size
        numbers = np.ascontiguousarray(planes.T).view(dtype)[:, 0]
        if column["steps"]:
            numbers = np.cumsum(numbers, dtype=dtype)
        if "words" in column:
            # Floats among them are as short as they are exact.
            words = [float(np.float32(word)) if isinstance(word, float) else word for word in column["words"]]
            found[column["name"]] = [words[at] for at in numbers]
        else:
            nothing = [at == column.get("nothing") or at != at for at in numbers]
            values = numbers.astype(np.float64) / column.get("fraction", 1)
            found[column["name"]] = [None if no else value for value, no in zip(values.tolist(), nothing, strict=True)]
    return found


def test_columns_come_back_exactly() -> None:
    rng = np.random.default_rng(0)
    table = pa.table(
        {
            "x": pa.array([0, 300, 16, 65535], pa.uint16()),
            "word": pa.array(["b", None, "a", "b"]).dictionary_encode(),
            "flag": [True, False, None, True],
            "small": pa.array([-3, None, 7, 0], pa.int16()),
            "large": pa.array([1 << 30, None, -5, 0], pa.int32()),
            "vector": pa.array([0.25, -8.125, None, 100.0], pa.float32()),
            "step": pa.array([0.1, 0.1, None, 7.3], pa.float32()),
            "energy": pa.array(rng.random(4) * 1e9, pa.float32()),
            "nothing": pa.array([None] * 4, pa.float32()),
        }
    )
    told, data = columns.pack(table)
    found = unpacked(told, data, 4)
    assert [column["name"] for column in told] == [name for name in table.column_names if name != "nothing"]
    for name, values in found.items():
        expected = table[name].to_pylist()
        assert values == expected, name


def test_many_values_are_sent_as_they_are() -> None:
    values = pa.array(np.random.default_rng(1).random(5000), pa.float32())
    told, data = columns.pack(pa.table({"energy": values}))
    assert told[0]["type"] == "Float32Array" and unpacked(told, data, 5000)["energy"] == values.to_pylist()


@pytest.fixture(scope="module")
def videos(bikes: Path, ffmpeg: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two encodes of sixteen frames, one of a name that is a script."""
    cut = ("-i", bikes, "-frames:v", FRAMES, "-vf", "crop=320:176")
    plain = ffmpeg(*cut, "-c:v", "libx264", "-preset", "veryfast", name="plain.mp4")
    other = ffmpeg(*cut, "-c:v", "libx265", "-preset", "veryfast", "-x265-params", "log-level=error", name="other.mp4")
    hostile = tmp_path_factory.mktemp("hostile") / HOSTILE
    shutil.copy(other, hostile)
    return [plain, hostile]


@pytest.fixture(scope="module")
def page(videos: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("page") / "page.html"
    arguments = ["view", *map(str, videos), "--layer", "motion+coding", "--frame", "5", "--out", str(out)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    return out


def described(page: Path) -> dict[str, Any]:
    found = re.search(r'<script id="page" type="application/json">(.*?)</script>', page.read_text(encoding="utf-8"))
    assert found
    told: dict[str, Any] = json.loads(found[1])
    return told


def test_the_page_has_every_row_of_its_frames(page: Path, videos: list[Path]) -> None:
    told = described(page)
    text = page.read_text(encoding="utf-8")
    for at, (encode, video) in enumerate(zip(told["encodes"], videos, strict=True)):
        found = re.search(rf'<script id="tables-{at}" type="text/plain">(.*?)</script>', text)
        assert found
        data = zlib.decompress(b64decode(found[1]))
        intrinsics = codecorpus.extract(video)
        for name in ("blocks", "motion"):
            own = encode["tables"][name]
            rows = unpacked(own["columns"], data, own["rows"], own["offset"])
            order = [(key, "ascending") for key in ("frame", "block", *(("part",) * (name == "motion")))]
            table = getattr(intrinsics, name).sort_by(order)
            assert own["rows"] == table.num_rows and len(own["starts"]) == FRAMES + 1
            for column in ("x", "y", "w", "h", "bits_residual", "mv0_x", "mv1_y", "dt0", "energy"):
                if column in rows:
                    assert rows[column] == table[column].to_pylist(), (name, column)
        assert len(encode["film"]["packets"]) == FRAMES


def test_transforms_tell_their_field(tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    assert CliRunner().invoke(app, ["view", "tests/data/mbaff_temporal_cabac.264", "--out", str(out)]).exit_code == 0
    tables = described(out)["encodes"][0]["tables"]
    assert all("field" in [column["name"] for column in own["columns"]] for own in tables.values())


def test_the_page_needs_nothing_else(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert "default-src 'none'" in text and not re.search(r'(src|href)="', text)
    assert "<img" not in text and "<script>alert" not in text


needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as one:
        yield one


@pytest.fixture
def opened(browser: Browser, page: Path) -> Iterator[Browser]:
    """The page, fresh; after the test nothing is on its console."""
    browser.complaints.clear()
    browser.resize(1280, 900)
    browser.open(page)
    yield browser
    assert browser.complaints == []


def picture(browser: Browser, at: int = 0) -> str:
    """What a pane shows, as a number that differs when it does."""
    browser.settle()
    found: str = browser.run(f"document.querySelectorAll('.panes canvas')[{at}].toDataURL()")
    return found


def frame(browser: Browser) -> int:
    browser.settle()
    return int(browser.text("#frame"))


@needs_chromium
def test_it_opens_at_the_frame_that_is_asked_for_with_its_layers(opened: Browser) -> None:
    assert frame(opened) == 5
    assert opened.run("[...document.querySelectorAll('#layers input:checked')].map((e) => e.name)") == [
        *("past", "future", "coding", "picture")
    ]
    assert "H.264" in opened.text("figcaption span") and "QP" in opened.text("figcaption span")


@needs_chromium
def test_names_are_never_read_as_html(opened: Browser) -> None:
    name = HOSTILE
    assert name in opened.text("#title") and opened.run("document.title").endswith(name)
    assert opened.run("document.querySelectorAll('figcaption b')[1].textContent") == name
    assert (
        opened.run(
            "document.querySelectorAll('#title *, .chip img, .chip script, figcaption img, figcaption script').length"
        )
        == 0
    )


@needs_chromium
def test_buttons_and_keys_step(opened: Browser) -> None:
    before = picture(opened)
    opened.click("#forward")
    opened.wait("document.getElementById('frame').textContent === '6'")
    assert picture(opened) != before
    for key, shift, there in (
        *(("ArrowRight", False, 7), ("ArrowLeft", False, 6), ("ArrowRight", True, 15), ("ArrowLeft", True, 5)),
        *(("Home", False, 0), ("ArrowLeft", False, 0), ("End", False, 15), ("ArrowRight", False, 15)),
    ):
        opened.press(key, shift)
        opened.wait(f"document.getElementById('frame').textContent === '{there}'")
    for button, there in (("#first", 0), ("#last", 15), ("#back", 14)):
        opened.click(button)
        opened.wait(f"document.getElementById('frame').textContent === '{there}'")


@needs_chromium
def test_it_plays_and_keys_go_on_after_clicks(opened: Browser) -> None:
    opened.click("#play")
    opened.wait("!['5', '6'].includes(document.getElementById('frame').textContent)")
    opened.press(" ")  # the button has the focus, and must not take the key for itself
    assert opened.run("document.getElementById('play').classList.contains('playing')") is False
    there = frame(opened)
    assert opened.run("document.querySelector('figcaption span').textContent === factsOf(page.all[0], state.index)")
    opened.click('#layers input[name="gain"]', 0.8)
    opened.press("Home")
    opened.wait("document.getElementById('frame').textContent === '0'")
    opened.click("summary")
    opened.press("ArrowRight")
    opened.wait("document.getElementById('frame').textContent === '1'")
    assert there < FRAMES


@needs_chromium
def test_after_the_last_frame_it_goes_on_with_the_first(opened: Browser) -> None:
    opened.press("Home")
    opened.wait("document.getElementById('frame').textContent === '0'")
    first = picture(opened)
    opened.press("End")
    opened.press("ArrowLeft")
    opened.press(" ")
    opened.wait("Number(document.getElementById('frame').textContent) < 5")
    opened.press(" ")
    opened.press("Home")
    opened.wait("document.getElementById('frame').textContent === '0'")
    assert picture(opened) == first


@needs_chromium
def test_pictures_of_any_size_are_of_the_same_frame(opened: Browser) -> None:
    """Smaller than the frame and larger: the mean of what is seen is that of the frame's colours."""
    for name in ("past", "future", "coding"):
        opened.click(f'#layers input[name="{name}"]')
    mean = """(() => {
      const canvas = document.querySelector(".panes canvas"), { width, height } = canvas;
      const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
      context.drawImage(canvas, 0, 0);
      const { data } = context.getImageData(0, 0, width, height);
      return [0, 1, 2].map((of) => data.filter((_, at) => at % 4 === of).reduce((a, b) => a + b, 0) / (width * height));
    })()"""
    picture(opened)
    seen = {opened.run("document.querySelector('.panes canvas').width"): opened.run(mean)}
    for width in (500, 300):
        opened.resize(width, 800)
        opened.settle()
        opened.wait("!state.stale")
        seen[opened.run("document.querySelector('.panes canvas').width")] = opened.run(mean)
    assert len(seen) == 3 and min(seen) < 320 < max(seen)
    least, most = np.min(list(seen.values()), axis=0), np.max(list(seen.values()), axis=0)
    assert (most - least).max() < 2.0 and least.min() > 20


@needs_chromium
@pytest.mark.parametrize("name", ["past", "future", "coding", "prediction", "transform", "picture"])
def test_each_layer_goes_on_and_off(opened: Browser, name: str) -> None:
    before = [picture(opened, at) for at in (0, 1)]
    opened.click(f'#layers input[name="{name}"]')
    assert [picture(opened, at) for at in (0, 1)] != before
    opened.click(f'#layers input[name="{name}"]')
    assert [picture(opened, at) for at in (0, 1)] == before


@needs_chromium
def test_every_colouring_is_drawn_with_what_it_means(opened: Browser) -> None:
    names = opened.run("[...document.querySelectorAll('#layers select option')].map((e) => e.value)")
    seen = set()
    for name in names:
        opened.choose("#layers select", name)
        seen.add(picture(opened, 1))
        assert bool(name) == bool(opened.run("document.querySelectorAll('#scale *').length")), name
    assert len(seen) == len(names) == 13
    opened.choose("#layers select", "")
    opened.press("l")
    assert opened.run("document.querySelector('#layers select').value") == names[1]


@needs_chromium
def test_a_click_on_a_block_tells_its_rows(opened: Browser, videos: list[Path]) -> None:
    intrinsics = codecorpus.extract(videos[0])
    opened.click(".panes canvas", 0.43, 0.42)
    told = opened.run("[...document.querySelectorAll('#block > div:first-child tr')].map((r) => r.innerText)")
    rows = {line.split("\t")[0].split("  ")[0].strip(): line.split("\t")[1:] for line in told}
    x, y = (int(part) for part in next(v for k, v in rows.items() if k.startswith("place"))[0].split(","))
    [row] = [
        one
        for one in intrinsics.blocks.to_pylist()
        if one["frame"] == 5
        and one["x"] <= 0.43 * 320 < one["x"] + one["w"]
        and one["y"] <= 0.42 * 176 < one["y"] + one["h"]
    ]
    assert (x, y) == (row["x"], row["y"])
    value = {name.split()[0]: cells[0] for name, cells in rows.items() if cells and "per sample" not in name}
    assert value["partition"] == row["partition"] and float(value["qp"]) == row["qp"]
    assert float(value["bits_residual"]) == pytest.approx(row["bits_residual"], rel=1e-4)
    opened.press("Escape")
    assert "Click a block" in opened.text("#block")


TOLD = """
  const told = (encode, [x, y, w, h], name) => {
    const [width, height] = encode.size;
    state.point = [(Math.min(x + w, width) - 1) / width, (Math.min(y + h, height) - 1) / height];
    inspect();
    const line = [...document.querySelectorAll("#block tr")].find((one) => one.innerText.startsWith(name));
    return line ? line.lastChild.innerText : null;
  };
"""
"""What a click on the last sample of a box tells."""


@needs_chromium
def test_bits_of_a_block_that_overhangs_are_those_of_its_visible_part(browser: Browser, tmp_path: Path) -> None:
    video, out = Path("tests/data/tiny.vp9.ivf"), tmp_path / "page.html"
    assert CliRunner().invoke(app, ["view", str(video), "--frame", "0", "--out", str(out)]).exit_code == 0
    browser.open(out)
    rows = browser.run(f"""(() => {{ {TOLD}
      const [encode] = page.all, bits = HEAT_VALUES.bits(encode), rows = [];
      encode.each(encode.blocks, 0, (row, ...box) => {{
        rows.push([...box, bits(row, ...box), Number(told(encode, box, "bits per sample"))]);
      }});
      return rows;
    }})()""")
    found = codecorpus.extract(video)
    grid = codecorpus.maps.compute(found.codec, found.tables, ("bits",), cell=4, frames=[0])[0, 0]
    right, bottom = found.size
    assert any(x + w > right or y + h > bottom for x, y, w, h, *_ in rows)
    for x, y, _, _, *told in rows:
        assert told == pytest.approx([grid[int(y) // 4, int(x) // 4]] * 2, rel=1e-4)


@needs_chromium
def test_motion_of_fields_is_told_in_samples_of_the_frame(browser: Browser, tmp_path: Path) -> None:
    video, out = Path("tests/data/fields_temporal.264"), tmp_path / "page.html"
    assert CliRunner().invoke(app, ["view", str(video), "--out", str(out)]).exit_code == 0
    browser.open(out)
    found = browser.run(f"""(() => {{ {TOLD}
      const [encode] = page.all, {{ motion }} = encode, distance = distances(encode), rows = [];
      for (state.index = 0; state.index < page.frames; state.index++) {{
        const place = encode.places[state.index];
        encode.each(motion, state.index, (row, ...box) => {{
          const [x, y] = box;
          const speed = HISTOGRAMS[2].bin(motion, row, place);
          const is_first = encode.under(motion, state.index, x + box[2] - 1, y + box[3] - 1).row === row;
          rows.push([distance(row), speed, is_first ? told(encode, box, "velocity0_y") : "under another"]);
        }});
      }}
      return rows.map((row) => row.map((value) => (Number.isNaN(value) ? null : value)));
    }})()""")
    order = [(name, "ascending") for name in ("frame", "block", "part")]
    rows = codecorpus.extract(video).motion.sort_by(order).to_pylist()
    assert len(found) == len(rows) and {0, 1} <= {row["dt0"] for row in rows}
    for row, (distance, speed, down) in zip(rows, found, strict=True):
        assert distance == min((abs(dt) for dt in (row["dt0"], row["dt1"]) if dt), default=None)
        if row["dt0"]:
            length = np.hypot(row["mv0_x"], 2 * row["mv0_y"]) / abs(row["dt0"])
            assert speed == (np.floor(np.log2(length)) + 4 if length >= 0.125 else 0)
            if down != "under another":
                assert float(down) == pytest.approx(2 * row["mv0_y"] / row["dt0"], rel=1e-4)
    assert sum(down not in ("under another", None, "0") for *_, down in found) > 20


@needs_chromium
def test_zoom_and_pan_are_shared(opened: Browser) -> None:
    whole = [picture(opened, at) for at in (0, 1)]
    opened.press("+")
    assert opened.text("#zoom") == "150 %"
    near = [picture(opened, at) for at in (0, 1)]
    at = opened.place(".panes canvas")
    opened.mouse("mousePressed", at, buttons=1, clickCount=1)
    opened.mouse("mouseMoved", (at[0] + 40, at[1] + 20), buttons=1)
    opened.mouse("mouseReleased", (at[0] + 40, at[1] + 20), clickCount=1)
    moved = [picture(opened, at) for at in (0, 1)]
    assert all(len({a, b, c}) == 3 for a, b, c in zip(whole, near, moved, strict=True))
    assert "Click a block" in opened.text("#block")  # dragging chooses nothing
    opened.mouse("mouseWheel", at, deltaX=0, deltaY=-200)
    opened.settle()
    assert int(opened.text("#zoom").split()[0]) > 150
    opened.click("#fit")
    assert [picture(opened, at) for at in (0, 1)] == whole


@needs_chromium
def test_a_wipe_puts_one_over_the_other(opened: Browser) -> None:
    opened.press("w")
    assert opened.run("document.querySelectorAll('.panes canvas').length") == 1
    half = picture(opened)
    facts = opened.run("[...document.querySelectorAll('figcaption span')].map((e) => e.textContent)")
    assert ["H.264" in facts[0], "HEVC" in facts[1]] == [True, True]
    at, to = opened.place(".panes canvas", 0.5), opened.place(".panes canvas", 0.2)
    opened.mouse("mousePressed", at, buttons=1, clickCount=1)
    opened.mouse("mouseMoved", to, buttons=1)
    opened.mouse("mouseReleased", to, clickCount=1)
    assert picture(opened) != half
    opened.choose("#mode", "beside")
    assert opened.run("document.querySelectorAll('.panes canvas').length") == 2


@needs_chromium
def test_encodes_are_shown_and_hidden_but_for_the_last(opened: Browser) -> None:
    opened.click(".chip input")
    assert opened.run("document.querySelectorAll('.panes canvas').length") == 1
    assert opened.run("document.querySelectorAll('#timelines canvas').length") == 1
    opened.run("document.querySelectorAll('.chip input')[1].click()")
    assert opened.run("document.querySelectorAll('.panes canvas').length") == 1


@needs_chromium
def test_a_click_on_the_timeline_goes_there(opened: Browser) -> None:
    opened.click("#timelines canvas", 10.5 / FRAMES)
    opened.wait("document.getElementById('frame').textContent === '10'")
    assert opened.text("#hint").startswith("frame 10 ·") and "residual" in opened.text("#hint")
    places = opened.run("""[...document.querySelectorAll("#timelines .line")].map((line) => {
      const [all, cursor] = [line.firstChild, line.lastChild].map((e) => e.getBoundingClientRect());
      return [(cursor.left - all.left) / all.width, (cursor.right - all.left) / all.width];
    })""")
    assert np.allclose(places, [[10 / FRAMES, 11 / FRAMES]] * 2, atol=1e-3)


@needs_chromium
def test_references_and_histograms_are_of_the_frame(opened: Browser) -> None:
    assert "Share of the predicted area: frame" in opened.text("#references")
    before = opened.run("document.getElementById('histograms').innerHTML")
    opened.press("Home")
    opened.wait("document.getElementById('references').textContent.includes('refers to nothing')")
    assert opened.run("document.getElementById('histograms').innerHTML") != before
    opened.press("ArrowRight")
    opened.wait("document.getElementById('references').textContent.includes('Share')")
    opened.run("[...document.querySelectorAll('#references .node')].find((e) => e.textContent.includes('frame 0'))"
               ".dispatchEvent(new Event('click'))")  # fmt: skip
    opened.wait("document.getElementById('frame').textContent === '0'")


@needs_chromium
def test_a_narrow_page_needs_no_sideways_scrolling(opened: Browser) -> None:
    opened.resize(390, 800, mobile=True)
    opened.settle()
    assert opened.run("document.documentElement.scrollWidth") <= 390
    assert opened.run("Math.min(...[...document.querySelectorAll('.panes canvas')].map((e) => e.clientWidth))") > 340


def seen(browser: Browser, columns: int, rows: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The mean colours of a pane, [3, rows, columns]."""
    picture(browser)
    browser.wait("!state.stale")
    colours = browser.run(f"""(() => {{
      const canvas = document.querySelector(".panes canvas");
      const context = new OffscreenCanvas({columns}, {rows}).getContext("2d", {{ willReadFrequently: true }});
      context.imageSmoothingQuality = "high";
      context.drawImage(canvas, 0, 0, {columns}, {rows});
      return [...context.getImageData(0, 0, {columns}, {rows}).data];
    }})()""")
    return np.moveaxis(np.array(colours, np.float64).reshape(rows, columns, 4)[..., :3], 2, 0)


def shows(layers: tuple[str, ...], colouring: str, browser: Browser) -> None:
    """Put on these layers and no other."""
    for name in ("past", "future", "coding", "prediction", "transform", "picture"):
        if browser.run(f"document.querySelector('#layers input[name=\"{name}\"]').checked") != (name in layers):
            browser.click(f'#layers input[name="{name}"]')
    browser.choose("#layers select", colouring)


LOOKS = ((("picture",), ""), ((), "bits"), (("past", "future", "coding"), "qstep"))
COARSE = (40, 22)


@pytest.fixture(scope="module")
def untouched(videos: list[Path], browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """What a page of the video that is not turned looks like."""
    out = tmp_path_factory.mktemp("untouched") / "page.html"
    assert CliRunner().invoke(app, ["view", str(videos[0]), "--frame", "5", "--out", str(out)]).exit_code == 0
    browser.resize(1280, 900)
    browser.open(out)
    return [shows(*look, browser) or seen(browser, *COARSE) for look in LOOKS]


@needs_chromium
@pytest.mark.parametrize(
    ("display", "orientation"),
    [
        (("-display_rotation", -90), Orientation(90)),
        (("-display_rotation", 180), Orientation(180)),
        (("-display_rotation", -90, "-display_hflip"), Orientation(270, is_mirrored=True)),
    ],
)
def test_pictures_and_what_is_drawn_on_them_turn_as_players_turn_them(
    display: tuple[str | int, ...],
    orientation: Orientation,
    videos: list[Path],
    untouched: list[Any],
    ffmpeg: Callable[..., Path],
    browser: Browser,
    tmp_path: Path,
) -> None:
    video = ffmpeg(*display, "-i", videos[0], "-c", "copy", name=f"turned-{orientation.rotation}.mp4")
    out = tmp_path / "page.html"
    assert CliRunner().invoke(app, ["view", str(video), "--frame", "5", "--out", str(out)]).exit_code == 0
    browser.resize(1280, 900)
    browser.open(out)
    columns, rows = COARSE if orientation.rotation % 180 == 0 else COARSE[::-1]
    every = [Orientation(rotation, mirrored) for rotation in (0, 90, 180, 270) for mirrored in (False, True)]
    for look, plain in zip(LOOKS, untouched, strict=True):
        shows(*look, browser)
        found = seen(browser, columns, rows)
        ways = {way: way.turned(plain) for way in every}
        far = {way: np.abs(found - grid).mean() for way, grid in ways.items() if grid.shape == found.shape}
        assert min(far, key=lambda way: far[way]) == orientation, (look, far)
        assert far[orientation] < 4, look

    # Where each sample of the coded frame is seen, and with it the block that a click there means.
    places = orientation.turned(np.stack(np.meshgrid(np.arange(320), np.arange(176))))
    blocks = [row for row in codecorpus.extract(video).blocks.to_pylist() if row["frame"] == 5]
    for across, down in ((0.21, 0.13), (0.83, 0.34), (0.44, 0.91)):
        x, y = places[:, int(down * places.shape[1]), int(across * places.shape[2])]
        [row] = [b for b in blocks if b["x"] <= x < b["x"] + b["w"] and b["y"] <= y < b["y"] + b["h"]]
        browser.click(".panes canvas", across, down)
        [place] = browser.run(
            "[...document.querySelectorAll('#block > div:first-child tr')].filter((r) => "
            "r.innerText.startsWith('place')).map((r) => r.lastChild.innerText)"
        )
        assert place == f"{row['x']}, {row['y']}"

    arguments = ["view", str(video), "--no-rotate", "--out", str(out)]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    assert described(out)["encodes"][0]["turn"] == {"quarters": 0, "is_mirrored": False}


@needs_chromium
def test_native_qp_has_a_scale_for_each_codec_that_is_seen(opened: Browser) -> None:
    opened.choose("#layers select", "qp")
    told = "[...document.querySelectorAll('#scale p')].map((e) => e.textContent)"
    assert opened.run(told) == ["H.264 QP, the codec's own scale", "HEVC QP, the codec's own scale"]
    opened.click(".chip input")
    assert opened.run(told) == ["HEVC QP, the codec's own scale"]
