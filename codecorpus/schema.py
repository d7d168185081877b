"""The tables: their columns, units and version.

Every field's metadata holds its meaning, and its unit if it has one.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from codecorpus import _native

VERSION: Final = _native.SCHEMA_VERSION
"""Version of the tables, also in the metadata of every schema and file."""

TABLES: Final = ("frames", "blocks", "motion", "transforms")
"""The tables that are read out of bitstreams."""

SCHEMAS: Final[dict[str, pa.Schema]] = {table: _native.schema(table) for table in TABLES}
"""Their schemas, as `codecorpus.extract` returns them: without the keys clip and encode."""
