"""The command line: one file per command. Nobody imports this but the entry point."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Any, Final

import typer
from typer.core import TyperCommand, TyperGroup

COMMANDS: Final = {
    "build": "Every clip through every encode, intrinsics to Parquet. Run again, it does only what is missing or "
    "damaged.",
    "plan": "What build would do: clips, encodes, streams, estimated size and time. Looks at every source.",
    "submit": "Submits the build as a Slurm array, or prints it. How far it is: codecorpus status CORPUS.",
    "status": "What of a corpus is done, damaged, failed, under way, and what remains: from the corpus "
    "alone, anywhere.",
    "extract": "Streams as they are into a corpus, no encode. Run again, it reads only what is new.",
    "export": "Write windows (pixels, maps, keys) as WebDataset's tars or as Parquet. Run again, it goes on where it "
    "was.",
    "verify": "Is everything there, whole and consistent: hashes, order, bit sums, tiling, references, frame "
    "alignment.",
    "stats": "What is in a corpus, encode by encode. Writes the statistics that maps are ranked by (importance).",
    "view": "Draw vectors, partitions, modes, QP, bits and energy on frames: a PNG, an MP4, or a page that plays and "
    "tells.",
    "headers": "Parameter sets and the headers of sequences, pictures and slices, by the standards' names: JSON lines.",
    "recipe": "Recipes: validate, expand, JSON Schema for editors.",
    "doctor": "What this machine can do: FFmpeg, encoders, versions, and what is missing.",
}
"""What each command says of itself first. Its file is loaded when it is called: loading all would take longest."""


def command(name: str) -> Any:
    """A command as Click has it, out of its file: an `app` of several, or the function of its name."""
    module = import_module(f"{__name__}.{name}")
    app = getattr(module, "app", None)
    if app is None:
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        app.command(name)(getattr(module, name))
    loaded = typer.main.get_command(app)
    loaded.name = name
    return loaded


class Commands(TyperGroup):
    """All commands: known by what they say of themselves, loaded when they are called."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return TyperCommand(cmd_name, help=COMMANDS[cmd_name]) if cmd_name in COMMANDS else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, known, rest = super().resolve_command(ctx, args)
        return name, command(name) if name in COMMANDS else known, rest


app = typer.Typer(
    name="codecorpus",
    cls=Commands,
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def tell_version(wanted: bool) -> None:
    """Print the version, and end."""
    if wanted:
        from importlib import metadata

        print(metadata.version("codecorpus"), flush=True)
        raise typer.Exit


@app.callback()
def codecorpus(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version, and end.", callback=tell_version, is_eager=True)
    ] = False,
) -> None:
    """What every encoder worked out about your frames, as Parquet."""


def main() -> None:
    """The command line, read and done."""
    app(prog_name="codecorpus")
