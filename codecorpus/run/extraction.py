"""Making a chunk out of files as they are: no encode, one clip a file."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from codecorpus import schema
from codecorpus.corpus import manifest
from codecorpus.corpus.layout import CLIPS, SOURCE, Chunk
from codecorpus.corpus.manifest import Made
from codecorpus.corpus.map_rows import MapRows
from codecorpus.corpus.plans import File
from codecorpus.corpus.rows import ClipRow, StreamRow
from codecorpus.corpus.store import Store
from codecorpus.errors import StreamError, border, guarded, telling
from codecorpus.extracting import extract_batches
from codecorpus.intrinsics import Intrinsics
from codecorpus.run import ledger
from codecorpus.run.bind import Binding, commit, until_unchanged
from codecorpus.run.bookkeeping import commit_rows, failed_clips, shown, tables_of
from codecorpus.run.ledger import ChangedError, Need, Standing, known_rows, relapsed, whole_rows
from codecorpus.run.leftovers import clear_chunk
from codecorpus.run.request import Extract
from codecorpus.run.stream import Tally, read_again
from codecorpus.run.work import Context, Event, Failure, Outcome
from codecorpus.run.workshop import Workshop
from codecorpus.sources import pace
from codecorpus.sources.fetch import fetched, sha256, unchanged
from codecorpus.track import Track

AHEAD = 1 << 26
"""Bytes of its rows that may be read ahead."""


@dataclass
class ChunkExtraction:
    """Reads what is missing of the files of a chunk, and commits it."""

    request: Extract
    chunk: Chunk
    store: Store
    context: Context
    relapsed: dict[str, str] = field(default_factory=dict)
    """Why files cannot be read that stand from before, by clip."""

    def run(self) -> Outcome:
        """Read it; what failed of its files is in the outcome."""
        made = until_unchanged(self._made, f"{self.store.path}: chunk {self.chunk}")
        clear_chunk(self.store, self.chunk)
        return self._outcome(made)

    def _made(self, anew: Collection[str]) -> int:
        self.relapsed = {}
        standing = ledger.look(self.store, self.chunk, {SOURCE: self.request.products}, self.request, anew)
        if standing.is_whole:
            return 0
        try:
            return self._make(standing)
        except ChangedError as error:
            raise ChangedError(str(error), SOURCE, CLIPS) from None  # rows of its clips too are of other files

    def _make(self, standing: Standing) -> int:
        read = 0
        with Workshop(self.store, self.chunk, "", self.context) as shop:
            needs = list(standing.needs) or [Need(SOURCE, -1, {"frames": {}})]
            for need in needs:
                made = standing.made[SOURCE]
                known = known_rows(self.store, made)
                files = [
                    _File(file, self.request, known.get(file.clip), self.context, need, made)
                    for file in standing.planned.files
                ]
                folder = shop.folder / "parts" / str(need.number)
                tables = tables_of(made.products_until(need.number) | need.products)
                binding = Binding(self.chunk, need, folder, self.context.tell, tables)
                for file in sorted(files, key=lambda file: file.clip):
                    binding.add(file)
                bound = binding.finish()
                if standing.clips is not None:
                    clips = [file.clip_row() for file in files]
                    if not self._is_relapse(standing.clips, standing, clips):
                        commit_rows(self.store, self.chunk, standing.clips, clips, standing)
                if need.number < 0 or self._is_relapse(need, standing, bound.rows):
                    continue
                commit(self.store, self.chunk, need, bound, folder, standing)
                read += sum(row.status != "failed" for row in bound.rows)
                for row in bound.rows:
                    self.context.tell(Event(row.status, row.clip, SOURCE, row.frames, row.bytes, error=row.error))
                for file in files:
                    if (note := file.note) is not None:
                        self.context.tell(Event("note", file.clip, SOURCE, note=note))
        return read

    def _is_relapse(self, need: Need, standing: Standing, told: Iterable[ClipRow | StreamRow]) -> bool:
        """Whether files cannot be read now that were before, which is told: what stands of them is not given up."""
        failed = relapsed(self.store, need, standing.made[need.encode], told)
        for clip in failed.keys() - self.relapsed.keys():
            self.context.tell(Event("failed", clip, SOURCE, error=failed[clip]))
        self.relapsed |= failed
        return bool(failed)

    def _outcome(self, made: int) -> Outcome:
        found = whole_rows(self.store, manifest.made(self.store, self.chunk, SOURCE))
        told: dict[str, list[Failure]] = {"failed": [], "damaged": [], "done": []}
        for row in found.values():
            told[row.status].append(Failure(row.clip, SOURCE, row.error or ""))
        told["failed"] += [Failure(clip, SOURCE, error) for clip, error in self.relapsed.items()]
        told["failed"] += failed_clips(self.store, self.chunk, told["failed"])
        return Outcome(len(found), made, tuple(told["damaged"]), tuple(told["failed"]))


@dataclass
class _File:
    """A file that is read as it is, to be bound."""

    file: File
    request: Extract
    known: StreamRow | None
    context: Context
    need: Need
    made: Made
    _tally: Tally = field(default_factory=Tally)
    _sha256: str | None = None
    _codec: str | None = None
    _track: Track = field(default_factory=Track)
    _failed: str | None = None
    _fps: float | None = None
    _times: array[float] = field(default_factory=lambda: array("d"))
    _errors: list[str] = field(default_factory=list)

    @property
    def clip(self) -> str:
        return self.file.clip

    @property
    def note(self) -> str | None:
        """What is left out of the file."""
        return self._track.note(self.file.video.track)

    @property
    def error(self) -> str | None:
        if self.known is not None and self.known.status == "failed":
            return self.known.error or "it failed before"
        cause = self.context.quarantine.get(f"{self.clip} {SOURCE}")
        return None if cause is None else f"{self.file.video.uri}: {cause}"

    def read(self, tables: Sequence[str]) -> Iterator[Intrinsics]:
        self._tally, self._errors, self._times = Tally(), [], array("d")
        again = read_again(self.made, self.need.number, self.known)
        wanted = tuple(table for table in schema.TABLES if table in {"frames", *tables, *again})
        uri = self.file.video.uri
        with (
            fetched(uri, lambda: self.context.tell(Event("alive", self.clip, SOURCE))) as path,
            telling(uri),
            unchanged(path, uri),
        ):
            with border(uri):
                self._sha256 = sha256(path)
            if self.known is not None and self.known.sha256 not in (None, self._sha256):
                raise ChangedError(self.clip)
            request, track = self.request, self.file.video.track
            # A file has the processors that no other needs.
            slots = self.context.slots
            parts = extract_batches(
                path, tables=wanted, errors=request.errors, track=track, threads=slots, memory=AHEAD
            )
            for part in guarded(parts, uri):
                self._codec, self._track = part.codec, part.track
                self._errors += [_told(error, uri) for error in part.errors]
                self._see(part)
                yield part

    def _see(self, part: Intrinsics) -> None:
        self._tally.add(part)
        self._times.extend(time for time in part.frames["time"].to_pylist() if time is not None)

    def maps(self, codec: str) -> tuple[MapRows, ...]:
        return ()

    def row(self, codec: str | None, error: str | None) -> StreamRow:
        if error is not None:
            self._failed = error
            return StreamRow(clip=self.clip, encode=SOURCE, status="failed", error=error, sha256=self._sha256)
        self._fps = self._pace()
        return StreamRow(
            clip=self.clip,
            encode=SOURCE,
            codec=codec,
            status="damaged" if self._errors else "done",
            error=self._errors[0] if self._errors else None,
            frames=self._tally.frames,
            pictures=self._tally.pictures,
            lost=self._tally.lost,
            **shown(self._track),
            bytes=self._tally.bytes,
            sha256=self._sha256,
            p1204=self._tally.features(self._fps, self.known),
        )

    def _pace(self) -> float | None:
        """Frames a second, on average, jumps of the clock left out; None where times do not tell."""
        if len(self._times) < 2:
            return None
        times = np.sort(self._times)
        number, lost = pace.jumps(times, 1.0)
        span = float(np.ptp(times) - lost)
        first = min(frame for frame, _, _ in self._tally.shown)
        return (self._tally.frames - 1 - first - number) / span if span > 0 else None

    def clip_row(self) -> ClipRow:
        """Its row of **clips**, as far as its stream tells."""
        own = ClipRow(
            clip=self.clip,
            source=self.file.video.uri,
            source_sha256=self._sha256,
            status="failed" if self._failed is not None else "damaged" if self._errors else "done",
            error=self._failed or (self._errors[0] if self._errors else None),
        )
        if self._failed is not None:
            return own
        width, height = self._tally.size
        time_base = self._track.time_base
        return replace(
            own,
            source_codec=self._track.codec or self._codec,
            source_width=width,
            source_height=height,
            **shown(self._track),
            track=self._track.number,
            tracks=self._track.count,
            first=0,
            start=0.0,
            frames=self._tally.frames,
            fps=self._fps,
            time_base_num=time_base.numerator if time_base else None,
            time_base_den=time_base.denominator if time_base else None,
            width=width,
            height=height,
        )


def _told(error: StreamError, uri: str) -> str:
    """An error as it is kept: of the file as the user names it, wherever its bytes were read."""
    error.path = uri
    return str(error)
