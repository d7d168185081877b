"""Where a corpus lies: a folder on this machine, or anything that fsspec reaches."""

from __future__ import annotations

import fsspec
import pyarrow.fs

from codecorpus.corpus.layout import check_head
from codecorpus.errors import CorpusError


def find(path: str) -> tuple[pyarrow.fs.FileSystem, str]:
    """The file system of the corpus at a local path or URI, and its folder there.

    Raises:
        CorpusError: there is none, or it is of another format.
    """
    try:
        files, root = fsspec.core.url_to_fs(path)
        head = files.cat_file(f"{root}/corpus.json")
    except (FileNotFoundError, NotADirectoryError):
        raise CorpusError(f"{path}: no corpus here") from None
    except (OSError, ValueError, ImportError) as error:
        raise CorpusError(f"{path}: {error}") from error
    check_head(head.decode(errors="replace"), path)
    if "file" in files.protocol:
        return pyarrow.fs.LocalFileSystem(), root
    return pyarrow.fs.PyFileSystem(pyarrow.fs.FSSpecHandler(files)), root


def read(files: pyarrow.fs.FileSystem, path: str) -> bytes:
    """A whole file.

    Raises:
        FileNotFoundError: there is none.
    """
    with files.open_input_stream(path) as file:
        return bytes(file.read())
