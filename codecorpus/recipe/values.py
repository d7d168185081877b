"""What may stand for a value in a recipe: times, lengths, sizes, rates, and lists of them."""

from __future__ import annotations

import difflib
import re
from fractions import Fraction
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError


def mistake(message: str) -> PydanticCustomError:
    """An error of the recipe in our own words, braces and all."""
    return PydanticCustomError("recipe", "{message}", {"message": message})


def nearest(word: str, known: tuple[str, ...]) -> str:
    """`; nearest is …` where something known resembles `word`, and what is known."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    hint = f"the nearest is {close[0]!r}; " if close else ""
    return f"{hint}known are {', '.join(known)}"


def _text(value: object) -> object:
    """Numbers where text is wanted: a preset may be written 8."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def many(value: object) -> object:
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
    return _one_length(value, "frames as in 96, or seconds as in 4s")


def _clip_length(value: object) -> object:
    if value in ("whole", "scenes"):
        return value
    return _one_length(value, "96 for frames, 4s for seconds, scenes or whole")


def _one_length(value: object, known: str) -> object:
    if isinstance(value, str) and re.fullmatch(r"\d+(\.\d+)?s", value) and float(value[:-1]) > 0:
        return value
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return str(value)
    raise mistake(f"{value!r} is not a length; write {known}")


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
    WithJsonSchema({"anyOf": [*_frames_or_seconds()["anyOf"], {"enum": ["whole", "scenes"]}]}),
]
Fps = Annotated[str, BeforeValidator(_fps), WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string"}]})]
Size = Annotated[str, BeforeValidator(_size)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(many, json_schema_input_type=str | int | list[str | int])]
Bitrates = Annotated[tuple[Bitrate, ...], BeforeValidator(many, json_schema_input_type=str | int | list[str | int])]
Numbers = Annotated[tuple[Number, ...], BeforeValidator(many, json_schema_input_type=float | list[float])]
Integers = Annotated[
    tuple[Annotated[int, Field(strict=True)], ...],
    BeforeValidator(many, json_schema_input_type=int | list[int]),
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
    BeforeValidator(many, json_schema_input_type=str | float | list[str | float]),
]
