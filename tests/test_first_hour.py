"""The first hour, lived through: every command and line of the page, which the notebook has too."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

NOTEBOOK = Path("docs/first-hour.ipynb")


def test_the_notebook_is_as_the_page_is() -> None:
    printed = subprocess.run([sys.executable, "scripts/notebook"], capture_output=True, check=True, text=True).stdout
    assert NOTEBOOK.read_text(encoding="utf-8") == printed, "scripts/notebook > docs/first-hour.ipynb"


def test_every_line_of_it_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    monkeypatch.chdir(tmp_path)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    names: dict[str, object] = {}
    for cell in cells:
        code = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            continue
        if code.startswith("%%sh\n"):
            command = ["sh", "-e", "-c", code.removeprefix("%%sh\n")]
            done = subprocess.run(
                command, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, f"{code}\n{done.stdout}{done.stderr}"
        else:
            exec(compile(code, "first-hour.md", "exec"), names)
    for file in ("first.html", "report.html", "first.png"):
        assert (tmp_path / file).stat().st_size > 1000
