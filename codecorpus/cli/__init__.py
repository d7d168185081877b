"""The command line: one file per command. Nobody imports this but the entry point."""

from __future__ import annotations

from importlib import metadata
from typing import Annotated

import typer

from codecorpus.cli import (
    build,
    doctor,
    export,
    extract,
    headers,
    plan,
    recipe,
    say,
    stats,
    status,
    submit,
    verify,
    view,
)

app = typer.Typer(
    name="codecorpus",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def tell_version(wanted: bool) -> None:
    """Print the version, and end."""
    if wanted:
        say.out(metadata.version("codecorpus"))
        raise typer.Exit


@app.callback()
def codecorpus(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version, and end.", callback=tell_version, is_eager=True)
    ] = False,
) -> None:
    """What every encoder worked out about your frames, as Parquet."""


app.command()(build.build)
app.command()(plan.plan)
app.command()(submit.submit)
app.command()(status.status)
app.command()(extract.extract)
app.command()(export.export)
app.command()(verify.verify)
app.command()(stats.stats)
app.command()(view.view)
app.command()(headers.headers)
app.add_typer(recipe.app, name="recipe")
app.command()(doctor.doctor)
