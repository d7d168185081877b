"""A stream's frames from its packets alone, for codecs whose blocks are not read yet.

Everything here goes when every codec is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import av
import av.error
import pyarrow as pa

from codecorpus import schema
from codecorpus._native import StreamReader
from codecorpus.demux import Readable
from codecorpus.errors import MalformedError, UnsupportedError
from codecorpus.extract import Intrinsics

TABLES = ("frames",)
"""What packets can tell of."""


@cache
def is_read(codec: str) -> bool:
    """Whether blocks and motion of the codec are read."""
    try:
        StreamReader(codec, tables=["frames"])
    except UnsupportedError:
        return False
    return True


def read(source: Readable, codec: str) -> Iterator[Intrinsics]:
    """Frame, pts, time, key and bytes of each packet, in coded order; every other column is null."""
    try:
        with av.open(_anything(source), format="nut", options={"probesize": "200000"}, buffer_size=4096) as container:
            stream = container.streams.video[0]
            packets = [(p.pts, p.is_keyframe, p.size) for p in container.demux(stream) if p.size]
            time_base = stream.time_base
    except (av.error.FFmpegError, IndexError) as error:
        raise MalformedError(f"no stream comes ({error})") from error
    times = [pts for pts, _, _ in packets]
    order = {pts: frame for frame, pts in enumerate(sorted(times))}
    columns = {
        "frame": pa.array([order[pts] for pts in times], pa.int32()),
        "pts": pa.array(times, pa.int64()),
        "time": pa.array([float(pts * time_base) for pts in times], pa.float64()),
        "key": pa.array([key for _, key, _ in packets], pa.bool_()),
        "bytes": pa.array([size for _, _, size in packets], pa.int32()),
    }
    own = schema.SCHEMAS["frames"]
    arrays = [columns.get(field.name, pa.nulls(len(packets), field.type)) for field in own]
    yield Intrinsics(codec, {"frames": pa.Table.from_arrays(arrays, schema=own)})


def _anything(source: Any) -> Any:
    return source
