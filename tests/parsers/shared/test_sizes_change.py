"""Streams whose pictures change their size: rows tell each picture's own, maps are on the clip's grid."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from helpers import ivf, sample_descriptions
from helpers.muxing import muxed

import codecorpus
from codecorpus.corpus.verify import verify
from codecorpus.run.executors.inline import Inline
from codecorpus.run.request import Extract
from codecorpus.run.run import Run

Ffmpeg = Callable[..., Path]

FRAMES = 7
SIZES = ((160, 96), (320, 192))
X264 = ["-c:v", "libx264", "-preset", "veryfast", "-bf", 2]
X265 = ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none:info=0:bframes=2"]
ENCODES: dict[str, tuple[str, list[object]]] = {
    "h264": ("264", X264),
    "hevc": ("hevc", X265),
    "av1": ("obu", ["-c:v", "libaom-av1", "-cpu-used", 8, "-lag-in-frames", 5]),
    "vp9": ("ivf", ["-c:v", "libvpx-vp9", "-cpu-used", 8]),
    "mpeg4": ("m4v", ["-c:v", "mpeg4", "-bf", 1, "-f", "m4v"]),
    "mpeg2": ("m2v", ["-c:v", "mpeg2video", "-bf", 1]),
    "h264 in ts": ("ts", X264),
    "hevc in ts": ("ts", X265),
    "mpeg2 in ts": ("ts", ["-c:v", "mpeg2video", "-bf", 1]),
    "h264 in mp4": ("mp4", [*X264, "-bf", 0]),
    "hevc in mp4": ("mp4", [*X265, "-tag:v", "hvc1"]),
}


def both(suffix: str, paths: list[Path]) -> bytes:
    """One stream after the other."""
    first, second = (path.read_bytes() for path in paths)
    match suffix:
        case "ivf":
            return ivf.joined([*ivf.split(first), *ivf.split(second)], first)
        case "mp4":
            files = []
            for path in paths:
                with av.open(str(path)) as container:
                    template = container.streams.video[0]
                    files.append(muxed(template, [bytes(one) for one in container.demux(template) if one.size]))
            return sample_descriptions.joined(*files)
        case _:
            return first + second


def of_pictures(table: pa.Table, first: int, end: int) -> pa.Table:
    """Rows of some pictures, but for what counts from the beginning of the stream."""
    order = table["coded_order"]
    rows = table.filter(pc.and_(pc.greater_equal(order, first), pc.less(order, end)))
    return rows.drop_columns([name for name in ("frame", "coded_order", "ref0", "ref1") if name in rows.column_names])


@pytest.mark.parametrize("name", ENCODES)
def test_every_picture_has_its_own_size(name: str, ffmpeg: Ffmpeg, bikes: Path, tmp_path: Path) -> None:
    suffix, options = ENCODES[name]
    paths = []
    for number, (width, height) in enumerate(SIZES):
        late = ["-output_ts_offset", 10 * number] if suffix == "ts" else []
        small = ["-an", "-frames:v", FRAMES, "-vf", f"scale={width}:{height}", "-threads", 1]
        paths.append(ffmpeg("-i", bikes, *small, *options, *late, name=f"sizes-{name}-{width}.{suffix}"))
    path = tmp_path / f"sizes.{suffix}"
    path.write_bytes(both(suffix, paths))
    found, parts = codecorpus.extract(path), [codecorpus.extract(one) for one in paths]
    shown = sorted((row for row in found.frames.to_pylist() if row["frame"] is not None), key=lambda row: row["frame"])
    assert [(row["crop_width"], row["crop_height"]) for row in shown] == [SIZES[0]] * FRAMES + [SIZES[1]] * FRAMES
    if found.codec not in ("mpeg2", "mpeg4"):  # of those, FFmpeg loses the last picture before the change
        with av.open(io.BytesIO(path.read_bytes())) as container:
            sizes = [(frame.width, frame.height) for frame in container.decode(video=0)]
        assert sizes == [SIZES[0]] * FRAMES + [SIZES[1]] * FRAMES

    border, end = parts[0].frames.num_rows, found.frames.num_rows
    for part, (first, last) in zip(parts, ((0, border), (border, end)), strict=True):
        for table in ("blocks", "motion"):
            own = part.tables[table]
            assert of_pictures(found.tables[table], first, last).equals(of_pictures(own, 0, own.num_rows)), table

    # The clip's grid is that of the larger size: there a cell of the others is half as large.
    together = found.maps(("qstep", "velocity_past_x", "velocity_past_mask"))
    before = parts[0].maps(("qstep", "velocity_past_x", "velocity_past_mask"), cell=8)
    before[:, 1] *= 2
    after = parts[1].maps(("qstep", "velocity_past_x", "velocity_past_mask"))
    np.testing.assert_array_equal(together, np.concatenate([before, after]))

    assert Run(Extract((str(path),), str(tmp_path / "corpus"), ("frames", "blocks", "motion")), Inline()).run().made
    assert verify(str(tmp_path / "corpus")).problems == []
    corpus = codecorpus.open(tmp_path / "corpus")
    [clip] = corpus.clips.to_pylist()
    assert (clip["status"], clip["frames"], clip["width"], clip["height"]) == ("done", 2 * FRAMES, *SIZES[1])
    stored = corpus.maps(clip["clip"], "source", slice(0, 2 * FRAMES), channels=("qstep",))
    np.testing.assert_array_equal(stored, together[:, :1])
