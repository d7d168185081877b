"""How the recipe's parts are written: their keys, what may stand there, and what excludes what."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from codecorpus.channels import CHANNELS
from codecorpus.encode import ENCODERS
from codecorpus.encode.model import OWN_DEPTH, bits_per_second
from codecorpus.names import is_safe, plain
from codecorpus.recipe import model
from codecorpus.recipe.values import (
    Bitrates,
    ClipLength,
    Fps,
    Integers,
    Length,
    Location,
    Numbers,
    Parameters,
    Size,
    Text,
    Texts,
    Time,
    many,
    mistake,
    nearest,
    shown,
)

MOST_ENCODES: Final = 10_000
"""That a recipe may multiply out to."""

MOST_CLIPS: Final = 1_000_000
"""Of a source."""

TRUST: Final = "trust"
"""In the context of validation: whether an encoder's own parameters may name files."""


class Part(BaseModel):
    """A part of the recipe: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    makes: ClassVar[type]
    """What it is as plain data, with the same keys."""

    def plain(self) -> Any:
        """It as plain data."""
        return self.makes(**{name: _plain(getattr(self, name)) for name in type(self).model_fields})


def _plain(value: object) -> object:
    if isinstance(value, Part):
        return value.plain()
    return tuple(map(_plain, value)) if isinstance(value, tuple) else value


class SourceEntry(Part):
    """A video, a pattern, a folder or a manifest, and the range of it that counts."""

    makes = model.SourceEntry

    uri: Location = Field(description="path, glob, folder, URI, sample://NAME, or a CSV or Parquet")
    start: Time | None = Field(default=None, description="seconds into the source")
    end: Time | None = Field(default=None, description="seconds into the source")
    track: Annotated[int, Field(strict=True, ge=0)] | None = Field(
        default=None, description="number of the video track, from 0; FFmpeg's choice unless given"
    )

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, value: object) -> object:
        return {"uri": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise mistake(f"end {plain(self.end)} is not after start {plain(self.start)}")
        return self


class Clips(Part):
    """How sources are cut and normalised, once, so that every encode sees identical frames."""

    makes = model.Clips

    length: ClipLength = Field(default=model.Clips.length, description="4s, a number of frames, scenes, or whole")
    remainder: Literal["keep", "drop"] = Field(
        default=model.Clips.remainder, description="what is left after the last full length"
    )
    limit: Annotated[int, Field(strict=True, gt=0, le=MOST_CLIPS)] | None = Field(
        default=None, description="most clips per source"
    )
    fps: Fps = Field(default=model.Clips.fps, description="source, a number, or a fraction")
    size: Size = Field(
        default=model.Clips.size, description="source, or WIDTHxHEIGHT: scaled to cover, cropped at the centre"
    )

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, value: object) -> object:
        return {"length": value} if isinstance(value, str) else value


class GopEntry(Part):
    """Key frames at the same frames in every encode."""

    makes = model.GopEntry

    length: Length = Field(default=model.GopEntry.length, description="frames, or seconds as in 2s")
    closed: Annotated[bool, Field(strict=True)] = Field(
        default=model.GopEntry.closed, description="no picture refers across a key"
    )


class Maps(Part):
    """Dense maps beside the blocks, one row a frame."""

    makes = model.Maps

    cell: Literal[4, 8, 16] = Field(default=model.Maps.cell, description="side of a cell, luma samples")
    channels: Annotated[tuple[str, ...], BeforeValidator(many)] = Field(
        default=model.Maps.channels, min_length=1, description="of those in docs/maps.md"
    )

    @field_validator("channels")
    @classmethod
    def _known_channels(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for at, name in enumerate(names):
            if name not in CHANNELS:
                raise mistake(f"unknown channel {shown(name)}; {nearest(name, CHANNELS)}")
            if name in names[:at]:
                raise mistake(f"the channel {name!r} stands twice")
        return names


class Keep(Part):
    """What stays in the corpus beside its tables."""

    makes = model.Keep

    clips: model.PixelForm = Field(
        default=model.Keep.clips, description="lossless, or visually-lossless: smaller, and read faster"
    )

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, value: object) -> object:
        return {"clips": "lossless"} if value == "clips" else value


class EncodeEntry(Part):
    """One entry of the matrix; its lists are multiplied out."""

    makes = model.EncodeEntry

    source: Literal[True] | None = Field(default=None, description="the source's own bitstream, as it is")
    encoder: str | None = Field(default=None, description="one of FFmpeg's encoders", examples=list(ENCODERS))
    preset: Texts | None = None
    tune: Texts | None = None
    crf: Numbers | None = None
    qp: Numbers | None = None
    bitrate: Bitrates | None = None
    maxrate: Bitrates | None = Field(default=None, description="cap, with crf or bitrate")
    bufsize: Bitrates | None = Field(default=None, description="the cap's buffer; as maxrate unless given")
    passes: Literal[1, 2] = model.EncodeEntry.passes
    pixel_format: Texts | None = None
    film_grain: Integers | None = None
    params: dict[str, Parameters] = Field(default_factory=dict, description="the encoder's own parameters")

    @field_validator("encoder")
    @classmethod
    def _known_encoder(cls, name: str | None) -> str | None:
        if name is not None and name not in ENCODERS:
            raise mistake(f"unknown encoder {shown(name)}; {nearest(name, tuple(ENCODERS))}")
        return name

    @field_validator("preset", "tune", "pixel_format")
    @classmethod
    def _known_words(cls, words: tuple[str, ...] | None, info: ValidationInfo) -> tuple[str, ...] | None:
        encoder = ENCODERS.get(info.data.get("encoder") or "")
        if words is None or encoder is None:
            return words
        if info.field_name == "tune":
            return tuple(_tune(encoder.name, word) for word in words)
        what, known = {
            "preset": ("preset", encoder.presets),
            "pixel_format": ("pixel format", (*encoder.pixel_formats, OWN_DEPTH)),
        }[str(info.field_name)]
        for word in words:
            if word not in known:
                raise mistake(f"unknown {what} {shown(word)} of {encoder.name}; {nearest(word, known)}")
        return words

    @field_validator("crf", "qp", "bitrate")
    @classmethod
    def _known_rate(cls, values: tuple[Any, ...] | None, info: ValidationInfo) -> tuple[Any, ...] | None:
        encoder = ENCODERS.get(info.data.get("encoder") or "")
        kind = str(info.field_name)
        if values is None or encoder is None:
            return values
        if kind not in encoder.rate_kinds:
            raise mistake(f"{encoder.name} has no {kind}; it takes {', '.join(encoder.rate_kinds)}")
        for value in values:
            if kind != "bitrate" and not encoder.rates[kind].holds(value):
                raise mistake(f"{kind} {plain(value)} is outside {encoder.name}'s range, {encoder.rates[kind]}")
        return values

    @field_validator("film_grain")
    @classmethod
    def _known_grain(cls, values: tuple[int, ...] | None, info: ValidationInfo) -> tuple[int, ...] | None:
        encoder = ENCODERS.get(info.data.get("encoder") or "")
        if values is None or encoder is None:
            return values
        if encoder.film_grain is None:
            raise mistake(f"{encoder.name} has no film_grain")
        for value in values:
            if not encoder.film_grain.holds(value):
                raise mistake(f"film_grain {shown(value)} is outside {encoder.name}'s range, {encoder.film_grain}")
        return values

    @field_validator("params")
    @classmethod
    def _harmless(cls, params: dict[str, tuple[str, ...]], info: ValidationInfo) -> dict[str, tuple[str, ...]]:
        """Names that are names, and none that would make an encoder read or write a file of the recipe's choice."""
        encoder = ENCODERS.get(info.data.get("encoder") or "")
        is_trusted = bool(info.context and info.context.get(TRUST))
        for name, values in params.items():
            if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]*", name):
                raise mistake(f"{shown(name)} is not a parameter's name")
            if encoder and encoder.own_params is not None and name not in encoder.own_params:
                known = tuple(sorted(encoder.own_params))
                raise mistake(f"unknown parameter {shown(name)} of {encoder.name}; {nearest(name, known)}")
            for value in values:
                if encoder and not is_trusted and encoder.opens_file(name, value):
                    does = f"{name} makes {encoder.name} read or write a file"
                    raise mistake(f"{does}, which a recipe may do only with --trust-recipe")
        return params

    @model_validator(mode="after")
    def _whole(self) -> Self:
        given = set(self.model_fields_set)
        if self.source:
            if given != {"source"}:
                raise mistake("an entry `source: true` takes no other key")
            return self
        if self.encoder is None:
            raise mistake(f"an entry needs an encoder, one of {', '.join(ENCODERS)}, or source: true")
        kinds = [kind for kind in ("crf", "qp", "bitrate") if getattr(self, kind) is not None]
        if len(kinds) > 1:
            raise mistake(f"{' and '.join(kinds)} exclude each other; write one entry for each")
        self._check_limits(ENCODERS[self.encoder].name, kinds)
        return self

    def _check_limits(self, name: str, kinds: list[str]) -> None:
        encoder = ENCODERS[name]
        if self.passes == 2 and (kinds != ["bitrate"] or not encoder.two_pass):
            able = [e.name for e in ENCODERS.values() if e.two_pass]
            raise mistake(f"passes: 2 needs a bitrate and one of {', '.join(able)}")
        if self.maxrate is not None and not {*(kinds or [encoder.default_rate.kind])} <= {*encoder.capped}:
            able = [f"{e.name} with {' or '.join(e.capped)}" for e in ENCODERS.values() if e.capped]
            raise mistake(f"maxrate needs one of {', '.join(able)}")
        if self.bufsize is not None and self.maxrate is None:
            raise mistake("bufsize needs maxrate")
        if self.bufsize is not None and not encoder.buffered:
            raise mistake(f"{name} caps rates whatever bufsize is; leave it out")
        if self.bitrate is not None and self.maxrate is not None:
            highest, cap = max(self.bitrate, key=bits_per_second), min(self.maxrate, key=bits_per_second)
            if bits_per_second(highest) > bits_per_second(cap):
                raise mistake(f"bitrate {highest} is above maxrate {cap}")


def _tune(encoder_name: str, word: str) -> str:
    """A tune as the encoder names it: aliases resolved, and of a combination no two that exclude each other."""
    encoder = ENCODERS[encoder_name]
    words = word.split(",") if encoder.combinable_tunes else [word]
    words = [encoder.tune_aliases.get(tune, tune) for tune in words]
    for tune in words:
        if tune not in encoder.tunes:
            known = nearest(tune, encoder.tunes) if encoder.tunes else "it has none"
            raise mistake(f"unknown tune {shown(tune)} of {encoder.name}; {known}")
    if len(set(words)) < len(words):
        raise mistake(f"a tune stands twice in {shown(word)}")
    alone = [tune for tune in words if tune not in encoder.combinable_tunes]
    if len(alone) > 1:
        beside = " and ".join(encoder.combinable_tunes)
        raise mistake(f"{encoder.name} takes one alone of {', '.join(alone)}; beside it may stand {beside}")
    return ",".join(words)


class Recipe(Part):
    """A whole recipe."""

    makes = model.Recipe

    name: Text = Field(
        default=model.Recipe.name, description="letters, digits, '.', '_', '-'; as the file, unless given"
    )
    sources: tuple[SourceEntry, ...] = Field(min_length=1)
    clips: Clips = Clips()
    gop: GopEntry = GopEntry()
    encodes: tuple[EncodeEntry, ...] = Field(min_length=1)
    tables: tuple[model.Table, ...] = Field(default=model.Recipe.tables, min_length=1)
    quality: Annotated[tuple[model.Quality, ...], BeforeValidator(many)] = Field(
        default=model.Recipe.quality, description="measured against the clip; each costs a decode"
    )
    maps: Maps | None = Field(default=None, description="dense maps on disk beside the blocks")
    keep: Keep | None = Field(default=None, description="clips: the pixels too, for who has no sources where it trains")

    @field_validator("name")
    @classmethod
    def _safe(cls, name: str) -> str:
        if name and not is_safe(name):
            raise mistake(f"{shown(name)} is no name; letters, digits, '.', '_' and '-' make one")
        return name

    @field_validator("sources", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        return many(value)

    @field_validator("encodes")
    @classmethod
    def _bounded(cls, entries: tuple[EncodeEntry, ...]) -> tuple[EncodeEntry, ...]:
        count = sum(entry.plain().count for entry in entries)
        if count > MOST_ENCODES:
            raise mistake(f"lists multiply out to {shown(count)} encodes; {MOST_ENCODES} are the most")
        return entries

    @field_validator("encodes")
    @classmethod
    def _able(cls, entries: tuple[EncodeEntry, ...], info: ValidationInfo) -> tuple[EncodeEntry, ...]:
        gop = info.data.get("gop")
        for encoder in (entry.encoder for entry in entries if entry.encoder):
            if gop is not None and not gop.closed and not ENCODERS[encoder].open_gop:
                raise mistake(f"{encoder} has closed GOPs only; leave gop.closed true")
        return entries

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        recipe: model.Recipe = self.plain()
        if recipe.takes_source and recipe.clips.normalises:
            raise mistake("an entry `source: true` needs whole clips with the source's own fps and size")
        if self.clips.size != "source":
            width, height = map(int, self.clips.size.split("x"))
            if width % recipe.multiple or height % recipe.multiple:
                raise mistake(f"size {self.clips.size}: an encoder here needs multiples of {recipe.multiple}")
        if len(set(self.quality)) < len(self.quality):
            raise mistake("a measure stands twice in quality")
        if "sse" in self.quality and "blocks" not in self.tables:
            raise mistake("sse is a column of blocks; add blocks to tables")
        return self
