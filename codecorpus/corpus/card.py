"""The corpus' README.md: a dataset card, which tells people what is in it, and Hugging Face how to load it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import yaml

from codecorpus import schema
from codecorpus.corpus.head import Head

TABLES: Final = {
    "frames": "per coded picture: type, references, size in bytes, mean QP, where the bits went",
    "blocks": "per coding block: position and size, how it is predicted and split, QP, coefficients, bits, energy",
    "motion": "per inter prediction block: vectors, references and their distance in frames, how they were coded",
    "transforms": "per transform block: position, size and type, coefficients, energy, DC, bits",
    "maps": "per frame: a dense grid of all that, as bytes with its shape and type",
    "clips": "per clip: where it comes from, its size and length",
    "encodes": "per encode: its encoder and settings",
    "streams": "per clip and encode: the exact command, versions, what failed and why",
}
"""What a row of each table is."""

READING: Final = """\
## Reading it

The files are plain Parquet. Every row tells its `clip`, `encode` and `codec`; the same `frame` of a clip is the same
instant in every encode of it. CORPUS is this folder.

```python
import codecorpus
corpus = codecorpus.open("CORPUS")
corpus.clips, corpus.encodes, corpus.streams
corpus.{table}(clip=..., encode=..., frames=slice(0, 16))
```

```python
import pyarrow.dataset
pyarrow.dataset.dataset("CORPUS/{table}").to_table(filter=pyarrow.dataset.field("encode") == ...)

import pandas
pandas.read_parquet("CORPUS/{table}", filters=[("encode", "==", ...)])

import polars
polars.scan_parquet("CORPUS/{table}/**/*.parquet").group_by("encode").len().collect()

import duckdb
duckdb.sql("SELECT encode, count(*) FROM 'CORPUS/{table}/**/*.parquet' GROUP BY ALL")

import datasets
datasets.load_dataset("CORPUS", "{table}", split="train")
```

`codecorpus verify CORPUS` tells whether everything is there, whole and consistent.
"""


def text(head: Head) -> str:
    """The card of a corpus."""
    tables = list(_tables(head))
    rows = "\n".join(f"| **{table}** | {TABLES[table]} |" for table in tables)
    sections = [
        f"---\n{_front(head, tables)}---",
        f"# {head.name}",
        "What encoders decided about the frames of videos, block by block, read out of the bitstreams by codecorpus: "
        f"tables of schema {schema.VERSION}.",
        f"| table | a row |\n| --- | --- |\n{rows}",
        _made(head),
        READING.format(table="blocks" if "blocks" in tables else "frames"),
    ]
    return "\n\n".join(section.rstrip() for section in sections) + "\n"


def _front(head: Head, tables: list[str]) -> str:
    """What Hugging Face reads: a configuration a table."""
    configs: list[dict[str, Any]] = [
        {"config_name": table, "data_files": [{"split": "train", "path": f"{table}/**/*.parquet"}]} for table in tables
    ]
    front = {"pretty_name": head.name, "tags": ["video", "video-coding", "codecorpus"], "configs": configs}
    return yaml.safe_dump(front, sort_keys=False, allow_unicode=True, width=1000)


def _tables(head: Head) -> Iterator[str]:
    """The tables that the recipe asks for: frames always, blocks first since it is what most want."""
    asked = head.recipe.get("tables") or ("frames", "blocks", "motion")
    for table in TABLES:
        if table in schema.BOOKKEEPING or table in ("frames", *asked) or (table == "maps" and head.recipe.get("maps")):
            yield table


def _made(head: Head) -> str:
    recipe = yaml.safe_dump(dict(head.recipe), sort_keys=False, allow_unicode=True, width=120)
    how = "out of this recipe, its defaults left out" if head.command == "build" else "out of streams as they are"
    return f"## How it was made\n\n`codecorpus {head.command}`, {how}:\n\n```yaml\n{recipe}```"
