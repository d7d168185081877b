"""A chunk under way: its folder on this machine, its clips, cut when they are needed, its bitstreams until bound.

What is whole in the folder is found again by whoever goes on after a death.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Self, TextIO

from codecorpus.corpus import files
from codecorpus.corpus.layout import Chunk
from codecorpus.corpus.manifest import File
from codecorpus.corpus.store import Store
from codecorpus.errors import CodecorpusError, CorpusError, SourceError, border, reason
from codecorpus.run.hold import hold, own_beside
from codecorpus.run.stream import Bitstream, Job
from codecorpus.run.work import Context, Event
from codecorpus.sources import clips as cutting
from codecorpus.sources.clips import Clip, CutClip
from codecorpus.sources.fetch import fetched, require_same, sha256, unchanged


@dataclass(frozen=True)
class Facts:
    """What is known of a clip once it was cut, without its file. `command` cut it; None where nothing is cut."""

    command: tuple[str, ...] | None
    time_base: Fraction
    pts: tuple[int, ...]


class Workshop:
    """The folder of a chunk, held by one process at a time."""

    def __init__(self, store: Store, chunk: Chunk, ffmpeg: str, context: Context) -> None:
        self._store = store
        self._context = context
        self._ffmpeg = ffmpeg
        self.folder = store.work / f"chunk-{chunk}"
        self._lock: TextIO | None = None
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()
        self._stacks: dict[str, ExitStack] = {}
        self._cut: dict[str, CutClip | str] = {}
        self._streams: dict[Path, Bitstream] = {}
        self._kept: dict[Path, File] = {}
        self._fetched: set[Path] = set()

    def __enter__(self) -> Self:
        if not self._hold():
            self.folder = own_beside(self.folder)
            self._hold()
        shutil.rmtree(self.folder / "clips", ignore_errors=True)
        shutil.rmtree(self.folder / "parts", ignore_errors=True)
        return self

    def __exit__(self, *_: object) -> None:
        for stack in self._stacks.values():
            stack.close()
        if self._lock:
            self._lock.close()

    def _hold(self) -> bool:
        self._lock = hold(self.folder)
        return self._lock is not None

    def facts(self, clip: Clip) -> Facts:
        """What is known of a clip by cutting it, now or before; of one that is not cut, by its source.

        Raises:
            CodecorpusError: it cannot be cut.
        """
        if not clip.is_cut:
            return Facts(None, clip.source.time_base, tuple(time - clip.times[0] for time in clip.times))
        told = _noted(self._facts_path(clip))
        if told is not None and told["clip"] == _identity(clip):
            return Facts(tuple(told["command"]), Fraction(*told["time_base"]), tuple(told["pts"]))
        with self.cut(clip) as made:
            return Facts(made.command, made.time_base, made.pts)

    @contextmanager
    def cut(self, clip: Clip) -> Iterator[CutClip]:
        """The clip as a file; the same one until `put_away`.

        Raises:
            CodecorpusError: it cannot be cut; the same each time.
        """
        with self._lock_of(clip.name):
            if clip.name not in self._cut:
                self._cut[clip.name] = self._make(clip)
        made = self._cut[clip.name]
        if isinstance(made, str):
            raise SourceError(made)
        yield made

    def put_away(self, clip: Clip) -> None:
        """Remove the clip's file."""
        with self._lock_of(clip.name):
            if isinstance(self._cut.get(clip.name), CutClip):
                del self._cut[clip.name]
            if stack := self._stacks.pop(clip.name, None):
                stack.close()

    @contextmanager
    def at_hand(self, clip: Clip) -> Iterator[None]:
        """Do something with a clip that may end this process: who hears of it knows by what.

        Raises:
            SourceError: it did before.
        """
        if (cause := self._context.quarantine.get(clip.name)) is not None:
            raise SourceError(f"{clip.video.uri}: {cause}")
        self._context.tell(Event("begun", clip.name))
        try:
            yield
        finally:
            self._context.tell(Event("read", clip.name))

    @contextmanager
    def source(self, clip: Clip) -> Iterator[Path]:
        """The clip's source as a file, which is what it was when it was planned.

        Raises:
            SourceError: it cannot be read, or is another one now.
        """
        uri = clip.video.uri
        with fetched(uri, lambda: self._context.tell(Event("alive", clip.name))) as path, unchanged(path, uri):
            with self._lock_of(f"source {uri}"), border(uri):
                require_same(path, uri, clip.sha256)
            yield path

    def bitstream(self, job: Job) -> tuple[Path, Bitstream] | None:
        """A stream that was made before, whole."""
        path, note = self._bitstream_paths(job)
        with self._lock_of(f"stream {path}"):
            if path not in self._streams:
                told = _whole(path, note, _job_identity(job))
                if told is None:
                    return None
                self._streams[path] = Bitstream(**{**told, "argv": tuple(told["argv"])})
            return path, self._streams[path]

    def bitstream_path(self, job: Job) -> Path:
        """Where a stream is to be made."""
        path, _ = self._bitstream_paths(job)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def note_bitstream(self, job: Job, made: Bitstream) -> None:
        """Say that a stream is whole."""
        path, note = self._bitstream_paths(job)
        _note(note, {**asdict(made), "of": _job_identity(job)})
        self._streams[path] = made

    def fetched(self, job: Job, name: str, file: File) -> Path:
        """A stream that stands in the corpus, as a file here.

        Raises:
            CorpusError: it is not what was written.
        """
        path = self.bitstream_path(job)
        with self._lock_of(f"stream {path}"):
            if path not in self._fetched:
                if not path.exists() or sha256(path) != file.sha256:
                    data = self._store.read(name)
                    if hashlib.sha256(data).hexdigest() != file.sha256:
                        raise CorpusError(f"{self._store.path}/{name}: the file is damaged; build with --check")
                    path.write_bytes(data)
                self._fetched.add(path)
        return path

    def kept(self, clip: Clip, form: str) -> tuple[Path, File] | None:
        """A clip that was kept in a form, now or before, whole."""
        path = self.kept_path(clip, form)
        if path not in self._kept:
            told = _whole(path, path.with_suffix(".json"), _identity(clip))
            if told is None:
                return None
            self._kept[path] = File(**told)
        return path, self._kept[path]

    def kept_path(self, clip: Clip, form: str) -> Path:
        """Where a clip is to be kept."""
        return self.folder / "kept" / form / f"{clip.name}.nut"

    def note_kept(self, clip: Clip, form: str) -> None:
        """Say that a clip that is kept is whole."""
        path = self.kept_path(clip, form)
        made = self._kept[path] = File(path.stat().st_size, sha256(path))
        _note(path.with_suffix(".json"), {**asdict(made), "of": _identity(clip)})

    def measures_path(self, job: Job, kind: str) -> Path:
        """Where what was measured of a stream waits."""
        return self._bitstream_paths(job)[0].with_suffix(f".{kind}")

    def _bitstream_paths(self, job: Job) -> tuple[Path, Path]:
        folder = self.folder / "streams" / job.name
        return folder / f"{job.clip.name}.nut", folder / f"{job.clip.name}.json"

    def _facts_path(self, clip: Clip) -> Path:
        return self.folder / "facts" / f"{clip.name}.json"

    def _lock_of(self, name: str) -> threading.Lock:
        with self._guard:
            return self._locks.setdefault(name, threading.Lock())

    def _make(self, clip: Clip) -> CutClip | str:
        stack = ExitStack()
        folder = self.folder / "clips" / clip.name
        folder.mkdir(parents=True, exist_ok=True)
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        self._stacks[clip.name] = stack
        try:
            with self.at_hand(clip), self.source(clip) as source:
                made = cutting.cut(self._ffmpeg, source, clip, folder)
        except (CodecorpusError, MemoryError) as failure:
            return reason(failure)
        told = {"clip": _identity(clip), "command": made.command, "pts": made.pts}
        told["time_base"] = made.time_base.as_integer_ratio()
        _note(self._facts_path(clip), told)
        return made


def _note(path: Path, told: Mapping[str, Any]) -> None:
    """Keep something in mind for whoever goes on after a death.

    Nothing waits for the disk: what a loss of power leaves of a note is none, and what it names is looked at.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(files.TEMPORARY)
    temporary.write_text(json.dumps(told), encoding="utf-8")
    temporary.replace(path)


def _noted(path: Path) -> dict[str, Any] | None:
    """What was kept in mind, if it was."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _whole(path: Path, note: Path, of: str) -> dict[str, Any] | None:
    """What was noted of a file that is whole, if it is of what it is to be of."""
    told = _noted(note)
    if told is None or told.pop("of", None) != of:
        return None
    return told if path.exists() and sha256(path) == told["sha256"] else None


def _identity(clip: Clip) -> str:
    """What a clip's files and its streams are made of."""
    facts = clip.source
    return repr((clip.sha256, facts.track.number, facts.colour, clip.first, clip.times, clip.fps, clip.cut))


def _job_identity(job: Job) -> str:
    return repr((_identity(job.clip), job.encode, job.gop))
