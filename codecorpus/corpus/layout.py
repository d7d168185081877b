"""Where everything stands in a corpus: pure names, no file is touched here.

    README.md                                           dataset card
    corpus.json                                         format, schema version, the resolved recipe
    sources/part-0000-<digest>.parquet                  the sources, in the order in which they were listed
    clips/part-000003-000.parquet                       bookkeeping: a row per clip,
    encodes/x264-slow-crf23.parquet                     encode,
    streams/x264-slow-crf23/part-000003-000.parquet     and clip x encode
    frames/h264/x264-slow-crf23/part-000003-000.parquet so too blocks, motion, transforms, maps
    bitstreams/x264-slow-crf23/bikes-000.nut            with --keep-streams
    pixels/lossless/bikes-000.nut                       with `keep: clips`: the clip itself
    manifest/sources/0000.json                          markers: what is there, put once each
    manifest/sources/0000.parquet                       a copy of the sources
    manifest/plans/000003.json
    manifest/encodes/x264-slow-crf23.json
    manifest/000003-000/clips.json
    manifest/000003-000/x264-slow-crf23.json
    statistics/cell-16.parquet, statistics/manifest.json
    .work/                                              what is under way; safe to remove between builds

A part is of one chunk, one table and one encode. Chunks are numbered by the group of sources whose clips they hold,
then inside it. What was made later for a chunk, such as another table, has parts of its own: `part-000003-000.1`.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

FORMAT: Final = 2
"""Version of this layout."""

SOURCE: Final = "source"
"""The name of the encode that is the source's own bitstream."""

HEAD: Final = "corpus.json"
CARD: Final = "README.md"
WORK: Final = ".work"
MANIFEST: Final = "manifest"
CLIPS: Final = "clips"
PIXELS: Final = "pixels"
FORMS: Final = ("lossless", "visually-lossless")
"""How clips may be kept, the best first."""


PART: Final = re.compile(r"part-(\d{6}-\d{3,})(?:\.(\d+))?\.parquet")


class Chunk(NamedTuple):
    """Clips that share a part of each table: the unit of work and of commit.

    `group` counts groups of sources, `number` the chunks of the group's clips.
    """

    group: int
    number: int

    def __str__(self) -> str:
        return f"{self.group:06}-{self.number:03}"

    @classmethod
    def parse(cls, text: str) -> Chunk:
        """From its name in files' names."""
        group, number = text.split("-")
        return cls(int(group), int(number))


def part(table: str, codec: str, encode: str, chunk: Chunk, number: int = 0) -> str:
    """A part of an intrinsics table; `number` counts what was made later for the chunk."""
    return f"{table}/{codec}/{encode}/{_file(chunk, number)}"


def streams(encode: str, chunk: Chunk, number: int = 0) -> str:
    """A part of **streams**."""
    return f"streams/{encode}/{_file(chunk, number)}"


def clips(chunk: Chunk) -> str:
    """A part of **clips**."""
    return f"{CLIPS}/{_file(chunk, 0)}"


def encode_row(encode: str) -> str:
    """The part of **encodes** that holds one encode."""
    return f"encodes/{encode}.parquet"


def sources(number: int, digest: str) -> str:
    """The sources that were listed anew when the corpus was built for the `number`th time with other sources."""
    return f"sources/part-{number:04}-{digest[:12]}.parquet"


def bitstream(encode: str, clip: str) -> str:
    """A stream that is kept."""
    return f"bitstreams/{encode}/{clip}.nut"


def pixels(form: str, clip: str) -> str:
    """A clip that is kept, in one of `FORMS`."""
    return f"{PIXELS}/{form}/{clip}.nut"


def statistics(cell: int) -> str:
    """How the maps in cells of one size are spread."""
    return f"statistics/cell-{cell}.parquet"


def marker(chunk: Chunk, what: str, number: int = 0) -> str:
    """The marker of a chunk's clips (`what` is CLIPS) or of its streams through an encode."""
    return f"{MANIFEST}/{chunk}/{what}{f'~{number}' if number else ''}.json"


def plan_marker(group: int) -> str:
    """How the sources of a group are divided into clips, and those into chunks."""
    return f"{MANIFEST}/plans/{group:06}.json"


def sources_marker(number: int) -> str:
    """The marker of `sources`."""
    return f"{MANIFEST}/sources/{number:04}.json"


def sources_copy(number: int) -> str:
    """A copy of `sources`, which nothing else tells of."""
    return f"{MANIFEST}/sources/{number:04}.parquet"


def encode_marker(encode: str) -> str:
    """The marker of `encode_row`."""
    return f"{MANIFEST}/encodes/{encode}.json"


STATISTICS_MARKER: Final = "statistics/manifest.json"
"""What of the corpus its statistics are made from; written again with them."""


def _file(chunk: Chunk, number: int) -> str:
    return f"part-{chunk}{f'.{number}' if number else ''}.parquet"
