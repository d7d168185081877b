"""One run of a build or an extraction: its sources enlisted, its tasks handed to an executor, its end told."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from codecorpus.corpus import card, head, layout
from codecorpus.corpus import store as stores
from codecorpus.corpus.store import Store
from codecorpus.encode import ENCODERS
from codecorpus.errors import CodecorpusError, CorpusError, border, writable
from codecorpus.names import uri_of
from codecorpus.run.bookkeeping import commit_encode, encode_rows
from codecorpus.run.leftovers import sweep
from codecorpus.run.request import Build, Extract, Shard
from codecorpus.run.roster import Roster, holds
from codecorpus.run.tasks import PlanGroup
from codecorpus.run.work import Executor, Failure, Outcome, Task, Tell
from codecorpus.sources.find import Video, find, is_remote

if TYPE_CHECKING:
    from codecorpus.corpus.plans import Planned


CARDS: Final = 8
"""How often the card is written where other runs change the head meanwhile."""


@dataclass(frozen=True)
class Summary:
    """What a run came to: streams there are of those asked for, and made now. `twins` are encodes of equal bytes."""

    streams: int
    made: int
    failures: tuple[Failure, ...]
    damaged: tuple[Failure, ...] = ()
    twins: tuple[tuple[str, ...], ...] = ()


@dataclass
class Run:
    """A run of a shard of a request, by an executor. `tell` is called with each event, one at a time."""

    request: Build | Extract
    executor: Executor
    shard: Shard = field(default_factory=Shard)
    tell: Tell = lambda event: None
    planned: Callable[[int, Mapping[str, int]], None] = lambda streams, frames: None
    """Called as chunks are planned, with the streams that they have and the frames of their clips."""

    def run(self) -> Summary:
        """Make what is missing, published chunk by chunk.

        What goes wrong with a source or a stream is told, and the others go on.

        Raises:
            RecipeError: the recipe cannot be planned.
            EncodeError: FFmpeg is missing, or lacks one of the encoders or measures.
            CorpusError: the folder is no corpus, or one whose clips are made otherwise.
        """
        store = stores.find(self.request.corpus)
        summary = self._work(tasks(self.request, store, self.shard))
        sweep(store)
        return replace(summary, twins=twins(store) if isinstance(self.request, Build) else ())

    def _work(self, tasks: Iterable[Task]) -> Summary:
        total = Outcome()
        with contextlib.closing(self.executor.run(tasks, self.tell)) as ended:  # type: ignore[type-var]
            for one in ended:
                if one.outcome is None:
                    total += Outcome(failures=(Failure(one.task.name, None, one.error or "it failed"),))
                    continue
                total += one.outcome
                if one.outcome.tasks:
                    self.planned(sum(task.streams for task in one.outcome.tasks), one.outcome.frames)
        order = sorted(total.failures, key=lambda failure: (failure.clip, failure.encode or ""))
        return Summary(total.streams, total.made, tuple(order), total.damaged)


def tasks(request: Build | Extract, store: Store, shard: Shard, follows: bool = True) -> Iterator[PlanGroup]:
    """The tasks of a run, once its sources are enlisted in the corpus, which is made if it is new.

    Raises:
        RecipeError, EncodeError, CorpusError: as for `Run.run`.
    """
    if isinstance(request, Build):
        require(request)
        listed = find(request.recipe.sources)
    else:
        uris = (writable(one) if is_remote(one) else uri_of(one) for one in request.inputs)
        listed = find([Video(uri, track=request.track) for uri in uris])
    begin(store, request)
    for name, row in encode_rows(request).items():
        commit_encode(store, name, row)
    roster = Roster(store)
    roster.enlist(listed, {"command": request.head.command, "settings": dict(request.head.settings)})
    return (
        PlanGroup(request, group, tuple(sources), shard, roster.groups_with(group), follows)
        for group, sources in roster.groups_of(shard)
    )


def planned(request: Build, executor: Executor, shard: Shard) -> list[Planned]:
    """What the chunks of a build are made of, none of them made.

    Raises:
        RecipeError, EncodeError, CorpusError: as for `Run.run`.
    """
    from codecorpus.corpus import plans

    store = stores.find(request.corpus)
    groups = {task.group: task for task in tasks(request, store, shard, follows=False)}
    for ended in executor.run(groups.values(), lambda event: None):
        if ended.error is not None:
            raise CodecorpusError(ended.error)
    return [
        chunk
        for group in groups
        for number, chunk in enumerate(plans.read(store, group) or ())
        if holds(shard, groups[group].groups, layout.Chunk(group, number))
    ]


def require(request: Build) -> None:
    """Raise EncodeError unless FFmpeg has what a build needs."""
    from codecorpus.encode.ffmpeg import FFmpeg

    ffmpeg = FFmpeg(request.ffmpeg)
    for entry in request.recipe.encoders:
        ffmpeg.require(ENCODERS[entry.encoder or ""])
    if request.recipe.quality:
        from codecorpus.encode.quality import MEASURES

        for name in request.recipe.quality:
            ffmpeg.require_filter(MEASURES[name].filter if name in MEASURES else "blend")
    _ = request.encodes


def begin(store: Store, request: Build | Extract) -> None:
    """Have the corpus' head and card stand.

    Raises:
        CorpusError: there cannot be a corpus; or one, but not of this request.
    """
    with border(store.path, lambda name, why: CorpusError(f"{name}: no corpus can be there: {why}")):
        _begin(store, request)


def _begin(store: Store, request: Build | Extract) -> None:
    head.begin(store, request.head)
    told = request.head
    for _ in range(CARDS):
        stores.put_unless_same(store, layout.CARD, card.text(told).encode())
        if (now := head.read(store)) == told:
            return
        told = now  # another run put its own meanwhile


def twins(store: Store) -> tuple[tuple[str, ...], ...]:
    """Encodes that gave the same bytes for every clip: they are one encode by several names."""
    from codecorpus.run.bind import done_rows

    bytes_of: dict[str, dict[str, str]] = defaultdict(dict)
    for row in done_rows(store):
        bytes_of[row.encode][row.clip] = row.sha256 or ""
    groups: dict[tuple[tuple[str, str], ...], list[str]] = defaultdict(list)
    for encode, hashes in bytes_of.items():
        groups[tuple(sorted(hashes.items()))].append(encode)
    return tuple(tuple(sorted(group)) for group in groups.values() if len(group) > 1)
