"""Corpora built from small recipes."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.corpora import SMALL, Builder

from codecorpus import recipe
from codecorpus.encode import ffmpeg
from codecorpus.run.executors.inline import Inline
from codecorpus.run.request import Build, Shard
from codecorpus.run.run import Executor, Run, Summary

WHOLE = Shard()


@pytest.fixture
def build() -> Builder:
    """Builds a recipe's text into a folder."""

    def run(
        root: Path,
        text: str = SMALL,
        *,
        shard: Shard = WHOLE,
        executor: Executor | None = None,
        tell: object = None,
        **options: object,
    ) -> Summary:
        request = Build(recipe.parse(text, "small"), str(root), ffmpeg.find().path, **options)  # type: ignore[arg-type]
        return Run(request, executor or Inline(2), shard, tell or (lambda event: None)).run()  # type: ignore[arg-type]

    return run
