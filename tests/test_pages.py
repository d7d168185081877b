"""Every command and every line of Python of the README and of the pages runs, on a small corpus that has their names.

docs/first-hour.md and docs/clusters.md have tests of their own.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
import yaml
from helpers.corpora import Builder

from codecorpus import recipe
from codecorpus.corpus import statistics

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
ELSEWHERE = ("first-hour.md", "clusters.md")
FAR = ("scripts/", "pip install", "git ", "twine ")
"""What begins with these installs, publishes, or is the test run itself."""

CORPUS = """
sources: [{uri: "sample://bikes", start: 8s, end: 9s}]
gop: {length: 12}
encodes:
  - {encoder: libx264, preset: fast, tune: [film, psnr], crf: 23}
  - {encoder: libx264, preset: medium, crf: 26}
  - {encoder: libx265, preset: medium, crf: 27}
maps: {cell: 16}
"""


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def commands() -> list[str]:
    found = []
    for page in PAGES:
        if page.name not in ELSEWHERE:
            lines = [line.split("  #")[0].strip() for block in blocks(page, "sh") for line in block.splitlines()]
            found += [line for line in lines if line and not line.startswith(FAR)]
    return found


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, ffmpeg: Callable[..., Path], bikes: Path) -> Path:
    """A folder that has what the pages name."""
    root = tmp_path_factory.mktemp("pages")
    cut = ("-ss", "8", "-i", bikes, "-frames:v", "12", "-an")
    encoders = {"h264": "libx264", "hevc": "libx265", "av1": "libsvtav1"}
    for name, encoder in encoders.items():
        made = ffmpeg(*cut, "-c:v", encoder, "-preset", "8" if name == "av1" else "ultrafast", name=f"{name}.mp4")
        (root / f"{name}.mp4").symlink_to(made)
    (root / "clip.mp4").symlink_to(root / "h264.mp4")
    film = ffmpeg("-i", root / "h264.mp4", "-c", "copy", name="film.mkv")
    (root / "film.mkv").symlink_to(film)
    (root / "archive").mkdir()
    (root / "archive" / "one.mp4").symlink_to(root / "hevc.mp4")
    return root


@pytest.fixture(scope="module")
def corpus(place: Path) -> Path:
    return place / "corpus"


@pytest.fixture
def there(place: Path, corpus: Path, build: Builder, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder with its corpus, as the working folder."""
    if not corpus.exists():
        build(corpus, CORPUS, keep_streams=True)
        statistics.write(str(corpus), 16, statistics.gather(str(corpus), 16), None)
    monkeypatch.chdir(place)
    return place


@pytest.mark.parametrize("line", commands())
def test_every_command_runs(line: str, there: Path) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path}
    done = subprocess.run(["sh", "-c", line], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", [page for page in PAGES if page.name not in ELSEWHERE and blocks(page, "python")])
def test_every_line_of_python_runs(page: Path, there: Path) -> None:
    code = "\n".join(blocks(page, "python")).replace("s3://bucket/corpus", "corpus/")
    if "torch" in code:
        pytest.importorskip("torch.nn", reason="PyTorch is not installed: pip install 'codecorpus[torch]'")
    exec(compile(code, page.name, "exec"), {"__name__": page.name})


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "sql")])
def test_every_query_runs(page: Path, there: Path) -> None:
    for query in blocks(page, "sql"):
        assert duckdb.sql(query).fetchall()


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "clusters.md" and blocks(page, "yaml")])
def test_every_recipe_is_one(page: Path) -> None:
    for text in blocks(page, "yaml"):
        assert yaml.safe_load(text)
        recipe.parse(text)
