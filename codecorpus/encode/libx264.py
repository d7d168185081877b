"""libx264: H.264."""

from codecorpus.encode.model import THREADS, Encode, Encoder, Gop, Options, Rate, Span, join, rate_options

PRESETS = (
    "ultrafast",
    "superfast",
    "veryfast",
    "faster",
    "fast",
    "medium",
    "slow",
    "slower",
    "veryslow",
    "placebo",
)

FILES = frozenset(
    {
        *("stats", "pass", "dump-yuv", "cqm", "cqmfile", "opencl", "opencl-clbin"),
        *("qpfile", "tcfile-in", "tcfile-out", "index", "output", "log-file"),
    }
)
"""Parameters that make x264 read or write files (x264_param_parse and --fullhelp).

`pass` does so under a name of its own, `opencl` keeps compiled kernels. `cqm` takes a file where its value is no
preset's name.
"""


def scaled_rate(encode: Encode) -> Options:
    """The rate, its QP on x264's scale: 6 more for each bit of depth, so that it is H.264's QP in every depth.

    0 is x264's own word for lossless, and stays.
    """
    from codecorpus.pixel_formats import depth_of  # PyAV is not loaded before anything is encoded

    rate = rate_options(encode)
    if encode.rate.kind == "qp" and int(encode.rate.value) > 0:
        rate["qp"] = str(int(encode.rate.value) + 6 * (depth_of(encode.pixel_format) - 8))
    return rate


def options(encode: Encode, gop: Gop) -> Options:
    """Closed GOPs of `gop.length` with no scene cuts, and bytes that repeat.

    x264 has faster and slower ways of rounding by what the processor can do, unless it is told to be independent of
    it. With a buffer model it repeats its bytes on one thread only. Its SEI names every option, threads included, so
    SEI is taken out of the stream, but where it tells which pictures of open GOPs are keys: their recovery points.
    """
    params = {"lookahead-threads": "1", "cpu-independent": "1"} | ({} if gop.closed else {"open-gop": "1"})
    chosen: Options = {
        "c:v": "libx264",
        "preset": encode.preset,
        **scaled_rate(encode),
        "g": str(gop.length),
        "keyint_min": str(gop.length),
        "sc_threshold": "0",
        "threads": "1" if encode.capped else str(THREADS),
        "x264-params": join(params, encode.params),
    }
    if gop.closed:
        chosen["bsf:v"] = "filter_units=remove_types=6"
    return chosen | ({"tune": encode.tune} if encode.tune else {})


ENCODER = Encoder(
    name="libx264",
    short="x264",
    codec="h264",
    presets=PRESETS,
    default_preset="medium",
    default_rate=Rate("crf", "23"),
    rates={"crf": Span(0, 51, 0.25, after_zero=1), "qp": Span(0, 69)},
    tunes=("film", "animation", "grain", "stillimage", "psnr", "ssim", "fastdecode", "zerolatency"),
    combinable_tunes=("fastdecode", "zerolatency"),
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
    params="x264-params",
    options=options,
    cost={"ultrafast": 5.8, "superfast": 10, "veryfast": 16, "faster": 25, "fast": 35, "medium": 44}
    | {"slow": 75, "slower": 150, "veryslow": 280, "placebo": 800},
    capped=("crf", "bitrate"),
    buffered=True,
    two_pass=True,
    open_gop=True,
    file_params=FILES,
    file_words={"cqm": frozenset({"flat", "jvt"})},
    banner=r"x264 - core (\d+)",
)
