"""kvazaar: HEVC."""

from codecorpus.encode.libx264 import PRESETS
from codecorpus.encode.model import THREADS, Encode, Encoder, Gop, Options, Rate, Span, bits_per_second, join

FILES = frozenset(
    {
        *("cqmfile", "roi", "fast-coeff-table", "fastrd-sampling", "fastrd-accuracy-check", "fastrd-outdir"),
        *("stats-file-prefix", "input", "output", "debug"),
    }
)
"""Parameters that make kvazaar read or write files (its configuration and --help)."""


def options(encode: Encode, gop: Gop) -> Options:
    """GOPs of `gop.length` in a low-delay hierarchy of four.

    kvazaar ignores -g, and its random-access hierarchies of 8 and 16 put keys at length + 1. Its parameter
    list needs a value for every name: a bare flag drops the whole list.
    """
    bits = {"qp": "qp", "bitrate": "bitrate"}[encode.rate.kind]
    value = encode.rate.value if bits == "qp" else str(round(bits_per_second(encode.rate.value)))
    params = {
        "preset": encode.preset,
        bits: value,
        "period": str(gop.length),
        "gop": "lp-g4d3t1",
        "threads": str(THREADS),
        "wpp": "0",
    }
    return {"c:v": "libkvazaar", "kvazaar-params": join(params, encode.params, ",")}


ENCODER = Encoder(
    name="libkvazaar",
    short="kvazaar",
    codec="hevc",
    presets=PRESETS,
    default_preset="medium",
    default_rate=Rate("qp", "27"),
    rates={"qp": Span(0, 51)},
    pixel_formats=("yuv420p",),
    params="kvazaar-params",
    options=options,
    cost={"ultrafast": 15, "medium": 90, "slow": 130, "placebo": 2000},
    multiple=8,
    file_params=FILES,
)
