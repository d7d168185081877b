"""Importing: what a platform lacks is missed where it is used, not before."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata

from typer.testing import CliRunner

import codecorpus
from codecorpus.cli import app

LIKE_WINDOWS = """
import signal, sys
for name in ("fcntl", "resource", "pwd", "grp", "termios"):
    sys.modules[name] = None
del signal.SIGHUP
import importlib, pkgutil
import codecorpus
for module in pkgutil.walk_packages(codecorpus.__path__, "codecorpus."):
    if not module.name.endswith("__main__") and not module.name.startswith("codecorpus.torch"):
        importlib.import_module(module.name)
print(codecorpus.extract("tests/data/tiny.vp9.ivf").frames.num_rows)
"""


def test_without_what_only_unix_has_all_is_imported_and_streams_are_read() -> None:
    done = subprocess.run([sys.executable, "-c", LIKE_WINDOWS], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and int(done.stdout) > 0, done.stderr


def test_the_version_is_told() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.output.strip()) == (0, codecorpus.__version__)
    assert codecorpus.__version__ == metadata.version("codecorpus")
