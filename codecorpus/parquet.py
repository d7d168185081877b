"""Small Parquet files, read whole."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq


def table_of(data: bytes, columns: list[str] | None = None) -> pa.Table:
    """The table in a file's bytes, or some of its columns, read by no thread of Arrow's.

    A process that was forked has none of those threads; and one that still lets go of bytes of Python's while the
    interpreter ends brings it down ("terminate called without an active exception").

    Raises:
        pyarrow.ArrowException: it is no Parquet file.
    """
    with pq.ParquetFile(pa.BufferReader(data), pre_buffer=False) as file:
        return file.read(columns, use_threads=False)
