"""Reads damaged copies of real streams, each made by a seed, and says what became of them.

    python -m helpers.hostile CODEC INTACT OTHER FIRST COUNT

Every case must end in tables or in a StreamError, soon, and the pictures before the damage must be those of the intact
stream. It runs as a process of its own, with little memory, so that a crash or a hang tells its seed: the last printed.
"""

from __future__ import annotations

import gc
import json
import random
import re
import resource
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
from helpers.peak_memory import peak_kb
from numpy.typing import NDArray

import codecorpus
from codecorpus.errors import ReadSoFar, StreamError

MEMORY = 2 << 30
"""Address space of the process, in bytes."""

SECONDS = 2.0
"""No case takes longer; an intact stream takes a few milliseconds."""

PRESENTATION = {"frame", "dt0", "dt1"}
"""Columns that depend on later pictures too."""


def flip(data: bytearray, other: bytes, chance: random.Random) -> int:
    """Flips some bits."""
    places = sorted(chance.randrange(len(data)) for _ in range(chance.choice((1, 1, 2, 5, 30))))
    for place in places:
        data[place] ^= 1 << chance.randrange(8)
    return places[0]


def cut(data: bytearray, other: bytes, chance: random.Random) -> int:
    """Ends the stream early."""
    place = chance.randrange(1, len(data))
    del data[place:]
    return place


def lose(data: bytearray, other: bytes, chance: random.Random) -> int:
    """Takes some bytes out."""
    place = chance.randrange(len(data) - 1)
    del data[place : place + chance.choice((1, 10, 1000))]
    return place


def drop_unit(data: bytearray, other: bytes, chance: random.Random) -> int:
    """Takes a NAL unit out: a picture, a slice, a parameter set."""
    start, end = chance.choice(units(data))
    del data[start:end]
    return start


def repeat_unit(data: bytearray, other: bytes, chance: random.Random) -> int:
    """Says a NAL unit again, later."""
    first, second = sorted(chance.choices(units(data), k=2))
    data[second[0] : second[0]] = data[first[0] : first[1]]
    return second[0]


def swap_units(data: bytearray, other: bytes, chance: random.Random) -> int:
    """Swaps two NAL units."""
    (a, b), (c, d) = sorted(chance.sample(units(data), k=2))
    data[a:d] = data[c:d] + data[b:c] + data[a:b]
    return a


def splice(data: bytearray, other: bytes, chance: random.Random) -> int:
    """Goes on with another stream of the codec, from a NAL unit or from anywhere."""
    place = chance.choice(units(data))[0] if chance.random() < 0.5 else chance.randrange(len(data))
    data[place:] = other[chance.choice(units(other))[0] :]
    return place


def scribble(data: bytearray, other: bytes, chance: random.Random) -> int:
    """Overwrites a run of bytes."""
    place = chance.randrange(len(data))
    length = min(chance.choice((1, 4, 50)), len(data) - place)
    data[place : place + length] = chance.choice((bytes(length), b"\xff" * length, chance.randbytes(length)))
    return place


DAMAGES = (flip, flip, flip, cut, lose, drop_unit, repeat_unit, swap_units, splice, scribble)


def units(data: bytes | bytearray) -> list[tuple[int, int]]:
    """Where the NAL units, or else the temporal units of a stream begin and end."""
    starts = [match.start() for match in re.finditer(rb"\x00?\x00\x00\x01|\x12\x00[\x0a\x32]", data)]
    return list(zip(starts, [*starts[1:], len(data)], strict=True))


def examine(data: bytes, codec: str, intact: codecorpus.Intrinsics, damaged_from: int) -> str:
    """What became of a damaged stream."""
    began = time.perf_counter()
    try:
        found: ReadSoFar | None = codecorpus.extract(data, codec=codec)
        assert found is not None
        outcome = "tables"
        assert sum(found.frames["bytes"].to_pylist()) == len(data), "bytes were lost"
    except StreamError as error:
        found, outcome = error.intrinsics, type(error).__name__
        check_error(error, len(data))
    assert time.perf_counter() - began < SECONDS, "it took too long"
    check_earlier_pictures(found, intact, damaged_from)
    if found is not None and found.frames.num_rows:
        check_sums(found)
    return outcome


def examine_skipping(data: bytes, codec: str) -> None:
    """With errors="skip" it is an error only where there is no picture that can be read."""
    began = time.perf_counter()
    try:
        found: ReadSoFar = codecorpus.extract(data, codec=codec, errors="skip")
        assert sum(found.frames["bytes"].to_pylist()) == len(data), "bytes were lost"
    except StreamError as error:
        assert error.intrinsics is not None
        found = error.intrinsics
        assert not found.frames["error"].null_count, "there is a picture that can be read"
        check_error(error, len(data))
    assert time.perf_counter() - began < SECONDS, "it took too long"
    # Of AV1, an instant may show a picture that is lost.
    check_sums(found, gaps=codec == "av1")
    for met in found.errors:
        check_error(met, len(data))


def check_error(error: StreamError, size: int) -> None:
    text = str(error)
    assert error.reason and text.startswith("<bytes>"), text
    assert error.picture is None or f"picture {error.picture}" in text
    assert error.byte is None or (0 <= error.byte <= size and f"byte {error.byte}" in text), text


def check_earlier_pictures(found: ReadSoFar | None, intact: codecorpus.Intrinsics, damaged_from: int) -> None:
    """The pictures that end before the damage, but for the last, whose end the damage may have moved."""
    ends = [0]
    for size in intact.frames["bytes"].to_pylist():
        ends.append(ends[-1] + size)
    unharmed = sum(end < damaged_from for end in ends[1:]) - 1
    if unharmed <= 0:
        return
    assert found is not None, f"{unharmed} pictures were lost"
    for table in ("blocks", "motion"):
        assert rows(found, table, unharmed).equals(rows(intact, table, unharmed)), f"earlier {table} differ"


def check_sums(found: ReadSoFar, gaps: bool = False) -> None:
    """What holds for every picture, damaged or not."""
    frames = found.frames
    assert np.array_equal(frames["coded_order"], np.arange(len(frames))), "pictures are not numbered from 0"
    shown = frames["frame"].drop_null().to_pylist()
    assert len(set(shown)) == len(shown), "two pictures are shown at once"
    assert gaps or sorted(shown) == list(range(len(shown))), "presentation indices are not a permutation"
    frames = frames.filter(frames["error"].is_null())
    order = frames["coded_order"].to_numpy()
    assert set(found.blocks["coded_order"].to_pylist()) <= set(order.tolist()), "a damaged picture has blocks"
    width, height = (frames[name].to_numpy().astype(float) for name in ("width", "height"))
    height = np.where(unpaired_fields(found.blocks, order), height / 2, height)
    whole, areas = width * height, visible_areas(found.blocks, order, width, height)
    assert np.all(areas <= whole), "blocks overlap"
    assert np.all((areas == whole) | ~frames["complete"].to_numpy(zero_copy_only=False)), "a gap in a complete picture"
    bits = sum(frames[f"bits_{part}"].to_numpy().astype(float) for part in ("header", "mode", "motion", "residual"))
    assert np.allclose(bits, 8.0 * frames["bytes"].to_numpy(), rtol=1e-5, atol=0.1), "bits do not sum up"


def unpaired_fields(blocks: pa.Table, order: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Which pictures are a field whose other field never came: half as high, and whole all the same."""
    picture, field = np.searchsorted(order, blocks["coded_order"].to_numpy()), blocks["field"].to_numpy()
    top, bottom = (np.bincount(picture, field == parity, len(order)) for parity in (1, 2))
    count = np.bincount(picture, minlength=len(order))
    return (count > 0) & ((top == count) | (bottom == count))


def visible_areas(
    blocks: pa.Table, order: NDArray[np.int32], width: NDArray[np.float64], height: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What the blocks of each picture cover of it; AV1's hang over its edges."""
    picture = np.searchsorted(order, blocks["coded_order"].to_numpy())
    x, y, w, h = (blocks[name].to_numpy().astype(float) for name in "xywh")
    area = np.minimum(w, np.maximum(width[picture] - x, 0)) * np.minimum(h, np.maximum(height[picture] - y, 0))
    return np.bincount(picture, area, len(order)).astype(np.float64)


def rows(intrinsics: ReadSoFar, table: str, pictures: int) -> pa.Table:
    """What a table says of the first pictures, apart from when they are shown."""
    whole = intrinsics.tables[table]
    count = int((whole["coded_order"].to_numpy() < pictures).sum())
    return whole.select([name for name in whole.column_names if name not in PRESENTATION]).slice(0, count)


def main(codec: str, intact_path: str, other_path: str, first: str, count: str) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    original, other = Path(intact_path).read_bytes(), Path(other_path).read_bytes()
    intact = codecorpus.extract(original, codec=codec)
    outcomes: Counter[str] = Counter()
    for seed in range(int(first), int(first) + int(count)):
        chance = random.Random(seed)
        damage = chance.choice(DAMAGES)
        print(f"seed {seed}, {damage.__name__}", flush=True)
        gc.collect()  # what an error holds is a part of the frames that it was raised in
        gc.freeze()  # what stays need not be looked through every time
        data = bytearray(original)
        damaged_from = damage(data, other, chance)
        try:
            outcomes[examine(bytes(data), codec, intact, damaged_from)] += 1
            examine_skipping(bytes(data), codec)
        except BaseException as error:  # a panic is no Exception
            print(f"FAILED: {type(error).__name__}: {error}", flush=True)
            outcomes["failed"] += 1
    print(json.dumps(outcomes | {"peak_kb": peak_kb()}))
    return int(bool(outcomes["failed"]))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
