"""Residual samples: with prediction they are the decoded picture, in streams without in-loop filters.

Every transform of a codec must be met in some stream: `TRANSFORMS` says which those are, and `test_every_transform…`
that the streams have them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np
import pyarrow.compute as pc
import pytest
from helpers import intra_prediction, ivf, vp9_headers
from helpers.digests import DATA
from helpers.field_pictures import as_field_pictures
from motion_compensation import av1, h264, hevc, vp9
from motion_compensation.pictures import Samples
from motion_compensation.residual import TABLES, Transform, compare_inter, compare_intra, transforms_of

import codecorpus
from codecorpus import MalformedError, UnsupportedError

Ffmpeg = Callable[..., Path]

CROP = "crop=352:208:144:32"
STREET = ["-ss", 2, "-vf", CROP]
SMALL_STREET = ["-ss", 2, "-vf", "crop=208:144:200:64"]
INTERLACED = ["-ss", 2, "-vf", f"{CROP},tinterlace=interleave_top"]


def x264(parameters: str, *footage: object, frames: int = 6) -> list[object]:
    plain = f"no-deblock=1:weightp=0:weightb=0:aq-mode=1:{parameters}"
    return [*(footage or STREET), "-frames:v", frames, "-c:v", "libx264", "-threads", 1, "-x264-params", plain]


def x265(parameters: str, *footage: object, frames: int = 6) -> list[object]:
    unfiltered = "no-deblock=1:no-sao=1:log-level=none:frame-threads=1:weightp=0:bframes=2"
    return [*(footage or STREET), "-frames:v", frames, "-c:v", "libx265", "-x265-params", f"{unfiltered}:{parameters}"]


SCREEN = "tune-content=screen:enable-palette=0:enable-intrabc=0"


def aom(
    parameters: str, *arguments: object, crf: int = 20, frames: int = 5, footage: Sequence[object] = SMALL_STREET
) -> list[object]:
    unfiltered = "loopfilter-control=0:enable-cdef=0:enable-restoration=0:enable-obmc=0:enable-warped-motion=0"
    encoder = ["-frames:v", frames, "-c:v", "libaom-av1", "-cpu-used", 2, "-crf", crf, "-lag-in-frames", 0]
    return [*footage, *encoder, *arguments, "-aom-params", f"{unfiltered}:enable-global-motion=0:{parameters}"]


def vpx(*arguments: object, frames: int = 6) -> list[object]:
    quality = ["-cpu-used", 1, "-b:v", 0, "-lag-in-frames", 0, "-auto-alt-ref", 0, "-row-mt", 0, "-threads", 1]
    return [*SMALL_STREET, "-frames:v", frames, "-c:v", "libvpx-vp9", *quality, *arguments]


STREAMS: dict[str, tuple[str, list[object]]] = {
    "h264_cabac": ("264", x264("bframes=2:8x8dct=1:qp=24:partitions=all")),
    "h264_cavlc": ("264", x264("bframes=2:cabac=0:8x8dct=1:qp=18")),
    "h264_high_qp": ("264", x264("bframes=2:qp=44")),
    "h264_lowest_qp": ("264", x264("bframes=1:qp=1", frames=3)),
    "h264_scaling_lists": ("264", x264("bframes=2:cqm=jvt:qp=27")),
    "h264_intra": ("264", x264("keyint=1:qp=34")),
    "h264_intra_cavlc_lists": ("264", x264("keyint=1:qp=36:cqm=jvt:cabac=0")),
    "h264_ten_bit": ("264", x264("bframes=2:qp=30", *STREET, "-pix_fmt", "yuv420p10le")),
    "h264_ten_bit_intra": ("264", x264("keyint=1:qp=40", *STREET, "-pix_fmt", "yuv420p10le")),
    "h264_444": ("264", x264("bframes=2:qp=25", *STREET, "-pix_fmt", "yuv444p")),
    "h264_lossless": ("264", x264("qp=0:bframes=1", frames=3)),
    "h264_mbaff": ("264", x264("tff=1:bframes=2:qp=24", *INTERLACED)),
    "h264_mbaff_cavlc": ("264", x264("bff=1:bframes=0:cabac=0:qp=26", *INTERLACED)),
    "hevc": ("hevc", x265("crf=22:rect=1:tu-intra-depth=3:tu-inter-depth=3")),
    "hevc_coarse": ("hevc", x265("crf=36")),
    "hevc_intra": ("hevc", x265("keyint=1:crf=24:tu-intra-depth=4")),
    "hevc_transform_skip": ("hevc", x265("crf=20:tskip=1:tu-intra-depth=4:tu-inter-depth=4")),
    "hevc_scaling_lists": ("hevc", x265("crf=20:scaling-list=default:tu-inter-depth=3:tu-intra-depth=3")),
    "hevc_ten_bit": ("hevc", x265("crf=22:tu-intra-depth=3", *STREET, "-pix_fmt", "yuv420p10le")),
    "hevc_twelve_bit": ("hevc", x265("crf=18", *STREET, "-pix_fmt", "yuv420p12le")),
    "hevc_lossless": ("hevc", x265("lossless=1:tu-inter-depth=4:tu-intra-depth=4", frames=3)),
    "av1": ("ivf", aom("", crf=16)),
    "av1_coarse": ("ivf", aom("", crf=52, frames=8)),
    "av1_small": ("ivf", aom("max-partition-size=16", crf=12, frames=7)),
    "av1_smallest": ("ivf", aom("max-partition-size=8", frames=7)),
    "av1_large": ("ivf", aom("min-partition-size=64", crf=30, frames=4)),
    "av1_screen": ("ivf", aom(SCREEN, footage=[], crf=30, frames=8)),
    "av1_large_screen": ("ivf", aom(f"{SCREEN}:min-partition-size=32", footage=[], crf=30, frames=6)),
    "av1_matrices": ("ivf", aom("enable-qm=1:qm-min=2:qm-max=9", crf=24, frames=3)),
    "av1_ten_bit": ("ivf", aom("", "-pix_fmt", "yuv420p10le", crf=22, frames=3)),
    "av1_lossless": ("ivf", aom("lossless=1", frames=2)),
    "vp9": ("ivf", vpx("-crf", 20)),
    "vp9_fine": ("ivf", vpx("-crf", 4)),
    "vp9_coarse": ("ivf", vpx("-crf", 50)),
    "vp9_ten_bit": ("ivf", vpx("-crf", 18, "-pix_fmt", "yuv420p10le")),
    "vp9_lossless": ("ivf", vpx("-lossless", 1, frames=2)),
}

PATTERNS = {"av1_screen": "testsrc2=s=208x144:r=25", "av1_large_screen": "testsrc2=s=416x288:r=25"}
"""What is encoded of drawings: FFmpeg's own."""

INTRA = {"h264": intra_prediction.h264, "hevc": intra_prediction.hevc, "vp9": intra_prediction.vp9}
CODECS = {"h264": h264, "hevc": hevc, "av1": av1, "vp9": vp9}

TYPES_16 = [
    *("DCT_DCT", "ADST_DCT", "DCT_ADST", "ADST_ADST", "FLIPADST_DCT", "DCT_FLIPADST", "FLIPADST_FLIPADST"),
    *("ADST_FLIPADST", "FLIPADST_ADST", "IDTX", "V_DCT", "H_DCT"),
]
SMALL_TYPES = [*TYPES_16, "V_ADST", "H_ADST", "V_FLIPADST", "H_FLIPADST"]
TRANSFORMS: dict[str, set[str]] = {
    "h264": {"Intra16x16DCLevel 16x16", "LumaLevel4x4 4x4", "LumaLevel8x8 8x8"},
    "hevc": {
        *(f"DCT_II {size}x{size}" for size in (4, 8, 16, 32)),
        *("DST_VII 4x4", "TRANSFORM_SKIP 4x4", "TRANSQUANT_BYPASS 4x4", "TRANSQUANT_BYPASS 32x32"),
    },
    "vp9": {
        *(f"DCT_DCT {size}x{size}" for size in (4, 8, 16, 32)),
        *(f"{kind} {size}x{size}" for kind in ("ADST_DCT", "DCT_ADST", "ADST_ADST") for size in (4, 8, 16)),
        "WHT_WHT 4x4",
    },
    "av1": {
        *(f"{kind} {size}" for kind in SMALL_TYPES for size in ("4x4", "8x8")),
        *(f"{kind} 16x16" for kind in TYPES_16),
        *(f"DCT_DCT {size}" for size in ("4x8", "8x4", "8x16", "16x8", "16x32", "32x16", "8x32", "32x8")),
        *("DCT_DCT 32x32", "DCT_DCT 32x64", "DCT_DCT 64x64", "4x16", "16x4"),
        *("IDTX 32x32", "WHT_WHT 4x4"),
    },
}
"""What must be met, of every codec: every transform of one dimension, at every length; a size alone is of any type."""


@pytest.fixture(scope="module")
def encode(ffmpeg: Ffmpeg, bikes: Path) -> Callable[[str], Path]:
    @cache
    def run(name: str) -> Path:
        suffix, command = STREAMS[name]
        footage = ["-f", "lavfi", "-i", PATTERNS[name], "-pix_fmt", "yuv420p"] if name in PATTERNS else ["-i", bikes]
        stream = ffmpeg(*footage, "-an", *command, name=f"residual-{name}.{suffix}")
        if name.startswith("vp9"):
            # libvpx has no switch for its loop filter.
            data = stream.read_bytes()
            stream.write_bytes(ivf.joined([vp9_headers.unfiltered(packet) for packet in ivf.split(data)], data))
        return stream

    return run


@pytest.fixture(scope="module")
def compared(encode: Callable[[str], Path]) -> Callable[[str], Counter[str]]:
    """Compares a stream, once: how many blocks and transforms of each kind are exact. None may differ."""

    @cache
    def run(name: str) -> Counter[str]:
        stream, codec = encode(name), name.split("_")[0]
        comparable = av1.is_translated if codec == "av1" else lambda prediction: True
        results = [compare_inter(stream, CODECS[codec], comparable=comparable)]
        if codec in INTRA and "mbaff" not in name:
            results.append(compare_intra(stream, CODECS[codec], INTRA[codec]))
        for result in results:
            result.assert_exact()
        return sum((result.exact for result in results), Counter())

    return run


@pytest.mark.parametrize("name", STREAMS)
def test_prediction_and_residual_are_the_decoded_picture(compared: Callable[[str], Counter[str]], name: str) -> None:
    assert compared(name)["all"] > 30


@pytest.mark.parametrize("codec", TRANSFORMS)
def test_every_transform_of_a_codec_is_compared(compared: Callable[[str], Counter[str]], codec: str) -> None:
    seen = sum((compared(name) for name in STREAMS if name.split("_")[0] == codec), Counter())
    missing = {kind for kind in TRANSFORMS[codec] if not seen[kind]}
    assert not missing, f"never compared: {sorted(missing)}; of {seen}"


@pytest.fixture(scope="module")
def fields(ffmpeg: Ffmpeg, bikes: Path) -> Path:
    """Three pairs of field pictures."""
    half_as_high = ["-ss", 2, "-vf", f"{CROP},scale=352:112"]
    parameters = "bframes=0:cabac=0:8x8dct=0:qp=26"
    progressive = ffmpeg(
        "-i", bikes, "-an", *x264(parameters, *half_as_high, "-profile:v", "main"), name="residual-progressive.264"
    )
    stream = progressive.with_name("residual-fields.264")
    stream.write_bytes(as_field_pictures(progressive.read_bytes()))
    return stream


def test_residual_of_field_pictures(fields: Path) -> None:
    result = compare_inter(fields, h264)
    result.assert_exact(**{"LumaLevel4x4 4x4": 100})


@pytest.mark.parametrize("name", STREAMS)
def test_energy_and_dc_are_those_of_the_samples(encode: Callable[[str], Path], name: str) -> None:
    """Energy is summed of coefficients, which the samples round: by half a unit and what each stage rounds."""
    stream = encode(name)
    intrinsics = codecorpus.extract(stream, tables=("frames", "blocks", "transforms"), residual=True)
    depth = depth_of(stream)
    blocks = intrinsics.blocks.filter(pc.equal(intrinsics.blocks["field"], 0)).to_pylist()
    for block in blocks:
        samples = samples_of(intrinsics, block, depth)
        assert block["coefs"] or not samples.any(), block
        if samples.size == block["w"] * block["h"]:
            length, told = np.sqrt((samples**2).sum()), np.sqrt(block["energy"])
            assert abs(length - told) <= 0.02 * told + rounding(samples, depth), block
    in_frames = {(block["coded_order"], block["block"]) for block in blocks}
    is_flat = pc.and_(pc.equal(intrinsics.transforms["plane"], 0), pc.is_valid(intrinsics.transforms["dc"]))
    compared = 0
    for row in intrinsics.transforms.filter(is_flat).to_pylist():
        samples = samples_of(intrinsics, row, depth)
        if samples.size < row["w"] * row["h"] or (row["coded_order"], row["block"]) not in in_frames:
            continue
        mean = samples.sum() / np.sqrt(samples.size)
        assert abs(mean - row["dc"]) <= 0.02 * abs(row["dc"]) + rounding(samples, depth), row
        compared += row["dc"] != 0
    assert (compared > 20) != ("lossless" in name)


def rounding(samples: np.ndarray[Any, Any], depth: int) -> float:
    """What rounding may change of a block's length."""
    return float(0.75 * np.sqrt(samples.size) / 2 ** (depth - 8))


def depth_of(stream: Path) -> int:
    with av.open(stream) as container:
        return next(container.decode(video=0)).format.components[0].bits


def samples_of(intrinsics: codecorpus.Intrinsics, row: dict[str, Any], depth: int) -> np.ndarray[Any, Any]:
    """The residual of a row's rectangle in 8-bit units."""
    assert intrinsics.planes is not None
    plane = intrinsics.planes[row["coded_order"]]
    x, y, w, h = (row[name] for name in "xywh")
    return plane[y : y + h, x : x + w] / 2 ** (depth - 8)


@pytest.mark.parametrize(
    "name", ["lossless_444_cabac.264", "lossless_444_cavlc.264", "lossless_444.hevc", "lossless_444_12.obu"]
)
def test_lossless_residuals_have_their_energy_exactly(name: str) -> None:
    """There is no transform: what accumulates along rows or columns does so in the samples too."""
    intrinsics = codecorpus.extract(DATA / name, residual=True)
    depth = 12 if "_12" in name else 8
    blocks = intrinsics.blocks.to_pylist()
    energies = [(samples_of(intrinsics, block, depth) ** 2).sum() for block in blocks]
    assert energies == pytest.approx([block["energy"] for block in blocks], rel=1e-6)
    assert sum(energies) > 1000


LOSSLESS: dict[str, tuple[str, list[object]]] = {
    "h264_intra_444": ("264", x264("qp=0:keyint=1:8x8dct=1", *SMALL_STREET, "-pix_fmt", "yuv444p", frames=1)),
    "h264_cavlc": ("264", x264("qp=0:cabac=0:8x8dct=1:bframes=1", *SMALL_STREET, frames=3)),
    "h264_small_transforms": ("264", x264("qp=0:8x8dct=0:bframes=1", *SMALL_STREET, frames=3)),
    "h264_422": ("264", x264("qp=0:bframes=1", *SMALL_STREET, "-pix_fmt", "yuv422p", frames=3)),
    "h264_mbaff": ("264", x264("tff=1:qp=0", "-ss", 2, "-vf", "crop=208:144,tinterlace=interleave_top", frames=2)),
    "hevc_lossless_blocks": ("hevc", x265("cu-lossless=1:crf=6:tskip=1", *SMALL_STREET, frames=3)),
    **{name: command for name, command in STREAMS.items() if "lossless" in name},
}


def check_sums_of_transforms(stream: Path, *, residual: bool) -> None:
    """Every transform has its share of its block's energy, of luma and of chroma."""
    intrinsics = codecorpus.extract(stream, tables=("frames", "blocks", "transforms"), residual=residual)
    transforms = intrinsics.transforms
    assert pc.all(pc.greater_equal(transforms["energy"], 0)).as_py()
    for plane, column in (("luma", "energy"), ("chroma", "energy_chroma")):
        own = transforms.filter(pc.equal(pc.greater(transforms["plane"], 0), plane == "chroma"))
        keys = ["coded_order", "block"]
        joined = intrinsics.blocks.join(own.group_by(keys).aggregate([("energy", "sum")]), keys)
        sums, told = pc.fill_null(joined["energy_sum"], 0).to_numpy(), joined[column].to_numpy()
        assert sums == pytest.approx(told, rel=1e-4, abs=1e-6), plane
        assert told.sum() > 1000


@pytest.mark.parametrize("residual", [False, True], ids=["tables", "with residual"])
@pytest.mark.parametrize("name", LOSSLESS)
def test_lossless_transforms_sum_to_their_blocks(ffmpeg: Ffmpeg, bikes: Path, name: str, residual: bool) -> None:
    suffix, command = LOSSLESS[name]
    stream = ffmpeg("-i", bikes, "-an", *command, name=f"sums-{name}.{suffix}")
    check_sums_of_transforms(stream, residual=residual)


@pytest.mark.parametrize(
    "name", ["lossless_444_cabac.264", "lossless_444_cavlc.264", "lossless_444.hevc", "lossless_444_12.obu"]
)
def test_transforms_of_rare_lossless_streams_sum_to_their_blocks(name: str) -> None:
    check_sums_of_transforms(DATA / name, residual=False)


@pytest.mark.parametrize("name", ["h264_cavlc", "h264_small_transforms", "hevc_lossless"])
def test_lossless_transforms_have_the_energy_of_their_samples(ffmpeg: Ffmpeg, bikes: Path, name: str) -> None:
    suffix, command = LOSSLESS[name]
    stream = ffmpeg("-i", bikes, "-an", *command, name=f"sums-{name}.{suffix}")
    intrinsics = codecorpus.extract(stream, tables=("frames", "transforms"), residual=True)
    kinds = {"LumaLevel4x4", "LumaLevel8x8", "TRANSQUANT_BYPASS"}
    rows = [row for row in intrinsics.transforms.to_pylist() if row["plane"] == 0 and row["type"] in kinds]
    energies = [(samples_of(intrinsics, row, 8) ** 2).sum() for row in rows]
    assert energies == [row["energy"] for row in rows] and sum(energies) > 1000


def test_rotation_and_rdpcm_give_the_source(ffmpeg: Ffmpeg) -> None:
    """Without loss, the picture is the source, FFmpeg's own pattern: FFmpeg itself does not rotate such blocks back."""
    raw = ["-frames:v", 1, "-pix_fmt", "yuv444p", "-f", "rawvideo"]
    source = ffmpeg("-f", "lavfi", "-i", "testsrc2=s=72x56", *raw, name="residual-pattern.yuv").read_bytes()
    picture = np.frombuffer(source, np.uint8)[: 56 * 72].reshape(56, 72).astype(np.int32)
    intrinsics = codecorpus.extract(DATA / "lossless_444.hevc", tables=TABLES, residual=True)
    modes = Counter[str]()
    for transform in transforms_of(intrinsics, coded_order=0):
        predicted = rdpcm_prediction(picture, transform)
        if predicted is None or transform.partition != "PART_2Nx2N":
            continue
        x, y, w, h = transform[1:5]
        assert np.array_equal(
            predicted + intrinsics.residual([0])[0, y : y + h, x : x + w], picture[y : y + h, x : x + w]
        )
        modes[str(transform.mode)] += 1
    assert len(modes) == 2 and modes.total() > 15


def rdpcm_prediction(picture: Samples, transform: Transform) -> Samples | None:
    """The two directions that imply RDPCM, without the filter of their edges that it switches off."""
    x, y, w, h = transform[1:5]
    if x and y and transform.mode == "INTRA_ANGULAR26":
        return np.repeat(picture[None, y - 1, x : x + w], h, axis=0)
    if x and y and transform.mode == "INTRA_ANGULAR10":
        return np.repeat(picture[y : y + h, x - 1, None], w, axis=1)
    return None


def test_frames_and_windows(ffmpeg: Ffmpeg, bikes: Path) -> None:
    footage = ["-ss", 2, "-vf", "crop=346:202:144:32"]
    stream = ffmpeg("-i", bikes, "-an", *x264("bframes=2:qp=28", *footage, frames=7), name="residual-odd.264")
    intrinsics = codecorpus.extract(stream, tables=("frames",), residual=True)
    whole, shown = intrinsics.residual(cropped=False), intrinsics.residual()
    assert whole.shape == (7, 208, 352) and whole.dtype == np.int16
    assert np.array_equal(shown, whole[:, :202, :346])
    assert np.array_equal(intrinsics.residual(slice(1, None, 3)), shown[1::3])
    assert np.array_equal(intrinsics.residual([5, 2]), shown[[5, 2]])
    assert intrinsics.planes is not None
    for frame, coded_order in zip(
        *(intrinsics.frames[key].to_pylist() for key in ("frame", "coded_order")), strict=True
    ):
        assert np.array_equal(intrinsics.planes[coded_order], whole[frame])
    with pytest.raises(ValueError, match="frame 7 has no coded picture of its own"):
        intrinsics.residual([7])
    with pytest.raises(AttributeError, match=r"extract\(\.\.\., residual=True\)"):
        codecorpus.extract(stream).residual()


def test_parts_have_their_own_pictures_in_bounded_memory(ffmpeg: Ffmpeg, bikes: Path) -> None:
    """Every part holds some 16 MB of samples, and what waits for its place: at most 17 pictures."""
    stream = ffmpeg("-i", bikes, "-an", "-frames:v", 130, "-c:v", "libx264", "-preset", "ultrafast", name="long.264")
    parts = list(codecorpus.extract_batches(stream, tables=("frames",), residual=True))
    assert len(parts) > 2
    for part in parts:
        assert part.planes is not None and list(part.planes) == part.frames["coded_order"].to_pylist()
        assert sum(plane.nbytes for plane in part.planes.values()) < 1.1 * 2**24
        shown = part.frames["frame"].drop_null().to_pylist()
        assert part.residual().shape[0] == len(shown)
    whole = codecorpus.extract(stream, residual=True)
    assert np.array_equal(whole.residual([129, 0]), np.stack([parts[-1].residual([129])[0], parts[0].residual([0])[0]]))


def test_damaged_pictures_have_none(ffmpeg: Ffmpeg, bikes: Path) -> None:
    encoder = x264("bframes=0:keyint=3:slices=1:qp=26", frames=6)
    stream = bytearray(ffmpeg("-i", bikes, "-an", *encoder, name="residual-damaged.264").read_bytes())
    at = len(stream) - 400
    stream[at : at + 100] = b"\xa5" * 100
    with pytest.raises(MalformedError):
        codecorpus.extract(bytes(stream), residual=True)
    intrinsics = codecorpus.extract(bytes(stream), errors="skip", residual=True)
    errors = intrinsics.frames["error"].to_pylist()
    lost = [frame for frame, error in zip(intrinsics.frames["frame"].to_pylist(), errors, strict=True) if error]
    assert lost and intrinsics.residual([0]).any()
    with pytest.raises(ValueError, match=f"frame {lost[0]} could not be read: "):
        intrinsics.residual(lost[:1])


@pytest.mark.parametrize("encoder", ["mpeg4", "mpeg2video"])
def test_codecs_without_one_residual_say_so(ffmpeg: Ffmpeg, bikes: Path, encoder: str) -> None:
    stream = ffmpeg("-i", bikes, "-an", "-frames:v", 2, "-c:v", encoder, name=f"residual-{encoder}.mkv")
    with pytest.raises(UnsupportedError, match=r"MPEG-[24] leaves the inverse transform's rounding to the decoder"):
        codecorpus.extract(stream, residual=True)


@pytest.mark.parametrize(
    ("name", "element"),
    [
        ("rext_422_12.hevc", "extended_precision_processing_flag"),
        ("rext_444_16_intra.hevc", "extended_precision_processing_flag"),
        ("scc_444.hevc", "tu_residual_act_flag"),
    ],
)
def test_tools_that_are_not_read_are_named(name: str, element: str) -> None:
    with pytest.raises(UnsupportedError, match=element):
        codecorpus.extract(DATA / name, residual=True)


@pytest.mark.parametrize(
    "name", ["rext_400_12.hevc", "scc_420_b.hevc", "palette_444.obu", "pcm.hevc", "planes_cavlc.264"]
)
def test_pcm_and_palettes_have_none(name: str) -> None:
    intrinsics = codecorpus.extract(DATA / name, residual=True)
    for block in intrinsics.blocks.to_pylist():
        if block["prediction"] in {"pcm", "palette"} and not block["coefs"]:
            assert not samples_of(intrinsics, block, 8).any()
    assert intrinsics.residual().any()
