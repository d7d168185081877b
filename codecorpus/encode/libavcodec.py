"""What FFmpeg's encoders of the MPEG family share: mpeg4, mpeg2video, and libxvid where it takes the same options."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Final

from codecorpus.encode.model import Encode, Encoder, Gop, Options, Rate, Span

DECISIONS = ("simple", "bits", "rd")
"""How macroblocks' modes are decided (-mbd): by the difference of samples, by bits, by both rate and distortion."""

NO_SCENE_CUTS = "1000000000"
"""A threshold that no change of scene reaches; closed GOPs demand it."""

LEAST: Final = 2
"""The least quantiser that they take unless they are told of a lesser one."""

OWN: Options = {"sc_threshold": NO_SCENE_CUTS, "mpv_flags": "+strict_gop", "dct": "int"}
"""What FFmpeg's own encoders need for the same keys and the same bytes, see `options`."""

PARAMS = frozenset(
    {
        *("bf", "b_strategy", "trellis", "cmp", "subcmp", "mbcmp", "precmp", "me_range", "dia_size", "pre_dia_size"),
        *("qmin", "qmax", "qdiff", "qcomp", "qblur", "b_qfactor", "b_qoffset", "i_qfactor", "i_qoffset"),
        *("lumi_mask", "dark_mask", "scplx_mask", "tcplx_mask", "p_mask", "mpeg_quant", "non_linear_quant"),
        *("intra_vlc", "alternate_scan", "dc", "quantizer_noise_shaping", "motion_est", "memc_only"),
    }
)
"""Options of the encoders that a recipe may set: what they read is a number or a name, never a file."""


def encoder(
    name: str, short: str, codec: str, pixel_formats: tuple[str, ...], rate_told: Callable[[Fraction], Fraction]
) -> Encoder:
    """One of FFmpeg's own encoders; their presets are how modes are decided."""
    return Encoder(
        name=name,
        short=short,
        codec=codec,
        presets=DECISIONS,
        default_preset="rd",
        default_rate=Rate("qp", "5"),
        rates={"qp": Span(1, 31, 0.25)},
        pixel_formats=pixel_formats,
        params="",
        options=partial(_own_options, name),
        cost={"simple": 6, "bits": 10, "rd": 14},
        two_pass=True,
        open_gop=True,
        rate_told=rate_told,
        limited_range=True,
        own_params=PARAMS,
    )


def _own_options(name: str, encode: Encode, gop: Gop) -> Options:
    return options(encode, gop, name, {"mbd": encode.preset, **OWN})


def options(encode: Encode, gop: Gop, encoder: str, settings: Options) -> Options:
    """Closed GOPs of `gop.length`, and bytes that repeat on one thread and on any processor.

    `strict_gop` keeps keys where they belong between B pictures, and `int` is the transform that gives the same
    levels however it is compiled.
    """
    rate: Options = {"q:v": encode.rate.value} if encode.rate.kind == "qp" else {"b:v": encode.rate.value}
    if encode.rate.kind == "qp" and float(encode.rate.value) < LEAST:
        rate["qmin"] = "1"
    return {
        "c:v": encoder,
        **rate,
        "g": str(gop.length),
        "keyint_min": str(gop.length),
        "flags": "+cgop+bitexact" if gop.closed else "+bitexact",
        "threads": "1",
        **settings,
        **dict(encode.params),
    }
