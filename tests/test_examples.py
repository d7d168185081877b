"""The examples run, and say what the docs say."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


def example(name: str) -> ModuleType:
    specification = importlib.util.spec_from_file_location(name, Path("examples") / f"{name}.py")
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_shots_are_found_with_no_pixel_decoded(capsys: pytest.CaptureFixture[str]) -> None:
    assert example("shots_and_motion").main(["--check"]) == [0, 30, 76, 137, 187, 242]
    told = capsys.readouterr().out.splitlines()
    assert len(told) == 8 and told[1].startswith("   0 to   29")


def test_maps_help_a_model_as_the_docs_say(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'codecorpus[torch]'")
    scores = example("next_energy").main(["--corpus", str(tmp_path / "c")])
    assert list(scores) == ["types alone", "pixels", "codec maps", "pixels and codec maps"]
    assert 0 < scores["types alone"] < scores["pixels"] < scores["pixels and codec maps"] < 1
    docs = Path("docs/training.md").read_text(encoding="utf-8")
    rows = [line.split() for line in capsys.readouterr().out.splitlines()[2:]]
    assert len(rows) == 7 and rows[-1][0] == "mean"
    for row in rows:
        assert f"| {' | '.join(row)} |" in docs
