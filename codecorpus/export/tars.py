"""WebDataset's shards: a tar whose files belong together where their names are the same up to the first dot."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from codecorpus.corpus.manifest import Json
from codecorpus.export.item import Form, Item, mp4, npy


class Tars:
    """`<key>.mp4` or `<key>.pixels.npy`, `<key>.maps.npy`, `<key>.description.npy` and `<key>.json` of every window."""

    has_notes = False

    def __init__(self, form: Form) -> None:
        self._form = form

    def name(self, number: int) -> str:
        return f"shard-{number:06}.tar"

    @contextmanager
    def open(self, path: Path) -> Iterator[_Tar]:
        with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as file:
            yield _Tar(file, self._form)

    def noted(self, file: pa.NativeFile) -> Json | None:
        return None


class _Tar:
    def __init__(self, file: tarfile.TarFile, form: Form) -> None:
        self._file = file
        self._form = form

    @property
    def size(self) -> int:
        return int(self._file.offset)

    def add(self, item: Item) -> None:
        if item.pixels is not None:
            is_video = self._form == "mp4"
            pixels = mp4(item.pixels, item.told["fps"]) if is_video else npy(item.pixels)
            self._put(f"{item.key}.{'mp4' if is_video else 'pixels.npy'}", pixels)
        self._put(f"{item.key}.maps.npy", npy(item.maps))
        self._put(f"{item.key}.description.npy", npy(item.description))
        self._put(f"{item.key}.json", json.dumps(item.told).encode())

    def note(self, told: Json) -> None:
        """A tar has windows alone: readers take every file in it as a part of one."""

    def _put(self, name: str, data: bytes) -> None:
        info = tarfile.TarInfo(name)  # of no time and no owner: the same windows are the same bytes
        info.size = len(data)
        self._file.addfile(info, io.BytesIO(data))
