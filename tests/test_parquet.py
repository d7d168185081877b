"""Small Parquet files are read without threads."""

from __future__ import annotations

import subprocess
import sys

COUNTING = """\
import io
import os

import pyarrow as pa
import pyarrow.parquet as pq

from codecorpus.parquet import table_of

file = io.BytesIO()
pq.write_table(pa.table({"group": [1, 2, 3]}), file)
before = len(os.listdir("/proc/self/task"))
assert table_of(file.getvalue(), ["group"])["group"].to_pylist() == [1, 2, 3]
print(len(os.listdir("/proc/self/task")) - before)
"""


def test_a_small_file_is_read_by_no_thread_that_outlives_the_interpreter() -> None:
    done = subprocess.run([sys.executable, "-c", COUNTING], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0"]
