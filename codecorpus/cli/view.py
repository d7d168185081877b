"""codecorpus view: what encoders decided, drawn on their frames."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from codecorpus.cli import say
from codecorpus.errors import CodecorpusError

if TYPE_CHECKING:
    from codecorpus.view.subject import Subject

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
    frame: Annotated[int, typer.Option(min=0, help="Which frame, from 0.")] = 0,
    frames: Annotated[str | None, typer.Option(metavar="FIRST:END", help="A range, for an MP4 or a page.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="A .png; an .mp4 or .html of a range.")] = None,
    zoom: Annotated[
        float | None, typer.Option(min=0.1, max=8, help="Pixels of the page per pixel of a frame.", show_default="auto")
    ] = None,
    rate: Annotated[str, typer.Option(metavar="FPS", help="Frames a second of an MP4.")] = "10",
    mixed: Annotated[
        bool, typer.Option("--mixed", help="Videos side by side although their frames differ in number or size.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a line on the standard output.")] = False,
) -> None:
    """Draw vectors, partitions, modes, QP, bits and energy on frames: a PNG, or an MP4 or a web page of a range."""
    try:
        from codecorpus.view import layers, movie, report, subject
    except ImportError as error:
        raise CodecorpusError(f"{error.name} is missing: pip install 'codecorpus[view]'") from None
    try:
        panels = tuple(layers.parse(panel) for panel in layer or layers.DEFAULT)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--layer") from None
    wanted = _range(frames) if frames is not None else range(frame, frame + 1)
    path = out or Path("view.mp4" if frames is not None else "view.png")
    if path.suffix not in ((".png",) if frames is None else (".mp4", ".html")):
        raise typer.BadParameter("a frame is written as .png, a range of frames as .mp4 or .html", param_hint="--out")
    pages = subject.pages(_subjects(what, clip, encode, layers.tables(panels), mixed), panels, wanted, zoom)
    if path.suffix == ".mp4":
        movie.write(path, pages, _rate(rate))
    elif path.suffix == ".html":
        report.write(path, pages, wanted, ", ".join(Path(one).name for one in what))
    else:
        next(pages).save(path)
    if json:
        say.out_json(event="view", path=str(path), frames=len(wanted))
    say.err(f"{path}: {len(wanted)} frame{'s' * (len(wanted) != 1)}")


def _subjects(
    what: list[str], clip: str | None, encode: list[str] | None, tables: tuple[str, ...], mixed: bool
) -> list[Subject]:
    from codecorpus.view import subject

    if len(what) == 1 and (clip or encode or _is_corpus(what[0])):
        return subject.from_corpus(what[0], clip, encode or [], tables)
    if clip or encode:
        raise typer.BadParameter("--clip and --encode choose from one corpus", param_hint="CORPUS | VIDEO...")
    return subject.from_videos(what, tables, mixed)


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
