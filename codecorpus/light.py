"""What keeps our own processes light to start."""

from __future__ import annotations

import gc
import os
import sys
from typing import Final

RARELY: Final = 100_000
"""Objects more than before, after which Python looks for cycles among them: loading makes many, none of which go."""


class _WithoutPandas:
    """A finder that finds no pandas."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("this program does without pandas", name=name)


def set_up() -> None:
    """Have this process start fast. To be called by programs, first of all, never by what others import.

    It does as if pandas were not installed: where it is, Arrow loads it with the first array that is made of a list,
    for half a second, only to see that the list is no series. NumPy's linear algebra starts no threads: they cost a
    tenth of a second, and wait for nothing. Pydantic looks for no plugins among all that is installed. And Python
    rarely looks for cycles.
    """
    sys.meta_path.insert(0, _WithoutPandas())
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    gc.set_threshold(RARELY)
