"""Rows of the bookkeeping tables: what they say, and how they are committed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from codecorpus import schema
from codecorpus.corpus import layout, manifest, rows
from codecorpus.corpus.layout import SOURCE, Chunk
from codecorpus.corpus.manifest import Marker
from codecorpus.corpus.products import cell_of
from codecorpus.corpus.rows import ClipRow, EncodeRow
from codecorpus.corpus.store import Store, put_unless_same
from codecorpus.encode import Encode
from codecorpus.run import ledger
from codecorpus.run.hold import commits
from codecorpus.run.ledger import ChangedError, Need, OvertakenError, Standing
from codecorpus.run.request import Build, Extract, Products
from codecorpus.run.work import Failure

if TYPE_CHECKING:
    from codecorpus.run.workshop import Facts
    from codecorpus.sources.clips import Clip
    from codecorpus.track import Track


def tables_of(products: Products) -> tuple[str, ...]:
    """The tables that products stand in, as **streams** tells them."""
    maps = ["maps"] if any(map(cell_of, products)) else []
    return (*(table for table in schema.TABLES if table in products), *maps)


def commit_rows(store: Store, chunk: Chunk, need: Need, told: Sequence[ClipRow], standing: Standing) -> None:
    """Commit a chunk's rows of **clips**. What was asked for of what it forgets stays told.

    `standing` is what stood when the need was found.

    Raises:
        ChangedError: what was to come out as before did not.
        OvertakenError: something else stands by now.
    """
    data = rows.to_bytes(ClipRow, sorted(told, key=lambda row: row.clip))
    name, file = layout.clips(chunk), rows.file_of(data, len(told))
    if need.expected.get(name, file) != file:
        raise ChangedError(name, layout.CLIPS)
    counts = {str(status): count for status, count in Counter(row.status for row in told).items()}
    marker = Marker(chunk, layout.CLIPS, {}, {name: file}, counts)
    with commits(store, chunk):
        if ledger.is_done(store, marker, need, standing):
            return
        ledger.begin_anew(store, need, {name})
        store.put(name, data)
        if not need.expected and not ledger.put(store, marker):
            raise OvertakenError(marker.name)


def failed_clips(store: Store, chunk: Chunk, told: Iterable[Failure]) -> list[Failure]:
    """Clips that failed, as their rows tell, but for those of which it is told."""
    made = manifest.made(store, chunk, layout.CLIPS)
    told_of = {failure.clip for failure in told}
    known = ledger.known_clips(store, made).values() if made.has("failed") else ()
    failed = [row for row in known if row.status == "failed" and row.clip not in told_of]
    return [Failure(row.clip, None, row.error or "") for row in failed]


def commit_encode(store: Store, name: str, row: EncodeRow) -> None:
    """Commit the row of **encodes** of an encode, unless it stands."""
    data = rows.to_bytes(EncodeRow, [row])
    file = rows.file_of(data, 1)
    put_unless_same(store, layout.encode_row(name), data)
    told = manifest.single(layout.encode_marker(name), layout.encode_row(name), file)
    put_unless_same(store, layout.encode_marker(name), told)


def encode_rows(request: Build | Extract) -> dict[str, EncodeRow]:
    """Rows of **encodes**, by name."""
    if isinstance(request, Extract):
        return {SOURCE: EncodeRow(encode=SOURCE, encoder=SOURCE)}
    made = {encode.name: encode_row(encode, request) for encode in request.encodes if encode}
    return made | ({SOURCE: EncodeRow(encode=SOURCE, encoder=SOURCE)} if request.recipe.takes_source else {})


def encode_row(encode: Encode, request: Build) -> EncodeRow:
    """An encode's row of **encodes**."""
    gop = request.recipe.gop
    return EncodeRow(
        encode=encode.name,
        codec=encode.codec,
        encoder=encode.encoder,
        preset=encode.preset,
        tune=encode.tune,
        rate_control=encode.rate.kind,
        rate=encode.rate.value,
        maxrate=encode.maxrate,
        bufsize=encode.bufsize,
        passes=encode.passes,
        pixel_format=encode.pixel_format,
        film_grain=encode.film_grain,
        params=":".join(f"{key}={value}" for key, value in encode.params) or None,
        gop_length=gop.length,
        gop_closed=gop.closed,
    )


def shown(track: Track) -> dict[str, Any]:
    """How players show a video, as rows of **clips** and **streams** tell it."""
    aspect = track.sample_aspect_ratio
    return {
        "rotation": track.orientation.rotation,
        "mirrored": track.orientation.is_mirrored,
        "sample_aspect_num": aspect.numerator if aspect else None,
        "sample_aspect_den": aspect.denominator if aspect else None,
    }


def clip_row(clip: Clip, facts: Facts | None, error: str | None = None) -> ClipRow:
    """A clip's row of **clips**: what its source is, and what is known by cutting it."""
    source = clip.source
    return ClipRow(
        clip=clip.name,
        source=clip.video.uri,
        status="failed" if error else "done",
        error=error,
        source_sha256=clip.sha256,
        source_codec=source.codec,
        source_width=source.width,
        source_height=source.height,
        track=source.track.number,
        tracks=source.track.count,
        first=clip.first,
        start=clip.start,
        frames=None if facts is None else len(facts.pts),
        fps=float(clip.fps),
        time_base_num=None if facts is None else facts.time_base.numerator,
        time_base_den=None if facts is None else facts.time_base.denominator,
        width=clip.width,
        height=clip.height,
        pixel_format=clip.cut.pixel_format,
        **shown(source.track),
        deinterlaced=clip.cut.deinterlace,
        colour_primaries=source.colour.primaries,
        colour_transfer=source.colour.transfer,
        colour_matrix=source.colour.matrix,
        colour_range=source.colour.range,
        argv=None if facts is None else facts.command,
    )
