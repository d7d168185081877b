"""The page of a whole corpus."""

from __future__ import annotations

import io
import re
from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers import written
from helpers.browser import CHROMIUM, Browser
from PIL import Image
from typer.testing import CliRunner

from codecorpus.cli import app
from codecorpus.codecs import CODECS
from codecorpus.corpus.layout import Chunk
from codecorpus.view import report as view_report


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Two clips in two encodes; of one encode nothing was kept, and one stream failed."""
    root = tmp_path / "corpus"
    good = written.read(written.B_FRAMES)
    failed = written.Stream(error="<script>it</script> broke")
    streams = {"kept": {"one-000": good, "two-000": failed}, "lost": {"one-000": replace(good, kept=None)}}
    written.write(root, {Chunk(0, 0): streams})
    return root


def report(corpus: Path, out: Path, *options: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["view", str(corpus), "--report", "--out", str(out), *options])
    return result.exit_code, result.output


def test_a_report_has_clips_encodes_and_what_failed(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    code, told = report(corpus, out)
    assert code == 0 and told.startswith(f"{out}: ")
    page = out.read_text(encoding="utf-8")
    assert page.count("data:image/webp;base64,") == 1  # the other clip has no pixels
    assert "&lt;script&gt;it&lt;/script&gt; broke" in page and "<script" not in page
    for name in ("one-000", "two-000", "kept", "lost"):
        assert f">{name}<" in page or f"{name}</td>" in page
    bars = [float(width) for width in re.findall(r"<rect x='[0-9.]+' width='([0-9.]+)'", page)]
    assert sum(bars) == pytest.approx(200, abs=0.5)  # two encodes of one rate


def test_thumbnails_are_of_the_first_clips_that_have_pixels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view_report, "MOST_CLIPS", 2)
    root, out = tmp_path / "corpus", tmp_path / "report.html"
    kept = written.read(written.B_FRAMES)
    clips = {"a-000": replace(kept, kept=None), "b-000": kept, "c-000": kept, "d-000": kept}
    written.write(root, {Chunk(0, 0): {"x": clips}})
    assert report(root, out)[0] == 0
    figures = out.read_text(encoding="utf-8").split("<h2>Clips</h2>")[1].split("<figure>")[1:]
    assert ["data:image" in figure for figure in figures] == [False, True, True, False]
    assert ["no pixels kept" in figure for figure in figures] == [True, False, False, False]


def test_an_encode_has_a_row_for_each_codec(tmp_path: Path) -> None:
    root, out = tmp_path / "corpus", tmp_path / "report.html"
    written.extracted(root)
    assert report(root, out)[0] == 0
    page = out.read_text(encoding="utf-8")
    rows = re.findall(r">source</td><td>([^<]+)</td><td>(\d+)</td><td>(\d+)<", page)
    counts: dict[str, list[int]] = {}
    for stream in (one.intrinsics for streams in written.EXTRACTED.values() for one in streams.values()):
        if stream is not None:
            title = CODECS[stream.codec].title
            streams, frames = counts.get(title, [0, 0])
            counts[title] = [streams + 1, frames + len(stream.frames["frame"].drop_null().unique())]
    assert {codec: [int(streams), int(frames)] for codec, streams, frames in rows} == counts and len(counts) == 3
    assert "through 1 encodes" in page


def thumbnails(page: Path) -> list[np.ndarray]:
    """By width and height, RGB."""
    found = re.findall("data:image/webp;base64,([^']+)", page.read_text(encoding="utf-8"))
    return [np.asarray(Image.open(io.BytesIO(b64decode(one))).convert("RGB"), np.float64) for one in found]


@pytest.mark.parametrize("display", [("-display_rotation", -90), ("-display_rotation", 180, "-display_hflip")])
def test_thumbnails_turn_as_players_turn_the_clip(
    display: tuple[str | int, ...], bikes: Path, ffmpeg: Callable[..., Path], tmp_path: Path
) -> None:
    plain = ffmpeg("-i", bikes, "-frames:v", 4, "-vf", "crop=160:96", "-c:v", "libx264", name="plain.mp4")
    video = ffmpeg(*display, "-i", plain, "-c", "copy", name=f"turned-{len(display)}.mp4")
    root, out = tmp_path / "corpus", tmp_path / "report.html"
    assert CliRunner().invoke(app, ["extract", str(video), "--out", str(root)]).exit_code == 0
    assert report(root, out)[0] == 0
    [shown] = thumbnails(out)
    assert report(root, out, "--no-rotate")[0] == 0
    [coded] = thumbnails(out)
    assert coded.shape == (96, 160, 3)
    # What FFmpeg does for who decodes the file.
    expected = np.asarray(Image.open(ffmpeg("-i", video, "-vf", "select=eq(n\\,2)", "-frames:v", 1, name="seen.png")))
    assert shown.shape == expected.shape and np.abs(shown - expected).mean() < 4
    assert shown.shape != coded.shape or np.abs(shown - coded).mean() > 15


def test_a_report_is_of_one_corpus(corpus: Path, tmp_path: Path) -> None:
    code, told = report(Path("tests/data/pcm.hevc"), tmp_path / "x.html")
    assert code == 2 and "it is of one corpus" in " ".join(told.replace("│", " ").split())
    assert report(corpus, tmp_path / "x.png")[0] == 2


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
def test_a_report_opens_without_a_complaint_and_fits_a_narrow_page(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    assert report(corpus, out)[0] == 0
    with Browser(390, 800) as browser:
        browser.call("Page.navigate", url=out.as_uri())
        browser.wait("document.querySelector('.clips img')?.naturalWidth > 0")
        assert browser.run("document.documentElement.scrollWidth") <= 390
        assert browser.complaints == []
