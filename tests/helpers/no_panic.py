"""Reads streams, and fails only where a parser panics: python tests/helpers/no_panic.py FILE..."""

from __future__ import annotations

import contextlib
import sys

import codecorpus
from codecorpus.errors import StreamError

for path in sys.argv[1:]:
    for errors in ("strict", "skip"):
        with contextlib.suppress(StreamError):
            codecorpus.extract(path, errors=errors)
