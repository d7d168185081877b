"""Pages as an MP4."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

from codecorpus.errors import CodecorpusError


def write(path: Path, pages: Iterable[Image.Image], rate: Fraction) -> int:
    """Writes pages of one size as H.264, and returns how many."""
    temporary = path.with_name(f".{path.name}.part.mp4")
    count = 0
    try:
        with av.open(str(temporary), "w", options={"movflags": "faststart"}) as container:
            stream = None
            for page in pages:
                if stream is None:
                    stream = container.add_stream("libx264", rate=rate, options={"crf": "17", "preset": "medium"})
                    stream.width, stream.height, stream.pix_fmt = page.width, page.height, "yuv420p"
                container.mux(stream.encode(av.VideoFrame.from_ndarray(np.asarray(page), format="rgb24")))
                count += 1
            if stream is None:
                raise CodecorpusError("there is no frame to write")
            container.mux(stream.encode(None))
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return count
