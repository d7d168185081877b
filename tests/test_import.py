"""Importing: what a platform lacks is missed where it is used, not before."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from typer.testing import CliRunner

import codecorpus
from codecorpus.cli import COMMANDS, app, command

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


def test_no_folder_of_tests_is_taken_for_pytorch() -> None:
    """Modules are looked for in `tests`, and libraries that use PyTorch where it is would find an empty one."""
    found = importlib.util.find_spec("torch")
    assert found is None or found.origin is not None


def loaded(*arguments: str) -> set[str]:
    """The modules that a command has loaded when it ends."""
    code = f"import sys; from codecorpus.__main__ import main; sys.argv[1:] = {list(arguments)!r}\n"
    code += "try:\n    main()\nfinally:\n    print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stderr.splitlines()[-1].split())


HEAVY = {"numpy", "pyarrow", "av", "ffmpeg", "imageio_ffmpeg", "fsspec", "asyncio", "yaml", "codecorpus._native"}
"""Together these take much longer to load than a command may take to begin."""

NEEDED = {"numpy", "pyarrow", "yaml", "codecorpus._native"}
"""To list files in a corpus, and to say of it what it is."""


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]], ids=" ".join)
def test_what_tells_of_commands_alone_loads_none(arguments: list[str]) -> None:
    found = loaded(*arguments)
    assert not found & {*HEAVY, "pydantic", "rich"}
    assert {name for name in found if name.startswith("codecorpus.")} == {
        *("codecorpus.__main__", "codecorpus.cli", "codecorpus.light")
    }


def test_reading_a_stream_loads_nothing_but_what_reads_it() -> None:
    code = "import codecorpus, sys; codecorpus.extract('tests/data/tiny.vp9.ivf'); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & (HEAVY - NEEDED - {"av"} | {"pyarrow.compute", "pandas", "rich", "pydantic"})


def test_who_hands_out_files_to_read_loads_nothing_that_reads_them(tmp_path: Path) -> None:
    found = loaded("extract", "tests/data/tiny.vp9.ivf", "--out", str(tmp_path / "corpus"))
    assert not found & (HEAVY - NEEDED | {"pyarrow.compute", "pyarrow.dataset", "pandas", "rich"})
    assert codecorpus.open(tmp_path / "corpus").streams.num_rows == 1


def test_a_package_is_as_light_as_what_is_asked_of_it() -> None:
    code = "import sys, codecorpus; codecorpus.StreamError, dir(codecorpus)\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & HEAVY


def test_a_name_that_is_not_there_is_told() -> None:
    with pytest.raises(AttributeError, match=r"^module 'codecorpus' has no attribute 'extrct'$"):
        codecorpus.extrct  # noqa: B018


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_each_says(name: str) -> None:
    assert command(name).help.splitlines()[0] == COMMANDS[name]


def test_the_version_is_told() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.output.strip()) == (0, codecorpus.__version__)
    assert codecorpus.__version__ == metadata.version("codecorpus")
