"""Does importance mean the same in all codecs? A sample's ranks, by statistics of the others, codec against codec.

`python -m benchmarks.importance` prints the tables of docs/one-scale.md. What ranks a sample was counted over the other
samples alone, encode by encode, so that nothing is compared that was counted.
"""

from __future__ import annotations

import itertools
import tempfile
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any, Final

import numpy as np

import codecorpus
from benchmarks.one_scale import over_time, spearman
from codecorpus import recipe
from codecorpus.corpus import statistics
from codecorpus.corpus.ranks import Spread
from codecorpus.encode import ffmpeg
from codecorpus.run.executors.inline import Inline
from codecorpus.run.request import Build
from codecorpus.run.run import Run

Array = np.ndarray[Any, np.dtype[np.float32]]

SAMPLES: Final = ("bikes", "carphone", "bigbuckbunny")
RECIPE: Final = """
sources: [sample://SAMPLE]
clips: {length: 48, remainder: drop, size: 320x176}
gop: {length: 48}
encodes:
  - {encoder: libx264, preset: medium, crf: 27}
  - {encoder: libx265, preset: medium, crf: 28}
  - {encoder: libsvtav1, preset: 8, crf: 41}
  - {encoder: libvpx-vp9, preset: 4, crf: 40}
"""
CHANNELS: Final = ("bits", "energy", "qstep")
CELL: Final = 16
GROUP: Final = 16
"""Frames whose mean is compared too: encoders pay for the same surprise in different frames of a pyramid."""
TOP: Final = 0.9

Spreads = dict[str, dict[str, Spread]]
"""How an encode's channels are spread over a sample, by encode and channel."""


def build(root: Path, sample: str) -> codecorpus.Corpus:
    request = Build(recipe.parse(RECIPE.replace("SAMPLE", sample), sample), str(root), ffmpeg.find().path)
    Run(request, Inline(2), tell=lambda event: None).run()
    return codecorpus.open(root)


def importance(corpus: codecorpus.Corpus, encode: str, counted: dict[str, Spread]) -> Array:
    """Ranks of all clips through an encode, [clips, frames, channels, rows, columns]."""
    clips = [corpus.maps(clip, encode, channels=CHANNELS, cell=CELL) for clip in corpus.clips["clip"].to_pylist()]
    ranked = [counted[channel].rank(np.stack(clips)[:, :, at]) for at, channel in enumerate(CHANNELS)]
    return np.stack(ranked, axis=2)


def grouped(maps: Array) -> Array:
    """Means over groups of frames, of [clips, frames, rows, columns]."""
    clips, frames, *grid = maps.shape
    return np.stack([over_time(group) for group in maps.reshape(clips * frames // GROUP, GROUP, *grid)])


def alike(one: Array, other: Array) -> tuple[float, float, float, float]:
    """Rank correlation of cells, of groups' means; mean difference; of one's top tenth, the share in the other's."""
    both = np.isfinite(one) & np.isfinite(other)
    top = both & (one >= TOP)
    shared = float((other[top] >= TOP).mean()) if top.any() else float("nan")
    return spearman(one, other), spearman(grouped(one), grouped(other)), float(np.abs(one - other)[both].mean()), shared


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        corpora = {sample: build(Path(folder) / sample, sample) for sample in SAMPLES}
        told = {name: statistics.gather(corpus.path, CELL).statistics for name, corpus in corpora.items()}
        spreads = {name: {one.summary.encode: one.spreads for one in own} for name, own in told.items()}
        ranks: dict[str, dict[str, Array]] = {}
        for sample, corpus in corpora.items():
            others = [spreads[name] for name in SAMPLES if name != sample]
            ranks[sample] = {}
            for encode in corpus.encodes["encode"].to_pylist():
                counted = {name: reduce(add, (one[encode][name] for one in others)) for name in CHANNELS}
                ranks[sample][encode] = importance(corpus, encode, counted)
    for at, channel in enumerate(CHANNELS):
        print(f"\n**{channel}_importance**\n\n| pair | {' | '.join(SAMPLES)} |\n| --- |" + " --- |" * len(SAMPLES))
        for one, other in itertools.combinations(ranks[SAMPLES[0]], 2):
            cells = [alike(own[one][:, :, at], own[other][:, :, at]) for own in ranks.values()]
            print(f"| {one}, {other} | " + " | ".join(", ".join(f"{n:.2f}" for n in cell) for cell in cells) + " |")
    print(f"\n| cells of {TOP} and more | {' | '.join(SAMPLES)} |\n| --- |" + " --- |" * len(SAMPLES))
    for encode in ranks[SAMPLES[0]]:
        shares = [
            ", ".join(f"{(own[encode][:, :, at] >= TOP).mean():.0%}" for at in range(len(CHANNELS)))
            for own in ranks.values()
        ]
        print(f"| {encode} ({', '.join(CHANNELS)}) | " + " | ".join(shares) + " |")


if __name__ == "__main__":
    main()
