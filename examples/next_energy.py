"""Does an encoder's judgement help a model? A small one predicts where the next frame's residual energy will be.

    python examples/next_energy.py [--corpus FOLDER]

Builds a corpus of the sample clips (minutes the first time), then fits the same linear model several times: on pixels
(means, spreads and differences of the samples in a cell and the eight around it, in this frame and the one before), on
codec maps of this frame, and on both. What is predicted is log(1 + energy) of the next frame, cell by cell. Each clip
is held out in turn; the share of its variance that is explained is printed, whatever it is.

All are told the types of this picture and the next, as whoever has the recipe knows them: a part of the variance is
between I, P and B pictures, and would else be noise to all. What types explain by themselves is printed too.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import unfold

import codecorpus
from codecorpus import recipe
from codecorpus.encode import ffmpeg
from codecorpus.run.executors.inline import Inline
from codecorpus.run.request import Build
from codecorpus.run.run import Run
from codecorpus.torch import ClipDataset

RECIPE = """
sources: [sample://bikes, sample://bigbuckbunny]
clips: {length: LENGTH, limit: LIMIT, remainder: drop, size: 320x176}
gop: {length: 48}
encodes:
  - {encoder: libx264, preset: veryfast, crf: 26}
maps: {cell: 16}
keep: clips
"""

CELL = 16
CODEC = ("velocity_past_x", "velocity_past_y", "velocity_past_mask", "bits", "energy", "skip", "intra", "qstep")


def build(root: Path, length: int, limit: int) -> codecorpus.Corpus:
    """The corpus, unless it is there."""
    text = RECIPE.replace("LENGTH", str(length)).replace("LIMIT", str(limit))
    request = Build(recipe.parse(text, "next-energy"), str(root), ffmpeg.find().path)
    Run(request, Inline(2), tell=lambda event: None).run()
    return codecorpus.open(root)


def cells(pixels: torch.Tensor) -> torch.Tensor:
    """Mean and spread of grey in each cell of [T, 3, H, W], as [T, 2, h, w]."""
    grey = pixels.float().mean(dim=1) / 255
    count, height, width = grey.shape
    own = grey.reshape(count, height // CELL, CELL, width // CELL, CELL).permute(0, 1, 3, 2, 4).flatten(3)
    return torch.stack([own.mean(-1), own.std(-1)], dim=1)


INPUTS = {
    "types alone": (),
    "pixels": ("seen",),
    "codec maps": ("judged",),
    "pixels and codec maps": ("seen", "judged"),
}
RIDGE = 1e-3
"""Weight of the weights, a sample: what is hardly ever seen decides little."""

Clip = dict[str, torch.Tensor]
"""Of every cell of a clip: what is `seen`, what the codec `judged`, the `types` of pictures, and the `target`."""


def around(grids: torch.Tensor) -> torch.Tensor:
    """The channels of each cell and the eight around it, [cells, 9 * channels], of [T, channels, h, w]."""
    return unfold(grids, 3, padding=1).transpose(1, 2).flatten(0, 1)


def examples(corpus: codecorpus.Corpus, dataset: ClipDataset) -> dict[str, Clip]:
    """Those of every clip, of the frames that have one before and one behind."""
    found = {}
    energy = dataset.channels.index("energy")
    for sample in dataset:
        pixels = cells(sample["pixels"])
        seen = torch.cat([pixels[1:-1], pixels[:-2], (pixels[1:-1] - pixels[:-2]).abs()], dim=1)
        maps = sample["maps"][0]
        judged = (torch.sign(maps) * torch.log1p(maps.abs()))[1:-1]
        target = torch.log1p(maps[2:, energy])
        frames = corpus.frames(sample["clip"], sample["encode"][0], columns=["frame", "type"])
        type_of = dict(zip(frames["frame"].to_pylist(), frames["type"].cast("string").to_pylist(), strict=True))
        types = [type_of[frame] for frame in sample["frames"].tolist()]
        kinds = [(after == "I", after == "B", now == "B") for now, after in pairwise(types[1:])]
        clip = {"seen": around(seen), "judged": around(judged), "target": target.flatten()}
        clip["types"] = torch.tensor(kinds).repeat_interleave(target[0].numel(), dim=0)
        found[sample["clip"]] = {name: values.double() for name, values in clip.items()}
    return found


def inputs(clip: Clip, names: Sequence[str]) -> torch.Tensor:
    return torch.cat([clip[name] for name in (*names, "types")], dim=1)


def fitted(clips: Sequence[Clip], names: Sequence[str]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Means and spreads of the inputs, and the weights of them and of one."""
    given, target = torch.cat([inputs(clip, names) for clip in clips]), torch.cat([clip["target"] for clip in clips])
    mean, spread = given.mean(dim=0), given.std(dim=0) + 1e-6
    rows = torch.cat([(given - mean) / spread, torch.ones(len(given), 1)], dim=1)
    square = rows.T @ rows + RIDGE * len(rows) * torch.eye(rows.shape[1])
    return mean, spread, torch.linalg.solve(square, rows.T @ target)


def explained(predicted: torch.Tensor, target: torch.Tensor) -> float:
    """Share of the variance that is explained; 0 is what the mean reaches, 1 is all."""
    return float(1 - ((predicted - target) ** 2).sum() / ((target - target.mean()) ** 2).sum())


def score(held: Clip, others: Sequence[Clip], names: Sequence[str]) -> float:
    """What a model that has learned from the others explains of the one that is held out."""
    mean, spread, weights = fitted(others, names)
    return explained(((inputs(held, names) - mean) / spread) @ weights[:-1] + weights[-1], held["target"])


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--length", type=int, default=60, help="frames of a clip (default: 60)")
    parser.add_argument("--limit", type=int, default=4, help="clips of each source (default: 4)")
    parser.add_argument("--corpus", type=Path, help="where the corpus is kept (default: nowhere)")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        corpus = build(options.corpus or Path(folder), options.length, options.limit)
        found = examples(corpus, ClipDataset(corpus, length=options.length, channels=CODEC, cell=CELL))
    scores = {
        name: [score(found[held], [own for clip, own in found.items() if clip != held], names) for held in found]
        for name, names in INPUTS.items()
    }
    print(
        f"variance of log(1 + energy) in the next frame that is explained, of {len(found)} clips, each held out in turn"
    )
    print(f"  {'':18}" + "".join(f"{name:>24}" for name in INPUTS))
    for at, clip in enumerate(found):
        print(f"  {clip:18}" + "".join(f"{own[at]:24.3f}" for own in scores.values()))
    print(f"  {'mean':18}" + "".join(f"{np.mean(own):24.3f}" for own in scores.values()))
    return {name: float(np.mean(own)) for name, own in scores.items()}


if __name__ == "__main__":
    main()
