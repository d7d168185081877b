"""What a chunk's parts of one encode say: whether their rows are in order, complete, and agree with each other."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from codecorpus.corpus.distortion import MEASURES
from codecorpus.corpus.layout import SOURCE
from codecorpus.corpus.numbers import NOTHING, Bools, Floats, Ints, floats, integers
from codecorpus.corpus.parts import Ahead, Part, Pictures, groups
from codecorpus.corpus.rows import StreamRow
from codecorpus.corpus.verify.geometry import not_tiled
from codecorpus.corpus.verify.problem import Problem

CLASSES: Final = ("bits_mode", "bits_motion", "bits_residual")
FRAMES: Final = [
    *("clip", "frame", "coded_order", "pts", "time", "key", "width", "height", "structure", "bytes", "bits_header"),
    *CLASSES,
    *("complete", "error"),
    *MEASURES,
]
BLOCKS: Final = [
    *("clip", "frame", "coded_order", "block", "x", "y", "w", "h", "prediction", "field", "coefs", "coefs_chroma"),
    *CLASSES,
]
MOTION: Final = [
    *("clip", "frame", "coded_order", "block", "x", "y", "w", "h", "field"),
    *("ref0", "ref1", "dt0", "dt1"),
]
TRANSFORMS: Final = ["clip", "frame", "coded_order", "block", "plane", "coefs"]

FARTHEST: Final = 32767
"""Distances beyond are null."""

TOLERANCE: Final = 1e-6
"""What float32 may round a sum of bits by, of its size."""

Wrong = Iterable[tuple[int, str]]
"""Pictures by index, and what is wrong with each."""


@dataclass
class Findings:
    """Problems of one file, each kind told once, with the first picture that it is of."""

    file: str
    pictures: Pictures
    _kinds: dict[str, tuple[int, str, set[int]]] = field(default_factory=dict)

    def note(self, kind: str, wrong: Wrong) -> None:
        """Note what is wrong with some pictures; -1 is none that is known."""
        for picture, reason in wrong:
            first = self._kinds.setdefault(kind, (picture, reason, set()))
            first[2].add(picture)

    def note_all(self, kind: str, pictures: Ints, reason: str) -> None:
        self.note(kind, ((int(picture), reason) for picture in np.unique(pictures)))

    def problems(self) -> Iterator[Problem]:
        for picture, reason, all_of in self._kinds.values():
            clip, coded_order = self.pictures.name(picture) if picture >= 0 else (None, None)
            yield Problem(self.file, reason, clip, None, coded_order, len(all_of) - 1)


@dataclass(frozen=True)
class Streams:
    """A chunk's streams of one codec through one encode.

    `parts` are open, by table, and `names` are their files'; `maps` are those of **maps**, by the side of their cells.
    `rows` are those of **streams**, and `lengths` how many frames each clip has.
    """

    codec: str
    encode: str
    parts: Mapping[str, Part]
    names: Mapping[str, str]
    maps: Mapping[int, tuple[str, Part]]
    rows: Mapping[str, StreamRow]
    lengths: Mapping[str, int | None]

    def check(self) -> tuple[list[Problem], Pictures]:
        """Everything that is wrong with them, and the pictures of **frames**.

        Raises:
            CorpusError: a part cannot be read.
        """
        part = self.parts["frames"]
        pictures = Pictures.of(_flagged(part.read(part.groups, FRAMES)))
        problems = [*self._keys(), *self._streams(pictures), *self._frames(pictures)]
        if (np.diff(pictures.keys) <= 0).any():
            return problems, pictures  # nothing can be found in it
        found = {table: Findings(name, pictures) for table, name in self.names.items()}
        if "blocks" in self.parts:
            columns = {"motion": MOTION, "transforms": TRANSFORMS}
            beside = {t: Ahead(self.parts[t], columns[t], pictures) for t in columns if t in self.parts}
            self._blocks(groups(self.parts["blocks"], BLOCKS), beside, pictures, found)
        elif "motion" in self.parts:
            for rows, at in Ahead(self.parts["motion"], MOTION, pictures).upto(len(pictures)):
                _motion(rows, at, pictures, found["motion"])
        for cell in self.maps:
            problems += self._maps(cell, pictures)
        return problems + [problem for findings in found.values() for problem in findings.problems()], pictures

    def _keys(self) -> Iterator[Problem]:
        """Whether row groups are of this encode and codec, and by clip: readers find rows by that."""
        tables = [(self.names[table], part) for table, part in self.parts.items()]
        for name, part in dict([*tables, *self.maps.values()]).items():
            keys = [part.keys(group) for group in part.groups]
            if any((key.encode, key.codec) != (self.encode, self.codec) for key in keys):
                yield Problem(name, "its rows are of another encode or codec")
            if any(left.last > right.first for left, right in itertools.pairwise(keys)):
                yield Problem(name, "its clips are not in order")

    def _streams(self, pictures: Pictures) -> Iterator[Problem]:
        """Whether each stream has the pictures, frames and bytes that **streams** tells, and each frame once."""
        file = self.names["frames"]
        found = dict(pictures.by_clip())
        frame, size, damaged = (pictures.integers[name] for name in ("frame", "bytes", "error"))
        for clip in sorted({*found, *self.rows}):
            if clip not in self.rows:
                yield Problem(file, "streams tells of no such stream", clip)
                continue
            places = found.get(clip, np.zeros(0, np.int64))
            shown = frame[places][frame[places] != NOTHING]
            row = self.rows[clip]
            told = (row.pictures or 0, row.frames or 0, row.bytes or 0, row.lost or 0)
            seen = (len(places), int(shown.max(initial=-1)) + 1, int(size[places].sum()), int(damaged[places].sum()))
            if told != seen:
                sizes = "{} pictures, {} frames, {} bytes and {} damaged".format
                yield Problem(file, f"{sizes(*seen)} here, {sizes(*told)} in streams", clip)
            length = self.lengths.get(clip)
            if self.encode == SOURCE or row.status != "done" or length is None or not len(places):
                continue
            if not np.array_equal(np.sort(shown), np.arange(length)):
                yield Problem(file, f"its frames are not 0 to {length - 1}, each once", clip)

    def _frames(self, pictures: Pictures) -> Iterator[Problem]:
        found = Findings(self.names["frames"], pictures)
        found.note_all(
            "order", np.flatnonzero(np.diff(pictures.keys) <= 0) + 1, "rows are not in order, or twice there"
        )
        sums = sum((pictures.floats[name] for name in CLASSES), start=pictures.floats["bits_header"])
        size = (8 * pictures.integers["bytes"]).astype(np.float64)
        read = pictures.integers["error"] == 0
        wrong = ((at, f"bits sum to {sums[at]:g}, its bytes to {size[at]:g}") for at in _differ(sums, size) if read[at])
        found.note("bits", wrong)
        shown = pictures.integers["frame"] != NOTHING
        for name in MEASURES:
            known = ~np.isnan(pictures.floats[name])
            for _, places in pictures.by_clip():
                if known[places].any():
                    found.note_all(
                        name, places[known[places] != shown[places]], f"{name} is not of the frames, all and alone"
                    )
        yield from found.problems()

    def _blocks(
        self, parts: Iterator[pa.Table], others: dict[str, Ahead], pictures: Pictures, found: dict[str, Findings]
    ) -> None:
        """Whether blocks are whole and agree with **frames**; what is beside them, with both."""
        findings = found["blocks"]
        seen = np.zeros(len(pictures), bool)
        for rows in parts:
            at = pictures.of_rows(rows)
            findings.note_all("unknown", at[at < 0], "rows of a picture that frames does not have")
            if (at < 0).any():
                rows, at = rows.filter(pa.array(at >= 0)), at[at >= 0]
            findings.note_all("order", at[1:][np.diff(at) < 0], "rows are not in order")
            if not len(at) or (np.diff(at) < 0).any():
                continue
            held, starts, counts = np.unique(at, return_index=True, return_counts=True)
            findings.note_all("split", held[seen[held]], "more than one row group holds its rows")
            seen[held] = True
            findings.note_all("damaged", held[pictures.integers["error"][held] == 1], "a damaged picture has blocks")
            names = ("block", "x", "y", "w", "h", "field", "coefs", "coefs_chroma")
            blocks = {name: integers(rows[name]) for name in names}
            index = np.arange(len(at)) - np.repeat(starts, counts)
            findings.note_all("index", at[blocks["block"] != index], "its blocks are not numbered from 0, one by one")
            findings.note_all("frame", at[_other_frame(rows, at, pictures)], "frame is not that of frames")
            self._bits(rows, held, starts, pictures, findings)
            sizes = np.stack([pictures.integers[name][held] for name in ("width", "height")], axis=1)
            local = np.repeat(np.arange(len(held)), counts)
            wrong = not_tiled(self.codec, local, blocks, sizes, pictures.integers["structure"][held] == 1)
            findings.note("tiling", ((int(held[picture]), reason) for picture, reason in wrong))
            whole = _Blocks(held, starts, counts, blocks, _is_inter(rows))
            for table, ahead in others.items():
                whole.check(table, ahead.upto(int(held[-1])), pictures, found[table])
        findings.note_all("absent", np.flatnonzero(~seen & self._wanted("blocks", pictures)), "it has no blocks")
        for table, ahead in others.items():
            for _, of in ahead.upto(len(pictures)):
                found[table].note_all("unknown", of, "rows of a picture that has no blocks")

    def _wanted(self, table: str, pictures: Pictures) -> Bools:
        """Of which pictures the table was asked for."""
        asked = [clip in self.rows and table in self.rows[clip].tables for clip in pictures.clips]
        wanted: Bools = np.array(asked, bool)[pictures.clip] & (pictures.integers["error"] == 0)
        return wanted

    def _bits(self, rows: pa.Table, held: Ints, starts: Ints, pictures: Pictures, findings: Findings) -> None:
        for name in CLASSES:
            sums = np.add.reduceat(floats(rows[name]), starts)
            whole = pictures.floats[name][held]
            differ = _differ(sums, whole)
            wrong = (
                (int(held[i]), f"{name} of its blocks sum to {sums[i]:g}, frames has {whole[i]:g}") for i in differ
            )
            findings.note(name, wrong)

    def _maps(self, cell: int, pictures: Pictures) -> Iterator[Problem]:
        """Whether every frame has its grid in cells of that size, as large as it says."""
        path, part = self.maps[cell]
        seen: dict[str, set[int]] = {}
        for rows in groups(part, ["clip", "frame", "shape", "data", "cell"]):
            rows = rows.filter(pc.equal(rows["cell"], cell))
            sizes = pc.binary_length(rows["data"]).to_pylist()
            columns = (rows[name].to_pylist() for name in ("clip", "frame", "shape"))
            for clip, frame, shape, size in zip(*columns, sizes, strict=True):
                seen.setdefault(clip, set()).add(frame)
                if 4 * int(np.prod(shape)) != size:
                    yield Problem(path, f"frame {frame}: {size} bytes are no grid of {shape}", clip)
        frame = pictures.integers["frame"]
        for clip, at in pictures.by_clip():
            expected = set(frame[at].tolist()) - {NOTHING}
            if expected != seen.get(clip, set()):
                told = f"{len(seen.get(clip, ()))} grids for {len(expected)} frames, in cells of {cell}"
                yield Problem(path, told, clip)


@dataclass(frozen=True)
class _Blocks:
    """The blocks of some pictures, beside which rows of other tables are laid.

    `held` are the pictures, `starts` and `counts` where their blocks are in the columns of `blocks`.
    """

    held: Ints
    starts: Ints
    counts: Ints
    blocks: dict[str, Ints]
    inter: Bools

    def check(self, table: str, parts: Iterable[tuple[pa.Table, Ints]], pictures: Pictures, findings: Findings) -> None:
        """Whether rows of **motion** or **transforms**, with their pictures, agree with the blocks."""
        sums = np.zeros((2, len(self.inter)), np.int64)
        for rows, at in parts:
            if table == "motion":
                _motion(rows, at, pictures, findings)
            block, known = self._find(rows, at, findings)
            if table == "motion":
                x, y, w, h = (integers(rows[name]) for name in ("x", "y", "w", "h"))
                left, top, width, height = (self.blocks[name][block] for name in ("x", "y", "w", "h"))
                # A field of a frame's macroblock counts its own lines (MPEG): it takes every second one of the block's.
                of_field = (integers(rows["field"]) > 0) & (self.blocks["field"][block] == 0)
                y, tall = np.where(of_field, 2 * y, y), np.where(of_field, 2 * h, h)
                inside = (x >= left) & (y >= top) & (x + w <= left + width) & (y + tall <= top + height)
                findings.note_all("outside", at[known & ~inside], "a partition lies outside its block")
                np.add.at(sums[0], block[known], (w * h)[known])
            else:
                plane = (integers(rows["plane"]) > 0).astype(np.int64)
                np.add.at(sums, (plane[known], block[known]), integers(rows["coefs"])[known])
        of = np.repeat(self.held, self.counts)
        if table == "motion":
            size = np.where(self.inter, self.blocks["w"] * self.blocks["h"], 0)
            findings.note_all("area", of[sums[0] != size], "partitions do not fill the inter blocks, and them alone")
        else:
            wrong = (sums[0] != self.blocks["coefs"]) | (sums[1] != self.blocks["coefs_chroma"])
            findings.note_all("coefs", of[wrong], "coefficients are not those of the blocks")

    def _find(self, rows: pa.Table, at: Ints, findings: Findings) -> tuple[Ints, Bools]:
        """The block of each row, and whether there is one."""
        place = np.minimum(np.searchsorted(self.held, at), len(self.held) - 1)
        block = integers(rows["block"])
        known = (self.held[place] == at) & (block >= 0) & (block < self.counts[place])
        findings.note_all("unknown", at[~known], "rows of a block that blocks does not have")
        return np.where(known, self.starts[place] + block, 0), known


def _motion(rows: pa.Table, at: Ints, pictures: Pictures, findings: Findings) -> None:
    """Whether order, frames, references and distances agree with **frames**."""
    findings.note_all("order", at[1:][np.diff(at) < 0], "rows are not in order")
    known = at >= 0
    findings.note_all("strange", at[~known], "rows of a picture that frames does not have")
    rows, at = rows.filter(pa.array(known)), at[known]
    findings.note_all("frame", at[_other_frame(rows, at, pictures)], "frame is not that of frames")
    frame = pictures.integers["frame"]
    for index in "01":
        ref = integers(rows[f"ref{index}"])
        findings.note_all("later", at[ref > pictures.integers["coded_order"][at]], f"ref{index} is coded later")
        target = pictures.find(pictures.clip[at], ref)
        lost = (target >= 0) & (pictures.integers["error"][target] == 1) & (pictures.integers["complete"][at] == 1)
        findings.note_all("lost", at[lost], f"ref{index} is damaged, yet the picture is told to be complete")
        shown = np.where(target >= 0, frame[target], NOTHING)
        distance = frame[at] - shown
        there = (shown != NOTHING) & (frame[at] != NOTHING) & (np.abs(distance) <= FARTHEST)
        other = integers(rows[f"dt{index}"]) != np.where(there, distance, NOTHING)
        findings.note_all("dt", at[other], f"dt{index} is not the distance from frame to that of ref{index}")


def _flagged(frames: pa.Table) -> pa.Table:
    """The rows with names as numbers: structure is 1 where fields are coded one after the other, error of damage."""
    flags = {
        "structure": pc.equal(frames["structure"].cast(pa.string()), "field"),
        "error": frames["error"].is_valid(),
    }
    for name, values in flags.items():
        frames = frames.set_column(frames.schema.get_field_index(name), name, values.cast(pa.int8()))
    return frames


def _other_frame(rows: pa.Table, at: Ints, pictures: Pictures) -> Bools:
    return np.not_equal(integers(rows["frame"]), pictures.integers["frame"][at])


def _is_inter(rows: pa.Table) -> Bools:
    return np.asarray(pc.is_in(rows["prediction"].cast(pa.string()), pa.array(["inter", "intrabc"])), bool)


def _differ(left: Floats, right: Floats) -> list[int]:
    """Where two sums of bits are not the same."""
    differ: list[int] = np.flatnonzero(~(np.abs(left - right) <= TOLERANCE * np.maximum(right, 1.0))).tolist()
    return differ
