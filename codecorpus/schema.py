"""The tables: their columns, units and version.

Every field's metadata holds its meaning, and its unit if it has one.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from codecorpus import _native
from codecorpus.codecs import CODECS

VERSION: Final = _native.SCHEMA_VERSION
"""Version of the tables, also in the metadata of every schema and file."""

TABLES: Final = ("frames", "blocks", "motion", "transforms")
"""The tables that are read out of bitstreams."""

DEFAULT_TABLES: Final = ("frames", "blocks", "motion")
"""Those that are read unless others are asked for."""

SCHEMAS: Final[dict[str, pa.Schema]] = {table: _native.schema(table) for table in TABLES}
"""Their schemas, as `codecorpus.extract` returns them: without the keys clip and encode."""

_CODECS: Final = " or ".join([", ".join([*CODECS][:-1]), [*CODECS][-1]])

KEYS: Final = ("clip", "encode", "codec")
"""What tells streams apart in a corpus, in every file before the columns of `SCHEMAS`."""


def _column(name: str, data_type: pa.DataType, unit: str, meaning: str) -> pa.Field:
    metadata = {"meaning": meaning} | ({"unit": unit} if unit else {})
    return pa.field(name, data_type, nullable=name not in ("clip", "encode"), metadata=metadata)


def _bookkeeping(table: str, *columns: pa.Field) -> pa.Schema:
    return pa.schema(columns, {"codecorpus.table": table, "codecorpus.schema_version": VERSION})


_KEYS: Final = (
    _column("clip", pa.string(), "", "name of the clip, unique in the corpus"),
    _column("encode", pa.string(), "", "name of the encode, unique in the corpus"),
    _column("codec", pa.string(), "", f"codec of the stream: {_CODECS}").with_nullable(False),
)
"""Plain strings, no Arrow dictionaries: so that every reader prunes row groups by them."""

_SHOWN: Final = (
    _column(
        "rotation", pa.int16(), "degrees", "what players turn the source's pictures by, clockwise; here none is turned"
    ),
    _column("mirrored", pa.bool_(), "", "players mirror them left to right before"),
    _column("sample_aspect_num", pa.int32(), "", "width of a sample of the source; null if it does not say"),
    _column("sample_aspect_den", pa.int32(), "", "height of a sample of the source; null if it does not say"),
)

CLIPS: Final = _bookkeeping(
    "clips",
    _column("clip", pa.string(), "", "name, unique in the corpus"),
    _column("source", pa.string(), "", "URI of the video that it was cut from"),
    _column("source_sha256", pa.string(), "", "SHA-256 of that video's file"),
    _column("source_codec", pa.string(), "", "its codec, by FFmpeg's name; of a raw stream as in **streams**"),
    _column("source_width", pa.int32(), "luma samples", "width of that video"),
    _column("source_height", pa.int32(), "luma samples", "height of that video"),
    _column("track", pa.int16(), "", "number of the video track in that file, from 0"),
    _column("tracks", pa.int16(), "", "video tracks in that file; only the one is read"),
    _column("first", pa.int64(), "", "index in the source of the first frame of the range that the clip is made of"),
    _column(
        *("start", pa.float64(), "s"),
        "when that frame is shown, after the source's first; at another rate than the source's, frame n of the clip is "
        "the last one of the range that is shown before start + (n + 1/2) / fps",
    ),
    _column("frames", pa.int32(), "", "frames after normalisation"),
    _column("fps", pa.float64(), "1/s", "frames a second after normalisation, on average, but for a clock's jumps"),
    _column("time_base_num", pa.int32(), "", "numerator of the clip's time base, in seconds; null for a raw stream"),
    _column("time_base_den", pa.int32(), "", "denominator of the clip's time base; null for a raw stream"),
    _column("width", pa.int32(), "luma samples", "width after normalisation"),
    _column("height", pa.int32(), "luma samples", "height after normalisation"),
    _column("pixel_format", pa.string(), "", "pixel format of the cut clip, by FFmpeg's name"),
    *_SHOWN,
    _column("deinterlaced", pa.bool_(), "", "the source is interlaced, and was deinterlaced"),
    _column("colour_primaries", pa.string(), "", "by FFmpeg's name; null if the source does not say"),
    _column("colour_transfer", pa.string(), "", "by FFmpeg's name; null if the source does not say"),
    _column("colour_matrix", pa.string(), "", "by FFmpeg's name; null if the source does not say"),
    _column("colour_range", pa.string(), "", "tv or pc; null if the source does not say"),
    _column("argv", pa.list_(pa.string()), "", "the command that cut it; null if nothing was cut"),
    _column("status", pa.string(), "", "done, damaged (a file that is read as it is, as in **streams**) or failed"),
    _column("error", pa.string(), "", "why it failed, or what is damaged first; null if it is done"),
)
"""**clips**: one row per clip."""

ENCODES: Final = _bookkeeping(
    "encodes",
    _column("encode", pa.string(), "", "name, unique in the corpus"),
    _column("codec", pa.string(), "", _CODECS),
    _column("encoder", pa.string(), "", "FFmpeg's name of the encoder; source for a source's own stream"),
    _column("preset", pa.string(), "", "the encoder's own name or number"),
    _column("tune", pa.string(), "", "null if none"),
    _column("rate_control", pa.string(), "", "crf, qp or bitrate"),
    _column("rate", pa.string(), "", "its value, in the encoder's own numbers, or bits a second as in 500k"),
    _column("maxrate", pa.string(), "bits/s", "the cap; null if none"),
    _column("bufsize", pa.string(), "bits", "the cap's buffer; null if none"),
    _column("passes", pa.int8(), "", "1 or 2"),
    _column("pixel_format", pa.string(), "", "by FFmpeg's name"),
    _column("film_grain", pa.int16(), "", "strength; null if not asked for"),
    _column("params", pa.string(), "", "the encoder's own parameters that the recipe adds, as key=value:…"),
    _column("gop_length", pa.string(), "", "frames, or seconds as in 2s, from key to key of closed GOPs"),
    _column("gop_closed", pa.bool_(), "", "no picture refers across a key frame"),
)
"""**encodes**: one row per entry of the matrix."""

P1204_STATISTICS: Final = ("mean", "std", "min", "max")

P1204: Final = {
    "bitrate": "kb/s",
    "framerate": "frames a second",
    "width": "luma samples",
    "height": "luma samples",
    "bits_per_sample": "bits",
    "i_share": "share of the pictures",
    "p_share": "share of the pictures",
    "b_share": "share of the pictures",
    "i_size_ratio": "mean size of I pictures over that of the others",
    "gop_length": "pictures, mean from key to key",
    **{f"frame_size_{name}": "bytes" for name in P1204_STATISTICS},
    **{f"qp_{name}": "the codec's own QP, of pictures" for name in P1204_STATISTICS},
    **{f"qp_inter_{name}": "the codec's own QP, of pictures that are not I" for name in P1204_STATISTICS},
    **{f"qp_spread_{name}": "standard deviation of the blocks' QP in a picture" for name in P1204_STATISTICS},
    **{f"qstep_{name}": "8-bit luma samples, of pictures" for name in P1204_STATISTICS},
    **{f"motion_{name}": "samples per frame interval: mean length of a picture's vectors" for name in P1204_STATISTICS},
    **{f"motion_spread_{name}": "samples per frame interval: their standard deviation" for name in P1204_STATISTICS},
    "skip_share": "share of the inter pictures' area",
    "intra_share": "share of the inter pictures' area",
    "residual_share": "share of all bits",
    "motion_share": "share of all bits",
}
"""What ITU-T P.1204.3 measures of a bitstream, and units: `codecorpus.layouts.p1204` derives it."""

STREAMS: Final = _bookkeeping(
    "streams",
    _column("clip", pa.string(), "", "the clip"),
    _column("encode", pa.string(), "", "the encode"),
    _column("codec", pa.string(), "", f"{_CODECS}; null if nothing of it can be read"),
    _column("status", pa.string(), "", "done, damaged (what can be read is there) or failed"),
    _column("error", pa.string(), "", "why it failed, or what is damaged first; null if it is done"),
    _column(
        *("frames", pa.int32(), ""),
        "frames, up to the last that is shown; those that are lost or shown again may have no row of **frames**",
    ),
    _column("pictures", pa.int32(), "", "coded pictures: rows of **frames**"),
    _column("lost", pa.int32(), "", "coded pictures that are damaged: rows of **frames** and no other"),
    *_SHOWN,
    _column("bytes", pa.int64(), "bytes", "coded size of all pictures"),
    _column("sha256", pa.string(), "", "SHA-256 of the stream, in the container nut; of the file for a source"),
    _column("tables", pa.list_(pa.string()), "", "tables that were read out of it"),
    _column("argv", pa.list_(pa.string()), "", "the command that made it: the last pass; null for a source"),
    _column("encoder_version", pa.string(), "", "the encoder's version; null if it does not tell"),
    _column("ffmpeg_version", pa.string(), "", "FFmpeg's version; null for a source"),
    *(
        _column(
            f"p1204_{name}",
            pa.float32(),
            unit,
            "feature of ITU-T P.1204.3's bitstream mode; null where there is nothing to measure,"
            " or frames, blocks and motion were not read together",
        )
        for name, unit in P1204.items()
    ),
)
"""**streams**: one row per clip and encode."""

MAPS: Final = _bookkeeping(
    "maps",
    pa.field("frame", pa.int32(), nullable=False, metadata={"meaning": "presentation index"}),
    _column("data", pa.binary(), "", "the grid, channel by channel, row by row"),
    _column("shape", pa.list_(pa.int32()), "", "channels, rows and columns of the grid"),
    _column("dtype", pa.string(), "", "type of its numbers, by NumPy's name"),
    _column("channels", pa.list_(pa.string()), "", "names of the channels; docs/maps.md has their units"),
    _column("cell", pa.int16(), "luma samples", "side of a cell"),
    _column("width", pa.int32(), "luma samples", "width of the clip, which the grid covers"),
    _column("height", pa.int32(), "luma samples", "height of the clip"),
)
"""**maps**: one row per frame, where the recipe asks for them; without the keys."""

STATISTICS: Final = _bookkeeping(
    "statistics",
    _column("codec", pa.string(), "", _CODECS),
    _column("encode", pa.string(), "", "the encode"),
    _column("channel", pa.string(), "", "the channel; docs/maps.md has its unit"),
    _column("cell", pa.int16(), "luma samples", "side of a cell"),
    _column("cells", pa.int64(), "", "cells of all frames of all clips that have a value"),
    _column("empty", pa.int64(), "", "cells that have none"),
    _column(
        "values", pa.list_(pa.float32()), "", "the values that are there, rising, to 1/128 of each: its first bits"
    ),
    _column("counts", pa.list_(pa.int64()), "", "how many cells have each"),
)
"""**statistics**: one row per encode and channel, where `codecorpus stats` was run."""

BOOKKEEPING: Final[dict[str, pa.Schema]] = {"clips": CLIPS, "encodes": ENCODES, "streams": STREAMS}


def _with_keys(columns: pa.Schema) -> pa.Schema:
    return pa.schema([*_KEYS, *columns], columns.metadata)


PARTS: Final[dict[str, pa.Schema]] = {
    table: _with_keys(columns) for table, columns in {**SCHEMAS, "maps": MAPS}.items()
}
"""Every table whose parts hold streams, as a corpus has it: the keys first."""
