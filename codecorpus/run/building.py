"""Making a chunk of a build: every clip through every encode, what is missing of it alone."""

from __future__ import annotations

import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import pairwise
from pathlib import Path

from codecorpus import schema
from codecorpus.corpus import layout, manifest, products
from codecorpus.corpus.layout import SOURCE, Chunk
from codecorpus.corpus.map_rows import MapRows
from codecorpus.corpus.plans import Planned
from codecorpus.corpus.rows import ClipRow, StreamRow
from codecorpus.corpus.store import Store
from codecorpus.demux import open_stream
from codecorpus.encode import Encode
from codecorpus.encode.ffmpeg import FFmpeg
from codecorpus.encode.quality import MEASURES, measure
from codecorpus.errors import CodecorpusError, SourceError, StreamError, reason, telling
from codecorpus.extracting import extract_batches
from codecorpus.intrinsics import Intrinsics
from codecorpus.run import keeping, ledger, quality_columns, stream
from codecorpus.run.bind import Binding, Bound, Ready, commit, until_unchanged
from codecorpus.run.bookkeeping import clip_row, commit_rows, failed_clips, shown, tables_of
from codecorpus.run.ledger import (
    ChangedError,
    Need,
    Standing,
    known_clips,
    known_rows,
    relapsed,
    settle,
    whole_rows,
)
from codecorpus.run.leftovers import clear_chunk
from codecorpus.run.parallel import Milestones, side_by_side
from codecorpus.run.request import Build
from codecorpus.run.stream import Bitstream, Job, Tally
from codecorpus.run.work import Context, Event, Failure, Outcome
from codecorpus.run.workshop import Workshop
from codecorpus.sources.clips import Clip
from codecorpus.sources.fetch import sha256
from codecorpus.sources.scan import look


@dataclass
class ChunkBuild:
    """Makes what is missing of a chunk, and commits encode by encode."""

    request: Build
    chunk: Chunk
    store: Store
    context: Context
    seconds: dict[tuple[str, str], float] = field(default_factory=dict)
    made: int = 0
    relapsed: dict[tuple[str, str], str] = field(default_factory=dict)
    """Why streams fail that stand from before, by clip and encode."""
    planned: Planned = field(default_factory=Planned)
    """What it is made of, once it was looked at."""

    @cached_property
    def ffmpeg(self) -> FFmpeg:
        return FFmpeg(self.request.ffmpeg)

    @cached_property
    def encodes(self) -> dict[str, Encode | None]:
        """By name."""
        return {encode.name if encode else SOURCE: encode for encode in self.request.encodes}

    def run(self) -> Outcome:
        """Make it; what failed of its streams is in the outcome."""
        until_unchanged(self._make, f"{self.store.path}: chunk {self.chunk}")
        clear_chunk(self.store, self.chunk)
        return self._outcome()

    def _make(self, anew: Collection[str]) -> None:
        self.relapsed = {}
        wanted = {name: self.request.products(encode) for name, encode in self.encodes.items()}
        standing = ledger.look(self.store, self.chunk, wanted, self.request, anew)
        self.planned = standing.planned
        if standing.is_whole:
            return
        with Workshop(self.store, self.chunk, self.request.ffmpeg, self.context) as shop:
            _ChunkStreams(self, standing, shop).run()

    def _outcome(self) -> Outcome:
        """What the chunk came to, now and before: what failed before is told again."""
        streams = len(self.planned.clips) * len(self.encodes)
        told = {
            "failed": [Failure(lost.clip, None, lost.error) for lost in self.planned.lost],
            "damaged": list[Failure](),
        }
        for name in self.encodes:
            made = manifest.made(self.store, self.chunk, name)
            if any(map(made.has, told)):
                for row in whole_rows(self.store, made).values():
                    if row.status in told:
                        told[row.status].append(Failure(row.clip, row.encode, row.error or ""))
        told["failed"] += [Failure(clip, name or None, error) for (clip, name), error in self.relapsed.items()]
        told["failed"] += failed_clips(self.store, self.chunk, told["failed"])
        return Outcome(streams, self.made, tuple(told["damaged"]), tuple(told["failed"]))


@dataclass
class _ChunkStreams:
    """The streams of a chunk that are to be made, in its workshop."""

    build: ChunkBuild
    standing: Standing
    shop: Workshop
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _come: Milestones = field(default_factory=Milestones)
    """Clips of which a stream is being made, and streams that were made, as clip and encode."""
    _failed: dict[tuple[str, str], str] = field(default_factory=dict)
    _unmeasured: dict[tuple[str, str], str] = field(default_factory=dict)
    """Why streams cannot be measured, of which all else is made that was measured before."""
    _values: dict[tuple[str, str], dict[str, list[float]]] = field(default_factory=dict)
    _bound: list[tuple[Need, Path, Bound]] = field(default_factory=list)

    def run(self) -> None:
        """Make streams, and put them into parts as they come to be; then all is committed, the clips first."""
        work = [(clip, name) for clip in self._clips for name in self._encodes]
        if self.standing.pixels or (self.standing.clips is not None and not self._encodes):
            work += [(clip, "") for clip in self._clips]
        self._left = Counter(clip.name for clip, _ in work)
        slots = self.build.context.slots
        binders = min(len(self._needs), max(1, slots()))
        shares = [partial(self._bind, self._needs[number::binders]) for number in range(binders)]
        is_alone = self.build.context.is_alone
        beside: list[Callable[[], None]] = [] if is_alone else [self._cut_ahead, *shares]
        side_by_side(work, lambda piece: self._one(*piece), slots, beside=beside, halt=self._come.halt)
        if is_alone:
            side_by_side(shares, lambda share: share(), slots)
        if self.standing.clips is None or self._commit_clips(self.standing.clips):
            are_kept = [self._commit_pixels(need) for need in self.standing.pixels]
            if self.standing.clips is not None and all(are_kept):
                settle(self.build.store, self.standing.clips)
        of_encodes = [[one for one in self._bound if one[0].encode == name] for name in self._encodes]
        side_by_side(of_encodes, self._commit, slots)

    @cached_property
    def _clips(self) -> list[Clip]:
        """In the order in which parts hold them."""
        return sorted(self.standing.planned.clips, key=lambda clip: clip.name)

    @cached_property
    def _needs(self) -> list[Need]:
        return list(self.standing.needs)

    @cached_property
    def _encodes(self) -> list[str]:
        """Those that something is to be made of, in the matrix's order."""
        needed = {need.encode for need in self._needs}
        return [name for name in self.build.encodes if name in needed]

    @cached_property
    def _known(self) -> dict[str, dict[str, StreamRow]]:
        """By encode, rows of **streams** from before."""
        return {name: known_rows(self.build.store, self.standing.made[name]) for name in self._encodes}

    def _job(self, clip: Clip, name: str) -> Job:
        return Job.of(clip, self.build.encodes[name], self.build.request.gop(float(clip.fps)))

    def _one(self, clip: Clip, name: str) -> None:
        """Have a clip's stream ready to be bound, or the reason why it is not."""
        began = time.monotonic()
        try:
            self._prepare(clip, name)
        except (CodecorpusError, MemoryError) as error:
            with self._lock:
                self._failed[clip.name, name] = reason(error)
            if name or not self._encodes or not isinstance(error, SourceError):  # else its streams will tell
                self.build.context.tell(Event("failed", clip.name, name, error=reason(error)))
        finally:
            with self._lock:
                self.build.seconds[clip.name, name] = time.monotonic() - began
                self._left[clip.name] -= 1
                is_last = not self._left[clip.name]
            self._come.reach(clip.name)
            if is_last:
                self.shop.put_away(clip)
            self._come.reach((clip.name, name))

    def _cut_ahead(self) -> None:
        """Cut each clip while streams of the one before it are made."""
        for before, clip in pairwise(self._clips):
            self._come.wait(before.name)
            if any(self._is_to_be_encoded(clip, name) for name in self._encodes):
                with suppress(CodecorpusError), self.shop.cut(clip):  # its streams will tell
                    pass

    def _is_to_be_encoded(self, clip: Clip, name: str) -> bool:
        job, known = self._job(clip, name), self._known[name].get(clip.name)
        if job.encode is None or (known is not None and known.status == "failed"):
            return False
        return self._kept(job, known) is None and self.shop.bitstream(job) is None

    def _prepare(self, clip: Clip, name: str) -> None:
        tell = self.build.context.tell
        if not name:
            self._keep(clip)
            return
        tell(Event("begun", clip.name, name))
        known = self._known[name].get(clip.name)
        if known is not None and known.status == "failed":
            raise CodecorpusError(known.error or "it failed before")
        if (cause := self.build.context.quarantine.get(f"{clip.name} {name}")) is not None:
            raise CodecorpusError(f"{clip.video.uri}: {cause}")
        facts = self.shop.facts(clip)
        job = self._job(clip, name)
        if job.encode is None and clip.unlike is not None:
            raise CodecorpusError(clip.unlike)
        path = self._stream(job, known)
        measures = [one for need in self._needs if need.encode == name for one in need.measures]
        if measures:
            try:
                self._measure(job, path, measures, len(facts.pts))
            except (CodecorpusError, MemoryError) as error:
                with self._lock:
                    self._unmeasured[clip.name, name] = reason(error)
                tell(Event("failed", clip.name, name, error=reason(error)))
                return
        tell(Event("encoded", clip.name, name, len(facts.pts)))

    def _keep(self, clip: Clip) -> None:
        """Know a clip, and keep it where that is asked for."""
        self.shop.facts(clip)
        for form in {products.form_of(product) for need in self.standing.pixels for product in need.products}:
            if self.shop.kept(clip, form) is None:
                with self.shop.cut(clip) as made, self.shop.at_hand(clip):
                    keeping.keep(form, made, self.build.ffmpeg.path, self.shop.kept_path(clip, form))
                self.shop.note_kept(clip, form)

    def _commit_pixels(self, need: Need) -> bool:
        """Whether they were: not where a clip cannot be kept, which the next run tries again."""
        if lost := self._unkept(need):
            self._tell_of_clips(lost)
            return False
        kept = {
            layout.pixels(form, clip.name): found
            for form in map(products.form_of, need.products)
            for clip in self._clips
            if (found := self.shop.kept(clip, form)) is not None
        }
        keeping.commit(self.build.store, self.build.chunk, need, kept, self.standing)
        return True

    def _unkept(self, need: Need) -> dict[str, str]:
        """Why clips of a need cannot be kept, by name: of those whose files are lost, or of all that could be cut."""
        failed = {clip: error for (clip, name), error in self._failed.items() if not name}
        if need.expected:
            lost = {Path(name).stem for name in need.expected}
            return {clip: error for clip, error in failed.items() if clip in lost}
        known = known_clips(self.build.store, manifest.made(self.build.store, self.build.chunk, layout.CLIPS))
        return {clip: error for clip, error in failed.items() if clip not in known or known[clip].status != "failed"}

    def _stream(self, job: Job, known: StreamRow | None) -> Path | None:
        """The bitstream's file, made now or before; None for the source's own."""
        if job.encode is None:
            return None
        if self._kept(job, known) is not None:
            return None
        found = self.shop.bitstream(job)
        if found is None:
            path = self.shop.bitstream_path(job)
            tell = self.build.context.tell
            with self.shop.cut(job.clip) as clip:
                self._come.reach(job.clip.name)
                made = stream.encode(
                    job, clip, self.build.ffmpeg, path, lambda n: tell(Event("frames", job.clip.name, job.name, n))
                )
            self.shop.note_bitstream(job, made)
            found = path, made
        if known is not None and known.sha256 != found[1].sha256:
            raise ChangedError(job.what, job.name)
        return found[0]

    def _kept(self, job: Job, known: StreamRow | None) -> str | None:
        """The name of the bitstream in the corpus, where it is kept and whole."""
        name = layout.bitstream(job.name, job.clip.name)
        made = self.standing.made[job.name]
        is_lost = any(name in need.expected for need in self._needs)
        return name if known is not None and name in made.files and not is_lost else None

    def _fetch(self, job: Job, known: StreamRow | None) -> Path:
        """The bitstream as a file on this machine."""
        kept = self._kept(job, known)
        if kept is None:
            found = self.shop.bitstream(job)
            assert found is not None
            return found[0]
        return self.shop.fetched(job, kept, self.standing.made[job.name].files[kept])

    def _measure(self, job: Job, path: Path | None, names: Sequence[str], frames: int) -> None:
        if job.encode is None and job.clip.incomparable is not None:
            raise CodecorpusError(job.clip.incomparable)
        with self.shop.cut(job.clip) as clip:
            if job.encode is None:
                uri, track = job.clip.video.uri, job.clip.source.track.number
                with self.shop.source(job.clip) as source, telling(uri), open_stream(source, track=track):
                    self._compare(job, clip.path, source, names, frames)
            else:
                known = self._known[job.name].get(job.clip.name)
                self._compare(job, clip.path, path or self._fetch(job, known), names, frames)

    def _compare(self, job: Job, clip: Path, made: Path, names: Sequence[str], frames: int) -> None:
        compared = stream.pair(job, clip.absolute(), made.absolute(), self.build.ffmpeg.path, clip.parent)
        found = measure(compared, [name for name in names if name in MEASURES], frames)
        if "sse" in names:
            to = self.shop.measures_path(job, "sse")
            to.parent.mkdir(parents=True, exist_ok=True)
            quality_columns.errors_of_blocks(compared, frames, to, lambda rows: stream.check_windows(job, rows))
        with self._lock:
            self._values[job.clip.name, job.name] = found

    def _commit_clips(self, need: Need) -> bool:
        """Whether they were: not where one cannot be cut that could before, or kept that stands."""
        told = []
        for clip in self._clips:
            try:
                told.append(clip_row(clip, self.shop.facts(clip)))
            except CodecorpusError as error:
                told.append(clip_row(clip, None, str(error)))
            self.shop.put_away(clip)
        told += [
            ClipRow(clip=lost.clip, source=lost.source, status="failed", error=lost.error)
            for lost in self.standing.planned.lost
        ]
        failed = relapsed(self.build.store, need, self.standing.made[layout.CLIPS], told)
        if need.forgets is not None and need.forgets.products:
            for pixels in self.standing.pixels:
                failed |= self._unkept(pixels)
        self._tell_of_clips(failed)
        if not failed:
            commit_rows(self.build.store, self.build.chunk, need, told, self.standing)
        return not failed

    def _tell_of_clips(self, failed: Mapping[str, str]) -> None:
        """Unless their streams tell it."""
        told_of = {clip for clip, _ in self.build.relapsed}
        self.build.relapsed |= {(clip, ""): error for clip, error in failed.items() if clip not in told_of}

    def _bind(self, needs: Sequence[Need]) -> None:
        """Put the streams of some encodes into their parts as they come to be, clip by clip."""
        bindings = [self._binding(need) for need in needs]
        for clip in self._clips:
            for binding in bindings:
                self._come.wait((clip.name, binding.need.encode))
                binding.add(self._ready(clip, binding.need))
        for binding in bindings:
            bound = binding.finish()
            if self._is_relapse(binding.need, bound.rows):
                continue
            if binding.need.keeps:
                bound.files.update(self._bitstreams(binding.need, bound.rows))
            self._bound.append((binding.need, binding.folder, bound))

    def _is_relapse(self, need: Need, told: Sequence[StreamRow]) -> bool:
        """Whether streams fail now that were made before, which is told: what stands of them is not given up."""
        failed = relapsed(self.build.store, need, self.standing.made[need.encode], told)
        with self._lock:
            self.build.relapsed |= {(clip, need.encode): error for clip, error in failed.items()}
        for clip, error in failed.items():
            self._tell_failure(clip, need.encode, error)
        return bool(failed)

    def _tell_failure(self, clip: str, encode: str, error: str | None) -> None:
        """Unless it was told when the stream was made."""
        if (clip, encode) not in self._failed | self._unmeasured:
            self.build.context.tell(Event("failed", clip, encode, error=error))

    def _binding(self, need: Need) -> Binding:
        folder = self.shop.folder / "parts" / f"{need.encode}~{need.number}"
        tables = tables_of(self.standing.made[need.encode].products_until(need.number) | need.products)
        return Binding(self.build.chunk, need, folder, self.build.context.tell, tables)

    def _commit(self, of_encode: Sequence[tuple[Need, Path, Bound]]) -> None:
        """Commit what was made of an encode, what was lost before what stands for it."""
        for need, folder, bound in sorted(of_encode, key=lambda one: one[0].number):
            self._commit_one(need, folder, bound)

    def _commit_one(self, need: Need, folder: Path, bound: Bound) -> None:
        build = self.build
        commit(build.store, build.chunk, need, bound, folder, self.standing)
        if need.expected:
            return
        for row in bound.rows:
            took = build.seconds.get((row.clip, row.encode))
            if row.status == "failed":
                self._tell_failure(row.clip, row.encode, row.error)
                continue
            build.made += 1
            told = row.frames, row.bytes, took
            build.context.tell(Event(row.status, row.clip, row.encode, *told, error=row.error))
        shutil.rmtree(folder, ignore_errors=True)

    def _ready(self, clip: Clip, need: Need) -> Ready:
        job = self._job(clip, need.encode)
        known = self._known[need.encode].get(clip.name)
        sse = self.shop.measures_path(job, "sse") if "sse" in need.measures else None
        stream = clip.name, need.encode
        error = self._failed.get(stream) or (self._unmeasured.get(stream) if need.measures else None)
        return _Stream(self, job, need, known, error, self._values.get(stream, {}), sse)

    def _bitstreams(self, need: Need, told: Sequence[StreamRow]) -> Iterator[tuple[str, tuple[Path, manifest.File]]]:
        clips = {clip.name: clip for clip in self._clips}
        for row in told:
            if row.status == "failed":
                continue
            job = self._job(clips[row.clip], need.encode)
            path = self._fetch(job, self._known[need.encode].get(row.clip))
            copy = path.with_suffix(".kept")
            shutil.copyfile(path, copy)
            yield layout.bitstream(need.encode, row.clip), (copy, manifest.File(path.stat().st_size, sha256(path)))


@dataclass
class _Stream:
    """A stream of a build, to be bound."""

    within: _ChunkStreams
    job: Job
    need: Need
    known: StreamRow | None
    error: str | None
    values: Mapping[str, list[float]]
    sse: Path | None
    _tally: Tally = field(default_factory=Tally)
    _damage: list[StreamError] = field(default_factory=list)

    @property
    def clip(self) -> str:
        return self.job.clip.name

    def read(self, tables: Sequence[str]) -> Iterator[Intrinsics]:
        self._tally, self._damage = Tally(), []
        facts = self.within.shop.facts(self.job.clip)
        of_maps = [table for grids in self.maps(self.job.clip.source.codec) for table in grids.tables]
        again = stream.read_again(self.within.standing.made[self.job.name], self.need.number, self.known)
        wanted = {"frames", *tables, *of_maps, *again}
        errors = quality_columns.Blocks(self.sse) if self.sse and "blocks" in tables else None
        for part in self._parts(tuple(table for table in schema.TABLES if table in wanted)):
            self._tally.add(part)
            if self.values:
                part.tables["frames"] = quality_columns.with_frames(part.tables["frames"], self.values)
            if errors:
                part.tables["blocks"] = errors.fill(part.tables["blocks"])
            yield part
        self._tally.check(self.job, facts.pts, facts.time_base)

    def _parts(self, tables: tuple[str, ...]) -> Iterator[Intrinsics]:
        clip = self.job.clip
        if self.job.encode is not None:
            with telling(self.job.what):
                yield from extract_batches(self.within._fetch(self.job, self.known), tables=tables, threads=1)
            return
        facts = self.within.shop.facts(clip)
        scale = clip.source.time_base / facts.time_base
        with self.within.shop.source(clip) as path, telling(clip.video.uri):
            track = clip.source.track.number
            order = [] if clip.source.is_ordered else look(path, track).order
            for part in extract_batches(path, tables=tables, track=track, errors="skip", threads=1):
                self._damage += part.errors
                rows = part.tables["frames"]
                if order:
                    stream.check_order(rows, order)
                    order = []
                if clip.source.is_ordered and rows["pts"].null_count < rows.num_rows:
                    part.tables["frames"] = stream.on_clock(rows, clip.times[0], scale, facts.time_base)
                else:
                    part.tables["frames"] = stream.by_number(rows, facts.pts, facts.time_base)
                yield part

    def maps(self, codec: str) -> list[MapRows]:
        size = self.job.clip.width, self.job.clip.height
        asked = {products.cell_of(name): settings for name, settings in self.need.products.items()}
        return [MapRows(codec, size, cell, asked[cell]["channels"]) for cell in sorted(filter(None, asked))]

    def row(self, codec: str | None, error: str | None) -> StreamRow:
        codec = codec or (self.job.encode.codec if self.job.encode else None)
        if error is not None:
            return StreamRow(clip=self.clip, encode=self.job.name, codec=codec, status="failed", error=error)
        made = self._provenance()
        return StreamRow(
            clip=self.clip,
            encode=self.job.name,
            codec=codec,
            status="damaged" if self._damage else "done",
            error=self._told(self._damage[0]) if self._damage else None,
            frames=self._tally.frames,
            pictures=self._tally.pictures,
            lost=self._tally.lost,
            **shown(self.job.clip.source.track),
            bytes=self._tally.bytes,
            sha256=made.sha256,
            argv=made.argv,
            encoder_version=made.encoder_version,
            ffmpeg_version=made.ffmpeg_version,
            p1204=self._tally.features(float(self.job.clip.fps), self.known),
        )

    def _told(self, error: StreamError) -> str:
        """Damage of the source's own stream, by the source's name."""
        error.path = self.job.clip.video.uri
        return str(error)

    def _provenance(self) -> Bitstream:
        if self.job.encode is None:
            return Bitstream(self.job.clip.sha256, 0)
        found = self.within.shop.bitstream(self.job)
        if found is not None:
            return found[1]
        assert self.known is not None and self.known.sha256 is not None
        known = self.known
        return Bitstream(known.sha256 or "", 0, known.argv, known.encoder_version, known.ffmpeg_version)
