"""codecorpus recipe: list, check, show, schema."""

from __future__ import annotations

import json as encoder
import math
from typing import Any

import typer
import yaml

from codecorpus import matrix
from codecorpus.cli import options, say
from codecorpus.encode import Encode
from codecorpus.recipe import load, model, shelf
from codecorpus.recipe import schema as recipe_schema
from codecorpus.sources import find

app = typer.Typer(
    help="Recipes: validate, expand, JSON Schema for editors.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("list")
@say.speaking
def list_recipes(json: options.Json = False) -> None:
    """The recipes that come along; every command takes them by name."""
    for name in shelf.names():
        if json:
            say.out_json(name=name, path=str(shelf.find(name)), purpose=shelf.purpose(name))
        else:
            say.out(f"{name}: {shelf.purpose(name)}")


@app.command()
@say.speaking
def check(recipe: options.RecipeFile, trust_recipe: options.Trust = False, json: options.Json = False) -> None:
    """Is the recipe right? Tells every mistake with its line, and the files of this machine that are not there."""
    read = load(recipe, trust=trust_recipe)
    encodes = matrix.expand(read)
    missing = find.missing(read.sources)
    count = len(encodes) + read.takes_source
    if json:
        say.out_json(recipe=str(recipe), name=read.name, encodes=count, missing=missing)
    else:
        say.out(f"{recipe}: {'right' if not missing else 'right, but for its sources'}, {say.count(count, 'encode')}")
    for absent in missing:
        say.err(f"missing: {absent}")
    if missing:
        raise typer.Exit(say.FAILED)


@app.command()
@say.speaking
def show(recipe: options.RecipeFile, trust_recipe: options.Trust = False, json: options.Json = False) -> None:
    """The recipe with every default filled in and every list multiplied out: a recipe again."""
    read = load(recipe, trust=trust_recipe)
    whole = model.written(read, lambda key, value: key.name == "encodes" or value in (None, ()))
    entries: dict[str, dict[str, Any]] = {encode.name: _entry(encode) for encode in matrix.expand(read)}
    if read.takes_source:
        entries["source"] = {"source": True}
    if json:
        say.out_json(**whole, encodes=[{"name": name, **entry} for name, entry in entries.items()])
        return
    say.out(yaml.safe_dump(whole, sort_keys=False, allow_unicode=True).rstrip())
    say.out("encodes:")
    for name, entry in entries.items():
        flow = yaml.safe_dump(entry, sort_keys=False, allow_unicode=True, default_flow_style=True, width=math.inf)
        say.out(f"- {flow.rstrip()}  # {name}")


def _entry(encode: Encode) -> dict[str, Any]:
    """An encode as an entry of a recipe that gives it alone."""
    rate = encode.rate.value if encode.rate.kind == "bitrate" else yaml.safe_load(encode.rate.value)
    settings = {
        "encoder": encode.encoder,
        "preset": encode.preset,
        "tune": encode.tune,
        encode.rate.kind: rate,
        "maxrate": encode.maxrate,
        "bufsize": encode.bufsize,
        "passes": encode.passes,
        "pixel_format": encode.pixel_format,
        "film_grain": encode.film_grain,
        "params": dict(encode.params) or None,
    }
    return {key: value for key, value in settings.items() if value is not None}


@app.command()
@say.speaking
def schema() -> None:
    """The JSON Schema of recipes, for editors."""
    say.out(encoder.dumps(recipe_schema(), indent=2))
