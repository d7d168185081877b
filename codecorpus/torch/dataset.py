"""The map-style dataset: a window by its number."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Sequence
from typing import Literal, TypedDict, get_args

import numpy as np
import torch
from torch.nn import functional
from torch.utils.data import Dataset

from codecorpus import maps
from codecorpus.augment import Augment, View
from codecorpus.corpus.reader import Corpus
from codecorpus.corpus.reader import open as open_corpus
from codecorpus.corpus.windows import Window
from codecorpus.errors import CodecorpusError, CorpusError
from codecorpus.sources.frames import Pixels

Shown = Literal["clip", "encode", "none"]
Errors = Literal["raise", "skip"]


class Sample(TypedDict, total=False):
    """A window, as samples hold it; `collate` makes batches of them.

    Keys:
        pixels: uint8 [T, 3, H, W], RGB; absent where none are asked for.
        maps: float32 [encodes, T, C, h, w]; 0 where the bitstream does not say.
        mask: bool [encodes, T, C, h, w]: where `maps` has a value.
        description: float32 [encodes, numbers], named by `codecorpus.corpus.descriptions.ENTRIES`.
        frames: int64 [T]: presentation indices in the clip.
        clip: its name.
        encode: the encodes' names.
    """

    pixels: torch.Tensor
    maps: torch.Tensor
    mask: torch.Tensor
    description: torch.Tensor
    frames: torch.Tensor
    clip: str
    encode: tuple[str, ...]


class ClipDataset(Dataset[Sample]):
    """Windows of a corpus: `dataset[n]` is the nth, the same in every process and on every machine.

    What is drawn at random for a window (encodes, crop, scale, flip) follows from the seed, the epoch and its number
    alone. It can be given to workers by fork or spawn; `set_epoch` reaches workers that stay.

    Args:
        corpus: a corpus, or where it is: a folder or any fsspec URI.
        windows: which ones, of `Corpus.windows` or as JSON has them; all of `length` frames unless given, and unless
            tables tell that their pixels cannot be read. Those that lack an encode of `encodes`, or have fewer than are
            drawn, are left out.
        length: frames in a window.
        stride: frames from one window to the next; as many as it has unless given.
        encodes: those that samples hold, in this order; by default those that each window has, which must be as many in
            all of a batch.
        draw: so many of them, at random, instead of all.
        channels: of `codecorpus.maps.CHANNELS`, and with `_importance`.
        cell: side of the maps' cells, luma samples.
        pixels: those of the clip, those of the sample's first encode (`encode`, where bitstreams were kept), or none.
        augment: crops, scales and flips.
        seed: what is random follows from it.
        threads: of a decoder; more than one serves a loader without workers.
        errors: what becomes of a window that cannot be read, as where its file vanished or its pictures have no times:
            `raise` ends what asks for it; `skip` warns, once of each clip in a process, and gives the next one that can
            be read in its place, which `ClipStream` passes over instead.

    Raises:
        CorpusError: there is no such corpus or encode, or no window in it; so do samples whose files are missing or
            damaged, or with `skip` all of them.
        ValueError: an argument is none of what it can be.
    """

    def __init__(
        self,
        corpus: Corpus | str | os.PathLike[str],
        *,
        windows: Sequence[Window] | None = None,
        length: int = 16,
        stride: int | None = None,
        encodes: Sequence[str] | None = None,
        draw: int | None = None,
        channels: Sequence[str] = maps.CHANNELS,
        cell: int = 16,
        pixels: Shown = "clip",
        augment: Augment | None = None,
        seed: int = 0,
        threads: int = 1,
        errors: Errors = "raise",
    ) -> None:
        _check(channels, pixels, encodes, draw, seed, errors)
        self.corpus = corpus if isinstance(corpus, Corpus) else open_corpus(corpus)
        self.encodes = None if encodes is None else tuple(encodes)
        self.draw = draw
        if (listed := windows) is None:
            listed = self.corpus.windows(length, stride, encodes, pixels=pixels != "none")
        self.windows = self._chosen(listed)
        if not self.windows:
            given = None if windows is None else len(windows)
            raise CorpusError(f"{self.corpus.path}: {self._none(given, length, stride, pixels)}")
        self.channels = tuple(channels)
        self.cell = cell
        self.pixels = pixels
        self.augment = augment
        self.seed = seed
        self.threads = threads
        self.errors = errors
        self._told = set[str]()
        self._epoch = torch.zeros(1, dtype=torch.int64).share_memory_()

    def __len__(self) -> int:
        return len(self.windows)

    @property
    def epoch(self) -> int:
        """What is random differs from epoch to epoch."""
        return int(self._epoch)

    def set_epoch(self, epoch: int) -> None:
        """Draw anew; epochs count from 0."""
        if epoch < 0:
            raise ValueError(f"epochs count from 0; not {epoch}")
        self._epoch[0] = epoch

    def __getitem__(self, index: int) -> Sample:
        first, epoch = range(len(self))[index], self.epoch  # from the end, too, and of a tensor
        for step in range(len(self)):
            if (sample := self.found((first + step) % len(self), epoch)) is not None:
                return sample
        raise CorpusError(f"{self.corpus.path}: none of its {len(self)} windows can be read")

    def found(self, index: int, epoch: int) -> Sample | None:
        """A window as an epoch draws it; None where it cannot be read and such are passed over."""
        if self.errors == "raise":
            return self.sample(index, epoch)
        try:
            return self.sample(index, epoch)
        except CodecorpusError as error:
            clip = self.windows[index].clip
            if clip not in self._told:
                self._told.add(clip)
                warnings.warn(f"windows of {clip} are left out: {error}", stacklevel=2)
            return None

    def sample(self, index: int, epoch: int) -> Sample:
        """A window as an epoch draws it."""
        window = self.windows[index]
        rng = np.random.default_rng([self.seed, epoch, index])
        encodes = self.encodes or window.encodes
        if self.draw is not None:
            encodes = tuple(encodes[at] for at in sorted(rng.permutation(len(encodes))[: self.draw]))
        view = self._view(rng, window)
        pixels = None  # before maps, as they are what may not be there
        if self.pixels != "none":
            pixels = self._pixels(window, encodes[0] if self.pixels == "encode" else None, view)
        values = np.stack([self._maps(window, encode, view) for encode in encodes])
        mask = ~np.isnan(values)
        sample = Sample(
            maps=torch.from_numpy(np.where(mask, values, np.float32(0))),
            mask=torch.from_numpy(mask),
            description=torch.from_numpy(np.stack([self.corpus.description(window.clip, name) for name in encodes])),
            frames=torch.arange(window.first, window.end),
            clip=window.clip,
            encode=encodes,
        )
        if pixels is not None:
            sample["pixels"] = pixels
        return sample

    def _chosen(self, windows: Iterable[Window]) -> list[Window]:
        """Those that have the encodes of a sample."""
        known = [Window(clip, first, end, tuple(encodes)) for clip, first, end, encodes in windows]
        if self.encodes is not None:
            return [window for window in known if set(self.encodes) <= set(window.encodes)]
        return [window for window in known if len(window.encodes) >= (self.draw or 1)]

    def _none(self, given: int | None, length: int, stride: int | None, pixels: Shown) -> str:
        """Why there is no window."""
        having = "" if self.encodes is None and self.draw is None else " with the encodes that are asked for"
        if given is not None:
            return f"none of the {given} windows that are given is one{having}"
        if pixels != "none" and self._chosen(self.corpus.windows(length, stride, self.encodes)):
            return f"no window of {length} frames{having} whose pixels can be read"
        most = max((frames or 0 for frames in self.corpus.clips["frames"].to_pylist()), default=0)
        return f"no window of {length} frames{having}; its clips have {most} frames at most"

    def _view(self, rng: np.random.Generator, window: Window) -> View | None:
        if self.augment is None:
            return None
        return self.augment.draw(rng, self.corpus.size(window.clip), self.cell)

    def _maps(self, window: Window, encode: str, view: View | None) -> maps.Array:
        values = self.corpus.maps(window.clip, encode, window.frames, channels=self.channels, cell=self.cell)
        if view is None:
            return values
        return view.maps(values, self.channels, self.cell, self.corpus.size(window.clip))

    def _pixels(self, window: Window, encode: str | None, view: View | None) -> torch.Tensor:
        found = self.corpus.pixels(window.clip, window.frames, encode=encode, threads=self.threads)
        return torch.from_numpy(found).permute(0, 3, 1, 2) if view is None else viewed(found, view)


def _check(
    channels: Sequence[str], pixels: str, encodes: Sequence[str] | None, draw: int | None, seed: int, errors: str
) -> None:
    """What can be said of arguments before the corpus is opened."""
    maps.check_channels(channels if isinstance(channels, str) else maps.unranked(channels))
    if pixels not in get_args(Shown):
        raise ValueError(f"pixels are those of the 'clip', of the 'encode', or 'none'; not {pixels!r}")
    if errors not in get_args(Errors):
        raise ValueError(f"errors are to 'raise' or to 'skip'; not {errors!r}")
    if isinstance(encodes, str) or (encodes is not None and (not encodes or len(set(encodes)) < len(encodes))):
        raise ValueError(f"encodes are a sequence of names, each once; not {encodes!r}")
    if draw is not None and not 1 <= draw <= (draw if encodes is None else len(encodes)):
        among = "" if encodes is None else f", of {len(encodes)}"
        raise ValueError(f"1 encode or more is drawn{among}; not {draw}")
    if seed < 0:
        raise ValueError(f"a seed is 0 or more; not {seed}")


def viewed(pixels: Pixels, view: View) -> torch.Tensor:
    """Pixels [T, H, W, 3] as a view shows them, uint8 [T, 3, h, w]; scaled with antialiasing."""
    cut = torch.from_numpy(pixels[:, view.y : view.y + view.height, view.x : view.x + view.width])
    frames = cut.permute(0, 3, 1, 2)
    width, height = view.size
    if (view.width, view.height) != view.size:
        frames = functional.interpolate(frames, (height, width), mode="bilinear", antialias=True)
    return frames.flip(-1) if view.flip else frames
