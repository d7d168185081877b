"""What is asked for: a recipe to build, or files to read as they are; all of it, or a share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from codecorpus import matrix, schema
from codecorpus.corpus import products
from codecorpus.corpus.head import SIDES, Head
from codecorpus.encode import Encode, Gop
from codecorpus.recipe.model import is_default, written

if TYPE_CHECKING:
    from codecorpus.extracting import Errors
    from codecorpus.recipe import Recipe
    from codecorpus.run.stream import Job
    from codecorpus.sources.clips import Clip

Products = dict[str, dict[str, Any]]
"""What is made of streams, by the names of `codecorpus.corpus.products`, each with its settings."""


@dataclass(frozen=True)
class Shard:
    """One of `count` shares of the work; the first is 0."""

    index: int = 0
    count: int = 1


@dataclass(frozen=True)
class Build:
    """A recipe to build into a corpus.

    `check` looks at the SHA-256 of what is there, not at sizes alone. `retry_failed` makes the chunks anew that hold
    what failed before.
    """

    recipe: Recipe
    corpus: str
    ffmpeg: str
    keep_streams: bool = False
    check: bool = False
    retry_failed: bool = False

    @cached_property
    def encodes(self) -> tuple[Encode | None, ...]:
        """The matrix, in the recipe's order; None for the sources' own streams."""
        return (*matrix.expand(self.recipe), *([None] if self.recipe.takes_source else []))

    @property
    def tables(self) -> tuple[str, ...]:
        """What is read out of each stream; **frames** always, since every check stands on it."""
        return tuple(table for table in schema.TABLES if table == "frames" or table in self.recipe.tables)

    def products(self, encode: Encode | None) -> Products:
        """What is to be made of every stream through an encode."""
        made: Products = {table: {} for table in self.tables}
        made["frames"] = {"measures": sorted(set(self.recipe.quality) - {"sse"})}
        if "blocks" in made:
            made["blocks"] = {"measures": sorted(set(self.recipe.quality) & {"sse"})}
        if self.recipe.maps is not None:
            made[products.maps(self.recipe.maps.cell)] = {"channels": list(self.recipe.maps.channels)}
        if self.keep_streams and encode is not None:
            made[products.BITSTREAMS] = {}
        return made

    @property
    def clip_products(self) -> Products:
        """What is to be made of every clip, beside its row."""
        return {products.pixels(self.recipe.keep.clips): {}} if self.recipe.keep else {}

    def gop(self, fps: float) -> Gop:
        """Of clips of so many frames a second."""
        return matrix.gop_of(self.recipe.gop, fps)

    def jobs(self, clip: Clip) -> list[Job]:
        """The streams of a clip, in the matrix's order."""
        from codecorpus.run.stream import Job

        gop = self.gop(float(clip.fps))
        return [Job.of(clip, encode, gop) for encode in self.encodes]

    @property
    def head(self) -> Head:
        """What the corpus is to say of itself."""
        clips, gop = self.recipe.clips, self.recipe.gop
        settings = {f"clips.{key}": value for key, value in written(clips).items()}
        settings |= {f"gop.{key}": value for key, value in written(gop).items()}
        settings[SIDES] = self.recipe.multiple
        return Head(self.recipe.name, "build", settings, written(self.recipe, is_default))


@dataclass(frozen=True)
class Extract:
    """Files to read as they are into a corpus; `errors` and `track` are as in `codecorpus.extract`."""

    inputs: tuple[str, ...]
    corpus: str
    tables: tuple[str, ...]
    errors: Errors = "skip"
    track: int | None = None
    check: bool = False
    retry_failed: bool = False

    @property
    def products(self) -> Products:
        """What is to be made of every stream."""
        return {table: {} for table in self.tables}

    @property
    def clip_products(self) -> Products:
        """What is to be made of every clip, beside its row."""
        return {}

    @property
    def head(self) -> Head:
        """What the corpus is to say of itself."""
        return Head("extract", "extract", {"errors": self.errors}, {"tables": list(self.tables)})


Request = Build | Extract
