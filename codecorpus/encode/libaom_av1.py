"""libaom: AV1."""

from codecorpus.encode.model import THREADS, Encode, Encoder, Gop, Options, Rate, Span, join, rate_options

FILES = frozenset(
    {
        *("vmaf-model-path", "partition-info-path", "rate-distribution-info", "film-grain-table"),
        *("two-pass-input", "two-pass-output", "second-pass-log", "fpf", "pass", "passes"),
    }
)
"""Parameters that make libaom read or write files (its controls that take a path, and aomenc --help)."""

SHORT = 2
"""Groups of so few pictures make libaom write behind its own memory, where it looks far ahead in one pass."""

NEAR = "19"
"""Pictures that it looks ahead then: its usual 35 are too many."""


def options(encode: Encode, gop: Gop) -> Options:
    """GOPs of `gop.length`, and bytes that repeat: one tile, no row threads, threads given."""
    params: dict[str, str] = {}
    if encode.tune:
        params["tune"] = encode.tune
    rate = rate_options(encode)
    if encode.rate.kind == "qp":
        rate = dict.fromkeys(("crf", "qmin", "qmax"), encode.rate.value)
        params |= {"deltaq-mode": "0", "aq-mode": "0"}
    chosen: Options = {
        "c:v": "libaom-av1",
        "usage": "good",
        "cpu-used": encode.preset,
        **rate,
        "g": str(gop.length),
        "keyint_min": str(gop.length),
        "row-mt": "0",
        "threads": str(THREADS),
        "tiles": "1x1",
    }
    if gop.length <= SHORT and encode.passes == 1:
        chosen["lag-in-frames"] = NEAR
    asked = join(params, encode.params)
    return chosen | ({"aom-params": asked} if asked else {})


ENCODER = Encoder(
    name="libaom-av1",
    short="aom",
    codec="av1",
    presets=tuple(str(n) for n in range(9)),
    preset_mark="cpu",
    default_preset="6",
    default_rate=Rate("crf", "35"),
    rates={"crf": Span(0, 63), "qp": Span(0, 63)},
    tunes=("psnr", "ssim", "iq", "ssimulacra2"),
    pixel_formats=(
        "yuv420p",
        "yuv422p",
        "yuv444p",
        "gray",
        "yuv420p10le",
        "yuv422p10le",
        "yuv444p10le",
        "gray10le",
    ),
    params="aom-params",
    options=options,
    cost={"0": 15000, "2": 3000, "4": 806, "5": 500, "6": 300},
    two_pass=True,
    multiple=1,
    file_params=FILES,
    fastest_last=True,
    banner=r"libaom-av1 @ [^\]]+\] (\S+)",
)
