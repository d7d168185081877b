"""codecorpus headers: what a stream's headers say, as JSON."""

from __future__ import annotations

from typing import Annotated

import typer

from codecorpus.cli import say
from codecorpus.errors import StreamError


@say.speaking
def headers(
    video: Annotated[str, typer.Argument(metavar="FILE", help="A video file, or a raw stream.")],
    packets: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Of the first packets alone.", show_default="all")
    ] = None,
    structure: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only these structures, such as seq_parameter_set_rbsp; again for each."),
    ] = None,
) -> None:
    """Parameter sets and the headers of sequences, pictures and slices, by the standards' names: JSON lines."""
    from codecorpus.headers import CONFIGURATION
    from codecorpus.headers import headers as read

    met: set[str] = set()
    damage: list[StreamError] = []
    try:
        with say.reading_what_is_named():
            for header in read(video, on_damage=damage.append):
                if packets is not None and header.packet >= packets:
                    break
                met.add(header.structure)
                if structure and header.structure not in structure:
                    continue
                packet = None if header.packet == CONFIGURATION else header.packet
                unread = {"error": header.error} if header.error else {}
                say.out_json(
                    packet=packet, pts=header.pts, structure=header.structure, elements=header.elements, **unread
                )
    except StreamError as error:
        damage.append(error)
    if damage:
        damage[0].path = video
        others = f"; {say.count(len(damage) - 1, 'place')} behind it damaged too" if len(damage) > 1 else ""
        say.err(f"{'damaged' if met else 'error'}: {damage[0]}{others}")
    if not met:
        if not damage:
            say.err(f"error: {video}: there is no header in it")
        raise typer.Exit(say.FAILED)
    if absent := sorted(set(structure or ()) - met):
        say.err(f"{video}: no {' and no '.join(absent)}; there is {', '.join(sorted(met))}")
