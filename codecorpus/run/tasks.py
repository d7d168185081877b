"""The tasks of a run: planning a group of sources, which gives those that make its chunks.

What does them is loaded where they run: whoever hands them out needs none of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codecorpus.corpus import layout, manifest
from codecorpus.corpus import store as stores
from codecorpus.corpus.layout import Chunk
from codecorpus.corpus.manifest import Made
from codecorpus.corpus.store import Store
from codecorpus.errors import CorpusError
from codecorpus.names import is_relative
from codecorpus.run.request import Build, Extract, Products, Shard
from codecorpus.run.roster import Source, holds
from codecorpus.run.work import Context, Event, Outcome, Task

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
        planned = plan.of_group(self.request, self.group, self.sources, context)
        if _lost(planned):
            with suppress(CorpusError):  # of markers that are damaged: they are mended first
                self._plan_again(store, planned, context)
            planned = plan.of_group(self.request, self.group, self.sources, context)
        chunks = [Chunk(self.group, number) for number in range(len(planned))]
        chunks = [chunk for chunk in chunks if holds(self.shard, self.groups, chunk)]
        frames = {clip.name: clip.frames for chunk in chunks for clip in planned[chunk.number].clips}
        frames |= {file.clip: 0 for chunk in chunks for file in planned[chunk.number].files}
        if not self.follows:
            return Outcome()
        return Outcome(tasks=tuple(self._task(chunk, planned[chunk.number]) for chunk in chunks), frames=frames)

    def _task(self, chunk: Chunk, planned: Planned) -> Task:
        if isinstance(self.request, Build):
            videos, streams = [clip.video for clip in planned.clips], len(planned.clips) * len(self.request.encodes)
            return BuildChunk(self.request, chunk, streams, _is_relative(self.request, videos))
        videos = [file.video for file in planned.files]
        return ExtractChunk(self.request, chunk, len(planned.files), _is_relative(self.request, videos))

    def _plan_again(self, store: Store, planned: tuple[Planned, ...], context: Context) -> None:
        """Where a source gave no clips that gives some now, plan anew, and have the group's chunks made anew.

        That is where it is asked for, or where nothing was made yet: another machine may have planned, that lacks them.
        They are asked for all that any of them was. Where others give none now that did, or where the recipe lacks an
        encode that was made, all stays as it is.
        """
        from codecorpus.corpus import plans
        from codecorpus.run import plan
        from codecorpus.run.hold import commits, turn

        lost = _lost(planned)
        if not isinstance(self.request, Build):
            return
        if not self.request.retry_failed and any(self._made(store, number) for number in range(len(planned))):
            return
        back = [source for source in self.sources if source.video.uri in lost]
        if _lost(plan.divided(self.request, back, context)) == lost:
            return
        found = plan.divided(self.request, self.sources, context)
        if not _lost(found) < lost:
            return
        with ExitStack() as turns:
            turns.enter_context(turn(store.work, f"plan-{self.group}"))
            for number in range(max(len(planned), len(found))):
                turns.enter_context(commits(store, Chunk(self.group, number)))
            if plans.read(store, self.group) == planned:  # else another run did it meanwhile
                self._exchange(store, planned, found, context)

    def _exchange(
        self, store: Store, planned: tuple[Planned, ...], found: tuple[Planned, ...], context: Context
    ) -> None:
        """Put a plan in another's place, and forget what was made by that."""
        from codecorpus.run import ledger, plan

        assert isinstance(self.request, Build)
        old = [made for number in range(len(planned)) for made in self._made(store, number)]
        asked: dict[str, Products] = {}
        for what, made in old:
            asked[what] = ledger.together(asked.get(what, {}), made.products)
        encodes = {encode.name if encode else layout.SOURCE for encode in self.request.encodes}
        if others := sorted(asked.keys() - encodes - {layout.CLIPS}):
            why = f"sources that came back stay left out while the recipe lacks {', '.join(others)}, made before"
            context.tell(Event("note", self.name, note=why))
            return
        for number in range(len(found)):
            chunk, standing = Chunk(self.group, number), dict(self._made(store, number))
            for what, products in asked.items():
                ledger.remind(store, chunk, what, standing.get(what, Made(())), products)
        for what, made in old:
            if what == layout.CLIPS:  # first: without a plan, rows that stand are of the one that is lost
                ledger.forget(store, made)
        store.remove(layout.plan_marker(self.group))
        for what, made in old:
            if what != layout.CLIPS:
                ledger.forget(store, made)
        plan.put(store, self.group, found)

    def _made(self, store: Store, number: int) -> Iterable[tuple[str, Made]]:
        """What was made of one of the group's chunks, by encode."""
        return manifest.made_of_chunk(store, Chunk(self.group, number)).items()


def _lost(planned: Iterable[Planned]) -> set[str]:
    """The sources that give no clips."""
    return {one.source for chunk in planned for one in chunk.lost}


@dataclass(frozen=True)
class BuildChunk:
    """Makes what is missing of a chunk of a build: every clip through every encode."""

    request: Build
    chunk: Chunk
    streams: int
    is_relative: bool

    @property
    def name(self) -> str:
        return f"chunk {self.chunk}"

    @property
    def is_parallel(self) -> bool:
        return True

    def run(self, context: Context) -> Outcome:
        """Make it, and commit encode by encode."""
        from codecorpus.run.building import ChunkBuild

        return ChunkBuild(self.request, self.chunk, stores.find(self.request.corpus), context).run()


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
