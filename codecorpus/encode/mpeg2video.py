"""mpeg2video: MPEG-2, FFmpeg's own."""

from codecorpus.encode import libavcodec
from codecorpus.encode.model import Encode, Encoder, Gop, Options, Rate, Span


def options(encode: Encode, gop: Gop) -> Options:
    """The presets are how modes are decided. Frame rates are those of the standard alone (table 6-4)."""
    own: Options = {
        "mbd": encode.preset,
        "sc_threshold": libavcodec.NO_SCENE_CUTS,
        "mpv_flags": "+strict_gop",
        "dct": "int",
    }
    return libavcodec.options(encode, gop, "mpeg2video", own)


ENCODER = Encoder(
    name="mpeg2video",
    short="mpeg2",
    codec="mpeg2",
    presets=libavcodec.DECISIONS,
    default_preset="rd",
    default_rate=Rate("qp", "5"),
    rates={"qp": Span(1, 31, 0.25)},
    pixel_formats=("yuv420p", "yuv422p"),
    params="",
    options=options,
    cost={"simple": 6, "bits": 10, "rd": 14},
    two_pass=True,
    open_gop=True,
    frame_clock=True,
)
