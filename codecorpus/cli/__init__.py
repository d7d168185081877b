"""The command line: one file per command. Nobody imports this but the entry point."""

from __future__ import annotations

import typer

from codecorpus.cli import build, doctor, export, extract, plan, recipe, stats, status, submit, verify, view

app = typer.Typer(
    name="codecorpus",
    help="What every encoder worked out about your frames, as Parquet.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(build.build)
app.command()(plan.plan)
app.command()(submit.submit)
app.command()(status.status)
app.command()(extract.extract)
app.command()(export.export)
app.command()(verify.verify)
app.command()(stats.stats)
app.command()(view.view)
app.add_typer(recipe.app, name="recipe")
app.command()(doctor.doctor)
