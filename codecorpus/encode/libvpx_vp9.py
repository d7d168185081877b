"""libvpx: VP9."""

from codecorpus.encode.model import THREADS, Encode, Encoder, Gop, Options, Rate, Span, rate_options

PARAMETERS = frozenset(
    {
        *("aq-mode", "arnr-maxframes", "arnr-strength", "arnr-type", "auto-alt-ref", "corpus-complexity", "deadline"),
        *("drop-threshold", "enable-tpl", "error-resilient", "frame-parallel", "lag-in-frames", "level", "lossless"),
        *("max-intra-rate", "min-gf-interval", "noise-sensitivity", "overshoot-pct", "sharpness", "static-thresh"),
        *("tile-columns", "tile-rows", "tune-content", "undershoot-pct"),
    }
)
"""What a recipe may set: FFmpeg hands libvpx no list of its own, only these options. None names a file."""


def options(encode: Encode, gop: Gop) -> Options:
    """GOPs of `gop.length`, and bytes that repeat: one tile, no row threads, threads given."""
    rate = rate_options(encode)
    if encode.rate.kind == "qp":
        rate = dict.fromkeys(("crf", "qmin", "qmax"), encode.rate.value)
    if encode.rate.kind != "bitrate":
        rate["b:v"] = "0"
    settings: Options = {
        "deadline": "good",
        "cpu-used": encode.preset,
        **({"tune": encode.tune} if encode.tune else {}),
        **rate,
        "g": str(gop.length),
        "keyint_min": str(gop.length),
        "row-mt": "0",
        "threads": str(THREADS),
        "tile-columns": "0",
        "tile-rows": "0",
    }
    return {"c:v": "libvpx-vp9", **settings, **dict(encode.params)}


ENCODER = Encoder(
    name="libvpx-vp9",
    short="vpx",
    codec="vp9",
    presets=tuple(str(n) for n in range(6)),
    preset_mark="cpu",
    default_preset="2",
    default_rate=Rate("crf", "32"),
    rates={"crf": Span(0, 63), "qp": Span(0, 63)},
    tunes=("psnr", "ssim"),
    pixel_formats=(
        *("yuv420p", "yuv422p", "yuv440p", "yuv444p"),
        *("yuv420p10le", "yuv422p10le", "yuv440p10le", "yuv444p10le"),
        *("yuv420p12le", "yuv422p12le", "yuv440p12le", "yuv444p12le"),
    ),
    params="",
    options=options,
    cost={"0": 1500, "1": 500, "2": 250, "4": 120, "5": 90},
    two_pass=True,
    multiple=1,
    own_params=PARAMETERS,
    fastest_last=True,
    banner=r"libvpx-vp9 @ [^\]]+\] v(\S+)",
)
