"""codecorpus stats: what is in a corpus, and the statistics that its maps are ranked by."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Any

import typer

from codecorpus.cli import distorted, options, say
from codecorpus.cli.progress import watched
from codecorpus.corpus import statistics
from codecorpus.corpus.distortion import CONTENT, MEASURES
from codecorpus.corpus.statistics import CLASSES, EncodeTotals
from codecorpus.errors import CodecorpusError
from codecorpus.maps import CELLS

HEADINGS = (
    *("codec", "encode", "streams", "frames", "kb/s", "tables", "qstep", "skipped", "samples moved"),
    *("header", "mode", "motion", "residual bits"),
)


@say.speaking
def stats(
    corpus: Annotated[str, typer.Argument(metavar="CORPUS", help="A folder, or any URI that fsspec reads.")],
    cell: Annotated[int, typer.Option(metavar="4|8|16", help="Side of the maps' cells, luma samples.")] = 16,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw how every channel is spread, as .png.")
    ] = None,
    out: Annotated[
        str | None, typer.Option(metavar="DIR", help="Write the statistics here; into the corpus unless given.")
    ] = None,
    curves: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw rate-distortion curves of every clip, as .png.")
    ] = None,
    measure: Annotated[
        str | None, typer.Option(metavar="NAME", help="What curves and BD-rates are of: psnr_y, vmaf, …")
    ] = None,
    by: Annotated[str, typer.Option(metavar="encode|clip|type", help="What a line of the quality is of.")] = "encode",
    json: options.Json = False,
) -> None:
    """What is in a corpus, encode by encode. Writes the statistics that maps are ranked by (importance).

    Where the recipe asked for measures, their means too, and BD-rates between encodes that differ in more than rate.
    """
    if cell not in CELLS:
        raise typer.BadParameter("cells are 4, 8 or 16 luma samples wide", param_hint="--cell")
    for path, option in ((plot, "--plot"), (curves, "--curves")):
        if path and path.suffix != ".png":
            raise typer.BadParameter("a plot is written as .png", param_hint=option)
    if by not in distorted.SPLITS:
        raise typer.BadParameter("lines are by encode, clip or type", param_hint="--by")
    distortions = [name for name in MEASURES if name not in CONTENT]
    if measure is not None and measure not in distortions:
        raise typer.BadParameter(f"measures are {', '.join(distortions)}", param_hint="--measure")
    gathered = watched(lambda tell: statistics.gather(corpus, cell, tell))
    found = gathered.statistics
    if json:
        for measured in found:
            say.out_json(event="encode", **fields(measured.summary))
    else:
        say.table([HEADINGS, *(row(measured.summary) for measured in found)])
    distorted.tell(corpus, measure, by, curves, json)
    written = statistics.write(corpus, cell, gathered, out)
    say.err(f"{written}: how the maps in cells of {cell} are spread; Corpus.maps ranks by it")
    if plot:
        draw(plot, found)


def draw(path: Path, found: list[statistics.Statistics]) -> None:
    """Draw how channels are spread."""
    try:
        from codecorpus.view import spreads
    except ImportError as error:
        raise CodecorpusError(f"{error.name} is missing: pip install 'codecorpus[view]'") from None
    spreads.draw(path, {name(measured.summary, found): measured.spreads for measured in found})
    say.err(str(path))


def name(summary: EncodeTotals, among: list[statistics.Statistics]) -> str:
    """The encode, with its codec where another has the same name."""
    is_only = sum(measured.summary.encode == summary.encode for measured in among) == 1
    return summary.encode if is_only else f"{summary.codec} {summary.encode}"


def fields(summary: EncodeTotals) -> dict[str, Any]:
    """A summary for programs; what nothing tells of is null."""
    means = {"qstep": summary.qstep, "skipped": summary.skipped, "speed": summary.speed}
    known = {name: value for name, value in vars(summary).items() if name not in (*means, "bits", "rate")}
    known |= {"seconds": summary.rate.seconds, "kbps": summary.rate.kbps}
    return known | summary.bits | {n: None if math.isnan(mean.value) else mean.value for n, mean in means.items()}


def row(summary: EncodeTotals) -> tuple[object, ...]:
    """A summary for people."""
    bits = sum(summary.bits.values())
    rate = "-" if summary.rate.kbps is None else f"{summary.rate.kbps:.0f}"
    means = (
        _number(summary.qstep.value, ".1f"),
        _number(summary.skipped.value, ".0%"),
        _number(summary.speed.value, ".2f"),
    )
    shares = (f"{summary.bits[name] / bits:.0%}" if bits else "-" for name in CLASSES)
    tables = say.size(summary.table_bytes)
    return (summary.codec, summary.encode, summary.streams, summary.frames, rate, tables, *means, *shares)


def _number(value: float, form: str) -> str:
    return "-" if math.isnan(value) else format(value, form)
