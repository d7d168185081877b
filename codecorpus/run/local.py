"""The build on this machine: streams side by side, each failure kept to its stream, all or nothing published."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from codecorpus.corpus import manifest
from codecorpus.corpus.layout import SOURCE, Layout
from codecorpus.corpus.publish import publish
from codecorpus.encode import ENCODERS
from codecorpus.encode.ffmpeg import FFmpeg
from codecorpus.encode.quality import MEASURES
from codecorpus.errors import CodecorpusError, CorpusError
from codecorpus.recipe import Recipe
from codecorpus.run import plan as planning
from codecorpus.run.ledger import Ledger, locked
from codecorpus.run.plan import Failure, Job, Plan, Shard
from codecorpus.run.pool import Event, side_by_side
from codecorpus.run.stream import Bench, blank, make
from codecorpus.run.workshop import Workshop


@dataclass(frozen=True)
class Summary:
    """What a build came to. `twins` are encodes of equal bytes in every clip."""

    streams: int
    made: int
    failures: tuple[Failure, ...]
    twins: tuple[tuple[str, ...], ...] = ()


@dataclass
class Build:
    """A build of one shard of a recipe into a corpus.

    `tell` is called with each event, from several threads, one at a time. `planned` is called once with the
    streams that are to be made and the number of those that are done already.
    """

    recipe: Recipe
    root: Path
    ffmpeg: FFmpeg
    shard: Shard = field(default_factory=Shard)
    jobs: int = 1
    keep_streams: bool = False
    tell: Callable[[Event], None] = lambda event: None
    planned: Callable[[Plan, list[Job], int], None] = lambda plan, todo, done: None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def run(self) -> Summary:
        """Make every stream that is missing, and publish.

        Streams that fail are recorded and the others go on. Interrupted, it ends FFmpeg, publishes nothing
        and keeps whole streams for the next time.

        Raises:
            RecipeError: the recipe cannot be planned.
            EncodeError: FFmpeg is missing, or lacks one of the encoders or measures.
            CorpusError: the folder is no corpus, or another build has it.
        """
        for entry in self.recipe.encoders:
            self.ffmpeg.require(ENCODERS[entry.encoder or ""])
        for name in self.recipe.quality:
            self.ffmpeg.require_filter(MEASURES[name].filter if name in MEASURES else "blend")
        layout = Layout(self.root)
        manifest.begin(layout, self.recipe.name, self.shard.count)
        with locked(layout, self.shard.index):
            work = layout.work(self.shard.index)
            plan = planning.make(self.recipe, work, self.ffmpeg, self.shard)
            ledger = Ledger(layout, self.shard.index)
            _check_names(plan, ledger, layout)
            todo = missing(plan, ledger)
            total = sum(1 for _ in plan)
            self.planned(plan, todo, total - len(todo))
            bench = Bench(self.ffmpeg, ledger.staging, self.keep_streams)
            with Workshop(self.ffmpeg.path, work / "clips", todo, ledger.note_clip) as workshop:
                failures, failed = self._make(todo, bench, workshop)
            self._publish(layout, ledger, plan, failed)
            return Summary(
                streams=total,
                made=len(todo) - len(failures),
                failures=(*plan.failures, *failures),
                twins=twins(Ledger(layout, self.shard.index).published.values()),
            )

    def _make(self, todo: list[Job], bench: Bench, workshop: Workshop) -> tuple[list[Failure], list[dict[str, Any]]]:
        """Make streams side by side; those that fail, and their rows of **streams**."""
        failures: list[Failure] = []
        rows: list[dict[str, Any]] = []

        def one(job: Job) -> None:
            try:
                self._one(job, bench, workshop)
            except (CodecorpusError, OSError) as error:
                with self._lock:
                    failures.append(Failure(job.clip.name, job.name, str(error)))
                    rows.append(blank(job) | {"tables": [], "error": str(error)})

        side_by_side(todo, one, self.jobs)
        return failures, rows

    def _one(self, job: Job, bench: Bench, workshop: Workshop) -> None:
        began = time.monotonic()
        self._say(Event("begun", job.clip.name, job.name))
        try:
            with workshop.clip(job.clip) as clip:
                row = make(job, clip, bench, lambda n: self._say(Event("frames", job.clip.name, job.name, n)))
        except (CodecorpusError, OSError) as error:
            self._say(Event("failed", job.clip.name, job.name, error=str(error)))
            raise
        took = time.monotonic() - began
        self._say(Event("done", job.clip.name, job.name, row["frames"], row["bytes"], took))

    def _say(self, event: Event) -> None:
        with self._lock:
            self.tell(event)

    def _publish(self, layout: Layout, ledger: Ledger, plan: Plan, failed: list[dict[str, Any]]) -> None:
        clips = ledger.clip_rows()
        known = {row["clip"] for row in clips} | {clip for clip, _ in ledger.published}
        clips += [
            {"clip": failure.clip, "status": "failed", "error": failure.error}
            for failure in plan.failures
            if failure.clip not in known
        ]
        encodes = encode_rows(plan)
        lost = {(row["clip"], row["encode"]) for row in failed}
        staged = [
            stream
            for stream in ledger.staged()
            if stream.row["encode"] in encodes and (stream.row["clip"], stream.row["encode"]) not in lost
        ]
        publish(layout, self.shard.index, staged=staged, failed=failed, clips=clips, encodes=encodes)
        ledger.forget_clip_rows()


def _check_names(plan: Plan, ledger: Ledger, layout: Layout) -> None:
    """A clip's name may not pass from one video to another: its streams would be lost."""
    known = ledger.published_clips()
    for clip in plan.clips:
        row = known.get(clip.name)
        if row and row["source"] and row["source"] != clip.video.uri and row["source_sha256"] != clip.sha256:
            raise CorpusError(f"{layout.root}: its clip {clip.name} is of {row['source']}, not of {clip.video.uri}")


def missing(plan: Plan, ledger: Ledger) -> list[Job]:
    """The streams of a plan that are not done, or were done of something else."""
    done = ledger.done()
    return [job for job in plan if done.get((job.clip.name, job.name)) != blank(job)["fingerprint"]]


def encode_rows(plan: Plan) -> dict[str, dict[str, Any]]:
    """Rows of **encodes**, by name."""
    gop = plan.recipe.gop
    rows: dict[str, dict[str, Any]] = {SOURCE: {"encode": SOURCE, "encoder": SOURCE}}
    for encode in plan.encodes:
        rows[encode.name] = {
            "encode": encode.name,
            "codec": encode.codec,
            "encoder": encode.encoder,
            "preset": encode.preset,
            "tune": encode.tune,
            "rate_control": encode.rate.kind,
            "rate": encode.rate.value,
            "maxrate": encode.maxrate,
            "bufsize": encode.bufsize,
            "passes": encode.passes,
            "pixel_format": encode.pixel_format,
            "film_grain": encode.film_grain,
            "params": ":".join(f"{key}={value}" for key, value in encode.params) or None,
            "gop_length": gop.length,
            "gop_closed": gop.closed,
        }
    return rows


def twins(streams: Iterable[dict[str, Any]]) -> tuple[tuple[str, ...], ...]:
    """Encodes that gave the same bytes for every clip: they are one encode by several names."""
    bytes_of: dict[str, dict[str, str]] = defaultdict(dict)
    for row in streams:
        if row["status"] == "done":
            bytes_of[row["encode"]][row["clip"]] = row["sha256"]
    groups: dict[tuple[tuple[str, str], ...], list[str]] = defaultdict(list)
    for encode, hashes in bytes_of.items():
        groups[tuple(sorted(hashes.items()))].append(encode)
    return tuple(tuple(sorted(group)) for group in groups.values() if len(group) > 1)
