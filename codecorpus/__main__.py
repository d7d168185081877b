"""`python -m codecorpus` is `codecorpus`."""

from codecorpus.cli import app

app(prog_name="codecorpus")
