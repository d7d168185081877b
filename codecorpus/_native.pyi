from collections.abc import Sequence
from typing import final

import pyarrow as pa

__all__ = ["SCHEMA_VERSION", "StreamReader", "schema"]

SCHEMA_VERSION: str

def schema(table: str) -> pa.Schema: ...

@final
class StreamReader:
    def __new__(
        cls,
        codec: str,
        *,
        tables: Sequence[str],
        extradata: bytes | None = None,
        time_base: tuple[int, int] = ...,
    ) -> StreamReader: ...
    def push(self, data: bytes, pts: int | None = None, position: int = 0) -> None: ...
    def finish(self) -> None: ...
    def take(self) -> dict[str, pa.RecordBatch] | None: ...
