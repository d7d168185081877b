"""libxvid: MPEG-4 Part 2."""

from codecorpus.encode import libavcodec, rates
from codecorpus.encode.model import Encode, Encoder, Gop, Options, Rate, Span

QUALITIES = ("0", "1", "2", "3", "4", "5", "6")
"""How motion is searched for (-me_quality)."""


PARAMS = frozenset({"trellis", "qmin", "qmax", "mpeg_quant", "gmc", "lumi_aq", "variance_aq"})
"""Options that a recipe may set. None makes B pictures: with them Xvid drops frames that hardly differ."""


def options(encode: Encode, gop: Gop) -> Options:
    """Every GOP of Xvid is closed; a key where a scene changes, which no option prevents, is found when it is read."""
    return libavcodec.options(encode, gop, "libxvid", {"me_quality": encode.preset})


ENCODER = Encoder(
    name="libxvid",
    short="xvid",
    codec="mpeg4",
    presets=QUALITIES,
    default_preset="4",
    default_rate=Rate("qp", "5"),
    rates={"qp": Span(1, 31)},
    pixel_formats=("yuv420p",),
    params="",
    options=options,
    cost={"0": 6, "4": 12, "6": 16},
    preset_mark="q",
    rate_told=rates.mpeg4_rate,
    limited_range=True,
    own_params=PARAMS,
)
