"""Corpora that are written by the project's own writers out of small streams: no encoder runs, so they cost nothing."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

import codecorpus
from codecorpus import schema
from codecorpus.corpus import card, head, layout, manifest, plans, rows, store
from codecorpus.corpus.layout import Chunk
from codecorpus.corpus.manifest import File, Marker
from codecorpus.corpus.map_rows import MapRows
from codecorpus.corpus.plans import Planned
from codecorpus.corpus.rows import ClipRow, EncodeRow, StreamRow
from codecorpus.corpus.store import Store
from codecorpus.corpus.writer import PartWriter
from codecorpus.intrinsics import Intrinsics
from codecorpus.maps import CHANNELS, displayed_size
from codecorpus.sources.find import Video

DATA = Path(__file__).parents[1] / "data"

TABLES = ("frames", "blocks", "motion")
ALL = (*TABLES, "transforms", "maps")


@dataclass(frozen=True)
class Stream:
    """A stream: what was read of it, or why nothing was; `kept` is its bitstream, where that is kept.

    `clip` has the pictures of its clip, where the stream failed and the clip did not.
    """

    intrinsics: Intrinsics | None = None
    error: str | None = None
    kept: bytes | None = None
    clip: Intrinsics | None = None


Streams = Mapping[str, Mapping[str, Stream]]
"""By encode and clip."""


@cache
def read(name: str) -> Stream:
    """One of the small streams."""
    return Stream(codecorpus.extract(DATA / name, tables=schema.TABLES), kept=(DATA / name).read_bytes())


def damaged(name: str, coded_order: int) -> Intrinsics:
    """One of the small streams, one of whose pictures could not be read."""
    intrinsics = read(name).intrinsics
    assert intrinsics is not None
    lost = {"error": "mb_type: it is 99", "complete": False, "type": None, "qp": None, "qstep": None}
    lost |= dict.fromkeys(("bits_header", "bits_mode", "bits_motion", "bits_residual"))
    frames = intrinsics.frames.to_pylist()
    frames[coded_order] |= lost
    keep = {
        table: rows.filter(pc.field("coded_order") != coded_order)
        for table, rows in intrinsics.tables.items()
        if table != "frames"
    }
    refs = intrinsics.motion
    for column in ("ref0", "ref1"):
        for order in set(refs.filter(pc.field(column) == coded_order)["coded_order"].to_pylist()):
            frames[order]["complete"] = False
    table = pa.Table.from_pylist(frames, schema=schema.SCHEMAS["frames"])
    return Intrinsics(intrinsics.codec, {"frames": table, **keep})


B_FRAMES = "long_term_b.hevc"
"""Nine frames of 72x56 in a pyramid."""

CLIPS = {Chunk(0, 0): ("one-000", "two-000"), Chunk(0, 1): ("three-000",)}
ENCODES = ("x265-a", "x265-b")


def built(path: Path | str, tables: Sequence[str] = ALL) -> Store:
    """Three clips in two chunks, through two encodes."""
    chunks = {
        chunk: {encode: dict.fromkeys(clips, read(B_FRAMES)) for encode in ENCODES} for chunk, clips in CLIPS.items()
    }
    return write(path, chunks, tables)


INTRA = "rext_444_16_intra.hevc"
EXTRACTED = {
    Chunk(0, 0): {
        "av1-000": read("compound.obu"),
        "fields-000": read("paff_temporal.264"),
        "gone-000": Stream(error="gone.mp4: there is no picture in it"),
        "hevc-000": read("weighted.hevc"),
    },
    Chunk(1, 0): {"intra-000": read(INTRA)},
    Chunk(2, 0): {"lost-000": Stream(error="lost.mp4: No such file or directory")},
}
"""Streams of three codecs in a chunk, one that has no vector, and two that failed: one of them is alone."""


def extracted(path: Path | str, tables: Sequence[str] = TABLES) -> Store:
    """What `codecorpus extract` makes of these."""
    chunks = {chunk: {layout.SOURCE: streams} for chunk, streams in EXTRACTED.items()}
    return write(path, chunks, tables, command="extract")


def write(
    path: Path | str, chunks: Mapping[Chunk, Streams], tables: Sequence[str] = TABLES, command: str = "build"
) -> Store:
    """Write a corpus."""
    where = store.find(path)
    recipe: dict[str, Any] = {"sources": ["a.mp4"], "tables": [table for table in tables if table != "maps"]}
    if "maps" in tables:
        recipe["maps"] = {"cell": 16, "channels": sorted(CHANNELS)}
    own = head.Head("written", command, {"clips.length": "whole"}, recipe)
    head.begin(where, own)
    where.put(layout.CARD, card.text(own).encode())
    _write_plans(where, chunks)
    for encode in sorted({encode for streams in chunks.values() for encode in streams}):
        codec = None if encode == layout.SOURCE else "hevc"
        data = rows.to_bytes(EncodeRow, [EncodeRow(encode=encode, encoder="libx265", codec=codec)])
        name = layout.encode_row(encode)
        where.put_once(
            layout.encode_marker(encode),
            manifest.single(layout.encode_marker(encode), name, _put(where, name, data, 1)),
        )
    for chunk, streams in chunks.items():
        _write_clips(where, chunk, streams)
        for encode, own_streams in streams.items():
            write_streams(where, chunk, encode, own_streams, tables)
    return where


def write_streams(
    where: Store, chunk: Chunk, encode: str, streams: Mapping[str, Stream], tables: Sequence[str]
) -> Marker:
    """Write the parts of a chunk's streams through an encode, and their marker."""
    files: dict[str, File] = {}
    good = {clip: stream.intrinsics for clip, stream in sorted(streams.items()) if stream.intrinsics is not None}
    for codec in sorted({intrinsics.codec for intrinsics in good.values()}):
        own = {clip: intrinsics for clip, intrinsics in good.items() if intrinsics.codec == codec}
        for table in tables:
            name = layout.part(table, codec, encode, chunk)
            files[name] = write_part(where, name, table, codec, encode, own)
    told = [_stream_row(clip, encode, stream, tables) for clip, stream in sorted(streams.items())]
    name = layout.streams(encode, chunk)
    files[name] = _put(where, name, rows.to_bytes(StreamRow, told), len(told))
    for clip, stream in streams.items():
        if stream.kept is not None and encode != layout.SOURCE:
            name = layout.bitstream(encode, clip)
            files[name] = replace(_put(where, name, stream.kept), rows=None)
    products: dict[str, Any] = {table: {} for table in tables if table != "maps"}
    if encode != layout.SOURCE:
        products["bitstreams"] = {}
    if "maps" in tables:
        products["maps-16"] = {"channels": sorted(CHANNELS)}
    counts = Counter[str](row.status for row in told)
    marker = Marker(chunk, encode, products, files, counts)
    where.put_once(marker.name, marker.to_bytes())
    return marker


def write_part(where: Store, name: str, table: str, codec: str, encode: str, streams: Mapping[str, Intrinsics]) -> File:
    """Write a part under its name."""
    made = where.work / "part.parquet"
    part = PartWriter(made, table, codec, encode)
    for clip, intrinsics in streams.items():
        part.begin(clip)
        if table == "maps":
            grids = MapRows(codec, displayed_size(intrinsics.frames), 16, CHANNELS)
            part.write(grids.add(intrinsics))
            part.write(grids.finish())
        else:
            part.write(intrinsics.tables[table])
    file = part.close()
    where.publish(made, name)
    return file


def mark_again(where: Store, chunk: Chunk, what: str, files: Mapping[str, File]) -> None:
    """Have a marker tell of files as they are now."""
    (known,) = manifest.made(where, chunk, what).markers
    where.put(known.name, replace(known, files={**known.files, **files}).to_bytes())


def _write_plans(where: Store, chunks: Mapping[Chunk, Streams]) -> None:
    groups = sorted({chunk.group for chunk in chunks})
    name = layout.sources(0, "0" * 64)
    data = rows.to_bytes(ClipRow, [])
    told = manifest.single(
        layout.sources_marker(0), name, _put(where, name, data, 0), groups=len(groups), command="build", settings={}
    )
    where.put_once(layout.sources_marker(0), told)
    where.put(layout.sources_copy(0), data)
    for group in groups:
        own = (of_encodes.values() for chunk, of_encodes in sorted(chunks.items()) if chunk.group == group)
        names = (sorted({clip for streams in of_encodes for clip in streams}) for of_encodes in own)
        planned = tuple(
            Planned(files=tuple(plans.File(clip, Video(f"{clip}.mp4")) for clip in of_chunk)) for of_chunk in names
        )
        marker = layout.plan_marker(group)
        where.put_once(marker, manifest.seal({"group": group, "chunks": plans.plain(planned)}, marker))


def _write_clips(where: Store, chunk: Chunk, streams: Streams) -> None:
    known: dict[str, Stream] = {}
    for own in streams.values():
        known |= {clip: stream for clip, stream in own.items() if clip not in known or stream.intrinsics is not None}
    told = [_clip_row(clip, stream) for clip, stream in sorted(known.items())]
    name = layout.clips(chunk)
    file = _put(where, name, rows.to_bytes(ClipRow, told), len(told))
    marker = Marker(chunk, layout.CLIPS, {}, {name: file})
    where.put_once(marker.name, marker.to_bytes())


def _clip_row(clip: str, stream: Stream) -> ClipRow:
    shown = stream.intrinsics or stream.clip
    if shown is None:
        return ClipRow(clip=clip, source=f"{clip}.mp4", status="failed", error=stream.error)
    width, height = displayed_size(shown.frames)
    frames = pc.count_distinct(shown.frames["frame"]).as_py()
    size: dict[str, Any] = {"width": width, "height": height, "frames": frames, "fps": 25.0}
    return ClipRow(clip=clip, source=f"{clip}.mp4", status="done", **size)


def _stream_row(clip: str, encode: str, stream: Stream, tables: Sequence[str]) -> StreamRow:
    if stream.intrinsics is None:
        return StreamRow(clip=clip, encode=encode, status="failed", error=stream.error)
    frames = stream.intrinsics.frames
    lost = len(frames["error"].drop_null())
    return StreamRow(
        clip=clip,
        encode=encode,
        status="damaged" if lost else "done",
        error=frames["error"].drop_null()[0].as_py() if lost else None,
        codec=stream.intrinsics.codec,
        frames=len(frames["frame"].drop_null()),
        pictures=frames.num_rows,
        lost=lost,
        bytes=pc.sum(frames["bytes"]).as_py(),
        sha256=None if stream.kept is None else hashlib.sha256(stream.kept).hexdigest(),
        tables=tuple(tables),
    )


def _put(where: Store, name: str, data: bytes, count: int | None = None) -> File:
    where.put(name, data)
    return File(len(data), hashlib.sha256(data).hexdigest(), count)
