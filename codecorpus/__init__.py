"""What every encoder worked out about your frames: motion, partitions, quantisation, bits and residuals.

`extract` reads the intrinsics of a stream that exists; `open` a corpus that `codecorpus build` wrote.
"""

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
from codecorpus.extract import Intrinsics, extract, extract_batches

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
