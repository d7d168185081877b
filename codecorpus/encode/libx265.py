"""libx265: HEVC."""

from codecorpus.encode.libx264 import PRESETS
from codecorpus.encode.model import THREADS, Encode, Encoder, Gop, Options, Rate, Span, join, rate_options

FILES = frozenset(
    {
        *("stats", "pass", "multi-pass-opt-analysis", "multi-pass-opt-distortion"),
        *("csv", "log-file", "progress-file", "recon", "recon-y4m-exec", "output", "input"),
        *("analysis-save", "analysis-load", "analysis-reuse-file", "analysis-reuse-mode", "abr-ladder"),
        *("lambda-file", "scaling-list", "qpfile", "zonefile", "scenecut-qp-config", "multiview-config"),
        *("dhdr10-info", "dolby-vision-rpu", "nalu-file", "film-grain", "aom-film-grain", "fovea-gaze-file"),
    }
)
"""Parameters that make x265 read or write files (x265_param_parse and --fullhelp), under a name of their own or its."""


def options(encode: Encode, gop: Gop) -> Options:
    """Closed GOPs of `gop.length` with no scene cuts, and bytes that repeat.

    FFmpeg's -sc_threshold does not reach x265, hence its own parameters. With a buffer model it repeats its
    bytes on one thread only: a row's rate depends on what others have spent so far. `info=0` leaves out the SEI that
    names every option.
    """
    threads = "1" if encode.capped else str(THREADS)
    params = {
        "keyint": str(gop.length),
        "min-keyint": str(gop.length),
        "scenecut": "0",
        "open-gop": "0" if gop.closed else "1",
        "frame-threads": threads,
        "wpp": "1",
        "pools": threads,
        "info": "0",
    }
    chosen: Options = {
        "c:v": "libx265",
        "preset": encode.preset,
        **rate_options(encode),
        "x265-params": join(params, encode.params),
    }
    return chosen | ({"tune": encode.tune} if encode.tune else {})


ENCODER = Encoder(
    name="libx265",
    short="x265",
    codec="hevc",
    presets=PRESETS,
    default_preset="medium",
    default_rate=Rate("crf", "28"),
    rates={"crf": Span(0, 51, 0.25), "qp": Span(0, 51)},
    tunes=("psnr", "ssim", "grain", "fastdecode", "zerolatency", "animation"),
    pixel_formats=(
        "yuv420p",
        "yuv422p",
        "yuv444p",
        "gray",
        "yuv420p10le",
        "yuv422p10le",
        "yuv444p10le",
        "gray10le",
        "yuv420p12le",
        "yuv422p12le",
        "yuv444p12le",
        "gray12le",
    ),
    params="x265-params",
    options=options,
    cost={"ultrafast": 14, "superfast": 20, "veryfast": 35, "faster": 36, "fast": 45, "medium": 71}
    | {"slow": 200, "slower": 600, "veryslow": 1000, "placebo": 2500},
    capped=("crf", "bitrate"),
    buffered=True,
    two_pass=True,
    open_gop=True,
    file_params=FILES,
    file_words={"scaling-list": frozenset({"off", "default"})},
    banner=r"HEVC encoder version (\S+)",
)
