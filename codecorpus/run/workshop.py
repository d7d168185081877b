"""The clips under way: fetched and cut when the first stream of each begins, gone when the last ends."""

from __future__ import annotations

import shutil
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from codecorpus.errors import CodecorpusError
from codecorpus.run.plan import Job
from codecorpus.sources import clips as cutting
from codecorpus.sources.clips import Clip, CutClip
from codecorpus.sources.fetch import fetched


class Workshop:
    """Cut clips for streams that are made at the same time. `note` is given each clip's row of **clips**."""

    def __init__(
        self, ffmpeg_path: str, folder: Path, jobs: Iterable[Job], note: Callable[[dict[str, Any]], None]
    ) -> None:
        self.folder = folder
        self._ffmpeg = ffmpeg_path
        self._note = note
        self._left = Counter(job.clip.name for job in jobs)
        self._locks = {name: threading.Lock() for name in self._left}
        self._cut: dict[str, CutClip | CodecorpusError] = {}
        self._stacks: dict[str, ExitStack] = {}

    def __enter__(self) -> Workshop:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        return self

    def __exit__(self, *_: object) -> None:
        for stack in self._stacks.values():
            stack.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def clip(self, clip: Clip) -> Iterator[CutClip]:
        """The clip as a file, for one of its streams.

        Raises:
            SourceError, EncodeError: it cannot be cut; the same for each of its streams.
        """
        lock = self._locks[clip.name]
        try:
            with lock:
                if clip.name not in self._cut:
                    self._cut[clip.name] = self._make(clip)
            made = self._cut[clip.name]
            if isinstance(made, CodecorpusError):
                raise made
            yield made
        finally:
            with lock:
                self._left[clip.name] -= 1
                if not self._left[clip.name]:
                    self._put_away(clip)

    def _make(self, clip: Clip) -> CutClip | CodecorpusError:
        stack = self._stacks[clip.name] = ExitStack()
        folder = self.folder / clip.name
        folder.mkdir()
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        try:
            source = stack.enter_context(fetched(clip.video.uri, folder))
            made = cutting.cut(self._ffmpeg, source, clip, folder)
        except CodecorpusError as error:
            self._note(row(clip) | {"status": "failed", "error": str(error)})
            return error
        told = {"time_base_num": made.time_base.numerator, "time_base_den": made.time_base.denominator}
        self._note(row(clip) | told | {"frames": len(made.pts), "argv": list(made.command), "status": "done"})
        return made

    def _put_away(self, clip: Clip) -> None:
        self._cut.pop(clip.name, None)
        if stack := self._stacks.pop(clip.name, None):
            stack.close()


def row(clip: Clip) -> dict[str, Any]:
    """What is known of a clip before it is cut, as a row of **clips**."""
    source = clip.source
    return {
        "clip": clip.name,
        "source": clip.video.uri,
        "source_sha256": clip.sha256,
        "source_codec": source.codec,
        "source_width": source.width,
        "source_height": source.height,
        "first": clip.first,
        "start": clip.start,
        "fps": float(clip.fps),
        "width": clip.width,
        "height": clip.height,
        "pixel_format": clip.cut.pixel_format,
        "rotation": source.rotation,
        "deinterlaced": clip.cut.deinterlace,
        "colour_primaries": source.colour.primaries,
        "colour_transfer": source.colour.transfer,
        "colour_matrix": source.colour.matrix,
        "colour_range": source.colour.range,
    }
