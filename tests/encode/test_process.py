"""FFmpeg as a child: its failures told, its end certain."""

from __future__ import annotations

import sys
import threading
import time

import pytest

from codecorpus.encode import process
from codecorpus.encode.process import Process
from codecorpus.errors import EncodeError


def child(code: str, what: str = "x264-slow of bikes-000") -> Process:
    return Process([sys.executable, "-c", f"import sys, time\n{code}"], what)


def test_output_is_read_as_it_comes() -> None:
    with child("sys.stdout.write('abc')") as running:
        assert running.read(2) == b"ab"
        assert running.read() == b"c"
        running.finish()


def test_a_status_is_an_error_with_the_last_words() -> None:
    failure = pytest.raises(EncodeError, match=r"^x264-slow of bikes-000: FFmpeg exits with 3: no room$")
    with child("sys.stderr.write('frame=1\\nno room\\n'); sys.exit(3)") as running, failure:
        running.finish()


@pytest.mark.parametrize(
    "line", ["Error parsing option 'x'", "[libx265] Unknown option: y.", "Svt: Invalid value for z"]
)
def test_a_setting_that_is_ignored_is_an_error_though_the_status_is_0(line: str) -> None:
    with child(f"sys.stderr.write({line!r})") as running, pytest.raises(EncodeError) as caught:
        running.finish()
    assert str(caught.value) == f"x264-slow of bikes-000: {line}"


def test_other_warnings_are_none() -> None:
    with child("sys.stderr.write('x265 [warning]: Source height < 720p')") as running:
        running.finish()


def test_progress_is_told_by_frame() -> None:
    told: list[int] = []
    code = "import sys; sys.stderr.write('frame=10\\nfps=25.0\\nframe=25\\nprogress=end\\n')"
    with Process([sys.executable, "-c", code], "", progress=told.append) as running:
        running.finish()
    assert told == [10, 25]


def test_leaving_early_ends_it() -> None:
    began = time.monotonic()
    with child("time.sleep(60)"):
        pass
    assert time.monotonic() - began < 10


def test_kill_all_ends_those_who_wait() -> None:
    with child("time.sleep(60)") as running:
        threading.Timer(0.2, process.kill_all).start()
        with pytest.raises(EncodeError, match=r"interrupted$"):
            running.finish()


def test_a_program_that_is_not_there_is_told() -> None:
    with pytest.raises(EncodeError, match=r"^a stream: /nowhere/ffmpeg does not start: "):
        Process(["/nowhere/ffmpeg"], "a stream").__enter__()
