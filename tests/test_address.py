"""Packages tell where the project is, once that is known: nothing in them points beside a README that stands alone."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WORKFLOW = ROOT / ".github/workflows/wheels.yml"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What the script reads."""
    root = tmp_path / "checkout"
    for name in ("README.md", "pyproject.toml", "native/Cargo.toml", "scripts/addressed"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    for path in re.findall(r"\]\((?!\w+:)([^)#]+)", (ROOT / "README.md").read_text()):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()
    return root


def address(checkout: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(checkout / "scripts/addressed"), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_pictures_and_links_are_those_of_the_version_at_the_address(checkout: Path) -> None:
    links = len(re.findall(r"\]\((?!\w+:)", (checkout / "README.md").read_text()))
    assert address(checkout, "https://example.org/someone/codecorpus/").returncode == 0
    readme = (checkout / "README.md").read_text()
    version = tomllib.loads((ROOT / "native/Cargo.toml").read_text())["workspace"]["package"]["version"]
    base = "https://example.org/someone/codecorpus"
    assert links > 10 and not re.search(r"\]\((?!https://)", readme)
    assert readme.count(f"]({base}/") == links
    assert f"]({base}/raw/v{version}/docs/images/codecs.png)" in readme
    urls = tomllib.loads((checkout / "pyproject.toml").read_text())["project"]["urls"]
    assert set(urls) == {"Repository", "Documentation", "Changelog", "Issues"}
    assert all(url.startswith(base) for url in urls.values())


@pytest.mark.parametrize("words", [[], ["codecorpus"], ["http://example.org/a"], ["https://example.org/a b"]], ids=str)
def test_what_is_no_address_changes_nothing(checkout: Path, words: list[str]) -> None:
    before = (checkout / "README.md").read_text(), (checkout / "pyproject.toml").read_text()
    assert address(checkout, *words).returncode == 1
    assert before == ((checkout / "README.md").read_text(), (checkout / "pyproject.toml").read_text())


def test_addresses_are_told_once(checkout: Path) -> None:
    assert address(checkout, "https://example.org/someone/codecorpus").returncode == 0
    again = address(checkout, "https://example.org/someone/codecorpus")
    assert again.returncode == 1 and "already" in again.stderr


@pytest.mark.skipif(not WORKFLOW.exists(), reason="it stays with the repository")
def test_the_workflow_says_its_own_address_before_it_builds() -> None:
    workflow = WORKFLOW.read_text()
    told = workflow.index("scripts/addressed ${{ github.server_url }}/${{ github.repository }}")
    assert workflow.index("actions/checkout") < told < workflow.index("scripts/wheels\n")
