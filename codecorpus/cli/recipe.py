"""codecorpus recipe: check, show, schema."""

from __future__ import annotations

import json as encoder
from dataclasses import asdict

import typer
import yaml

from codecorpus import matrix
from codecorpus.cli import options, say
from codecorpus.recipe import load
from codecorpus.recipe import schema as recipe_schema

app = typer.Typer(help="Recipes: validate, expand, JSON Schema for editors.", no_args_is_help=True)


@app.command()
@say.speaking
def check(recipe: options.RecipeFile, trust_recipe: options.Trust = False, json: options.Json = False) -> None:
    """Is the recipe right? Tells every mistake with its line."""
    read = load(recipe, trust=trust_recipe)
    encodes = matrix.expand(read)
    if json:
        say.out_json(recipe=str(recipe), name=read.name, encodes=len(encodes) + read.takes_source)
    else:
        say.out(f"{recipe}: right, {say.count(len(encodes) + read.takes_source, 'encode')}")


@app.command()
@say.speaking
def show(recipe: options.RecipeFile, trust_recipe: options.Trust = False, json: options.Json = False) -> None:
    """The recipe with every default filled in and every list multiplied out."""
    read = load(recipe, trust=trust_recipe)
    left_out = {"encodes", *(name for name in ("maps", "quality") if not getattr(read, name))}
    whole = read.model_dump(mode="json", exclude=left_out)
    encodes = []
    for encode in matrix.expand(read):
        settings = {k: v for k, v in asdict(encode).items() if v is not None and k not in ("rate", "params")}
        settings[encode.rate.kind] = encode.rate.value
        encodes.append(settings | ({"params": dict(encode.params)} if encode.params else {}))
    if read.takes_source:
        encodes.append({"name": "source", "source": True})
    if json:
        say.out_json(**whole, encodes=encodes)
    else:
        say.out(yaml.safe_dump({**whole, "encodes": encodes}, sort_keys=False, allow_unicode=True).rstrip())


@app.command()
@say.speaking
def schema() -> None:
    """The JSON Schema of recipes, for editors."""
    say.out(encoder.dumps(recipe_schema(), indent=2))
