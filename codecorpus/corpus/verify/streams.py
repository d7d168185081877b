"""What one encode's parts of one shard say: whether their rows are in order, complete, and agree with each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.fs
import pyarrow.parquet as pq

from codecorpus.corpus.layout import SOURCE
from codecorpus.corpus.parts import NOTHING, Ahead, Bools, Floats, Ints, Parts, Pictures, floats, groups, integers
from codecorpus.corpus.verify.geometry import not_tiled
from codecorpus.corpus.verify.problem import Problem

CLASSES: Final = ("bits_mode", "bits_motion", "bits_residual")
FRAMES: Final = [
    *("clip", "frame", "coded_order", "pts", "time", "key", "width", "height", "structure", "bytes", "bits_header"),
    "error",
    *CLASSES,
]
BLOCKS: Final = [
    *("clip", "frame", "coded_order", "block", "x", "y", "w", "h", "prediction", "field", "coefs", "coefs_chroma"),
    *CLASSES,
]
MOTION: Final = [
    *("clip", "frame", "coded_order", "block", "x", "y", "w", "h"),
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
    """The streams of one encode in one shard: their parts, their rows of **streams**, how many frames each clip has."""

    parts: Parts
    rows: dict[str, dict[str, Any]]
    lengths: dict[str, int | None]

    def check(self, files: pyarrow.fs.FileSystem, root: str) -> tuple[list[Problem], Pictures | None]:
        """Everything that is wrong with them, and the pictures of **frames**."""
        paths = {table: path for table, path in self.parts.tables.items() if table != "streams"}
        with self.parts.open(files, root, paths) as opened:
            if "frames" not in opened:
                return list(self._without_frames()), None
            pictures = Pictures.of(_as_numbers(opened["frames"].read(FRAMES)))
            problems = [*self._streams(pictures), *self._frames(pictures)]
            if (np.diff(pictures.keys) <= 0).any():
                return problems, pictures  # nothing can be found in it
            found = {table: Findings(path, pictures) for table, path in paths.items()}
            if "blocks" in opened:
                columns = {"motion": MOTION, "transforms": TRANSFORMS}
                beside = {table: Ahead(opened[table], columns[table], pictures) for table in columns if table in opened}
                self._blocks(groups(opened["blocks"], BLOCKS), beside, pictures, found)
            elif "motion" in opened:
                for rows, at in Ahead(opened["motion"], MOTION, pictures).upto(len(pictures)):
                    _motion(rows, at, pictures, found["motion"])
            if "maps" in opened:
                problems += self._maps(opened["maps"], pictures)
            return problems + [problem for findings in found.values() for problem in findings.problems()], pictures

    def _without_frames(self) -> Iterator[Problem]:
        folder = f"frames/codec={self.parts.codec}/encode={self.parts.encode}"
        for clip, row in self.rows.items():
            if row["pictures"]:
                yield Problem(f"{folder}/{self.parts.name}", "the file is not there", clip)

    def _streams(self, pictures: Pictures) -> Iterator[Problem]:
        """Whether each stream has the pictures, frames and bytes that **streams** tells, and each frame once."""
        file = self.parts.tables["frames"]
        found = dict(pictures.by_clip())
        frame, size = pictures.integers["frame"], pictures.integers["bytes"]
        for clip in sorted({*found, *self.rows}):
            if clip not in self.rows:
                yield Problem(file, "streams tells of no such stream", clip)
                continue
            own = found.get(clip, np.zeros(0, np.int64))
            shown = frame[own][frame[own] != NOTHING]
            row = self.rows[clip]
            told = (row["pictures"] or 0, row["frames"] or 0, row["bytes"] or 0)
            seen = (len(own), len(shown), int(size[own].sum()))
            if told != seen:
                sizes = "{} pictures, {} frames and {} bytes".format
                yield Problem(file, f"{sizes(*seen)} here, {sizes(*told)} in streams", clip)
            length = self.lengths.get(clip)
            if self.parts.encode != SOURCE and len(own) and not np.array_equal(np.sort(shown), np.arange(length or 0)):
                yield Problem(file, f"its frames are not 0 to {(length or 0) - 1}, each once", clip)

    def _frames(self, pictures: Pictures) -> Iterator[Problem]:
        found = Findings(self.parts.tables["frames"], pictures)
        found.note_all(
            "order", np.flatnonzero(np.diff(pictures.keys) <= 0) + 1, "rows are not in order, or twice there"
        )
        sums = sum((pictures.floats[name] for name in CLASSES), start=pictures.floats["bits_header"])
        size = (8 * pictures.integers["bytes"]).astype(np.float64)
        read = pictures.integers["error"] == 0
        sums, size = np.where(read, sums, 0.0), np.where(read, size, 0.0)
        wrong = ((at, f"bits sum to {sums[at]:g}, its bytes to {size[at]:g}") for at in _differ(sums, size))
        found.note("bits", wrong)
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
            names = ("block", "x", "y", "w", "h", "field", "coefs", "coefs_chroma")
            blocks = {name: integers(rows[name]) for name in names}
            index = np.arange(len(at)) - np.repeat(starts, counts)
            findings.note_all("index", at[blocks["block"] != index], "its blocks are not numbered from 0, one by one")
            findings.note_all("frame", at[_other_frame(rows, at, pictures)], "frame is not that of frames")
            self._bits(rows, held, starts, pictures, findings)
            sizes = np.stack([pictures.integers[name][held] for name in ("width", "height")], axis=1)
            local = np.repeat(np.arange(len(held)), counts)
            wrong = not_tiled(self.parts.codec, local, blocks, sizes, pictures.integers["structure"][held] == 1)
            findings.note("tiling", ((int(held[one]), reason) for one, reason in wrong))
            whole = _Blocks(held, starts, counts, blocks, _is_inter(rows))
            for table, ahead in others.items():
                whole.check(table, ahead.upto(int(held[-1])), pictures, found[table])
        damaged = pictures.integers["error"] != 0
        findings.note_all("damaged", np.flatnonzero(seen & damaged), "it has blocks though it could not be read")
        absent = ~seen & ~damaged & self._wanted("blocks", pictures)
        findings.note_all("absent", np.flatnonzero(absent), "it has no blocks")
        for table, ahead in others.items():
            for _, of in ahead.upto(len(pictures)):
                found[table].note_all("unknown", of, "rows of a picture that has no blocks")

    def _wanted(self, table: str, pictures: Pictures) -> Bools:
        """Of which pictures the table was asked for."""
        asked = [table in (self.rows.get(clip, {}).get("tables") or ()) for clip in pictures.clips]
        return np.array(asked, bool)[pictures.clip]

    def _bits(self, rows: pa.Table, held: Ints, starts: Ints, pictures: Pictures, findings: Findings) -> None:
        for name in CLASSES:
            sums = np.add.reduceat(floats(rows[name]), starts)
            whole = pictures.floats[name][held]
            differ = _differ(sums, whole)
            wrong = (
                (int(held[i]), f"{name} of its blocks sum to {sums[i]:g}, frames has {whole[i]:g}") for i in differ
            )
            findings.note(name, wrong)

    def _maps(self, file: pq.ParquetFile, pictures: Pictures) -> Iterator[Problem]:
        """Whether every frame has its grid, as large as it says."""
        path = self.parts.tables["maps"]
        seen: dict[str, set[int]] = {}
        for rows in groups(file, ["clip", "frame", "shape", "data"]):
            sizes = pc.binary_length(rows["data"]).to_pylist()
            told = zip(
                rows["clip"].to_pylist(), rows["frame"].to_pylist(), rows["shape"].to_pylist(), sizes, strict=True
            )
            for clip, frame, shape, size in told:
                seen.setdefault(clip, set()).add(frame)
                if 4 * int(np.prod(shape)) != size:
                    yield Problem(path, f"frame {frame}: {size} bytes are no grid of {shape}", clip)
        frame = pictures.integers["frame"]
        for clip, at in pictures.by_clip():
            if "maps" in (self.rows.get(clip, {}).get("tables") or ()):
                own = set(frame[at].tolist()) - {NOTHING}
                if own != seen.get(clip, set()):
                    yield Problem(path, f"{len(seen.get(clip, ()))} grids for {len(own)} frames", clip)


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
            own, known = self._find(rows, at, findings)
            if table == "motion":
                x, y, w, h = (integers(rows[name]) for name in ("x", "y", "w", "h"))
                left, top, width, height = (self.blocks[name][own] for name in ("x", "y", "w", "h"))
                inside = (x >= left) & (y >= top) & (x + w <= left + width) & (y + h <= top + height)
                findings.note_all("outside", at[known & ~inside], "a partition lies outside its block")
                np.add.at(sums[0], own[known], (w * h)[known])
            else:
                plane = (integers(rows["plane"]) > 0).astype(np.int64)
                np.add.at(sums, (plane[known], own[known]), integers(rows["coefs"])[known])
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
        shown = np.where(target >= 0, frame[target], NOTHING)
        distance = frame[at] - shown
        there = (shown != NOTHING) & (frame[at] != NOTHING) & (np.abs(distance) <= FARTHEST)
        other = integers(rows[f"dt{index}"]) != np.where(there, distance, NOTHING)
        findings.note_all("dt", at[other], f"dt{index} is not the distance from frame to that of ref{index}")


def _as_numbers(frames: pa.Table) -> pa.Table:
    """The rows with 1 for the structure field, and for an error that there is."""
    fields = pc.equal(frames["structure"].cast(pa.string()), "field").cast(pa.int8())
    for name, values in (("structure", fields), ("error", frames["error"].is_valid().cast(pa.int8()))):
        frames = frames.set_column(frames.schema.get_field_index(name), name, values)
    return frames


def _other_frame(rows: pa.Table, at: Ints, pictures: Pictures) -> Bools:
    return np.not_equal(integers(rows["frame"]), pictures.integers["frame"][at])


def _is_inter(rows: pa.Table) -> Bools:
    return np.asarray(pc.is_in(rows["prediction"].cast(pa.string()), pa.array(["inter", "intrabc"])), bool)


def _differ(left: Floats, right: Floats) -> list[int]:
    """Where two sums of bits are not the same."""
    differ: list[int] = np.flatnonzero(~(np.abs(left - right) <= TOLERANCE * np.maximum(right, 1.0))).tolist()
    return differ
