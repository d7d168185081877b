"""The FFmpeg binary: which one, its version, the encoders inside it and theirs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import imageio_ffmpeg

from codecorpus.encode.model import Encoder
from codecorpus.errors import EncodeError

VARIABLE = "CODECORPUS_FFMPEG"
"""The environment variable that names another FFmpeg than the embedded one."""

ASK_SECONDS = 60
"""In which it answers."""


@dataclass(frozen=True)
class FFmpeg:
    """One FFmpeg binary, asked once for what it can do."""

    path: str

    @cached_property
    def version(self) -> str:
        """As it calls itself, such as `n9.0.2-17-g2a571b6068`."""
        match = re.match(rb"ffmpeg version (\S+)", self._told)
        if not match:
            raise EncodeError(f"{self.path} is no FFmpeg: it does not tell FFmpeg's version")
        return match[1].decode(errors="replace")

    @cached_property
    def encoders(self) -> frozenset[str]:
        """Names of the video encoders that it was built with."""
        return frozenset(re.findall(r"^ V\S{5} (\S+)", self._told.decode(errors="replace"), re.MULTILINE))

    @cached_property
    def filters(self) -> frozenset[str]:
        """Names of the filters that it was built with."""
        listing = self.ask("-hide_banner", "-filters").decode(errors="replace")
        return frozenset(re.findall(r"^ \S{2,3} (\S+) +\S+->", listing, re.MULTILINE))

    @cached_property
    def _told(self) -> bytes:
        """Its banner, then what it can encode."""
        return self.ask("-encoders")

    def encoder_version(self, encoder: Encoder) -> str | None:
        """The encoder library's version, read from a one-frame encode; None where it does not tell."""
        if encoder.banner is None or encoder.name not in self.encoders:
            return None
        return _encoder_version(self, encoder.name, encoder.banner)

    def require(self, encoder: Encoder) -> None:
        """Raise EncodeError unless this is FFmpeg, and the encoder inside."""
        _ = self.version
        if encoder.name not in self.encoders:
            raise EncodeError(f"{self.path} has no {encoder.name}; `codecorpus doctor` lists what it has")

    def require_filter(self, name: str) -> None:
        """Raise EncodeError unless this is FFmpeg, and the filter inside."""
        _ = self.version
        if name not in self.filters:
            raise EncodeError(f"{self.path} has no filter {name}; `codecorpus doctor` lists what it can measure")

    def ask(self, *arguments: str) -> bytes:
        """What it prints, log first, when it is run with these arguments.

        Raises:
            OSError: it does not run, or does not answer.
        """
        try:
            command = [self.path, *arguments]
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, timeout=ASK_SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise OSError(f"{self.path} does not run: {error}") from error
        return done.stderr + done.stdout if done.stderr else done.stdout


@cache
def _encoder_version(ffmpeg: FFmpeg, name: str, banner: str) -> str | None:
    output = ffmpeg.ask(
        *("-hide_banner", "-nostdin", "-v", "info", "-f", "lavfi", "-i", "color=s=64x64:d=0.04:r=25"),
        *("-pix_fmt", "yuv420p", "-c:v", name, "-f", "nut", "pipe:1"),
    )
    match = re.search(banner.encode(), output)
    return match[1].decode(errors="replace") if match else None


def find(path: str | None = None) -> FFmpeg:
    """The FFmpeg asked for by argument or by CODECORPUS_FFMPEG, else the embedded one.

    Raises:
        EncodeError: there is none at that path.
    """
    asked = path or os.environ.get(VARIABLE)
    if not asked:
        try:
            return FFmpeg(imageio_ffmpeg.get_ffmpeg_exe())
        except RuntimeError as error:
            raise EncodeError(f"no embedded FFmpeg for this machine; set {VARIABLE} to one") from error
    found = shutil.which(asked)
    if not found:
        raise EncodeError(f"no FFmpeg at {asked}")
    return FFmpeg(str(Path(found).absolute()))
