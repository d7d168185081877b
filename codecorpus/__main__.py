"""The program, as `codecorpus` or `python -m codecorpus`: what makes it start fast comes before all else."""

from __future__ import annotations

import sys
from typing import Final

from codecorpus import light

NEED_WORKERS: Final = ("build", "extract")
"""Commands whose work is done by workers, unless they are told otherwise."""

ELSEWHERE: Final = ("--executor", "--help")
"""Options with which they need none here."""


def main() -> None:
    """Begin what takes longest, then read the command line."""
    light.set_up()
    if sys.argv[1:2] and sys.argv[1] in NEED_WORKERS and not any(word.startswith(ELSEWHERE) for word in sys.argv):
        from codecorpus.run.executors import spawn

        spawn.ahead()
    from codecorpus import cli

    cli.main()


if __name__ == "__main__":
    main()
