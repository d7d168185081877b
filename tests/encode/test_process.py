"""FFmpeg as a child: its failures told, its end certain."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from codecorpus.encode import process
from codecorpus.encode.process import Process
from codecorpus.errors import EncodeError

T = TypeVar("T")


def child(code: str, what: str = "x264-slow of bikes-000") -> Process:
    return Process([sys.executable, "-c", f"import sys, time\n{code}"], what)


def test_output_is_read_as_it_comes() -> None:
    with child("sys.stdout.write('abc')") as running:
        assert running.read(2) == b"ab"
        assert running.read() == b"c"
        running.finish()


def test_a_status_is_an_error_with_the_last_words() -> None:
    failure = pytest.raises(EncodeError, match=r"^x264-slow of bikes-000: FFmpeg exits with 3: no room$")
    with child("sys.stderr.write('frame=1\\nno room\\nnone\\n'); sys.exit(3)") as running, failure as caught:
        running.finish()
    assert caught.value.log == ("no room", "none")


@pytest.mark.parametrize(
    "line",
    [
        "Error parsing option 'x'",
        "[libx265] Unknown option: y.",
        "Svt: Invalid value for z",
        "[libx264] only 1 psy tuning can be used: ignoring tune psnr",
    ],
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


@pytest.fixture
def stall() -> Iterator[float]:
    """Seconds in which it must get further."""
    process.limit_stalls(1)
    yield 1
    process.limit_stalls(process.STALL_SECONDS)


def test_what_waits_for_its_reader_does_not_stand_still(stall: float) -> None:
    with child("sys.stdout.write('x' * 1_000_000)") as running:
        running.read(1)
        time.sleep(2.5 * stall)
        running.finish()


def test_what_waits_for_who_is_told_of_it_does_not_stand_still(stall: float) -> None:
    code = "import sys, time; print('frame=1', file=sys.stderr, flush=True); time.sleep(2)"
    with Process([sys.executable, "-c", code], "", progress=lambda _: time.sleep(2.5 * stall)) as running:
        running.finish()


def test_what_its_parent_does_not_see_because_that_is_stopped_is_no_standing_still(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    command = ["/bin/sh", "-c", f"echo $$ > {told}; exec sleep 5"]
    code = f"from codecorpus.encode import process\nprocess.limit_stalls(3)\nprocess.run({command!r}, '')"
    parent = subprocess.Popen([sys.executable, "-c", code])
    assert within(20, told.exists)
    parent.send_signal(signal.SIGSTOP)
    time.sleep(4)
    parent.send_signal(signal.SIGCONT)
    assert parent.wait(20) == 0


def test_what_it_started_ends_with_it(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    with Process(["/bin/sh", "-c", f"sleep 60 & echo $! > {told}; wait"], "a stream"):
        started = within(10, lambda: told.exists() and told.read_text().strip())
    assert within(10, lambda: not alive(int(started)))


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone ends children with their parents")
@pytest.mark.parametrize("act", ["kill -STOP $$", "exec sleep 60"])
def test_it_does_not_outlive_its_parent_not_even_stopped(act: str, tmp_path: Path) -> None:
    told = tmp_path / "pid"
    command = ["/bin/sh", "-c", f"echo $$ > {told}; {act}"]
    code = f"import time\nfrom codecorpus.encode.process import Process\nwith Process({command!r}, ''): time.sleep(60)"
    parent = subprocess.Popen([sys.executable, "-c", code])
    child = int(within(20, lambda: told.exists() and told.read_text().strip()))
    parent.kill()
    parent.wait()
    assert within(10, lambda: not alive(child))


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone ends children with their parents")
@pytest.mark.parametrize("setpriv", [True, False])
def test_what_begins_when_its_parent_is_gone_already_ends_at_once(setpriv: bool, tmp_path: Path) -> None:
    """As where a machine is so busy that a process is killed between beginning FFmpeg and FFmpeg's own beginning."""
    late, ran = tmp_path / "late", tmp_path / "ran"
    code = f"""
import subprocess
from codecorpus.encode import leash
if not {setpriv}:
    leash._setpriv = lambda: None
held = leash.held(["touch", {str(ran)!r}])
subprocess.Popen(["/bin/sh", "-c", 'sleep 0.5; "$@"; touch {late}', "sh", *held])
"""
    subprocess.run([sys.executable, "-c", code], check=True)
    assert within(20, late.exists) and not ran.exists()


def alive(pid: int) -> bool:
    try:
        return Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def within(seconds: float, sought: Callable[[], T]) -> T:
    """What is found before so much time is over."""
    end = time.monotonic() + seconds
    while not (found := sought()) and time.monotonic() < end:
        time.sleep(0.05)
    return found


def test_signals_keep_their_meaning_for_it() -> None:
    """Python ignores some, and what it starts would too."""
    command = ["/bin/sh", "-c", "grep SigIgn /proc/self/status"]
    with Process(command, "a stream") as running:
        assert int(running.read().split()[1], 16) & (1 << 12 | 1 << 24) == 0
        running.finish()


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (
            ["[h264 @ 0x55e5] error while decoding MB 3 4", "Error submitting packet to decoder: Invalid data"],
            "h264: error while decoding MB 3 4",
        ),
        (["Conversion failed!"], "Conversion failed!"),
        (
            [
                "[in#0 @ 0x7] [warning] no index",
                "[h264 @ 0x55e5] [error] no picture",
                "[vist#0:0/h264 @ 0x4] [error] y",
            ],
            "h264: no picture",
        ),
        (["x" * 5000], "x" * 200),
    ],
)
def test_of_a_log_the_line_that_says_most_is_told(lines: list[str], told: str) -> None:
    with (
        child(f"sys.stderr.write({chr(10).join(lines)!r}); sys.exit(1)") as running,
        pytest.raises(EncodeError) as seen,
    ):
        running.finish()
    assert str(seen.value) == f"x264-slow of bikes-000: FFmpeg exits with 1: {told}"


def test_a_program_that_is_not_there_is_told() -> None:
    with pytest.raises(OSError, match=r"^a stream: /nowhere/ffmpeg does not start: "):
        Process(["/nowhere/ffmpeg"], "a stream").__enter__()
