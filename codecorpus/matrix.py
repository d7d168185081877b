"""From a recipe's entries to the matrix of encodes: pure, and the same every time."""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from codecorpus.encode import ENCODERS, Encode, Encoder, Gop, Rate
from codecorpus.encode.model import bits_per_second
from codecorpus.errors import RecipeError
from codecorpus.names import DIGEST, plain, safe_name

if TYPE_CHECKING:
    from codecorpus.recipe import EncodeEntry, GopEntry, Recipe

DEFAULT_PIXEL_FORMAT = "yuv420p"


def expand(recipe: Recipe) -> tuple[Encode, ...]:
    """Every encode of the recipe, lists multiplied out, in the recipe's order. `source: true` is not one.

    Raises:
        RecipeError: two entries come to the same encode.
    """
    encodes = [encode for entry in recipe.encoders for encode in _multiply(entry)]
    settings: dict[Encode, Encode] = {}
    for encode in encodes:
        other = settings.setdefault(_settings(encode), encode)
        if other is not encode:
            as_other = "" if encode.name == other.name else f", as {other.name} too"
            raise RecipeError(f"encodes: {encode.name} stands twice in the matrix{as_other}")
    # Case counts in a name, but not on every file system.
    alike = Counter(encode.name.casefold() for encode in encodes)
    return tuple(_told_apart(encode) if alike[encode.name.casefold()] > 1 else encode for encode in encodes)


def _settings(encode: Encode) -> Encode:
    """An encode without what leaves its stream as it is: its name, the spelling of bitrates, the order of tunes and
    parameters, and whether a buffer is told that is as large as its cap.
    """
    rate = replace(encode.rate, value=_plain(encode.rate.value)) if encode.rate.kind == "bitrate" else encode.rate
    maxrate, bufsize = (value and _plain(value) for value in (encode.maxrate, encode.bufsize))
    return replace(
        encode,
        name="",
        tune=encode.tune and ",".join(sorted(encode.tune.split(","))),
        rate=rate,
        maxrate=maxrate,
        bufsize=bufsize or maxrate,
        params=tuple(sorted(encode.params)),
    )


def _plain(bitrate: str) -> str:
    """A bitrate in bits a second, however it is spelled."""
    return str(bits_per_second(bitrate))


def _told_apart(encode: Encode) -> Encode:
    """An encode whose readable name is another's as well, as of ref=41 and ref4=1: a digest of its settings ends it."""
    digest = hashlib.sha256(repr(encode).encode()).hexdigest()[:DIGEST]
    return replace(encode, name=safe_name(f"{encode.name}-{digest}"))


def gop_of(entry: GopEntry, fps: float) -> Gop:
    """The GOP in frames, at `fps` frames a second."""
    return Gop(frames_of(entry.length, fps), entry.closed)


def frames_of(length: str, fps: float) -> int:
    """A length of the recipe in frames: `96`, or seconds as in `4s`; at least one."""
    return max(1, round(float(length[:-1]) * fps)) if length.endswith("s") else int(length)


def _multiply(entry: EncodeEntry) -> Iterator[Encode]:
    encoder = ENCODERS[entry.encoder or ""]
    for preset, tune, rate, maxrate, bufsize, pixel_format, grain, params in itertools.product(
        entry.preset or (encoder.default_preset,),
        entry.tune or (None,),
        _rates(entry, encoder),
        entry.maxrate or (None,),
        entry.bufsize or (None,),
        entry.pixel_format or (DEFAULT_PIXEL_FORMAT,),
        entry.film_grain or (None,),
        _parameters(entry),
    ):
        settings: dict[str, Any] = {
            "preset": preset,
            "tune": tune,
            "rate": rate,
            "maxrate": maxrate,
            "bufsize": bufsize,
            "passes": entry.passes,
            "pixel_format": pixel_format,
            "film_grain": grain,
            "params": params,
        }
        yield Encode(name=_name(encoder, **settings), encoder=encoder.name, codec=encoder.codec, **settings)


def _rates(entry: EncodeEntry, encoder: Encoder) -> tuple[Rate, ...]:
    if entry.bitrate is not None:
        return tuple(Rate("bitrate", value) for value in entry.bitrate)
    for kind, values in (("crf", entry.crf), ("qp", entry.qp)):
        if values is not None:
            return tuple(Rate(kind, plain(value)) for value in values)
    return (encoder.default_rate,)


def _parameters(entry: EncodeEntry) -> Iterator[tuple[tuple[str, str], ...]]:
    names = tuple(entry.params)
    for values in itertools.product(*entry.params.values()):
        yield tuple(zip(names, values, strict=True))


def _name(encoder: Encoder, **settings: Any) -> str:
    """Readable and safe: encoder, preset, tune and rate; the rest where it is not the default."""
    words = [encoder.short, f"{encoder.preset_mark}{settings['preset']}"]
    if settings["tune"]:
        words.append(settings["tune"].replace(",", "+"))
    words.append(str(settings["rate"]))
    if settings["maxrate"]:
        words.append(f"max{settings['maxrate']}")
    if settings["bufsize"]:
        words.append(f"buf{settings['bufsize']}")
    if settings["passes"] == 2:
        words.append("2pass")
    if settings["pixel_format"] != DEFAULT_PIXEL_FORMAT:
        words.append(settings["pixel_format"])
    if settings["film_grain"] is not None:
        words.append(f"grain{settings['film_grain']}")
    words += [f"{name}{value}" for name, value in settings["params"]]
    return safe_name("-".join(words))
