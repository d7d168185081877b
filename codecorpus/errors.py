"""Everything that codecorpus raises on purpose.

CodecorpusError
├── RecipeError            the recipe asks for what cannot be
├── SourceError            a source cannot be found, read or cut
├── EncodeError            an encoder failed, or did something else than asked
├── CorpusError            a corpus is missing, incomplete or inconsistent
└── StreamError            a stream cannot be read (on)
    ├── MalformedError     it breaks its standard
    ├── TruncatedError     it ends too early
    ├── UnsupportedError   a codec, profile or tool that is not read
    └── LimitError         reading on would need more memory or time than any conforming stream
"""

from __future__ import annotations

import errno
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, Protocol, TypeVar

Item = TypeVar("Item")

SURROGATE: Final = re.compile(r"[\ud800-\udfff]")
"""How Python has bytes in text that are none; such text can be printed and stored nowhere."""


def writable(text: str) -> str:
    """Text without surrogates: bytes of a file's name that are no UTF-8 stand in it as `\\xe9`."""
    return SURROGATE.sub(lambda found: f"\\x{ord(found[0]) & 0xFF:02x}", text)


class ReadSoFar(Protocol):
    """What was read before an error: a `codecorpus.Intrinsics`, which is made of more than errors may know."""

    @property
    def codec(self) -> str: ...
    @property
    def tables(self) -> Mapping[str, Any]: ...
    def __getattr__(self, name: str) -> Any: ...


class CodecorpusError(Exception):
    """The root of all errors of codecorpus.

    Its text can be written anywhere, see `writable`.
    """

    def __str__(self) -> str:
        return writable(super().__str__())


class RecipeError(CodecorpusError):
    """The recipe asks for what cannot be."""


class SourceError(CodecorpusError):
    """A source cannot be found, read or cut."""


class EncodeError(CodecorpusError):
    """An encoder failed, or did something else than what it was asked for.

    Attributes:
        log: the last lines of FFmpeg's, where it exits by itself.
    """

    log: tuple[str, ...] = ()


class CorpusError(CodecorpusError):
    """A corpus is missing, incomplete or inconsistent."""


class StreamError(CodecorpusError):
    """A stream cannot be read, or not further.

    Attributes:
        reason: what is wrong.
        path: the file, where there is one.
        picture: coded order of the picture that was being read.
        byte: offset in the file, as near as is known.
        element: the syntax element, spelled as in the standard.
        intrinsics: what was read before, when `codecorpus.extract` raises it.
    """

    def __init__(
        self,
        reason: str,
        *,
        path: str | None = None,
        picture: int | None = None,
        byte: int | None = None,
        element: str | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path = path
        self.picture = picture
        self.byte = byte
        self.element = element
        self.intrinsics: ReadSoFar | None = None

    def __str__(self) -> str:
        where = [] if self.path is None else [self.path]
        if self.picture is not None:
            where.append(f"picture {self.picture}")
        if self.byte is not None:
            where.append(f"byte {self.byte}")
        if self.element:
            where.append(self.element)
        return writable(f"{', '.join(where)}: {self.reason}" if where else self.reason)


class MalformedError(StreamError):
    """The stream breaks its standard."""


class TruncatedError(StreamError):
    """The stream ends too early."""


class UnsupportedError(StreamError):
    """A codec, profile or tool that is not read; never reported as empty tables."""


class LimitError(StreamError):
    """Reading on would need more memory or time than any conforming stream."""


Told = Callable[[str, str], CodecorpusError]
"""Makes an error of a file's name and what is wrong with it."""


def source_error(name: str, reason: str) -> SourceError:
    return SourceError(f"{name}: {reason}")


def is_full(error: BaseException) -> bool:
    """Whether a disk is full: this machine fails then, and no file of a user's."""
    return getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT)


TOO_LARGE: Final = "a file grew over the file size limit; see `ulimit -f`"


def disk_full(name: str) -> OSError:
    """No room for what has that name."""
    return OSError(errno.ENOSPC, "the disk is full", name)


def reason(error: BaseException) -> str:
    """What is wrong, in words for people."""
    if is_full(error):
        return f"{getattr(error, 'filename', None) or 'no room'}: the disk is full"
    if getattr(error, "errno", None) == errno.EFBIG:
        return TOO_LARGE
    if isinstance(error, MemoryError):
        return f"out of the memory that it may have: {str(error) or 'allocation failed'}"
    return str(error) or type(error).__name__


@contextmanager
def border(name: str, told: Told = source_error) -> Iterator[None]:
    """Where files, and libraries that read them, are called: what they raise becomes an error that names the file.

    Raises:
        OSError: a disk is full.
    """
    try:
        yield
    except CodecorpusError:
        raise
    except Exception as error:
        if is_full(error):
            own = getattr(error, "filename", None)
            raise disk_full(own if isinstance(own, str) else name) from error
        is_too_large = getattr(error, "errno", None) == errno.EFBIG
        words = TOO_LARGE if is_too_large else getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise told(name, words) from error


@contextmanager
def telling(name: str) -> Iterator[None]:
    """Where a stream is read in another place than the one that its user knows: its errors tell that one."""
    try:
        yield
    except StreamError as error:
        error.path = name
        raise


def guarded(items: Iterable[Item], name: str, told: Told = source_error) -> Iterator[Item]:
    """The same items; what fails while the next one is fetched is an error that names the file, see `border`."""
    iterator = iter(items)
    while True:
        with border(name, told):
            try:
                item = next(iterator)
            except StopIteration:
                return
        yield item
