"""rav1e: AV1."""

from codecorpus.encode.model import THREADS, Encode, Encoder, Gop, Options, Rate, Span, join, rate_options

FILES = frozenset(
    {
        *("first-pass", "second-pass", "film-grain-table", "reconstruction"),
        *("save-config", "load-config", "input", "output"),
    }
)
"""Parameters that name files in rav1e --help."""


def options(encode: Encode, gop: Gop) -> Options:
    """GOPs of `gop.length`, and bytes that repeat: one tile."""
    params = {"threads": str(THREADS)} | ({"tune": encode.tune} if encode.tune else {})
    return {
        "c:v": "librav1e",
        "speed": encode.preset,
        **rate_options(encode),
        "g": str(gop.length),
        "keyint_min": str(gop.length),
        "tiles": "1",
        "rav1e-params": join(params, encode.params),
    }


ENCODER = Encoder(
    name="librav1e",
    short="rav1e",
    codec="av1",
    presets=tuple(str(n) for n in range(11)),
    preset_mark="s",
    default_preset="6",
    default_rate=Rate("qp", "100"),
    rates={"qp": Span(0, 255)},
    tunes=("Psnr", "Psychovisual"),
    pixel_formats=("yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p10le"),
    params="rav1e-params",
    options=options,
    cost={"0": 9000, "4": 1200, "6": 600, "10": 180},
    multiple=1,
    file_params=FILES,
    fastest_last=True,
    banner=r"rav1e (\S+)",
)
