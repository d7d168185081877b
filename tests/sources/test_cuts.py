"""Clips hold the frames that they say, whatever the container and the structure of the stream."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from helpers.decoding import decoded
from helpers.sample_descriptions import joined

import codecorpus
from codecorpus import recipe
from codecorpus.encode import ffmpeg as binaries
from codecorpus.encode.process import printed
from codecorpus.errors import EncodeError, SourceError
from codecorpus.sources import clips, frames, packets, scan
from codecorpus.sources.clips import Clip
from codecorpus.sources.find import Video
from codecorpus.sources.probe import probe

Ffmpeg = Callable[..., Path]

FRAMES = 72
SHORT = ["-an", "-vf", "scale=160:96", "-frames:v", FRAMES]
X264 = ["-c:v", "libx264", "-preset", "fast", "-threads", 1]
X265 = ["-c:v", "libx265", "-preset", "fast", "-x265-params"]
PYRAMID = "keyint=12:min-keyint=1:bframes=3:b-adapt=0:b-pyramid=normal:ref=4:scenecut=0"

STRUCTURES: dict[str, list[Any]] = {
    "h264": [*X264, "-g", 12, "-bf", 3],
    "h264-open": [*X264, "-x264-params", f"{PYRAMID}:open-gop=1"],
    "h264-refresh": [*X264, "-x264-params", "intra-refresh=1:keyint=12:bframes=0"],
    "h264-full-range": [*X264, "-g", 12, "-pix_fmt", "yuvj420p"],
    "hevc": [*X265, "log-level=none:keyint=12:open-gop=0:pools=1"],
    "hevc-open": [*X265, "log-level=none:keyint=12:open-gop=1:bframes=4:b-adapt=0:pools=1"],
    "av1": ["-c:v", "libsvtav1", "-preset", 10, "-g", 12],
    "vp9": ["-c:v", "libvpx-vp9", "-cpu-used", 5, "-g", 12],
    "vp8": ["-c:v", "libvpx", "-cpu-used", 5, "-g", 12],
    "mpeg2": ["-c:v", "mpeg2video", "-bf", 2, "-g", 12],
    "mpeg4": ["-c:v", "mpeg4", "-bf", 2, "-g", 12],
    "xvid": ["-c:v", "libxvid", "-bf", 2, "-g", 12],
    "wmv2": ["-c:v", "wmv2", "-g", 12],
    "mjpeg": ["-c:v", "mjpeg"],
    "prores": ["-c:v", "prores_ks"],
}

WRAPPED = ["-output_ts_offset", 2**33 / 90000 - 1]
"""MPEG's clock begins anew after the first second."""

CONTAINERS: list[tuple[str, str, list[Any]]] = [
    *[
        (structure, suffix, [])
        for structure in ("h264", "h264-open", "h264-refresh")
        for suffix in ("mp4", "mkv", "ts")
    ],
    *[("h264", suffix, []) for suffix in ("mov", "m2ts", "avi", "flv", "nut", "asf")],
    ("h264-open", "avi", []),
    ("h264", "frag.mp4", ["-movflags", "frag_keyframe+empty_moov"]),
    ("h264-open", "wrapped.ts", WRAPPED),
    ("h264-full-range", "mp4", []),
    *[(structure, suffix, []) for structure in ("hevc", "hevc-open") for suffix in ("mp4", "ts")],
    *[("av1", suffix, []) for suffix in ("mp4", "webm", "ivf", "obu", "nut")],
    ("vp9", "webm", []),
    ("vp8", "webm", []),
    *[("mpeg2", suffix, []) for suffix in ("mpg", "ts", "m2ts", "mkv", "avi")],
    ("mpeg2", "wrapped.mpg", WRAPPED),
    *[("mpeg4", suffix, []) for suffix in ("avi", "mp4", "asf")],
    ("xvid", "avi", []),
    ("wmv2", "asf", []),
    ("mjpeg", "avi", []),
    ("prores", "mov", []),
]


@pytest.fixture(scope="module")
def make(ffmpeg: Ffmpeg, bikes: Path) -> Callable[[str, str, list[Any]], Path]:
    """A source: of that structure, in a container."""
    made: dict[str, Path] = {}

    def source(structure: str, suffix: str, options: list[Any]) -> Path:
        if structure in {"xvid", "wmv2", "mjpeg"}:
            return ffmpeg("-i", bikes, *SHORT, *STRUCTURES[structure], name=f"{structure}.{suffix}")
        form = "mkv" if structure in {"av1", "vp9", "vp8"} else "mov"
        if structure not in made:
            made[structure] = ffmpeg("-i", bikes, *SHORT, *STRUCTURES[structure], name=f"{structure}.whole.{form}")
        return ffmpeg("-i", made[structure], "-c", "copy", *options, name=f"{structure}.{suffix}")

    return source


def digest(frame: av.VideoFrame) -> str:
    return hashlib.md5(np.ascontiguousarray(frame.to_ndarray()).tobytes()).hexdigest()


def digests(path: Path) -> list[str]:
    """MD5 of every frame that a decoder shows."""
    with av.open(str(path)) as container:
        return [digest(frame) for frame in container.decode(video=0)]


def colours(path: Path) -> list[np.ndarray[Any, Any]]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def shown(path: Path) -> list[str]:
    """As `digests`, of a source some of whose packets a decoder refuses."""
    with av.open(str(path)) as container:
        return [digest(frame) for frame in decoded(container)]


def divided(path: Path, length: int, more: str = "") -> list[Clip]:
    read = recipe.parse(f"sources: a\nclips: {{length: {length}{more}}}\nencodes: [{{encoder: libx264}}]")
    return clips.divide(Video(str(path)), probe(path), "0", read, path.stem)


def wrong(path: Path, length: int, folder: Path, every: int = 1) -> list[int]:
    """The first frames of clips that hold others than they say."""
    whole, tool = digests(path), binaries.find().path
    cuts = divided(path, length)
    assert sum(clip.frames for clip in cuts) == len(whole)
    some = [*cuts[::every], cuts[-1]]
    return [
        clip.first
        for clip in some
        if digests(clips.cut(tool, path, clip, folder).path) != whole[clip.first : clip.first + clip.frames]
    ]


@pytest.mark.parametrize(("structure", "suffix", "options"), CONTAINERS, ids=lambda value: str(value).replace(" ", ""))
def test_every_clip_holds_its_frames(
    make: Callable[..., Path], structure: str, suffix: str, options: list[Any], tmp_path: Path
) -> None:
    assert wrong(make(structure, suffix, options), 13, tmp_path) == []


@pytest.mark.parametrize(("structure", "suffix", "options"), CONTAINERS, ids=lambda value: str(value).replace(" ", ""))
def test_any_of_its_frames_are_decoded_without_cutting_it(
    make: Callable[..., Path], structure: str, suffix: str, options: list[Any]
) -> None:
    source = make(structure, suffix, options)
    whole, tool = digests(source), binaries.find().path
    for clip in divided(source, 40):
        for wanted in ([0, 1], [clip.frames // 2 + 1], [3, clip.frames - 9, clip.frames - 1]):
            got = {at: digest(frame) for at, frame in frames.frames_of(source, clip, wanted, ffmpeg_path=tool)}
            assert got == {at: whole[clip.first + at] for at in wanted}, (clip.first, wanted)


@pytest.mark.parametrize(
    ("encoder", "pixel_format", "suffix"),
    [
        ("rawvideo", "bgr24", "avi"),
        ("rawvideo", "pal8", "avi"),
        ("rawvideo", "argb", "mov"),
        ("rawvideo", "gray", "mov"),
        ("rawvideo", "uyvy422", "mov"),
        ("rawvideo", "yuv420p", "nut"),
        ("qtrle", "rgb24", "mov"),
        ("msvideo1", "rgb555le", "avi"),
        ("flashsv2", "bgr24", "flv"),
        ("v210", "yuv422p10le", "mov"),
        ("rv20", "yuv420p", "rm"),
        ("h263p", "yuv420p", "avi"),
        ("gif", "pal8", "gif"),
        ("apng", "rgb24", "apng"),
    ],
)
def test_packets_that_only_their_container_explains_hold_the_same_colours(
    ffmpeg: Ffmpeg, bikes: Path, encoder: str, pixel_format: str, suffix: str, tmp_path: Path
) -> None:
    options = ["-an", "-vf", "scale=176:144", "-frames:v", 14, "-c:v", encoder, "-pix_fmt", pixel_format]
    source = ffmpeg("-i", bikes, *options, name=f"{encoder}-{pixel_format}.{suffix}")

    whole = colours(source)
    clip = divided(source, 6)[1]
    made = clips.cut(binaries.find().path, source, clip, tmp_path)
    assert (clip.first, clip.frames, len(whole)) == (6, 6, 14)
    for got, want in zip(colours(made.path), whole[6:12], strict=True):
        # Packed chroma is kept in 4:4:4: some of it lies between samples.
        assert np.abs(got.astype(int) - want).mean() < (2 if pixel_format == "uyvy422" else 0.01)


@pytest.mark.parametrize(
    ("encoder", "pixel_format", "suffix"),
    [
        ("libx264", "yuv420p", "mp4"),
        ("libx264", "yuv420p10le", "mkv"),
        ("libvpx", "yuv420p", "webm"),
        ("mpeg4", "yuv420p", "mkv"),
        ("prores_ks", "yuv422p10le", "mkv"),
        ("ffv1", "yuv420p", "mkv"),
        ("ffv1", "gray", "mkv"),
        ("rawvideo", "yuv420p", "mkv"),
    ],
)
def test_a_range_that_its_container_alone_tells_of_changes_no_sample(
    ffmpeg: Ffmpeg, bikes: Path, encoder: str, pixel_format: str, suffix: str, tmp_path: Path
) -> None:
    options = ["-an", "-vf", "scale=160:96", "-frames:v", 14, "-c:v", encoder, "-pix_fmt", pixel_format]
    name = f"{encoder}-{pixel_format}"
    untold = ffmpeg("-i", bikes, *options, name=f"{name}.untold.{suffix}")
    told = ["-c", "copy", "-color_range", "pc", "-movflags", "write_colr"]
    source = ffmpeg("-i", untold, *told, name=f"{name}.told.{suffix}")
    assert probe(source).colour.range == "pc" and digests(source) == digests(untold)
    assert wrong(source, 7, tmp_path) == []
    tool, clips_of = binaries.find().path, {one: divided(one, 7, ", size: 80x48")[1] for one in (untold, source)}
    plain, scaled = (
        [digest(frame) for _, frame in frames.frames_of(one, clip, range(7), ffmpeg_path=tool)]
        for one, clip in clips_of.items()
    )
    assert plain == scaled == digests(clips.cut(tool, source, clips_of[source], tmp_path).path)


def test_pictures_before_a_clip_are_told_while_they_are_decoded(
    ffmpeg: Ffmpeg, bikes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the only key is far, nothing else tells that FFmpeg gets on."""
    source = ffmpeg("-i", bikes, *SHORT, *X264, "-g", FRAMES, "-sc_threshold", 0, name="far.mp4")
    clip, told = divided(source, 6)[-1], list[str]()
    monkeypatch.setattr(clips, "printed", lambda *args, **more: told.append(printed(*args, **more)) or told[-1])
    made = clips.cut(binaries.find().path, source, clip, tmp_path)
    assert told[0].count("frame:") == FRAMES and len(made.pts) == 6


def test_small_pictures_are_no_placeholders_of_packed_ones(ffmpeg: Ffmpeg, tmp_path: Path) -> None:
    """Where nothing moves, B pictures are as short as what fills the place of one that came in the packet before."""
    graph = "color=s=176x144:d=1,format=yuv420p[a];testsrc=s=176x144:d=1,format=yuv420p[b];[a][b]concat"
    source = ffmpeg("-f", "lavfi", "-i", graph, "-c:v", "libxvid", "-bf", 2, name="still.avi")
    pictures = codecorpus.extract(str(source)).frames.to_pylist()
    small = [row for row in pictures if row["type"] == "B" and row["bytes"] < 20]
    assert small and sum(row["frame"] is not None for row in pictures) == probe(source).frames
    assert wrong(source, 7, tmp_path) == []


@pytest.mark.parametrize(("encoder", "suffix"), [("h261", "avi"), ("h263", "avi"), ("h263p", "avi"), ("h263", "3gp")])
def test_pictures_that_need_others_are_no_keys_whatever_the_container_says(
    ffmpeg: Ffmpeg, bikes: Path, encoder: str, suffix: str, tmp_path: Path
) -> None:
    options = ["-an", "-s", "176x144", "-frames:v", 40, "-c:v", encoder, "-g", 20, "-q:v", 5]
    source = ffmpeg("-i", bikes, *options, name=f"no-keys-{encoder}.{suffix}")
    assert wrong(source, 7, tmp_path) == []
    whole, tool = digests(source), binaries.find().path
    for clip in divided(source, 7)[2:4]:
        got = {at: digest(frame) for at, frame in frames.frames_of(source, clip, [3, 5], ffmpeg_path=tool)}
        assert got == {at: whole[clip.first + at] for at in (3, 5)}


@pytest.mark.parametrize(
    ("encoder", "suffix"),
    [("msmpeg4", "avi"), ("cinepak", "avi"), ("msvideo1", "avi"), ("wmv2", "mov"), ("msvideo1", "mov")],
)
def test_containers_without_a_table_of_keys_call_every_packet_one(
    ffmpeg: Ffmpeg, bikes: Path, encoder: str, suffix: str, tmp_path: Path
) -> None:
    """AVI as recordings leave it that were broken off, and QuickTime without its box of keys."""
    options = ["-an", "-s", "176x144", "-frames:v", 24, "-c:v", encoder, "-g", 12]
    whole = ffmpeg("-i", bikes, *options, name=f"{encoder}-keys.{suffix}")
    source, data = tmp_path / whole.name, whole.read_bytes()
    source.write_bytes(data[: data.rindex(b"idx1")] if suffix == "avi" else data.replace(b"stss", b"free"))
    assert probe(whole).keys and not probe(source).keys
    pictures, tool = colours(source), binaries.find().path
    for clip in divided(source, 7):
        made = colours(clips.cut(tool, source, clip, tmp_path).path)
        assert np.array_equal(made, pictures[clip.first : clip.first + clip.frames])


@pytest.mark.parametrize("encoder", ["ffv1", "cfhd", "qtrle"])
def test_keys_that_are_all_stay(ffmpeg: Ffmpeg, bikes: Path, encoder: str) -> None:
    """Whether the decoder calls its pictures keys, as FFV1's does, or none."""
    options = ["-an", "-s", "176x144", "-frames:v", 24, "-c:v", encoder, "-g", 1]
    assert len(probe(ffmpeg("-i", bikes, *options, name=f"all-{encoder}.mov")).keys) == 2


def test_quicktime_video_whose_keys_are_not_told_is_decoded_from_its_beginning(
    ffmpeg: Ffmpeg, bikes: Path, tmp_path: Path
) -> None:
    source = ffmpeg("-i", bikes, "-an", "-s", "176x144", "-frames:v", 30, "-c:v", "rpza", name="no-keys.mov")
    with av.open(str(source)) as container:
        whole = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    clip = divided(source, 7)[3]
    made = clips.cut(binaries.find().path, source, clip, tmp_path)
    with av.open(str(made.path)) as container:
        got = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert clip.first == 21 and np.array_equal(got, whole[21:28])
    [(_, frame)] = frames.frames_of(source, clip, [5], ffmpeg_path=binaries.find().path)
    assert np.array_equal(frame.to_ndarray(format="rgb24"), whole[26])


def test_fields_that_a_container_alone_tells_of_are_deinterlaced(ffmpeg: Ffmpeg, bikes: Path, tmp_path: Path) -> None:
    fields = ["-vf", "scale=176:96,interlace,setfield=tff", "-frames:v", 8, "-field_order", "tt"]
    for encoder, pixel_format in (("rawvideo", "uyvy422"), ("v210", "yuv422p10le")):
        options = ["-c:v", encoder, "-pix_fmt", pixel_format]
        source = ffmpeg("-i", bikes, "-an", *fields, *options, name=f"fields-{encoder}.mov")
        made = clips.cut(binaries.find().path, source, divided(source, 8)[0], tmp_path)
        with av.open(str(made.path)) as cut, av.open(str(source)) as whole:
            pairs = [
                [frame.to_ndarray(format="gray").astype(int) for frame in file.decode(video=0)] for file in (cut, whole)
            ]
        combs = [
            np.mean([np.abs(luma[1:-1:2] - (luma[:-2:2] + luma[2::2]) / 2).mean() for luma in one]) for one in pairs
        ]
        assert probe(source).interlaced and combs[0] < 0.8 * combs[1]


@pytest.mark.parametrize("rate", ["30000/1001", "24000/1001", "15", "120"])
def test_quicktime_video_of_any_rate_is_cut(ffmpeg: Ffmpeg, rate: str, tmp_path: Path) -> None:
    picture = f"testsrc=s=96x64:r={rate}:d=2"
    source = ffmpeg(
        "-f",
        "lavfi",
        "-i",
        picture,
        "-frames:v",
        28,
        *STRUCTURES["prores"],
        "-pix_fmt",
        "yuv422p10le",
        name=f"rate-{rate[:3]}.mov",
    )
    assert wrong(source, 8, tmp_path) == []


def test_uneven_times_are_those_of_their_frames(vfr: Path, tmp_path: Path) -> None:
    assert wrong(vfr, 7, tmp_path) == []


@pytest.mark.parametrize("suffix", ["ts", "mp4", "avi"])
def test_the_last_frame_of_a_clip_is_shown_until_the_next(
    ffmpeg: Ffmpeg, bikes: Path, suffix: str, tmp_path: Path
) -> None:
    """Also where packets' times are not known to be those of presentation: at another rate it is repeated as any."""
    mpeg2 = ["-c:v", "mpeg2video", "-q:v", 2]
    source = ffmpeg("-i", bikes, *SHORT[:-1], 20, *mpeg2, name=f"plain.{suffix}")
    read = recipe.parse("sources: a\nclips: {length: 7, fps: 60}\nencodes: [{encoder: libx264}]")
    whole = [md5 for md5, _ in itertools.groupby(digests(source))]
    for clip in clips.divide(Video(str(source)), probe(source), "0", read, "a")[:2]:
        shown = digests(clips.cut(binaries.find().path, source, clip, tmp_path).path)
        lasts = [len(list(alike)) for _, alike in itertools.groupby(shown)]
        assert len(shown) == 7 and max(lasts) <= 3 and len(lasts) == 3
        first = whole.index(shown[0])
        assert [md5 for md5, _ in itertools.groupby(shown)] == whole[first : first + 3]


def test_a_stream_that_begins_between_keys_has_the_frames_that_can_be_decoded(
    make: Callable[..., Path], tmp_path: Path
) -> None:
    content = make("h264", "ts", []).read_bytes()
    cut = tmp_path / "cut.ts"
    cut.write_bytes(content[: 3 * 188] + content[len(content) // 3 // 188 * 188 :])
    assert 20 < probe(cut).frames < FRAMES
    assert wrong(cut, 10, tmp_path) == []


def test_an_edit_list_hides_what_a_player_hides(make: Callable[..., Path], ffmpeg: Ffmpeg, tmp_path: Path) -> None:
    trimmed = ffmpeg("-ss", 0.7, "-t", 1.5, "-i", make("h264-open", "mp4", []), "-c", "copy", name="trimmed.mp4")
    with av.open(str(trimmed)) as container:
        assert any(packet.is_discard for packet in container.demux(video=0))
    assert wrong(trimmed, 10, tmp_path) == []


@pytest.mark.parametrize("suffix", ["mp4", "ts", "avi"])
def test_a_clip_at_the_end_needs_only_what_is_near_it(make: Callable[..., Path], suffix: str, tmp_path: Path) -> None:
    source = make("h264", suffix, [])
    clip = divided(source, 10)[-1]
    assert clip.key is not None and clip.first - clip.key.first < 12 + scan.APART
    packets.write(source, clip.key, clip.range, tmp_path / "near.nut")
    with av.open(str(tmp_path / "near.nut")) as container:
        assert sum(packet.size > 0 for packet in container.demux(video=0)) < FRAMES / 2


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux tells which files are open")
@pytest.mark.parametrize("suffix", ["ts", "mp4"])
def test_no_file_stays_open_behind_a_cut(make: Callable[..., Path], suffix: str, tmp_path: Path) -> None:
    """Also where the first container for packets does not take them."""
    source = make("hevc", suffix, [])
    clip = divided(source, 3)[0]
    packets.write(source, clip.key, clip.range, tmp_path / "packets")
    before = sorted(Path("/proc/self/fd").iterdir())
    packets.write(source, clip.key, clip.range, tmp_path / "packets")
    assert sorted(Path("/proc/self/fd").iterdir()) == before


def test_packets_that_are_others_are_told(make: Callable[..., Path], tmp_path: Path) -> None:
    clip = divided(make("h264", "mp4", []), 10)[-1]
    other = make("h264-open", "mp4", [])
    with pytest.raises(SourceError, match=r"h264-open\.mp4: its packets are not those that were there before$"):
        clips.cut(binaries.find().path, other, clip, tmp_path)


def test_pictures_that_change_their_size_are_told(ffmpeg: Ffmpeg, bikes: Path, tmp_path: Path) -> None:
    sizes = [
        ffmpeg("-i", bikes, "-an", "-frames:v", 12, "-s", size, *X264, "-bf", 0, name=f"size-{size}.ts")
        for size in ("160x96", "320x192")
    ]
    joined = tmp_path / "joined.ts"
    with joined.open("wb") as file:
        file.write(sizes[0].read_bytes())
        later = ffmpeg("-i", sizes[1], "-c", "copy", "-output_ts_offset", 0.48, name="later.ts")
        file.write(later.read_bytes())
    with pytest.raises(SourceError, match=r"the size or format of its pictures changes$"):
        for clip in divided(joined, 8):
            clips.cut(binaries.find().path, joined, clip, tmp_path)


@pytest.mark.parametrize("samples", ["yuv422p", "yuv420p10le", "yuvj420p"])
def test_samples_that_change_are_told(ffmpeg: Ffmpeg, bikes: Path, samples: str, tmp_path: Path) -> None:
    """Of clips that hold those behind the change alone, too."""
    joined = tmp_path / "joined.ts"
    with joined.open("wb") as file:
        for pixel_format, offset in (("yuv420p", 0), (samples, 0.96)):
            options = ["-an", "-frames:v", 24, "-vf", f"scale=160:96,format={pixel_format}", *X264, "-bf", 0, "-g", 12]
            options += ["-output_ts_offset", offset]
            file.write(ffmpeg("-i", bikes, *options, name=f"samples-{pixel_format}-{offset}.ts").read_bytes())
    found = divided(joined, 8)
    assert [len(clips.cut(binaries.find().path, joined, clip, tmp_path).pts) for clip in found[:3]] == [8, 8, 8]
    for clip in [*found[3:], divided(joined, 40)[0]]:
        with pytest.raises(SourceError, match=r"the size or format of its pictures changes$"):
            clips.cut(binaries.find().path, joined, clip, tmp_path)


def test_a_size_that_changes_is_told_behind_other_errors(
    make: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    error = EncodeError("it exits with 234: h264: SEI type 5 size 32 truncated at 31")
    error.log = ("[h264] SEI type 5 size 32 truncated at 31", "[crop] Invalid size for width '-7' or height '96'")

    def printed(*_: Any, **__: Any) -> str:
        raise error

    monkeypatch.setattr(clips, "printed", printed)
    source = make("h264", "mp4", [])
    with pytest.raises(SourceError, match=r"the size or format of its pictures changes$"):
        clips.cut(binaries.find().path, source, divided(source, 10)[0], tmp_path)


@pytest.mark.parametrize(("structure", "suffix"), [("hevc", "mp4"), ("h264", "mp4"), ("vp9", "webm"), ("av1", "mp4")])
def test_damage_that_ffmpeg_does_not_see_is_told(
    make: Callable[..., Path], structure: str, suffix: str, tmp_path: Path
) -> None:
    """It shows such pictures of HEVC as they lay in memory, others each time; those of H.264 or none, by chance."""
    whole, path, tool = make(structure, suffix, []), tmp_path / f"damaged.{suffix}", binaries.find().path
    with av.open(str(whole)) as container:
        payload = bytes([packet for packet in container.demux(video=0) if packet.size][12])
    data = bytearray(whole.read_bytes())
    middle = bytes(data).index(payload) + len(payload) // 2
    data[middle : middle + 16] = bytes(byte ^ 0x55 for byte in data[middle : middle + 16])
    path.write_bytes(data)
    told = []
    for clip in divided(path, 12):
        try:
            assert len(clips.cut(tool, path, clip, tmp_path).pts) == clip.frames
        except SourceError as error:
            told.append(str(error))
    [only] = told
    assert re.search(r"damaged\.\w+, frames 12 to 23: it is decoded from damaged pictures: \w[\w ()]*: \w", only)
    assert not re.search(r"picture \d|byte \d", only)  # they would be those of the packets that were cut out


def test_a_limit_of_files_is_told_as_such(bikes: Path, tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="Windows has no such limit")
    clip = divided(bikes, 100)[0]
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, before[1]))
    try:
        with pytest.raises(SourceError, match=r"bikes\.mp4: a file grew over the file size limit; see `ulimit -f`$"):
            packets.write(bikes, clip.key, clip.range, tmp_path / "packets")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("encoder", ["libx264", "mpeg4"])
def test_encrypted_video_is_told(ffmpeg: Ffmpeg, bikes: Path, encoder: str) -> None:
    key = ["-encryption_scheme", "cenc-aes-ctr", "-encryption_key", "0" * 32, "-encryption_kid", "1" * 32]
    secret = ffmpeg("-i", bikes, *SHORT, "-c:v", encoder, *key, name=f"secret-{encoder}.mp4")
    with pytest.raises(SourceError, match=r"secret-.*\.mp4: its video is encrypted$"):
        probe(secret)


CHANGES: dict[str, tuple[list[Any], list[Any]]] = {
    "h264": ([*X264, "-bf", 0], [*X264, "-bf", 0, "-x264-params", "cqm=jvt"]),
    "hevc": (
        [*X265, "log-level=none:bframes=0", "-tag:v", "hvc1"],
        [*X265, "log-level=none:bframes=0:sao=0", "-tag:v", "hvc1"],
    ),
    "av1": (
        ["-c:v", "libsvtav1", "-preset", 10, "-svtav1-params", "pred-struct=1"],
        ["-c:v", "libaom-av1", "-cpu-used", 8, "-usage", "realtime", "-lag-in-frames", 0],
    ),
}
"""Two ways to encode, whose parameter sets are not the same."""


@pytest.mark.parametrize("codec", CHANGES)
def test_clips_behind_parameter_sets_that_change_hold_their_frames(
    ffmpeg: Ffmpeg, bikes: Path, codec: str, tmp_path: Path
) -> None:
    short = ["-i", bikes, "-an", "-vf", "scale=160:96", "-frames:v", 20, "-g", 10]
    halves = [ffmpeg(*short, *options, name=f"half-{at}-{codec}.mp4") for at, options in enumerate(CHANGES[codec])]
    source = tmp_path / "changes.mp4"
    source.write_bytes(joined(*(half.read_bytes() for half in halves)))
    assert wrong(source, 7, tmp_path) == []


def once(stream: bytes, is_header: Callable[[bytes], bool]) -> bytes:
    """A byte stream whose headers do not come again until others have come."""
    kept, seen = [], set[bytes]()
    for unit in stream.split(b"\0\0\1"):
        header = unit.rstrip(b"\0")
        if not header or not is_header(header) or header not in seen:
            kept.append(unit)
            seen.add(header)
    return b"\0\0\1".join(kept)


MATRICES = ["-intra_matrix", ",".join(["8", *["60"] * 63]), "-inter_matrix", ",".join(["60"] * 64)]
HEVC_ONCE = "log-level=none:bframes=0:keyint=10:min-keyint=10:scenecut=0:open-gop=0:repeat-headers=1"
IN_BAND: dict[str, tuple[str, str, list[Any], list[Any], Callable[[bytes], bool]]] = {
    "h264": (
        "h264",
        "mp4",
        [*X264, "-bf", 0, "-x264-params", "chroma-qp-offset=-12"],
        [*X264, "-bf", 0, "-x264-params", "chroma-qp-offset=12"],
        lambda unit: unit[0] & 31 in (7, 8),
    ),
    "hevc": (
        "hevc",
        "mkv",
        [*X265, f"{HEVC_ONCE}:cbqpoffs=-12"],
        [*X265, f"{HEVC_ONCE}:cbqpoffs=12"],
        lambda unit: unit[0] >> 1 in (32, 33, 34),
    ),
    "mpeg2": (
        "mpegvideo",
        "ts",
        ["-c:v", "mpeg2video", "-q:v", 4],
        ["-c:v", "mpeg2video", "-q:v", 4, *MATRICES],
        lambda unit: unit[0] == 0xB3 or (unit[0] == 0xB5 and unit[1] >> 4 == 1),
    ),
    "mpeg4": (
        "m4v",
        "avi",
        ["-c:v", "mpeg4", "-q:v", 4],
        ["-c:v", "mpeg4", "-q:v", 4, "-flags", "+qpel"],
        lambda unit: False,
    ),
    "mpeg4-once": (
        "m4v",
        "mp4",
        ["-c:v", "mpeg4", "-q:v", 4],
        ["-c:v", "mpeg4", "-q:v", 4, "-flags", "+qpel"],
        lambda unit: unit[0] in (0xB0, 0xB2, 0xB5, *range(0x30)),
    ),
}
"""A raw stream's name to FFmpeg, a container, two ways to encode, and what a header is that comes once of each."""


@pytest.mark.parametrize("name", IN_BAND)
def test_clips_behind_headers_that_change_in_band_hold_their_frames(
    ffmpeg: Ffmpeg, bikes: Path, name: str, tmp_path: Path
) -> None:
    raw, suffix, *ways, is_header = IN_BAND[name]
    short = ["-i", bikes, "-an", "-vf", "scale=160:96", "-g", 10]
    forms = {"mpegvideo": "mpeg2video"}
    parts = [
        ffmpeg(*short, "-ss", at, "-frames:v", count, *options, "-f", forms.get(raw, raw), name=f"in-band-{at}-{name}")
        for at, count, options in zip((0, 3), (5, 30), ways, strict=True)
    ]
    whole = tmp_path / "whole"
    whole.write_bytes(b"".join(once(part.read_bytes(), is_header) for part in parts))
    timed = ["-c", "copy", "-bsf:v", "setts=ts=N/25/TB"]
    source = ffmpeg("-f", raw, "-r", 25, "-i", whole, *timed, name=f"in-band-{name}.{suffix}")
    assert wrong(source, 15, tmp_path) == []


def test_vp9_in_flv_whose_sequence_header_comes_again_is_cut(ffmpeg: Ffmpeg, bikes: Path, tmp_path: Path) -> None:
    short = ["-an", "-vf", "scale=160:96", "-frames:v", 24]
    data = ffmpeg("-i", bikes, *short, *STRUCTURES["vp9"], name="vp9.flv").read_bytes()
    at, tags = 13, list[bytes]()
    while at < len(data):  # FLV 10.1, E.4.1: type, size, time, stream; a tag, and its size again
        size = 15 + int.from_bytes(data[at + 1 : at + 4], "big")
        tags.append(data[at : at + size])
        at += size
    header = next(tag for tag in tags if tag[0] == 9 and tag[11] & 15 == 0)  # SequenceStart, behind IsExHeader
    again = [header[:4] + tag[4:8] + header[8:] + tag if tag[0] == 9 and tag[11] >> 4 == 9 else tag for tag in tags]
    source = tmp_path / "again.flv"
    source.write_bytes(data[:13] + b"".join(again))
    assert wrong(source, 12, tmp_path) == []


@pytest.mark.parametrize("lost", [(19, 1), (26, 2)], ids=str)
@pytest.mark.parametrize("structure", ["hevc", "hevc-open", "mpeg2", "mpeg4", "vp9", "h264"])
def test_clips_behind_a_loss_hold_their_frames(
    make: Callable[..., Path], structure: str, lost: tuple[int, int], tmp_path: Path
) -> None:
    first, count = lost
    path = tmp_path / "lossy.mkv"
    with av.open(str(make(structure, "mkv", []))) as source, av.open(str(path), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for number, packet in enumerate(source.demux(video=0)):
            if packet.size and not first <= number < first + count:
                packet.stream = stream
                target.mux(packet)
    whole, tool = shown(path), binaries.find().path
    cuts = divided(path, 8)
    assert sum(clip.frames for clip in cuts) == len(whole)
    rows = codecorpus.extract(path, tables=("frames",), errors="skip").frames
    assert len(rows["frame"].drop_null()) == len(whole)
    held = 0
    for clip in cuts:
        try:
            cut = clips.cut(tool, path, clip, tmp_path)
        except (SourceError, EncodeError) as error:
            assert str(path) in str(error)
            assert first - 16 < clip.first < first + 24, "it is far from the loss"
        else:
            assert digests(cut.path) == whole[clip.first : clip.first + clip.frames], clip.first
            held += 1
    assert held >= len(cuts) - 3
