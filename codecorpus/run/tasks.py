"""The tasks of a run: planning a group of sources, which gives those that make its chunks.

What does them is loaded where they run: whoever hands them out needs none of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from codecorpus.corpus import layout, manifest
from codecorpus.corpus import store as stores
from codecorpus.corpus.layout import Chunk
from codecorpus.corpus.store import Store
from codecorpus.errors import CodecorpusError
from codecorpus.names import is_relative
from codecorpus.run.request import Build, Extract, Products, Shard
from codecorpus.run.roster import Source, holds
from codecorpus.run.work import Context, Outcome, Task

if TYPE_CHECKING:
    from codecorpus.corpus.plans import Planned
    from codecorpus.sources.find import Video


@dataclass(frozen=True)
class PlanGroup:
    """Divides a group's sources into clips and chunks; its outcome holds the tasks of its own chunks."""

    request: Build | Extract
    group: int
    sources: tuple[Source, ...]
    shard: Shard
    groups: int
    follows: bool = True
    """Whether the chunks are made then."""

    @property
    def name(self) -> str:
        return f"group {self.group}"

    @property
    def streams(self) -> int:
        return 0

    @property
    def is_parallel(self) -> bool:
        return isinstance(self.request, Build)

    @property
    def is_relative(self) -> bool:
        return _is_relative(self.request, [source.video for source in self.sources])

    def run(self, context: Context) -> Outcome:
        """Plan, unless that was done."""
        from codecorpus.run import plan

        store = stores.find(self.request.corpus)
        before = self._forget_lost(store, context) if self.request.retry_failed else {}
        planned = plan.of_group(self.request, self.group, self.sources, context)
        chunks = [Chunk(self.group, number) for number in range(len(planned))]
        chunks = [chunk for chunk in chunks if holds(self.shard, self.groups, chunk)]
        frames = {clip.name: clip.frames for chunk in chunks for clip in planned[chunk.number].clips}
        frames |= {file.clip: 0 for chunk in chunks for file in planned[chunk.number].files}
        if not self.follows:
            return Outcome()
        return Outcome(tasks=tuple(self._task(chunk, planned[chunk.number], before) for chunk in chunks), frames=frames)

    def _task(self, chunk: Chunk, planned: Planned, before: Mapping[str, Products]) -> Task:
        if isinstance(self.request, Build):
            videos, streams = [clip.video for clip in planned.clips], len(planned.clips) * len(self.request.encodes)
            return BuildChunk(self.request, chunk, streams, _is_relative(self.request, videos), before)
        videos = [file.video for file in planned.files]
        return ExtractChunk(self.request, chunk, len(planned.files), _is_relative(self.request, videos))

    def _forget_lost(self, store: Store, context: Context) -> dict[str, Products]:
        """Where a source gave no clips that gives some now, plan anew, and make the group's chunks anew.

        What they were asked for is given back, by encode. Where others give none now that did, all stays as it is.
        """
        from codecorpus.corpus import plans
        from codecorpus.run import ledger, plan

        before: dict[str, Products] = {}
        with suppress(CodecorpusError):
            planned = plans.read(store, self.group) or ()
            lost = _lost(planned)
            if not lost or not _lost(plan.divided(self.request, self.sources, context)) < lost:
                return {}
            store.remove(layout.plan_marker(self.group))
            for number in range(len(planned)):
                for what, made in manifest.made_of_chunk(store, Chunk(self.group, number)).items():
                    before[what] = ledger.together(before.get(what, {}), made.products)
                    ledger.forget(store, made)
        return before


def _lost(planned: Iterable[Planned]) -> set[str]:
    """The sources that give no clips."""
    return {one.source for chunk in planned for one in chunk.lost}


@dataclass(frozen=True)
class BuildChunk:
    """Makes what is missing of a chunk of a build: every clip through every encode.

    `before` is what was asked for before, by encode, where the chunk's markers do not tell.
    """

    request: Build
    chunk: Chunk
    streams: int
    is_relative: bool
    before: Mapping[str, Products] = field(default_factory=dict, hash=False)

    @property
    def name(self) -> str:
        return f"chunk {self.chunk}"

    @property
    def is_parallel(self) -> bool:
        return True

    def run(self, context: Context) -> Outcome:
        """Make it, and commit encode by encode."""
        from codecorpus.run.building import ChunkBuild

        return ChunkBuild(self.request, self.chunk, stores.find(self.request.corpus), context, self.before).run()


@dataclass(frozen=True)
class ExtractChunk:
    """Reads the files of a chunk as they are."""

    request: Extract
    chunk: Chunk
    streams: int
    is_relative: bool

    @property
    def name(self) -> str:
        return f"chunk {self.chunk}"

    @property
    def is_parallel(self) -> bool:
        return False

    def run(self, context: Context) -> Outcome:
        """Read what is missing, and commit."""
        from codecorpus.run.extraction import ChunkExtraction

        return ChunkExtraction(self.request, self.chunk, stores.find(self.request.corpus), context).run()


def _is_relative(request: Build | Extract, videos: Iterable[Video]) -> bool:
    return is_relative(request.corpus) or any(is_relative(video.uri) for video in videos)
