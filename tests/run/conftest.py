"""Corpora built from small recipes."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.corpora import SMALL, Builder

from codecorpus import recipe
from codecorpus.encode import ffmpeg
from codecorpus.run.local import Build, Summary


@pytest.fixture
def build() -> Builder:
    """Builds a recipe's text into a folder."""

    def run(root: Path, text: str = SMALL, **options: object) -> Summary:
        return Build(recipe.parse(text, "small"), root, ffmpeg.find(), **options).run()  # type: ignore[arg-type]

    return run
