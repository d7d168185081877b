"""The recipe: what to encode and how, as strict YAML.

`load` reads one and tells every mistake with its line; `schema` gives the JSON Schema for editors.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from codecorpus.encode import ENCODERS
from codecorpus.errors import RecipeError
from codecorpus.maps import CHANNELS

Table = Literal["frames", "blocks", "motion"]
TABLES: tuple[Table, ...] = ("frames", "blocks", "motion")


def mistake(message: str) -> PydanticCustomError:
    """An error of the recipe in our own words, braces and all."""
    return PydanticCustomError("recipe", "{message}", {"message": message})


def nearest(word: str, known: tuple[str, ...]) -> str:
    """`; nearest is …` where something known resembles `word`, and what is known."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    hint = f"the nearest is {close[0]!r}; " if close else ""
    return f"{hint}known are {', '.join(known)}"


# --- values -------------------------------------------------------------------------------------------------


def _text(value: object) -> object:
    """Numbers where text is wanted: a preset may be written 8."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _many(value: object) -> object:
    """One value stands for a list of one."""
    return value if isinstance(value, list | tuple) else [value]


def _seconds(value: object) -> object:
    if isinstance(value, str) and (match := re.fullmatch(r"(\d+(?:\.\d+)?)s", value)):
        return float(match[1])
    if isinstance(value, str):
        raise mistake(f"{value!r} is not a time; write seconds as in 4s")
    return value


def _length(value: object) -> object:
    """Frames as an integer, or seconds as in 4s."""
    if isinstance(value, str) and re.fullmatch(r"\d+(\.\d+)?s", value) and float(value[:-1]) > 0:
        return value
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return str(value)
    raise mistake(f"{value!r} is not a length; write frames as in 96, or seconds as in 4s")


def _clip_length(value: object) -> object:
    if value == "scenes":
        raise mistake("scenes are not supported yet; give a length as in 4s, or whole")
    return value if value == "whole" else _length(value)


def _fps(value: object) -> object:
    if value == "source":
        return value
    try:
        rate = Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        rate = Fraction(0)
    if not 0 < rate <= 1000:
        raise mistake(f"{value!r} is not a frame rate; write source, a number, or one as in 30000/1001")
    return str(rate.limit_denominator(100_000))


def _size(value: object) -> object:
    if value == "source":
        return value
    match = re.fullmatch(r"(\d{2,5})x(\d{2,5})", value) if isinstance(value, str) else None
    if not match or int(match[1]) > 16384 or int(match[2]) > 16384:
        raise mistake(f"{value!r} is not a size; write source, or width and height as in 1280x720")
    if int(match[1]) % 2 or int(match[2]) % 2:
        raise mistake(f"{value!r} has an odd side; chroma needs even ones")
    return value


def _bitrate(value: object) -> object:
    value = _text(value)
    if isinstance(value, str) and re.fullmatch(r"\d+(\.\d+)?[kM]?", value) and float(value.rstrip("kM")) > 0:
        return value
    raise mistake(f"{value!r} is not a bitrate; write bits a second as in 500k or 2M")


def _frames_or_seconds(**extra: Any) -> dict[str, Any]:
    options = [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": r"^\d+(\.\d+)?s$"}]
    return {"anyOf": options, **extra}


Text = Annotated[str, BeforeValidator(_text, json_schema_input_type=str | int)]
Bitrate = Annotated[str, BeforeValidator(_bitrate, json_schema_input_type=str | int)]
Number = Annotated[float, Field(strict=True)]
Time = Annotated[
    float,
    BeforeValidator(_seconds),
    WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": r"s$"}]}),
    Field(strict=True, ge=0),
]
Length = Annotated[str, BeforeValidator(_length), WithJsonSchema(_frames_or_seconds())]
ClipLength = Annotated[
    str,
    BeforeValidator(_clip_length),
    WithJsonSchema({"anyOf": [*_frames_or_seconds()["anyOf"], {"const": "whole"}]}),
]
Fps = Annotated[str, BeforeValidator(_fps), WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string"}]})]
Size = Annotated[str, BeforeValidator(_size)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(_many, json_schema_input_type=str | int | list[str | int])]
Bitrates = Annotated[tuple[Bitrate, ...], BeforeValidator(_many, json_schema_input_type=str | int | list[str | int])]
Numbers = Annotated[tuple[Number, ...], BeforeValidator(_many, json_schema_input_type=float | list[float])]
Integers = Annotated[
    tuple[Annotated[int, Field(strict=True)], ...],
    BeforeValidator(_many, json_schema_input_type=int | list[int]),
]


def _parameter(value: object) -> object:
    """Encoder parameters are text on the command line; YAML's numbers are welcome."""
    if isinstance(value, bool):
        raise mistake("true and false mean different things to different encoders; write 1 or 0")
    value = f"{value:g}" if isinstance(value, float) else _text(value)
    if isinstance(value, str) and (not value or set(value) & set(":,=\\'")):
        raise mistake(f"{value!r} cannot stand in an encoder's parameter list")
    return value


Parameter = Annotated[str, BeforeValidator(_parameter, json_schema_input_type=str | float)]
Parameters = Annotated[
    tuple[Parameter, ...],
    BeforeValidator(_many, json_schema_input_type=str | float | list[str | float]),
]


# --- models -------------------------------------------------------------------------------------------------


class Part(BaseModel):
    """A part of the recipe: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(Part):
    """A video, a pattern, a folder or a manifest, and the range of it that counts."""

    uri: str = Field(min_length=1, description="path, glob, folder, URI, sample://NAME, or a CSV or Parquet")
    start: Time | None = Field(default=None, description="seconds into the source")
    end: Time | None = Field(default=None, description="seconds into the source")

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, value: object) -> object:
        return {"uri": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise mistake(f"end {self.end:g} is not after start {self.start:g}")
        return self


class Clips(Part):
    """How sources are cut and normalised, once, so that every encode sees identical frames."""

    length: ClipLength = Field(default="whole", description="4s, a number of frames, or whole")
    remainder: Literal["keep", "drop"] = Field(default="keep", description="what is left after the last full length")
    limit: Annotated[int, Field(strict=True, gt=0)] | None = Field(default=None, description="most clips per source")
    fps: Fps = Field(default="source", description="source, a number, or a fraction")
    size: Size = Field(default="source", description="source, or WIDTHxHEIGHT: scaled to cover, cropped at the centre")

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, value: object) -> object:
        return {"length": value} if isinstance(value, str) else value

    @property
    def normalises(self) -> bool:
        """Whether the frames that are encoded differ from the source's."""
        return (self.length, self.fps, self.size) != ("whole", "source", "source")


class GopEntry(Part):
    """Key frames at the same frames in every encode."""

    length: Length = Field(default="48", description="frames, or seconds as in 2s")
    closed: Annotated[bool, Field(strict=True)] = Field(default=True, description="no picture refers across a key")


class Maps(Part):
    """Dense maps beside the blocks, one row a frame."""

    cell: Literal[4, 8, 16] = Field(default=16, description="side of a cell, luma samples")
    channels: Annotated[tuple[str, ...], BeforeValidator(_many)] = Field(
        default=CHANNELS, min_length=1, description="of those in docs/maps.md"
    )

    @field_validator("channels")
    @classmethod
    def _known_channels(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for at, name in enumerate(names):
            if name not in CHANNELS:
                raise mistake(f"unknown channel {name!r}; {nearest(name, CHANNELS)}")
            if name in names[:at]:
                raise mistake(f"the channel {name!r} stands twice")
        return names


class EncodeEntry(Part):
    """One entry of the matrix; its lists are multiplied out."""

    source: Literal[True] | None = Field(default=None, description="the source's own bitstream, as it is")
    encoder: str | None = Field(default=None, description="one of FFmpeg's encoders", examples=list(ENCODERS))
    preset: Texts | None = None
    tune: Texts | None = None
    crf: Numbers | None = None
    qp: Numbers | None = None
    bitrate: Bitrates | None = None
    maxrate: Bitrates | None = Field(default=None, description="cap, with crf or bitrate")
    bufsize: Bitrates | None = Field(default=None, description="the cap's buffer; as maxrate unless given")
    passes: Literal[1, 2] = 1
    pixel_format: Texts | None = None
    film_grain: Integers | None = None
    params: dict[str, Parameters] = Field(default_factory=dict, description="the encoder's own parameters")

    @field_validator("encoder")
    @classmethod
    def _known_encoder(cls, name: str | None) -> str | None:
        if name is not None and name not in ENCODERS:
            raise mistake(f"unknown encoder {name!r}; {nearest(name, tuple(ENCODERS))}")
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
            "pixel_format": ("pixel format", encoder.pixel_formats),
        }[str(info.field_name)]
        for word in words:
            if word not in known:
                raise mistake(f"unknown {what} {word!r} of {encoder.name}; {nearest(word, known)}")
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
                raise mistake(f"{kind} {value:g} is outside {encoder.name}'s range, {encoder.rates[kind]}")
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
                raise mistake(f"film_grain {value} is outside {encoder.name}'s range, {encoder.film_grain}")
        return values

    @field_validator("params")
    @classmethod
    def _plain_names(cls, params: dict[str, Any]) -> dict[str, Any]:
        for name in params:
            if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
                raise mistake(f"{name!r} is not a parameter's name")
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
        if self.maxrate is not None and (kinds == ["qp"] or not encoder.capped):
            able = [e.name for e in ENCODERS.values() if e.capped]
            raise mistake(f"maxrate needs crf or bitrate, and one of {', '.join(able)}")
        if self.bufsize is not None and self.maxrate is None:
            raise mistake("bufsize needs maxrate")


def _tune(encoder_name: str, word: str) -> str:
    """A tune as the encoder names it: aliases resolved, combinations checked one by one."""
    encoder = ENCODERS[encoder_name]
    words = word.split(",") if encoder.combinable_tunes else [word]
    words = [encoder.tune_aliases.get(one, one) for one in words]
    for one in words:
        if one not in encoder.tunes:
            known = nearest(one, encoder.tunes) if encoder.tunes else "it has none"
            raise mistake(f"unknown tune {one!r} of {encoder.name}; {known}")
    return ",".join(words)


def _not_yet(what: str) -> BeforeValidator:
    def refuse(value: object) -> object:
        raise mistake(f"{what} not supported yet; leave the key out")

    return BeforeValidator(refuse)


class Recipe(Part):
    """A whole recipe."""

    name: str = Field(default="", pattern=r"^[A-Za-z0-9._-]*$", description="as the file, unless given")
    sources: tuple[Source, ...] = Field(min_length=1)
    clips: Clips = Clips()
    gop: GopEntry = GopEntry()
    encodes: tuple[EncodeEntry, ...] = Field(min_length=1)
    tables: tuple[Table, ...] = Field(default=TABLES, min_length=1)
    quality: Annotated[
        tuple[str, ...], _not_yet("quality measures are"), PlainSerializer(list), WithJsonSchema({"not": {}})
    ] = ()
    maps: Maps | None = Field(default=None, description="dense maps on disk beside the blocks")

    @field_validator("sources", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        return _many(value)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.takes_source and self.clips.normalises:
            raise mistake("an entry `source: true` needs whole clips with the source's own fps and size")
        if self.clips.size != "source":
            width, height = map(int, self.clips.size.split("x"))
            if width % self.multiple or height % self.multiple:
                raise mistake(f"size {self.clips.size}: an encoder here needs multiples of {self.multiple}")
        if not self.gop.closed:
            closed = [entry.encoder for entry in self.encoders if not ENCODERS[entry.encoder or ""].open_gop]
            if closed:
                raise mistake(f"{closed[0]} has closed GOPs only; leave gop.closed true")
        return self

    @property
    def encoders(self) -> tuple[EncodeEntry, ...]:
        """The entries that encode, in order."""
        return tuple(entry for entry in self.encodes if entry.encoder)

    @property
    def takes_source(self) -> bool:
        """Whether the sources' own bitstreams belong to the matrix."""
        return any(entry.source for entry in self.encodes)

    @property
    def multiple(self) -> int:
        """What sides of pictures must be divisible by, so that every encoder here takes them.

        At least 2: chroma of 4:2:0 is halved.
        """
        return max(2, *(ENCODERS[entry.encoder or ""].multiple for entry in self.encoders), 2)


# --- reading ------------------------------------------------------------------------------------------------


def load(path: Path | str) -> Recipe:
    """Read a recipe's file.

    Raises:
        RecipeError: it cannot be read, is no YAML, or says something unknown; with line and known names.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise RecipeError(f"{path}: {reason}") from error
    recipe = parse(text, str(path))
    return recipe if recipe.name else recipe.model_copy(update={"name": path.stem})


def parse(text: str, name: str = "recipe") -> Recipe:
    """A recipe from its text; `name` stands in error messages."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        _refuse_twins(root, name)
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise RecipeError(f"{name}{where}: {getattr(error, 'problem', None) or error}") from error
    if not isinstance(data, dict):
        raise RecipeError(f"{name}: a recipe is a mapping with sources and encodes")
    try:
        return Recipe.model_validate(data)
    except ValidationError as error:
        lines = (_tell(details, root, name) for details in _causes(error))
        raise RecipeError("\n".join(dict.fromkeys(lines))) from None


def schema() -> dict[str, Any]:
    """The JSON Schema of recipes."""
    described = Recipe.model_json_schema()
    encode = described["$defs"]["EncodeEntry"]["properties"]
    encode["encoder"] = {"enum": list(ENCODERS), "description": encode["encoder"]["description"]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **described}


def _causes(error: ValidationError) -> list[ErrorDetails]:
    """The mistakes, without those that only follow from one deeper inside."""
    errors = error.errors()
    inner = {details["loc"][:1] for details in errors if len(details["loc"]) > 1}
    return [e for e in errors if not (e["type"] == "too_short" and e["loc"] in inner)]


def _refuse_twins(node: yaml.Node | None, name: str) -> None:
    """YAML lets a key stand twice and keeps the last; here that is a mistake."""
    for child in _children(node):
        _refuse_twins(child, name)
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise RecipeError(f"{name}, line {key.start_mark.line + 1}: {key.value!r} stands twice")
            seen.add(key.value)


def _children(node: yaml.Node | None) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        yield from (value for _, value in node.value)
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value


def _tell(details: ErrorDetails, root: yaml.Node | None, name: str) -> str:
    loc = details["loc"]
    line = _line(root, loc)
    where = _path(loc)
    if details["type"] == "extra_forbidden":
        message = f"unknown key {str(loc[-1])!r}; {nearest(str(loc[-1]), _keys(loc[:-1]))}"
        where = _path(loc[:-1])
    elif details["type"] == "missing":
        message, where = f"{loc[-1]!r} is missing", _path(loc[:-1])
    else:
        message = details["msg"]
    return f"{name}, line {line}: {where}{': ' if where else ''}{message}"


def _line(node: yaml.Node | None, loc: tuple[int | str, ...]) -> int:
    """The line where the deepest known part of `loc` begins, counted from 1."""
    line = node.start_mark.line if node else 0
    for step in loc:
        if isinstance(node, yaml.MappingNode):
            found = [(key, value) for key, value in node.value if key.value == str(step)]
            if not found:
                break
            line, node = found[0][0].start_mark.line, found[0][1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line
        else:
            break
    return int(line) + 1


def _path(loc: tuple[int | str, ...]) -> str:
    """`encodes[0].preset`, as people point at things."""
    text = ""
    for step in loc:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


def _keys(loc: tuple[int | str, ...]) -> tuple[str, ...]:
    """The keys that a part of the recipe knows."""
    parts: dict[str, type[BaseModel]] = {
        "sources": Source,
        "clips": Clips,
        "gop": GopEntry,
        "encodes": EncodeEntry,
        "maps": Maps,
    }
    return tuple(parts.get(str(loc[0]), Recipe).model_fields) if loc else tuple(Recipe.model_fields)
