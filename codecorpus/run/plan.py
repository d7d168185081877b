"""What a build is to do: every clip through every encode, by shard."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from codecorpus import matrix, schema
from codecorpus.corpus.files import write_text
from codecorpus.corpus.layout import SOURCE
from codecorpus.encode import Encode, Gop
from codecorpus.encode.ffmpeg import FFmpeg
from codecorpus.errors import CodecorpusError
from codecorpus.recipe import Maps, Recipe
from codecorpus.sources import clips as cutting
from codecorpus.sources import scenes
from codecorpus.sources.clips import Clip
from codecorpus.sources.fetch import fetched, sha256, token
from codecorpus.sources.find import Video, find
from codecorpus.sources.probe import probe

CLIPS: TypeAdapter[list[Clip]] = TypeAdapter(list[Clip])


@dataclass(frozen=True)
class Shard:
    """One of `count` equal shares of the clips; the first is 0."""

    index: int = 0
    count: int = 1

    def holds(self, clip: str) -> bool:
        """Whether a clip is this shard's: by its name, so that new clips move no old one."""
        return zlib.crc32(clip.encode()) % self.count == self.index


@dataclass(frozen=True)
class Job:
    """One stream to make: a clip through an encode, or the source's own bitstream where that is None."""

    clip: Clip
    encode: Encode | None
    gop: Gop
    tables: tuple[str, ...]
    maps: Maps | None = None
    quality: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The encode's name."""
        return self.encode.name if self.encode else SOURCE

    @property
    def codec(self) -> str:
        return self.encode.codec if self.encode else self.clip.source.codec

    def fingerprint(self) -> str:
        """SHA-256 of everything that is asked for."""
        clip, encode = self.clip, self.encode
        asked: dict[str, Any] = {
            "schema": schema.VERSION,
            "source": clip.sha256,
            "range": [clip.first, len(clip.times)],
            "cut": asdict(clip.cut),
            "encode": {k: v for k, v in asdict(encode).items() if k != "name"} if encode else None,
            "gop": asdict(self.gop) if encode else None,
            "tables": self.tables,
        }
        if self.maps is not None:
            asked["maps"] = self.maps.model_dump()
        if self.quality:
            asked["quality"] = sorted(self.quality)
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Failure:
    """A source that gives no clips, or a clip or stream that could not be made."""

    clip: str
    encode: str | None
    error: str


@dataclass(frozen=True)
class Plan:
    """Clips and encodes of one shard, and the sources that could not be read."""

    recipe: Recipe
    encodes: tuple[Encode, ...]
    clips: tuple[Clip, ...]
    failures: tuple[Failure, ...]

    @property
    def tables(self) -> tuple[str, ...]:
        """What is read out of each stream; **frames** always, since every check stands on it."""
        return tuple(table for table in schema.TABLES if table == "frames" or table in self.recipe.tables)

    def jobs(self, clip: Clip) -> list[Job]:
        """The streams of a clip, in the matrix's order."""
        encodes: list[Encode | None] = [*self.encodes]
        if self.recipe.takes_source:
            encodes.append(None)
        gop = matrix.gop_of(self.recipe.gop, float(clip.fps))
        return [Job(clip, encode, gop, self.tables, self.recipe.maps, self.recipe.quality) for encode in encodes]

    def __iter__(self) -> Iterator[Job]:
        """Every stream, clip by clip."""
        for clip in self.clips:
            yield from self.jobs(clip)


def make(recipe: Recipe, work: Path, ffmpeg: FFmpeg, shard: Shard = Shard()) -> Plan:
    """Find the recipe's sources and divide them into clips.

    What is learnt of each source is kept in the folder `work`, until the source changes.

    Raises:
        RecipeError: the matrix is at odds with itself, or a source names nothing.
        SourceError: a manifest or a store cannot be read.
    """
    encodes = matrix.expand(recipe)
    videos = find(recipe.sources)
    names = cutting.stems(videos)
    clips: list[Clip] = []
    failures: list[Failure] = []
    for video in videos:
        try:
            clips += survey(video, names[video], recipe, work, ffmpeg)
        except CodecorpusError as error:
            failures.append(Failure(f"{names[video]}-000", None, str(error)))
    mine = tuple(clip for clip in clips if shard.holds(clip.name))
    return Plan(recipe, encodes, mine, tuple(f for f in failures if shard.holds(f.clip)))


def survey(video: Video, stem: str, recipe: Recipe, work: Path, ffmpeg: FFmpeg) -> list[Clip]:
    """The clips of one video, from what is known of it or by reading it.

    Raises:
        SourceError: it cannot be read.
    """
    asked = [asdict(video), token(video.uri), stem, recipe.clips.model_dump(), recipe.multiple, recipe.takes_source]
    known = work / "sources" / f"{hashlib.sha256(json.dumps(asked).encode()).hexdigest()}.json"
    if known.exists():
        return CLIPS.validate_json(known.read_bytes())
    work.mkdir(parents=True, exist_ok=True)
    with fetched(video.uri, work) as path:
        facts = probe(path)
        found = scenes.starts(ffmpeg.path, path, facts, video.uri) if recipe.clips.length == "scenes" else ()
        clips = cutting.divide(video, facts, sha256(path), recipe, stem, found)
    write_text(known, CLIPS.dump_json(clips).decode())
    return clips
