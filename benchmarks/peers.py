"""What is measured: one command a reader, each printing the CPU seconds (user and system) of reading one stream."""

from __future__ import annotations

import resource
import subprocess
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg

from codecorpus.codecs import CODECS

Measure = Callable[[Path, str], float]
"""CPU seconds of reading a stream; the second argument is the Python interpreter, for readers that want one."""


@dataclass(frozen=True)
class Peer:
    """A reader of streams. `seconds` runs it once in a process of its own, on one thread.

    Readers with a `module` of their own run in an environment of their own: some want another numpy than ours.
    """

    name: str
    codecs: tuple[str, ...]
    seconds: Measure
    module: str | None = None

    def installed(self, python: str) -> bool:
        """Whether that interpreter can run it."""
        if self.module is None:
            return True
        return subprocess.run([python, "-c", f"import {self.module}"], capture_output=True).returncode == 0


def _python(code: str) -> Measure:
    """Runs code that reads the file `path`; what it imports first is not counted."""
    imports, _, body = textwrap.dedent(code).partition("---\n")
    program = f"import sys, time\npath = sys.argv[1]\n{imports}\nstart = time.process_time()\n{body}\n"
    program += "print(time.process_time() - start)"

    def seconds(path: Path, python: str) -> float:
        done = subprocess.run([python, "-c", program, str(path)], check=True, capture_output=True, text=True)
        return float(done.stdout.split()[-1])

    return seconds


def _ffmpeg(*options: str) -> Measure:
    def seconds(path: Path, _: str) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-threads", "1", *options]
        subprocess.run([*command, "-i", str(path), "-map", "0:v:0", "-f", "null", "-"], check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    return seconds


OURS = Peer(
    "codecorpus.extract",
    tuple(CODECS),
    _python("""
        from codecorpus import extract
        ---
        extract(path, threads=1)
    """),
)

PEERS = [
    Peer("FFmpeg decode +export_mvs", ("h264", "mpeg4", "mpeg2"), _ffmpeg("-flags2", "+export_mvs")),
    Peer("FFmpeg decode", ("hevc",), _ffmpeg("-c:v", "hevc")),
    Peer("dav1d decode", ("av1",), _ffmpeg("-c:v", "libdav1d")),
    Peer("FFmpeg's own decode", ("vp9",), _ffmpeg("-c:v", "vp9")),
    Peer("libvpx decode", ("vp9",), _ffmpeg("-c:v", "libvpx-vp9")),
    Peer(
        "PyAV +export_mvs to numpy",
        ("h264", "mpeg4", "mpeg2"),
        _python("""
            import av
            ---
            container = av.open(path)
            stream = container.streams.video[0]
            stream.codec_context.options = {"flags2": "+export_mvs"}
            stream.codec_context.thread_count = 1
            for frame in container.decode(stream):
                vectors = frame.side_data.get("MOTION_VECTORS")
                if vectors is not None:
                    vectors.to_ndarray()
        """),
    ),
    Peer(
        "mv-extractor",
        ("h264", "mpeg4"),
        _python("""
            from mvextractor.videocap import VideoCap
            ---
            capture = VideoCap()
            capture.open(path)
            while capture.read()[0]:
                pass
        """),
        module="mvextractor",
    ),
    Peer(
        "codec-video-prep bit costs",
        ("h264", "hevc"),
        _python("""
            from codec_video_prep import cv_reader_fast
            ---
            cv_reader_fast.read_video_fast(path, 1, export_bitcost=1, thread_type="slice")
        """),
        module="codec_video_prep",
    ),
]
