"""A stream's packets to Arrow tables."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final, Literal

import pyarrow as pa

from codecorpus import residual as residuals
from codecorpus import schema
from codecorpus._native import StreamReader
from codecorpus.demux import Input, Packet, name_of, open_stream
from codecorpus.errors import MalformedError, StreamError, UnsupportedError
from codecorpus.intrinsics import Intrinsics
from codecorpus.maps import largest
from codecorpus.schema import DEFAULT_TABLES

UNKNOWN: Final = "unknown"
"""The codec of a stream that could not be read at all."""

Errors = Literal["strict", "skip"]

READ_AHEAD_BYTES: Final = 1 << 17
"""Bytes of packets that are read before they are parsed."""

Threads = int | Callable[[], int] | None
"""How many threads may read: that number, what is said at the time, or with None as many as there are processors."""

NO_PICTURE: Final = "no picture in it can be read: there is none, or its parameter sets or key frames are missing"

SHORT: Final = 1 << 20
"""Bytes of a file that one thread reads: others would cost more than they gain."""

LEAST: Final = (1 << 15, 24)
"""Bytes and pictures that a thread begins for."""

MANY: Final = 2
"""Threads that may read where their number is still to be said."""

MEMORY: Final = 1 << 28
"""Bytes of batches that may wait to be taken, where several threads read."""


def cores() -> int:
    """The processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def extract(
    source: Input,
    *,
    tables: Sequence[str] = DEFAULT_TABLES,
    codec: str | None = None,
    errors: Errors = "strict",
    residual: bool = False,
    track: int | None = None,
    threads: Threads = None,
    memory: int = MEMORY,
) -> Intrinsics:
    """Reads the intrinsics of a whole stream: any container that PyAV opens, or a raw stream.

    A stream is read by several threads where it can be cut: at IDR pictures of H.264, at IDR, BLA and CRA pictures of
    HEVC, at key frames of AV1 and VP9, at all but B pictures of MPEG-4 and MPEG-2. What is read is the same for any
    number of them. A stream with no such picture but its first is read by one.

    Of HEVC in layers (MV-HEVC, SHVC) the base layer is read; the bytes of the others count to its pictures.

    Args:
        source: a path or URI, bytes, or a binary file object.
        tables: of `frames`, `blocks`, `motion` and `transforms`; only these are built.
        codec: of `codecorpus.codecs.CODECS`, for a raw stream that does not tell.
        errors: `strict` raises at the first damage. `skip` goes on behind it: a damaged picture has its row in
            **frames** alone, with the column `error`, and the result's `errors` tell of all that was passed over.
        residual: keeps the residual samples of luma too, for `Intrinsics.residual`: 2 bytes a sample of every picture,
            which `extract_batches` gives part by part. H.264, HEVC, AV1 and VP9 have one.
        track: number of the video track in the file, from 0; by default FFmpeg's choice, the largest of those that
            are flagged default, or of all. The result's
            `track` tells how many there are.
        threads: that read at once: a number, a function that is asked for one again and again, or None for as many as
            the process has processors. Files of less than a megabyte are read by one.
        memory: bytes of rows that may be read ahead of the first thread; when there are as many, the others wait.

    Raises:
        StreamError: it cannot be read (on), or with `skip`, no picture of it can. Its `intrinsics` holds what was read
            before the error.
        OSError: the file cannot be read.
    """
    parts: list[Intrinsics] = []
    try:
        parts.extend(
            extract_batches(
                source,
                tables=tables,
                codec=codec,
                errors=errors,
                residual=residual,
                track=track,
                threads=threads,
                memory=memory,
            )
        )
    except StreamError as error:
        error.intrinsics = _joined(parts or [_empty(codec or UNKNOWN, tables)], tables)
        raise
    return _joined(parts, tables)


def extract_batches(
    source: Input,
    *,
    tables: Sequence[str] = DEFAULT_TABLES,
    codec: str | None = None,
    errors: Errors = "strict",
    residual: bool = False,
    track: int | None = None,
    threads: Threads = None,
    memory: int = MEMORY,
) -> Iterator[Intrinsics]:
    """Reads a stream in parts of whole pictures, in coded order, in memory that does not grow with its length.

    Arguments and errors are those of `extract`; the parts before an error are given before it is raised. With `skip`, a
    part's `errors` are those that were met since the part before. Where one part ends and the next begins may differ
    with `threads`, and from run to run; all that is in them does not. Threads end when the iterator is closed.
    """
    _check_tables(tables)
    allowed = threads if callable(threads) else cores() if threads is None else threads
    if (isinstance(allowed, int) and allowed < 1) or memory < 0:
        raise ValueError(f"threads is at least 1, and memory at least 0; not {threads} and {memory}")
    if errors not in ("strict", "skip"):
        raise ValueError(f"errors is 'strict' or 'skip'; not {errors!r}")
    try:
        with open_stream(source, codec, track) as stream:
            is_short = stream.size is not None and stream.size < SHORT
            if is_short and not isinstance(threads, int):
                allowed = 1
            reader = StreamReader(
                stream.codec,
                tables=list(tables),
                extradata=stream.extradata,
                time_base=stream.time_base,
                skip=errors == "skip",
                residual=residual,
                threads=allowed if isinstance(allowed, int) else MANY,
                memory=memory,
                least=LEAST,
                samples=stream.samples,
            )
            why: StreamError | None = None
            pictures = 0
            for part, damage in _parts(reader, stream.packets, errors, None if isinstance(allowed, int) else allowed):
                for error in damage:
                    error.path = error.path or name_of(source)
                    why = _telling(why, error)
                if part is None:
                    yield replace(_empty(stream.codec, tables), errors=tuple(damage), track=stream.track)
                    continue
                pictures += part["frames"]["error"].null_count if errors == "skip" else part["frames"].num_rows
                yield Intrinsics(
                    stream.codec,
                    {name: pa.Table.from_batches([part[name]]) for name in tables},
                    tuple(damage),
                    reader.take_residual() if residual else None,
                    stream.track,
                    reader.shown_size if all(reader.shown_size) else None,
                )
            if not pictures:
                raise why or MalformedError(NO_PICTURE)
    except StreamError as error:
        if error.path is None:
            error.path = name_of(source)
        raise


Part = dict[str, pa.RecordBatch]


def _parts(
    reader: StreamReader, packets: Iterable[Packet], errors: Errors, allowed: Callable[[], int] | None
) -> Iterator[tuple[Part | None, list[StreamError]]]:
    """Record batches by table, and the damage that was met; those of the pictures before an error come before it."""
    damage: list[StreamError] = []
    try:
        for packet in _read_ahead(_until_broken(packets, damage) if errors == "skip" else packets):
            if allowed is not None:
                reader.allow(allowed())
            if packet.extradata is not None:
                reader.configure(packet.extradata)
            start = 0
            while start < len(packet.data):
                start = reader.push(
                    packet.data,
                    packet.pts,
                    packet.dts,
                    packet.position,
                    is_discarded=packet.is_discarded,
                    start=start,
                )
                while (part := reader.take()) is not None:
                    yield part, reader.take_errors()
        reader.finish()
    except StreamError:
        reader.finish(broken=True)  # the first error is the one to tell
        yield from _rest(reader, damage)
        raise
    yield from _rest(reader, damage)


def _rest(reader: StreamReader, broken: list[StreamError]) -> Iterator[tuple[Part | None, list[StreamError]]]:
    """What is left, once nothing follows. `broken` is damage behind all of it."""
    for part in iter(reader.take, None):
        yield part, reader.take_errors()
    if damage := [*reader.take_errors(), *broken]:
        yield None, damage


def _until_broken(packets: Iterable[Packet], damage: list[StreamError]) -> Iterator[Packet]:
    """The packets up to where the container breaks off, which is noted: what it held so far can be read."""
    try:
        yield from packets
    except UnsupportedError:
        raise
    except StreamError as error:
        damage.append(error)


def _telling(before: StreamError | None, error: StreamError) -> StreamError:
    """What to raise where no picture can be read: a tool that is not read says more than what follows from it."""
    if before is None or (isinstance(error, UnsupportedError) and not isinstance(before, UnsupportedError)):
        return error
    return before


def _read_ahead(packets: Iterable[Packet]) -> Iterator[Packet]:
    """The same packets, several read at a time: demuxer and parser would else drive each other out of the caches.

    Those before an error come before it is raised.
    """
    group: list[Packet] = []
    size = 0
    try:
        for packet in packets:
            group.append(packet)
            size += len(packet.data)
            if size >= READ_AHEAD_BYTES:
                yield from group
                group, size = [], 0
    except Exception:
        yield from group
        raise
    yield from group


def _check_tables(tables: Sequence[str]) -> None:
    unknown = [table for table in tables if table not in schema.TABLES]
    if unknown or isinstance(tables, str):
        raise ValueError(f"tables is a sequence of {', '.join(schema.TABLES)}; not {tables!r}")


def _joined(parts: list[Intrinsics], tables: Sequence[str]) -> Intrinsics:
    return Intrinsics(
        parts[0].codec,
        {name: pa.concat_tables([part.tables[name] for part in parts]) for name in tables},
        tuple(error for part in parts for error in part.errors),
        _joined_planes(parts),
        parts[0].track,
        largest(part.size for part in parts),
    )


def _joined_planes(parts: list[Intrinsics]) -> residuals.Planes | None:
    kept = [part.planes for part in parts if part.planes is not None]
    return {order: plane for planes in kept for order, plane in planes.items()} if kept else None


def _empty(codec: str, tables: Sequence[str]) -> Intrinsics:
    return Intrinsics(codec, {name: schema.SCHEMAS[name].empty_table() for name in tables})
