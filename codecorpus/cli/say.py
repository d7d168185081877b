"""What commands share: errors in one line, exit codes, JSON lines, numbers that people read."""

from __future__ import annotations

import functools
import json
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn, ParamSpec, TypeVar

import typer

from codecorpus.errors import CodecorpusError, SourceError, reason, writable

if TYPE_CHECKING:
    from codecorpus.run.run import Summary

FAILED = 1
"""Some streams failed and are listed."""

WRONG = 2
"""The command cannot begin: wrong usage, a wrong recipe, a missing encoder."""

INTERRUPTED = 130

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def speaking(command: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Tell our own errors in plain words and exit 2; end in order on Ctrl-C and SIGTERM."""

    @functools.wraps(command)
    def wrapped(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        for name in ("SIGTERM", "SIGHUP"):  # Windows has no SIGHUP
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:  # as nohup has it
                signal.signal(number, _interrupt)
        try:
            return command(*args, **kwargs)
        except CodecorpusError as error:
            err(f"error: {error}")
            raise typer.Exit(WRONG) from None
        except BrokenPipeError:  # who read it has read enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(FAILED) from None
        except KeyboardInterrupt:
            err("interrupted; what is whole is kept, run again to go on")
            raise typer.Exit(INTERRUPTED) from None
        except Exception as error:
            import pyarrow as pa  # only now: no command waits for it

            if not isinstance(error, OSError | pa.ArrowException):
                raise
            err(f"error: {reason(error)}")
            raise typer.Exit(FAILED) from None

    return wrapped


@contextmanager
def reading_what_is_named() -> Iterator[None]:
    """A file that is named to be read, and is not there, is wrong usage.

    Raises:
        SourceError: it is not there, or is a folder.
    """
    try:
        yield
    except (FileNotFoundError, IsADirectoryError) as error:
        raise SourceError(f"{error.filename}: {error.strerror}") from None


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def err(line: str) -> None:
    """A line for people."""
    print(line, file=sys.stderr, flush=True)


def out(line: str) -> None:
    """A line of the command's result."""
    print(writable(line), flush=True)


def out_json(**fields: Any) -> None:
    """One JSON object on a line, for programs."""
    print(json.dumps(fields), flush=True)


def table(rows: Iterable[tuple[object, ...]]) -> None:
    """Rows in columns, on the standard output."""
    words = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*words, strict=True)]
    for row in words:
        out("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def end(summary: Summary, where: str, as_json: bool) -> None:
    """Tell what a build came to, and exit 1 if a stream failed."""
    if as_json:
        out_json(
            event="end",
            corpus=where,
            streams=summary.streams,
            made=summary.made,
            failed=[vars(failure) for failure in summary.failures],
            twins=summary.twins,
        )
    for twins in summary.twins:
        err(f"note: {', '.join(twins)} gave the same bytes for every clip; they are one encode")
    known = summary.streams - summary.made - sum(failure.encode is not None for failure in summary.failures)
    told = f"{count(summary.made, 'stream')} made, {max(0, known)} there before, {len(summary.failures)} failed"
    err(f"{where}: {told}{f', {len(summary.damaged)} damaged' if summary.damaged else ''}")
    for damaged in summary.damaged:
        err(f"damaged: {damaged.clip}: {damaged.error}")
    for failure in summary.failures:
        err(f"failed: {failure.clip}{f' {failure.encode}' if failure.encode else ''}: {failure.error}")
    if summary.failures:
        raise typer.Exit(FAILED)


def count(number: int, thing: str) -> str:
    """One thing, two things."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def size(number: float) -> str:
    """Bytes as people say them."""
    for unit in ("B", "kB", "MB", "GB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.3g} {unit}"
        number /= 1000
    return f"{number:.3g} TB"


def duration(seconds: float) -> str:
    """Seconds as people say them."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
