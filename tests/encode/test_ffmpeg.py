"""Which FFmpeg, and what is inside."""

from __future__ import annotations

import sys
from pathlib import Path

import imageio_ffmpeg
import pytest

from codecorpus.encode import ENCODERS, ffmpeg
from codecorpus.errors import EncodeError


def test_the_embedded_one_has_every_encoder() -> None:
    found = ffmpeg.find()
    assert found.path == imageio_ffmpeg.get_ffmpeg_exe()
    assert found.encoders >= set(ENCODERS)
    assert found.version[0] in "n0123456789"


def test_encoders_tell_their_versions() -> None:
    told = {name: ffmpeg.find().encoder_version(encoder) for name, encoder in ENCODERS.items()}
    assert {name for name, version in told.items() if version} >= {"libx264", "libx265", "libsvtav1", "libaom-av1"}


def test_another_is_found_by_argument_and_by_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    other = tmp_path / "ffmpeg"
    other.symlink_to(imageio_ffmpeg.get_ffmpeg_exe())
    assert ffmpeg.find(str(other)).path == str(other)
    monkeypatch.setenv("CODECORPUS_FFMPEG", str(other))
    assert ffmpeg.find().path == str(other)


def test_none_there_is_told() -> None:
    with pytest.raises(EncodeError, match=r"^no FFmpeg at /nowhere$"):
        ffmpeg.find("/nowhere")


def test_what_is_no_ffmpeg_is_told() -> None:
    for path in (sys.executable, "/bin/true"):
        for ask in (lambda binary: binary.version, lambda binary: binary.require(ENCODERS["libx264"])):
            with pytest.raises(EncodeError, match=r" is no FFmpeg: it does not tell FFmpeg's version$"):
                ask(ffmpeg.find(path))


def test_a_missing_encoder_is_told(tmp_path: Path) -> None:
    fake = tmp_path / "ffmpeg"
    fake.write_text("#!/bin/sh\necho 'ffmpeg version 9'\necho ' V....D libx264   x'\n")
    fake.chmod(0o755)
    with pytest.raises(EncodeError, match=r"has no libx265; `codecorpus doctor` lists what it has$"):
        ffmpeg.find(str(fake)).require(ENCODERS["libx265"])
