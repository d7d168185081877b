"""What every encoder worked out about your frames: motion, partitions, quantisation, bits and residuals.

`extract` reads the intrinsics of a stream that exists; `open` a corpus that `codecorpus build` wrote.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from codecorpus.corpus.reader import Corpus, open
    from codecorpus.errors import (
        CodecorpusError,
        CorpusError,
        EncodeError,
        LimitError,
        MalformedError,
        RecipeError,
        SourceError,
        StreamError,
        TruncatedError,
        UnsupportedError,
    )
    from codecorpus.extracting import extract, extract_batches
    from codecorpus.intrinsics import Intrinsics

    __version__: str

__all__ = [
    "CodecorpusError",
    "Corpus",
    "CorpusError",
    "EncodeError",
    "Intrinsics",
    "LimitError",
    "MalformedError",
    "RecipeError",
    "SourceError",
    "StreamError",
    "TruncatedError",
    "UnsupportedError",
    "extract",
    "extract_batches",
    "open",
]

_ROOMS: Final = {
    "Corpus": "corpus.reader",
    "Intrinsics": "intrinsics",
    "extract": "extracting",
    "extract_batches": "extracting",
    "open": "corpus.reader",
}
"""Where what is public lives, but for errors."""

_MODULES: Final = frozenset({"errors", "flow", "intrinsics", "maps", "schema"})
"""Those that are there without being imported by name."""


def __getattr__(name: str) -> object:
    """What is public is loaded when it is first asked for: a command that reads no stream starts without PyAV."""
    if name == "__version__":
        from importlib.metadata import version

        return version("codecorpus")
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_ROOMS.get(name, 'errors')}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
