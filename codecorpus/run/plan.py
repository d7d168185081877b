"""How sources are divided: a group's into clips, and those into chunks. Decided once and kept in the corpus."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any, Final

from codecorpus.corpus import layout, manifest
from codecorpus.corpus import store as stores
from codecorpus.corpus.layout import Chunk
from codecorpus.corpus.plans import File, Lost, Planned, plain, read
from codecorpus.corpus.store import Store
from codecorpus.errors import CodecorpusError, CorpusError, border
from codecorpus.run.ledger import is_made_otherwise
from codecorpus.run.parallel import side_by_side
from codecorpus.run.request import Build, Extract
from codecorpus.run.roster import Source
from codecorpus.run.work import Context, Event
from codecorpus.sources import clips as cutting
from codecorpus.sources import scenes
from codecorpus.sources.clips import Clip
from codecorpus.sources.fetch import fetched, sha256, size, unchanged
from codecorpus.sources.probe import probe

CHUNK_SECONDS: Final = 600.0
"""Most video in a chunk of a build; a longer clip is alone in its chunk."""

AT_ONCE: Final = 8
"""Most sources that are looked at side by side: the decoder of each has up to sixteen pictures in memory."""

CHUNK_BYTES: Final = 256_000_000
"""Most bytes of the files that are read as they are, in a chunk; a larger file is alone in its chunk."""


def of_group(request: Build | Extract, group: int, sources: Sequence[Source], context: Context) -> tuple[Planned, ...]:
    """The chunks of a group, planned now if it was not before; sources that cannot be read are lost by name.

    Raises:
        CorpusError: it was planned, which is lost, and its sources give other clips than those that stand.
        OSError: this machine fails, not a source.
    """
    store = stores.find(request.corpus)
    try:
        known = read(store, group)
    except CorpusError:
        store.remove(layout.plan_marker(group))
        known = None
    if known is not None:
        return known
    found = divided(request, sources, context)
    for number, planned in enumerate(found):
        chunk = Chunk(group, number)
        if is_made_otherwise(store, chunk, planned):
            if (known := read(store, group)) is not None:  # of another run, meanwhile
                return known
            raise CorpusError(
                f"{store.path}: how the sources of group {group} were divided is lost, and they give other clips now "
                f"than chunk {chunk} was made of; it goes on once they are as they were"
            )
    return put(store, group, found)


def put(store: Store, group: int, chunks: tuple[Planned, ...]) -> tuple[Planned, ...]:
    """Have a group be divided so, unless it is already; what it is divided into."""
    marker = layout.plan_marker(group)
    if store.put_once(marker, manifest.seal({"group": group, "chunks": plain(chunks)}, marker)):
        return chunks
    return read(store, group) or chunks


def divided(request: Build | Extract, sources: Sequence[Source], context: Context) -> tuple[Planned, ...]:
    """The chunks of a group as its sources are now."""
    return _build_chunks(request, sources, context) if isinstance(request, Build) else _extract_chunks(sources)


def survey(request: Build, source: Source, context: Context) -> list[Clip]:
    """The clips of one source.

    Raises:
        CodecorpusError: it cannot be read, or gives none.
        OSError: this machine fails, not the source.
    """
    video, recipe = source.video, request.recipe
    context.tell(Event("begun", source.name))
    try:
        if (reason := context.quarantine.get(source.name)) is not None:
            raise CodecorpusError(f"{video.uri}: {reason}")
        with (
            fetched(video.uri, lambda: context.tell(Event("alive", source.name))) as path,
            unchanged(path, video.uri),
        ):
            with border(video.uri):
                facts, digest = probe(path, video.track), sha256(path)
            if (note := facts.track.note(video.track)) is not None:
                context.tell(Event("note", source.name, note=note))
            if facts.cut_short:
                packets = f"{facts.cut_short} packet{'s are' if facts.cut_short > 1 else ' is'} cut short"
                context.tell(Event("note", source.name, note=f"{packets}: the file is damaged"))
            found = scenes.starts(request.ffmpeg, path, facts, video.uri) if recipe.clips.length == "scenes" else ()
            with border(video.uri):
                return cutting.divide(video, facts, digest, recipe, source.name, found)
    finally:
        context.tell(Event("read", source.name))


def _build_chunks(request: Build, sources: Sequence[Source], context: Context) -> tuple[Planned, ...]:
    found: dict[Source, list[Clip] | Lost] = {}

    def look(source: Source) -> None:
        try:
            found[source] = survey(request, source, context)
        except CodecorpusError as error:
            found[source] = Lost(f"{source.name}-000", source.video.uri, str(error))

    side_by_side(sources, look, lambda: min(context.slots(), AT_ONCE))
    told = [found[source] for source in sources]
    clips = itertools.chain.from_iterable(one for one in told if not isinstance(one, Lost))
    lost = [one for one in told if isinstance(one, Lost)]
    packed = list(_pack(((clip, clip.frames / float(clip.fps)) for clip in clips), CHUNK_SECONDS)) or [()]
    return (Planned(clips=packed[0], lost=tuple(lost)), *(Planned(clips=pack) for pack in packed[1:]))


def _extract_chunks(sources: Sequence[Source]) -> tuple[Planned, ...]:
    files = ((File(f"{source.name}-000", source.video), size(source.video.uri) or 0) for source in sources)
    return tuple(Planned(files=pack) for pack in _pack(files, CHUNK_BYTES))


def _pack(things: Iterable[tuple[Any, float]], most: float) -> Iterable[tuple[Any, ...]]:
    """Things in a row, together as long as they come to no more than `most`."""
    pack: list[Any] = []
    total = 0.0
    for thing, amount in things:
        if pack and total + amount > most:
            yield tuple(pack)
            pack, total = [], 0.0
        pack.append(thing)
        total += amount
    if pack:
        yield tuple(pack)
