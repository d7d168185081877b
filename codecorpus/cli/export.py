"""codecorpus export: windows of a corpus as files that trainers read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, cast, get_args

import typer

from codecorpus import maps
from codecorpus.cli import options, say
from codecorpus.cli.progress import watched
from codecorpus.corpus import spreads, store
from codecorpus.corpus.reader import open as open_corpus
from codecorpus.corpus.windows import Window
from codecorpus.errors import CodecorpusError, CorpusError
from codecorpus.export import shards
from codecorpus.export.item import Form, Item, item
from codecorpus.export.rows import Rows
from codecorpus.export.tars import Tars


@say.speaking
def export(
    corpus: Annotated[str, typer.Argument(metavar="CORPUS", help="A folder, or any URI that fsspec reads.")],
    webdataset: Annotated[
        str | None, typer.Option(metavar="OUT", help="Write shards of WebDataset into this folder or URI.")
    ] = None,
    parquet: Annotated[
        str | None, typer.Option(metavar="OUT", help="Write rows of Parquet into this folder or URI.")
    ] = None,
    length: Annotated[int, typer.Option(min=1, help="Frames of a window.")] = 16,
    stride: Annotated[
        int | None, typer.Option(min=1, help="Frames from window to window.", show_default="length")
    ] = None,
    encode: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="An encode that every window has; all unless given.")
    ] = None,
    channel: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A channel of the maps; all unless given.")
    ] = None,
    cell: Annotated[int, typer.Option(metavar="4|8|16", help="Side of the maps' cells, luma samples.")] = 16,
    pixels: Annotated[str, typer.Option(metavar="mp4|npy|none", help="How pixels are written.")] = "mp4",
    shard_size: Annotated[str, typer.Option(metavar="BYTES", help="About so many in a file, as in 1G.")] = "1G",
    errors: Annotated[
        str, typer.Option(metavar="strict|skip", help="Where a window cannot be made: stop, or leave it out.")
    ] = "strict",
    json: options.Json = False,
) -> None:
    """Write windows (pixels, maps, keys) as WebDataset's tars or as Parquet. Run again, it goes on where it was."""
    if (webdataset is None) == (parquet is None):
        raise typer.BadParameter("one of --webdataset and --parquet says where", param_hint="--webdataset")
    if pixels not in get_args(Form):
        raise typer.BadParameter("pixels are mp4, npy or none", param_hint="--pixels")
    if errors not in ("strict", "skip"):
        raise typer.BadParameter("errors is strict or skip", param_hint="--errors")
    if cell not in maps.CELLS:
        raise typer.BadParameter("cells are 4, 8 or 16 luma samples wide", param_hint="--cell")
    form = cast(Form, pixels)
    most = options.size(shard_size, "--shard-size")
    channels = tuple(channel or maps.CHANNELS)
    try:
        tables = ("frames", *maps.check_channels(maps.unranked(channels)))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--channel") from None
    opened = open_corpus(corpus)
    windows = opened.windows(length, stride, encode, pixels=form != "none")
    if not windows:
        having = "the encodes" if form == "none" else "the encodes, and pixels that can be read"
        raise CorpusError(f"{corpus}: there is no window of {length} frames in it that has {having}")
    where = store.find(webdataset or parquet or "")
    encodes = sorted({name for window in windows for name in window.encodes})
    settings: dict[str, Any] = {
        **{"length": length, "stride": stride or length, "channels": channels, "cell": cell, "pixels": form},
        shards.ROWS: {name: spreads.source(opened.contents, name, tables) for name in encodes},
    }

    def make(window: Window) -> Item:
        return item(opened, window, channels, cell, form)

    lost: dict[str, int] = {}

    def left_out(window: Window, error: CodecorpusError) -> None:
        why = f"{window.clip}: {error}"
        lost[why] = lost.get(why, 0) + 1

    def work(tell: Callable[[str], None]) -> int:
        kind = Tars(form) if webdataset else Rows(form)

        def progress(at: int, name: str) -> None:
            tell(f"{name}: {at} of {len(windows)}")

        return shards.write(
            where, kind, windows, make, most, settings, progress, left_out if errors == "skip" else None
        )

    made = watched(work)
    for why, count in lost.items():
        say.err(f"left out: {say.count(count, 'window')} of {why}")
    if json:
        say.out_json(event="export", out=where.path, windows=len(windows), shards=made, left_out=sum(lost.values()))
    say.err(f"{where.path}: {say.count(len(windows), 'window')}, {say.count(made, 'shard')} written now")
    if lost:
        raise typer.Exit(say.FAILED)
