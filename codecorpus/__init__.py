"""What every encoder worked out about your frames: motion, partitions, quantisation, bits and residuals.

`extract` reads the intrinsics of a stream that exists; `open` a corpus that `codecorpus build` wrote.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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
from codecorpus.extract import extract, extract_batches
from codecorpus.intrinsics import Intrinsics

if TYPE_CHECKING:
    from codecorpus.corpus.reader import Corpus, open

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


def __getattr__(name: str) -> object:
    """What reads a corpus is loaded when it is first asked for: reading streams alone needs 25 MB less."""
    if name == "__version__":
        from importlib.metadata import version

        return version("codecorpus")
    if name not in {"Corpus", "open"}:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from codecorpus.corpus import reader

    return getattr(reader, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
