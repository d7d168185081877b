"""Does an encoder's judgement help a model? A small one predicts where the next frame's residual energy will be.

    python examples/next_energy.py [--steps 1500] [--corpus FOLDER]

Builds a corpus of the sample clips (minutes the first time), then trains the same network twice on CPU: once on pixels
alone (means, spreads and differences of a cell's samples in this frame and the one before), once with codec maps of
this frame beside them. What is predicted is log(1 + energy) of the next frame, cell by cell; a clip is held out. The
result is printed whatever it is: the share of variance that is explained, beside what two guesses reach.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn

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


Examples = tuple[torch.Tensor, torch.Tensor, torch.Tensor]
"""Features of pixels, features of codec maps, and what is to be predicted: a row a frame."""


def joined(parts: Sequence[Examples]) -> Examples:
    """The rows of several, one after the other."""
    seen, judged, target = (torch.cat(own) for own in zip(*parts, strict=True))
    return seen, judged, target


def examples(dataset: ClipDataset) -> dict[str, Examples]:
    """Those of every clip."""
    found: dict[str, list[Examples]] = {}
    energy = dataset.channels.index("energy")
    for sample in dataset:
        pixels = cells(sample["pixels"])
        seen = torch.cat([pixels[1:-1], pixels[:-2], (pixels[1:-1] - pixels[:-2]).abs()], dim=1)
        maps = sample["maps"][0]
        judged = torch.sign(maps) * torch.log1p(maps.abs())
        target = torch.log1p(maps[2:, energy])
        found.setdefault(sample["clip"], []).append((seen, judged[1:-1], target))
    return {clip: joined(own) for clip, own in found.items()}


def network(channels: int) -> nn.Module:
    """Three layers that see two cells around each."""
    return nn.Sequential(
        *(nn.Conv2d(channels, 32, 3, padding=1), nn.ReLU()),
        *(nn.Conv2d(32, 32, 3, padding=1), nn.ReLU()),
        nn.Conv2d(32, 1, 1),
    )


def explained(predicted: torch.Tensor, target: torch.Tensor) -> float:
    """Share of the variance that is explained; 0 is what the mean reaches, 1 is all."""
    return float(1 - ((predicted - target) ** 2).sum() / ((target - target.mean()) ** 2).sum())


def train(inputs: torch.Tensor, target: torch.Tensor, steps: int, seed: int) -> nn.Module:
    torch.manual_seed(seed)
    model = network(inputs.shape[1])
    optimizer = torch.optim.Adam(model.parameters(), 2e-3)
    for _ in range(steps):
        batch = torch.randint(len(inputs), (32,))
        loss = nn.functional.mse_loss(model(inputs[batch])[:, 0], target[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.eval()


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=1500, help="of each training (default: 1500)")
    parser.add_argument("--seeds", type=int, default=3, help="trainings of each kind (default: 3)")
    parser.add_argument("--length", type=int, default=60, help="frames of a clip (default: 60)")
    parser.add_argument("--limit", type=int, default=4, help="clips of each source (default: 4)")
    parser.add_argument("--corpus", type=Path, help="where the corpus is kept (default: nowhere)")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        corpus = build(options.corpus or Path(folder), options.length, options.limit)
        dataset = ClipDataset(corpus, length=options.length, channels=CODEC, cell=CELL)
        found = examples(dataset)
    held = [clip for clip in sorted(found) if clip.endswith(f"{options.limit - 1:03}")]
    seen, judged, target = joined([own for clip, own in found.items() if clip not in held])
    test_seen, test_judged, test_target = joined([found[clip] for clip in held])
    scores = {"this frame's energy again": explained(test_judged[:, CODEC.index("energy")], test_target)}
    for name, own, test in (
        ("pixels", seen, test_seen),
        ("pixels and codec maps", torch.cat([seen, judged], 1), torch.cat([test_seen, test_judged], 1)),
    ):
        mean, spread = own.mean(dim=(0, 2, 3), keepdim=True), own.std(dim=(0, 2, 3), keepdim=True) + 1e-6
        values = []
        for seed in range(options.seeds):
            model = train((own - mean) / spread, target, options.steps, seed)
            with torch.no_grad():
                values.append(explained(model((test - mean) / spread)[:, 0], test_target))
        scores[name] = float(np.mean(values))
    print(f"{len(target)} frames to learn from, {len(test_target)} held out ({', '.join(held)})")
    print("variance of log(1 + energy) in the next frame that is explained, on the average over seeds")
    for name, score in scores.items():
        print(f"  {name:28} {score:6.3f}")
    return scores


if __name__ == "__main__":
    main()
