"""Planning a group of sources, which gives the tasks that make its chunks."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from codecorpus.corpus import layout, manifest, plans
from codecorpus.corpus import store as stores
from codecorpus.corpus.layout import Chunk
from codecorpus.corpus.plans import Planned
from codecorpus.corpus.store import Store
from codecorpus.errors import CodecorpusError
from codecorpus.run import ledger, plan
from codecorpus.run.building import BuildChunk
from codecorpus.run.extraction import ExtractChunk
from codecorpus.run.request import Build, Context, Extract, Outcome, Shard, Task
from codecorpus.run.roster import Source, holds


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

    def run(self, context: Context) -> Outcome:
        """Plan, unless that was done."""
        store = stores.find(self.request.corpus)
        if self.request.retry_failed:
            self._forget_lost(store)
        planned = plan.of_group(self.request, self.group, self.sources, context)
        own = [Chunk(self.group, number) for number in range(len(planned))]
        own = [chunk for chunk in own if holds(self.shard, self.groups, chunk)]
        frames = {clip.name: clip.frames for chunk in own for clip in planned[chunk.number].clips}
        frames |= {file.clip: 0 for chunk in own for file in planned[chunk.number].files}
        if not self.follows:
            return Outcome()
        return Outcome(tasks=tuple(self._task(chunk, planned[chunk.number]) for chunk in own), frames=frames)

    def _task(self, chunk: Chunk, planned: Planned) -> Task:
        if isinstance(self.request, Build):
            return BuildChunk(self.request, chunk, len(planned.clips) * len(self.request.encodes))
        return ExtractChunk(self.request, chunk, len(planned.files))

    def _forget_lost(self, store: Store) -> None:
        """Where a source gave no clips, plan anew, and make the group's chunks anew."""
        with suppress(CodecorpusError):
            planned = plans.read(store, self.group) or ()
            if not any(chunk.lost for chunk in planned):
                return
            store.remove(layout.plan_marker(self.group))
            for number in range(len(planned)):
                for made in manifest.made_of_chunk(store, Chunk(self.group, number)).values():
                    ledger.forget(store, made)
