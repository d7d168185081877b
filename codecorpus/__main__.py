"""`python -m codecorpus` is `codecorpus`."""

from codecorpus.cli import main

main()
