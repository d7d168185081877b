"""SVT-AV1: AV1."""

from fractions import Fraction

from codecorpus.encode.model import THREADS, Encode, Encoder, Gop, Options, Rate, Span, join, rate_options

TUNES = ("vq", "psnr", "ssim", "ms-ssim", "vmaf")
"""SVT-AV1 knows its tunes by number alone: the index in this tuple, with one gap."""

NUMBERS = {"vq": "0", "psnr": "1", "ssim": "2", "ms-ssim": "4", "vmaf": "5"}

FILES = frozenset(
    {"stats", "pass", "fgs-table", "roi-map-file", "qpfile", "use-q-file", "recon", "stat-file", "errlog"}
)
"""Parameters of SVT-AV1's documentation that name files, or need one."""


def options(encode: Encode, gop: Gop) -> Options:
    """GOPs of `gop.length`, and bytes that repeat.

    CRF and QP repeat on any number of threads; a bitrate or a cap only with one level of parallelism.
    """
    steady = encode.rate.kind != "bitrate" and not encode.capped
    params = {"lp": str(THREADS) if steady else "1"}
    if not gop.closed:
        params["irefresh-type"] = "1"
    if encode.tune:
        params["tune"] = NUMBERS[encode.tune]
    if encode.film_grain is not None:
        params |= {"film-grain": str(encode.film_grain), "film-grain-denoise": "0"}
    rate = rate_options(encode)
    if encode.rate.kind == "qp":
        # -qp alone still lets adaptive quantisation move the QP from block to block.
        params |= {"rc": "0", "aq-mode": "0", "qp": encode.rate.value}
        del rate["qp"]
    elif encode.rate.kind == "crf" and (not float(encode.rate.value) or float(encode.rate.value) % 1):
        params["crf"] = encode.rate.value  # FFmpeg's -crf is of whole numbers, of which 0 says nothing
        del rate["crf"]
    return {
        "c:v": "libsvtav1",
        "preset": encode.preset,
        **rate,
        "g": str(gop.length),
        "svtav1-params": join(params, encode.params),
    }


ENCODER = Encoder(
    name="libsvtav1",
    short="svtav1",
    codec="av1",
    presets=tuple(str(n) for n in range(-1, 14)),  # FFmpeg takes -2 for none
    preset_mark="p",
    default_preset="8",
    default_rate=Rate("crf", "35"),
    rates={"crf": Span(0, 63, 0.25), "qp": Span(0, 63)},
    tunes=TUNES,
    tune_aliases={number: name for name, number in NUMBERS.items()},
    pixel_formats=("yuv420p", "yuv420p10le"),
    params="svtav1-params",
    options=options,
    cost={"0": 4000, "2": 1200, "4": 300, "6": 95, "8": 41, "10": 18, "12": 10},
    capped=("crf",),
    open_gop=True,
    film_grain=Span(0, 50),
    multiple=1,
    highest_rate=Fraction(240),
    file_params=FILES,
    fastest_last=True,
    banner=r"SVT-AV1 Encoder Lib v?(\S+)",
)
