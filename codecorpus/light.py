"""What keeps our own processes light to start."""

from __future__ import annotations

import sys


class _WithoutPandas:
    """A finder that finds no pandas."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("this program does without pandas", name=name)


def do_without_pandas() -> None:
    """Have this process do as if pandas were not installed.

    Where it is, Arrow loads it with the first array that is made of a list, for half a second, only to see that the
    list is no series. To be called by programs, never by what others import.
    """
    sys.meta_path.insert(0, _WithoutPandas())
