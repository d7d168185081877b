"""codecorpus view: what encoders decided, drawn on their frames."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from codecorpus.cli import say
from codecorpus.errors import CodecorpusError

if TYPE_CHECKING:
    from codecorpus.view.subject import Scene

LONGEST = 250
"""Frames of a page, unless more are asked for."""

LAYERS = "bits, energy, qstep, qp, distance, flow, mode, skip, transform, prediction, coding, motion, picture"


@say.speaking
def view(
    what: Annotated[list[str], typer.Argument(metavar="CORPUS | VIDEO...", help="A corpus, or encodes of one video.")],
    clip: Annotated[str | None, typer.Option(metavar="NAME", help="Of a corpus, which clip.")] = None,
    encode: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Of a corpus, which encodes.")] = None,
    layer: Annotated[
        list[str] | None,
        typer.Option(metavar="A+B", help=f"A panel, once for each, and what is drawn on it: {LAYERS}."),
    ] = None,
    frame: Annotated[
        int | None,
        typer.Option(min=0, help="Which frame, from 0; unless given, the one in which most moves.", show_default=False),
    ] = None,
    frames: Annotated[
        str | None,
        typer.Option(metavar="FIRST:END", help=f"A range, for an MP4 or a page; of a page {LONGEST} unless given."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A .png, an .mp4, or an .html: a page that plays.")
    ] = None,
    zoom: Annotated[
        float | None, typer.Option(min=0.1, max=8, help="Pixels of the page per pixel of a frame.", show_default="auto")
    ] = None,
    rate: Annotated[str, typer.Option(metavar="FPS", help="Frames a second of an MP4.")] = "10",
    mixed: Annotated[
        bool, typer.Option("--mixed", help="Videos side by side although their frames differ in number or size.")
    ] = False,
    track: Annotated[
        int | None,
        typer.Option(metavar="N", min=0, help="Of a video, which track, from 0; else FFmpeg's choice."),
    ] = None,
    rotate: Annotated[
        bool, typer.Option("--rotate/--no-rotate", help="Pictures turned as players turn them, or as coded.")
    ] = True,
    whole: Annotated[
        bool, typer.Option("--report", help="A page of a whole corpus: encodes, curves, clips, what failed.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a line on the standard output.")] = False,
) -> None:
    """Draw vectors, partitions, modes, QP, bits and energy on frames: a PNG, an MP4, or a page that plays and tells."""
    try:
        from codecorpus.view import layers, movie, player, report, subject
    except ModuleNotFoundError as error:
        raise CodecorpusError(f"{error.name} is missing: pip install 'codecorpus[view]'") from None
    if whole:
        path = out or Path("report.html")
        if len(what) > 1 or not _is_corpus(what[0]) or path.suffix != ".html":
            raise typer.BadParameter("it is of one corpus, and written as .html", param_hint="--report")
        _check_folder(path)
        count = report.write(path, what[0], rotate)
        if json:
            say.out_json(event="report", path=str(path), bytes=count)
        say.err(f"{path}: {say.size(count)}; any browser opens it")
        return
    try:
        panels = tuple(layers.parse(panel) for panel in layer or layers.DEFAULT)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--layer") from None
    span = None if frames is None else _range(frames)
    path = out or Path("view.mp4" if span is not None else "view.png")
    if path.suffix not in ((".png", ".html") if span is None else (".mp4", ".html")):
        raise typer.BadParameter("a frame is written as .png, a range of frames as .mp4 or .html", param_hint="--out")
    _check_folder(path)
    is_page = path.suffix == ".html"
    with _scene(what, clip, encode, player.TABLES if is_page else layers.tables(panels), mixed, track) as scene:
        if is_page:
            span = span or range(min(scene.count, LONGEST))
            start = frame if frame is not None else scene.liveliest if scene.liveliest in span else span.start
            count = player.write(path, scene, span, _union(panels), start, rotate)
            told = f"{say.size(count)}; any browser opens it"
            if len(span) < scene.count and frames is None:
                told += f"; it has the first {LONGEST} of {scene.count} frames, --frames chooses others"
        else:
            frame = scene.liveliest if frame is None else frame
            span = span or range(frame, frame + 1)
            pages = subject.pages(scene.subjects, panels, span, zoom, rotate)
            if path.suffix == ".mp4":
                movie.write(path, pages, _rate(rate))
            else:
                next(pages).save(path)
            told = f"frame {frame}" if frames is None else say.count(len(span), "frame")
    if json:
        say.out_json(event="view", path=str(path), first=span.start, frames=len(span))
    say.err(f"{path}: {told}")


def _check_folder(path: Path) -> None:
    """Before any work: where what is written goes."""
    if not path.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {path.parent}", param_hint="--out")


def _union(panels: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    """The layers of all panels, as one picture shows them."""
    from codecorpus.view import layers

    try:
        return layers.parse("+".join(dict.fromkeys(name for panel in panels for name in panel)) or "picture")
    except ValueError as error:
        raise typer.BadParameter(f"{error}; a page has one", param_hint="--layer") from None


def _scene(
    what: list[str],
    clip: str | None,
    encode: list[str] | None,
    tables: tuple[str, ...],
    mixed: bool,
    track: int | None,
) -> AbstractContextManager[Scene]:
    from codecorpus.view import subject

    if len(what) == 1 and (clip or encode or _is_corpus(what[0])):
        if track is not None:
            raise typer.BadParameter("it is of video files; a corpus has one of each", param_hint="--track")
        return subject.from_corpus(what[0], clip, encode or [], tables)
    if clip or encode:
        raise typer.BadParameter("--clip and --encode choose from one corpus", param_hint="CORPUS | VIDEO...")
    with say.reading_what_is_named():
        return nullcontext(subject.from_videos(what, tables, mixed, track))


def _is_corpus(what: str) -> bool:
    from codecorpus.corpus import layout, store

    return Path(what).is_dir() or ("://" in what and store.find(what).size(layout.HEAD) is not None)


def _range(text: str) -> range:
    first, colon, end = text.partition(":")
    if not colon or not first.isdecimal() or not end.isdecimal() or int(end) <= int(first):
        raise typer.BadParameter(f"{text!r} is no range; the first second of 25 frames is 0:25", param_hint="--frames")
    return range(int(first), int(end))


def _rate(text: str) -> Fraction:
    try:
        rate = Fraction(text)
    except (ValueError, ZeroDivisionError):
        rate = Fraction(0)
    if not 0 < rate <= 240:
        raise typer.BadParameter(f"{text!r} is no frame rate", param_hint="--rate")
    return rate
