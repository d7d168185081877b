"""FFmpegs that die, hang, or do something else than they should: a named failure soon, and the corpus after all."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from helpers.corpora import tree

from codecorpus import recipe
from codecorpus.corpus.verify import verify
from codecorpus.encode import ffmpeg, process
from codecorpus.run.executors.inline import Inline
from codecorpus.run.executors.local import Local
from codecorpus.run.request import Build
from codecorpus.run.run import Run, Summary

STALL = 4
"""Seconds in which an honest FFmpeg gets further even where much else runs."""

SLOW = "FFmpeg got no further for 4 s"

STRANGE = {
    "kill -KILL $$": "FFmpeg is ended by SIGKILL (out of memory, or killed)",
    "kill -XFSZ $$": "FFmpeg is ended by SIGXFSZ (a file grew over the file size limit; see `ulimit -f`)",
    "kill -STOP $$": SLOW,
    "sleep 1000": SLOW,
    '"$real" "$@" | head -c 3000; sleep 1000': SLOW,
    "sleep 1000 & exit 0": SLOW,
    "exec yes": "it writes more than",
    "exec yes >&2": SLOW,
    "exec tr '\\0' x </dev/zero >&2": SLOW,
    "while :; do echo frame=3 >&2; sleep 0.1; done": SLOW,
    "exit 0": "crf31 of carphone-000: the file is empty",
    '"$real" "$@" | head -c 3000; exit 0': "crf32 of carphone-000, picture 0, ",
    "exit 3": "FFmpeg exits with 3: it gives no reason",
    "kill -SEGV $$": "FFmpeg is ended by SIGSEGV (a mistake of its own, that damaged input or rare settings lead to)",
}
"""What an encoder does, in the shell's words, and what is told: it dies, hangs, prints on and on, ends too early."""

RECIPE = f"""
sources: [sample://carphone]
clips: {{length: 8, limit: 1}}
gop: {{length: 4}}
encodes:
  - {{encoder: libx264, preset: ultrafast, crf: {list(range(20, 21 + len(STRANGE)))}}}
"""
"""An encode for each, and one that is honest."""


@pytest.fixture(autouse=True)
def _soon() -> Iterator[None]:
    process.limit_stalls(STALL)
    yield
    process.limit_stalls(process.STALL_SECONDS)


def build(root: Path, binary: str, **options: bool) -> Summary:
    executor = Inline(1 + len(STRANGE))
    return Run(Build(recipe.parse(RECIPE, "strange"), str(root), binary, **options), executor).run()


def strange(folder: Path, acts: Iterable[str] = STRANGE) -> str:
    """An FFmpeg that does one of these at each encode from crf 21 on, and is itself otherwise."""
    real = ffmpeg.find().path
    path = folder / Path(real).name
    cases = "".join(f'*"-crf {crf} "*) {act};;\n' for crf, act in enumerate(acts, 21))
    path.write_text(f'#!/bin/sh\nreal={shlex.quote(real)}\ncase "$*" in\n{cases}*) exec "$real" "$@";;\nesac\n')
    path.chmod(0o755)
    return str(path)


def test_each_fails_by_name_and_soon_and_the_corpus_is_completed(tmp_path: Path) -> None:
    root = tmp_path / "corpus"
    began = time.monotonic()
    summary = build(root, strange(tmp_path))
    assert time.monotonic() - began < 60
    assert summary.made == 1 and verify(str(root)).problems == []
    told = {failure.encode: failure.error for failure in summary.failures}
    for crf, (act, reason) in enumerate(STRANGE.items(), 21):
        error = told.pop(f"x264-ultrafast-crf{crf}")
        assert reason in error, act
        assert "\n" not in error and len(error) < 250
    assert told == {}
    honest = ffmpeg.find().path
    assert build(root, honest, retry_failed=True).failures == ()
    build(tmp_path / "whole", honest)
    assert tree(root) == tree(tmp_path / "whole")


@pytest.mark.parametrize("words", ["No space left on device", "Disk quota exceeded"])
def test_a_full_disk_is_no_stream_s_fault(words: str, tmp_path: Path) -> None:
    """Nothing is kept of it, and the next run makes what is missing."""
    root = tmp_path / "corpus"
    full = f"echo 'av_interleaved_write_frame(): {words}' >&2; exit 228"
    summary = build(root, strange(tmp_path, [full]))
    assert [failure.clip for failure in summary.failures] == ["chunk 000000-000"]
    assert summary.failures[0].error == "x264-ultrafast-crf21 of carphone-000: the disk is full"
    assert build(root, ffmpeg.find().path).failures == ()
    assert verify(str(root)).problems == []


@pytest.mark.parametrize("length", ["8", "scenes"])
def test_a_program_that_is_away_for_a_while_is_no_stream_s_fault(length: str, tmp_path: Path) -> None:
    """As where its package is exchanged, or where there may be no more processes: nothing is kept of that."""
    root, text = tmp_path / "corpus", RECIPE.replace("length: 8", f"length: {length}")
    binary = Path(strange(tmp_path, ()))
    request = Build(recipe.parse(text, "strange"), str(root), str(binary))
    away = Run(request, Inline(), tell=lambda event: binary.unlink(missing_ok=True)).run()
    assert away.failures and all("ffmpeg" in one.error and one.encode is None for one in away.failures)
    assert not any(name.startswith("manifest/000000") for name in tree(root))
    binary = Path(strange(tmp_path, ()))
    again = Run(request, Inline()).run()
    assert again.failures == () and again.made == again.streams > 0


def test_what_gets_on_slowly_is_waited_for_whatever_it_is_at(tmp_path: Path) -> None:
    """Here it measures, for longer than a worker may tell nothing."""
    real, slow = ffmpeg.find().path, tmp_path / "ffmpeg"
    slow.write_text(
        f'#!/bin/sh\ncase "$*" in *psnr*) set -- -readrate 0.25 "$@";; esac\nexec {shlex.quote(real)} "$@"\n'
    )
    slow.chmod(0o755)
    text = RECIPE.replace("length: 8", "length: 72").replace(str([*range(20, 21 + len(STRANGE))]), "20")
    request = Build(recipe.parse(text + "quality: [psnr]\n", "slow"), str(tmp_path / "corpus"), str(slow))
    began = time.monotonic()
    assert Run(request, Local(1, stall=STALL)).run().failures == ()
    assert time.monotonic() - began > 1.5 * STALL
