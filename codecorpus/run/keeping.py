"""Keeping clips: the pixels that every encode was given, in the corpus."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from codecorpus.corpus.layout import CLIPS, Chunk
from codecorpus.corpus.manifest import File, Marker
from codecorpus.corpus.store import Store
from codecorpus.encode import ENCODERS, Encode, Gop
from codecorpus.encode.command import encode_clip, pack_clip
from codecorpus.encode.model import Rate
from codecorpus.encode.process import Process
from codecorpus.pixel_formats import has_whole_chroma
from codecorpus.run.hold import commits
from codecorpus.run.ledger import ChangedError, Need, OvertakenError, Standing, is_planned_so, put
from codecorpus.sources.clips import Clip, CutClip

X264: Final = ENCODERS["libx264"]
CRF: Final = "12"
"""At which differences are not seen side by side: some 50 dB."""
KEYS: Final = 12
"""Frames from key to key, so that a window is not far behind one."""


def keep(form: str, clip: CutClip, ffmpeg_path: str, to: Path) -> None:
    """Put a clip into the file `to`, whole or not at all.

    Raises:
        EncodeError: FFmpeg fails.
    """
    to.parent.mkdir(parents=True, exist_ok=True)
    part = to.with_suffix(".part")
    command = keeping(form, clip.clip, ffmpeg_path, clip.path.name)
    if command is None:
        shutil.copyfile(clip.path, part)
    else:
        what, folder = f"{clip.clip.name}, to be kept", clip.path.parent
        with Process(command, what, folder=folder) as process:
            process.save(part)
    part.replace(to)


def keeping(form: str, clip: Clip, ffmpeg_path: str, file: str) -> list[str] | None:
    """The command that writes what is kept of a clip's file to the standard output; None where the file itself is.

    That is the clip as it was cut, or visually lossless, in H.264. Pixel formats that x264 does not take, and odd sides
    where it takes none of them, are kept as they were cut.
    """
    pixel_format = clip.cut.pixel_format
    fits = pixel_format in X264.pixel_formats and has_whole_chroma(pixel_format, clip.width, clip.height)
    if form == "lossless" or not fits:
        return pack_clip(ffmpeg_path, file, pixel_format) if clip.cut.raw else None
    encode = Encode(
        form,
        X264.name,
        X264.codec,
        "veryfast",
        Rate("crf", CRF),
        pixel_format=pixel_format,
        params=(("bframes", "0"),),
    )
    words = (ffmpeg_path, file, X264, encode, Gop(KEYS), clip.source.colour)
    (command,) = encode_clip(*words, pixel_format=pixel_format)
    return command


def commit(
    store: Store,
    chunk: Chunk,
    need: Need,
    kept: Mapping[str, tuple[Path, File]],
    standing: Standing,
) -> None:
    """Give kept clips their names, and put the marker that makes them count, last.

    Raises:
        ChangedError: what was to come out as before did not.
        OvertakenError: another attempt put other forms of them there meanwhile, or the chunk is made of others by now.
        CorpusError: the chunk is not planned any more.
    """
    files = {name: file for name, (_, file) in kept.items()}
    if wrong := [name for name, file in need.expected.items() if files.get(name) != file]:
        raise ChangedError(wrong[0], CLIPS)
    marker = Marker(chunk, CLIPS, need.products, files, number=need.number)
    with commits(store, chunk):
        if not is_planned_so(store, chunk, standing):
            raise OvertakenError(marker.name)
        for name, (path, _) in kept.items():
            if not need.expected or name in need.expected:
                store.publish(path, name)
        if not need.expected and not put(store, marker):
            raise OvertakenError(marker.name)
