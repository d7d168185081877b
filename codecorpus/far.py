"""Far files, by fsspec, which is loaded only where one is named: it brings asyncio, and takes longer than a command."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


def reached(uri: str) -> tuple[Any, str]:
    """The file system of a URI, and the path in it.

    Raises:
        OSError, ValueError, ImportError: there is no such place, or what reaches it is not installed.
    """
    import fsspec.core

    files, path = fsspec.core.url_to_fs(uri)
    return files, str(path)


def opened(uri: str) -> Any:
    """A file to read, as a context; the errors are those of `reached`."""
    import fsspec

    return fsspec.open(uri, "rb")


def pulse(waiting: Callable[[], None]) -> Any:
    """A callback of fsspec's that has `waiting` called once a second while bytes come."""
    from fsspec.callbacks import Callback

    told = time.monotonic()

    def tell(size: int, value: int, **_: object) -> None:
        nonlocal told
        if time.monotonic() - told > 1:
            told = time.monotonic()
            waiting()

    return Callback(hooks={"pulse": tell})
