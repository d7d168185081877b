from collections.abc import Sequence
from typing import Any, final

import numpy as np
import pyarrow as pa

from codecorpus.errors import StreamError

__all__ = [
    "IS_CHECKED",
    "SCHEMA_VERSION",
    "Features",
    "HeaderReader",
    "StreamReader",
    "Survey",
    "codecs",
    "feature_columns",
    "flow",
    "layers",
    "map_channels",
    "map_columns",
    "maps",
    "of_raw_stream",
    "record_syntax",
    "schema",
    "speeds",
    "take_syntax",
]

IS_CHECKED: bool
"""Whether arithmetic that overflows is a panic, and assertions are looked at: see scripts/checked."""

SCHEMA_VERSION: str

def schema(table: str) -> pa.Schema: ...
def codecs() -> list[dict[str, Any]]: ...
def layers(codec: str, head: bytes) -> int: ...
def of_raw_stream(head: bytes, told: str | None = None) -> str | None: ...
def record_syntax(on: bool) -> None: ...
def take_syntax() -> list[tuple[str, list[tuple[str, int]], str | None]]: ...

_Placed = tuple[int, int, bool, tuple[float, float], bool, tuple[float, float]]

def map_columns() -> dict[str, list[str]]: ...
def feature_columns() -> dict[str, list[str]]: ...
def map_channels() -> list[tuple[str, str, str, list[str]]]: ...
def maps(
    placed: Sequence[_Placed],
    blocks: pa.Table | None,
    motion: pa.Table | None,
    *,
    channels: Sequence[str],
    frames: int,
    size: tuple[int, int],
    cell: int,
) -> np.ndarray[Any, np.dtype[np.float32]]: ...
def flow(
    placed: Sequence[_Placed],
    motion: pa.Table,
    *,
    frames: int,
    size: tuple[int, int],
    forward: bool,
) -> np.ndarray[Any, np.dtype[np.float32]]: ...
def speeds(motion: pa.Table) -> np.ndarray[Any, np.dtype[np.float64]]: ...

@final
class Features:
    def __new__(cls) -> Features: ...
    def add(self, frames: pa.Table, blocks: pa.Table, motion: pa.Table, shown_size: tuple[int, int] | None) -> None: ...
    def tell(self, fps: float) -> dict[str, float]: ...

@final
class HeaderReader:
    @staticmethod
    def open(codec: str, extradata: bytes) -> HeaderReader | None: ...
    def push(self, data: bytes, number: int, *, is_discarded: bool = False) -> None: ...
    def configure(self, extradata: bytes) -> None: ...
    def finish(self) -> list[int]: ...

@final
class StreamReader:
    def __new__(
        cls,
        codec: str,
        *,
        tables: Sequence[str],
        extradata: bytes | None = None,
        time_base: tuple[int, int] = ...,
        skip: bool = False,
        residual: bool = False,
        threads: int = 1,
        memory: int = ...,
        least: tuple[int, int] = ...,
        samples: int = ...,
    ) -> StreamReader: ...
    def push(
        self,
        data: bytes,
        pts: int | None = None,
        dts: int | None = None,
        position: int = 0,
        *,
        is_discarded: bool = False,
        start: int = 0,
    ) -> int: ...
    def allow(self, threads: int) -> None: ...
    def configure(self, extradata: bytes) -> None: ...
    def finish(self, *, broken: bool = False) -> None: ...
    def take_errors(self) -> list[StreamError]: ...
    def take(self) -> dict[str, pa.RecordBatch] | None: ...
    @property
    def shown_size(self) -> tuple[int, int]: ...
    def take_residual(self) -> dict[int, np.ndarray[Any, np.dtype[np.int16]]]: ...

@final
class Survey:
    def __new__(cls, codec: str, extradata: bytes) -> Survey: ...
    def entry(self, data: bytes) -> bool | None: ...
    def is_leading(self, data: bytes) -> bool: ...
    def is_hidden(self, data: bytes) -> bool: ...
    def is_whole(self, data: bytes) -> bool: ...
    def lacks_picture(self, data: bytes) -> bool: ...
    def fields(self, data: bytes) -> list[tuple[int, tuple[int, bool], bool]]: ...
    def in_band(self, extradata: bytes) -> bytes: ...
    def carried(self, first: bytes, entry: bytes) -> bytes: ...
