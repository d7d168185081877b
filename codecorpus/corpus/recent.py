"""What was asked for last, kept for who asks again."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """The `most` values that were asked for last, each made when it is first asked for.

    Threads may share it. A process that was forked, or to which it was sent, begins with none: open files and
    connections are of one process.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._begin()

    def __reduce__(self) -> tuple[Any, ...]:
        return Recent, (self._most,)

    def _begin(self) -> None:
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._values: OrderedDict[Key, Value] = OrderedDict()

    def get(self, key: Key, make: Callable[[], Value]) -> Value:
        """The value of a key; two threads may make it at once, and one of them counts."""
        if self._process != os.getpid():
            self._begin()
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        made = make()
        with self._lock:
            value = self._values.setdefault(key, made)
            if len(self._values) > self._most:
                self._values.popitem(last=False)
        return value
