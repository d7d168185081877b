"""What may stand for a value in a recipe: times, lengths, sizes, rates, and lists of them."""

from __future__ import annotations

import difflib
import re
import reprlib
from fractions import Fraction
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from codecorpus.names import plain

MOST_FRAMES: Final = 10_000_000
"""Of a clip or a GOP: days of video."""

MOST_SECONDS: Final = 1_000_000

OWN: Final = "recipe"
"""The kind of mistakes that are told in our own words."""

WIDEST: Final = 64
"""Characters of a value that a message shows, and of a word that is compared with those that are known."""


def mistake(message: str) -> PydanticCustomError:
    """An error of the recipe in our own words, braces and all."""
    return PydanticCustomError(OWN, "{message}", {"message": message})


def shown(value: object) -> str:
    """A value as a message quotes it: on one line, and shortened where it is long."""
    short = reprlib.Repr()
    short.maxstring = short.maxother = short.maxlong = WIDEST
    return short.repr(value)


def nearest(word: str, known: tuple[str, ...]) -> str:
    """`; nearest is …` where something known resembles `word`, and what is known."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.5) if len(word) <= WIDEST else []
    hint = f"the nearest is {close[0]!r}; " if close else ""
    return f"{hint}known are {', '.join(known)}"


def _text(value: object) -> object:
    """Numbers where text is wanted: a preset may be written 8."""
    return str(value) if _is_integer(value) else value


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def many(value: object) -> object:
    """One value stands for a list of one."""
    return value if isinstance(value, list | tuple) else [value]


def location(value: object) -> object:
    """A path or URI: text that a file system can be asked for."""
    if not isinstance(value, str) or not value:
        raise mistake(f"{shown(value)} is no source; write a path, pattern, folder or URI")
    if any(ord(character) < 32 or ord(character) == 127 for character in value):
        raise mistake(f"{shown(value)} is no source: a control character stands in it")
    return value


def _seconds(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(r"[0-9]+(\.[0-9]+)?s", value):
        value = float(value[:-1])
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise mistake(f"{shown(value)} is not a time; write seconds as in 4s")
    if not 0 <= value <= MOST_SECONDS:
        raise mistake(f"{shown(value)} is not a time; it is from 0 to {MOST_SECONDS} seconds")
    return float(value)


def _length(value: object) -> object:
    """Frames as an integer, or seconds as in 4s."""
    return _one_length(value, "frames as in 96, or seconds as in 4s")


def _clip_length(value: object) -> object:
    if value in ("whole", "scenes"):
        return value
    return _one_length(value, "96 for frames, 4s for seconds, scenes or whole")


def _one_length(value: object, known: str) -> object:
    text = _text(value)
    if isinstance(text, str) and re.fullmatch(r"[0-9]{1,9}", text) and 0 < int(text) <= MOST_FRAMES:
        return str(int(text))
    if isinstance(text, str) and re.fullmatch(r"[0-9]+(\.[0-9]+)?s", text) and 0 < float(text[:-1]) <= MOST_SECONDS:
        return text
    raise mistake(f"{shown(value)} is not a length; write {known}")


def _fps(value: object) -> object:
    if value == "source":
        return value
    # Its form first: Fraction alone would reckon 1e999999 out.
    text = str(value) if isinstance(value, str | float) or _is_integer(value) else ""
    found = re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,20}|/0*[1-9][0-9]{0,9})?", text)
    rate = Fraction(text).limit_denominator(100_000) if found else Fraction(0)
    if not 0 < rate <= 1000:
        raise mistake(f"{shown(value)} is not a frame rate; write source, a number, or one as in 30000/1001")
    return str(rate)


def _size(value: object) -> object:
    if value == "source":
        return value
    match = re.fullmatch(r"([0-9]{2,5})x([0-9]{2,5})", value) if isinstance(value, str) else None
    if not match or not all(0 < int(side) <= 16384 for side in match.groups()):
        raise mistake(f"{shown(value)} is not a size; write source, or width and height as in 1280x720")
    width, height = map(int, match.groups())
    if width % 2 or height % 2:
        raise mistake(f"{value!r} has an odd side; chroma needs even ones")
    return f"{width}x{height}"


def _bitrate(value: object) -> object:
    text = _text(value)
    if isinstance(text, str) and re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,6})?[kM]?", text) and float(text.rstrip("kM")):
        return text
    raise mistake(f"{shown(value)} is not a bitrate; write bits a second as in 500k or 2M")


def _frames_or_seconds(**extra: Any) -> dict[str, Any]:
    options = [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?s$"}]
    return {"anyOf": options, **extra}


Text = Annotated[str, BeforeValidator(_text, json_schema_input_type=str | int)]
Bitrate = Annotated[str, BeforeValidator(_bitrate, json_schema_input_type=str | int)]
Number = Annotated[float, Field(strict=True)]
Location = Annotated[str, BeforeValidator(location)]
Time = Annotated[
    float,
    BeforeValidator(_seconds),
    WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": r"s$"}]}),
]
Length = Annotated[str, BeforeValidator(_length), WithJsonSchema(_frames_or_seconds())]
ClipLength = Annotated[
    str,
    BeforeValidator(_clip_length),
    WithJsonSchema({"anyOf": [*_frames_or_seconds()["anyOf"], {"enum": ["whole", "scenes"]}]}),
]
Fps = Annotated[str, BeforeValidator(_fps), WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string"}]})]
Size = Annotated[str, BeforeValidator(_size)]
WORDS = BeforeValidator(many, json_schema_input_type=str | int | list[str | int])
SOME = Field(min_length=1)
Texts = Annotated[tuple[Text, ...], WORDS, SOME]
Bitrates = Annotated[tuple[Bitrate, ...], WORDS, SOME]
Numbers = Annotated[tuple[Number, ...], BeforeValidator(many, json_schema_input_type=float | list[float]), SOME]
Integers = Annotated[
    tuple[Annotated[int, Field(strict=True)], ...],
    BeforeValidator(many, json_schema_input_type=int | list[int]),
    SOME,
]


def _parameter(value: object) -> object:
    """Encoder parameters are text on the command line; YAML's numbers are welcome.

    No character that FFmpeg or an encoder splits or quotes a list by: one value would become several.
    """
    if isinstance(value, bool):
        raise mistake("true and false mean different things to different encoders; write 1 or 0")
    text = plain(value) if isinstance(value, float) else _text(value)
    if not isinstance(text, str):
        raise mistake(f"{shown(value)} is no parameter; write text or a number")
    if not re.fullmatch(r"[!-~]+", text) or set(text) & set(":,=\\'\"%") or text in ("nan", "inf", "-inf"):
        raise mistake(f"{shown(value)} cannot stand in an encoder's parameter list")
    return text


Parameter = Annotated[str, BeforeValidator(_parameter, json_schema_input_type=str | float)]
Parameters = Annotated[
    tuple[Parameter, ...],
    BeforeValidator(many, json_schema_input_type=str | float | list[str | float]),
    SOME,
]
