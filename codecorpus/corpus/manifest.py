"""The manifest: every file of a shard with its size, rows and SHA-256, and the corpus' head."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from codecorpus import schema
from codecorpus.corpus.files import write_text
from codecorpus.corpus.layout import FORMAT, Layout, check_head
from codecorpus.errors import CorpusError
from codecorpus.sources.fetch import sha256


def begin(layout: Layout, name: str, shards: int) -> None:
    """Make the corpus' folder and head, or check that those that stand fit.

    Raises:
        CorpusError: the folder is no corpus, or one of another format, schema or number of shards.
    """
    if layout.head.exists():
        text = layout.head.read_text(encoding="utf-8")
        check_head(text, str(layout.root))
        _check_fits(json.loads(text), layout, shards)
        return
    if layout.root.exists() and (not layout.root.is_dir() or any(layout.root.iterdir())):
        raise CorpusError(f"{layout.root}: neither a corpus nor an empty folder")
    head = {"format": FORMAT, "schema": schema.VERSION, "name": name, "shards": shards}
    write_text(layout.head, json.dumps(head, indent=2) + "\n")


def _check_fits(head: dict[str, Any], layout: Layout, shards: int) -> None:
    if head.get("schema") != schema.VERSION:
        raise CorpusError(
            f"{layout.root}: its schema is version {head.get('schema')}, this codecorpus writes {schema.VERSION}"
        )
    if head.get("shards") != shards:
        raise CorpusError(f"{layout.root}: it is built in {head.get('shards')} shards, not in {shards}")


def write(layout: Layout, shard: int, changed: Iterable[Path]) -> None:
    """Bring a shard's manifest up to date: what changed is read again, what is gone leaves."""
    entries = read(layout, shard)
    for path in changed:
        entries[path.relative_to(layout.root).as_posix()] = _describe(path)
    standing = {name: entry for name, entry in sorted(entries.items()) if (layout.root / name).exists()}
    write_text(layout.manifest(shard), _text(standing))


def write_statistics(layout: Layout) -> None:
    """Write the manifest of all statistics that are there."""
    paths = sorted(layout.root.glob("statistics/*.parquet"))
    write_text(layout.statistics_manifest, _text({p.relative_to(layout.root).as_posix(): _describe(p) for p in paths}))


def shards(layout: Layout) -> int:
    """How many shards the corpus is built in.

    Raises:
        CorpusError: there is no corpus, or it is of another format.
    """
    if not layout.head.exists():
        raise CorpusError(f"{layout.root}: no corpus here")
    text = layout.head.read_text(encoding="utf-8")
    check_head(text, str(layout.root))
    return int(json.loads(text).get("shards", 1))


def read(layout: Layout, shard: int) -> dict[str, dict[str, Any]]:
    """A shard's files by their path in the corpus; none before the first build.

    Raises:
        CorpusError: the manifest is damaged.
    """
    path = layout.manifest(shard)
    return parse(path.read_text(encoding="utf-8"), str(path)) if path.exists() else {}


def parse(text: str, where: str) -> dict[str, dict[str, Any]]:
    """A manifest's files by their path in the corpus.

    Raises:
        CorpusError: it is damaged.
    """
    try:
        return dict(json.loads(text)["files"])
    except (ValueError, KeyError, TypeError):
        raise CorpusError(f"{where}: the manifest is damaged") from None


def sources(manifests: Iterable[Mapping[str, Mapping[str, Any]]]) -> dict[str, str]:
    """Of each encode, SHA-256 of what its statistics are made from: the SHA-256 of its parts in all shards."""
    found: dict[str, list[str]] = {}
    for files in manifests:
        for name, entry in files.items():
            table, *folders = name.split("/")
            if table in ("frames", "blocks", "motion"):
                encode = folders[1].removeprefix("encode=")
                found.setdefault(encode, []).append(f"{name} {entry['sha256']}")
    return {encode: hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest() for encode, names in found.items()}


def _text(files: Mapping[str, dict[str, Any]]) -> str:
    return json.dumps({"files": files}, indent=1) + "\n"


def _describe(path: Path) -> dict[str, Any]:
    entry: dict[str, Any] = {"bytes": path.stat().st_size, "sha256": sha256(path)}
    if path.suffix == ".parquet":
        entry["rows"] = pq.read_metadata(path).num_rows
    return entry
