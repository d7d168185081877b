"""What `codecorpus stats` tells of quality: means, rate-distortion curves, BD-rates."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from codecorpus.cli import say
from codecorpus.corpus import distortion
from codecorpus.corpus.distortion import CONTENT, MEASURES, Comparison, Family, Point, Quality
from codecorpus.corpus.reader import Corpus
from codecorpus.corpus.reader import open as open_corpus
from codecorpus.errors import CodecorpusError

SPLITS: Final = ("encode", "clip", "type")
FORMS: Final = {"ssim": ".4f", "ms_ssim": ".4f"}
"""Of measures whose second digit is not the last that matters."""

Line = tuple[str, str, float, Quality]
"""An encode, a clip or type of picture, kb/s (NaN of a type), and what it came to."""


def tell(corpus: str, measure: str | None, by: str, curves: Path | None, as_json: bool) -> None:
    """Tell of the quality of a corpus, where it was measured.

    Raises:
        CodecorpusError: curves are asked for, and nothing was measured, or matplotlib is missing.
    """
    opened = open_corpus(corpus)
    found = distortion.points(opened)
    if not found:
        if curves or measure:
            raise CodecorpusError(f"{corpus}: no quality was measured: `quality: [psnr, vmaf]` in the recipe does it")
        return
    there = [name for name in MEASURES if any(name in point.whole.measures for point in found)]
    distortions = [name for name in there if name not in CONTENT]
    chosen = measure or next(iter(distortions), None)
    if chosen not in distortions and (curves or measure):
        raise CodecorpusError(
            f"{corpus}: {chosen or 'distortion'} was not measured, only {', '.join(distortions or there)}"
        )
    among = distortion.families(opened.encodes.to_pylist())
    _qualities(list(_lines(found, by)), by, there, as_json)
    for encode, note in _notes(found, opened):
        if as_json:
            say.out_json(event="note", encode=encode, note=note)
        else:
            say.err(f"note: {encode}: {note}")
    if chosen:
        _comparisons(found, among, chosen, by, as_json)
    if curves and chosen:
        _draw(curves, found, among, chosen)


def _lines(found: Sequence[Point], by: str) -> Iterator[Line]:
    if by == "clip":
        for point in found:
            yield point.encode, point.clip, point.rate, point.whole
        return
    for encode in dict.fromkeys(point.encode for point in found):
        points = [point for point in found if point.encode == encode]
        if by == "encode":
            yield encode, "", distortion.rate(points), _mean([point.whole for point in points])
            continue
        for kind in distortion.TYPES:
            if some := [point.by_type[kind] for point in points if kind in point.by_type]:
                yield encode, kind, float("nan"), _mean(some)


def _notes(found: Sequence[Point], corpus: Corpus) -> Iterator[tuple[str, str]]:
    """Encodes, and the measures of each that not all of its frames have: others have other means for that alone."""
    streams = corpus.streams.select(["encode", "frames"]).to_pylist()
    for encode in dict.fromkeys(point.encode for point in found):
        frames = sum(row["frames"] or 0 for row in streams if row["encode"] == encode)
        own = [point.whole.measured for point in found if point.encode == encode]
        for name in dict.fromkeys(name for measured in own for name in measured):
            count = sum(measured.get(name, 0) for measured in own)
            if count < frames:
                yield encode, f"{name} of {count} of {frames} frames"


def _mean(qualities: Sequence[Quality]) -> Quality:
    """Over clips, each counted by its frames that have the measure."""
    names = dict.fromkeys(name for quality in qualities for name in quality.measures)
    frames, size = sum(quality.frames for quality in qualities), sum(quality.bytes for quality in qualities)
    means = {}
    for name in names:
        measured = [quality for quality in qualities if name in quality.measures]
        weights = [max(quality.measured.get(name, quality.frames), 1) for quality in measured]
        found = distortion.mean(name, [quality.measures[name] for quality in measured], weights)
        if found is not None:
            means[name] = found
    return Quality(frames, size, means)


def _qualities(lines: Sequence[Line], by: str, there: Sequence[str], as_json: bool) -> None:
    if as_json:
        for encode, what, rate, quality in lines:
            named = {} if by == "encode" else {by: what}
            rates = {"kbps": rate} if rate == rate else {}
            means = {name: mean if math.isfinite(mean) else None for name, mean in quality.measures.items()}
            told = {"frames": quality.frames, "bytes": quality.bytes, **means}
            say.out_json(event="quality", encode=encode, **named, **rates, **told)
        return
    split = () if by == "encode" else (by,)
    rows: list[tuple[object, ...]] = [("encode", *split, "frames", "kb/s", *(MEASURES[name] for name in there))]
    for encode, what, rate, quality in lines:
        values = [_number(quality.measures.get(name), FORMS.get(name, ".2f")) for name in there]
        rows.append(
            (encode, *((what,) if split else ()), quality.frames, "-" if rate != rate else f"{rate:.0f}", *values)
        )
    say.out("")
    say.table(rows)


def _comparisons(found: Sequence[Point], among: Sequence[Family], measure: str, by: str, as_json: bool) -> None:
    curved = [family for family in among if len(family.encodes) > 1]
    if len(curved) < 2:
        return
    kinds = distortion.TYPES if by == "type" else (None,)
    try:
        compared = [
            comparison for kind in kinds for comparison in distortion.bd_rates(found, curved, curved[0], measure, kind)
        ]
    except ImportError:
        say.err("BD-rates need bjontegaard: pip install 'codecorpus[view]'")
        return
    if as_json:
        for comparison in compared:
            names = {"encodes": comparison.family, "anchor": comparison.anchor, "measure": measure}
            named = {} if comparison.kind is None else {"type": comparison.kind}
            told = {"clips": dict(comparison.clips), "reasons": dict(comparison.reasons)}
            say.out_json(event="bd_rate", **names, **named, percent=comparison.mean, **told)
        return
    heading = f"BD-rate against {curved[0].name}, {MEASURES[measure]}"
    rows: list[tuple[object, ...]]
    if by == "clip":
        rows = [("encodes", "clip", heading)]
        rows += [
            (comparison.family, clip, comparison.reasons.get(clip) or _percent(value))
            for comparison in compared
            for clip, value in comparison.clips.items()
        ]
    else:
        split = (by,) if by == "type" else ()
        rows = [("encodes", *split, heading, "clips compared")]
        for comparison in compared:
            rows.append(
                (
                    comparison.family,
                    *((comparison.kind,) if split else ()),
                    _percent(comparison.mean),
                    _compared(comparison),
                )
            )
    say.out("")
    say.table(rows)


def _compared(comparison: Comparison) -> str:
    """How many clips are, and why others are not."""
    there, reasons = len(comparison.clips), Counter(comparison.reasons.values())
    told = "; ".join(f"{reason} ({count})" if there > 1 else reason for reason, count in reasons.items())
    return f"{there - reasons.total()} of {there}{f': {told}' if told else ''}"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:+.1f} %"


def _draw(path: Path, found: Sequence[Point], among: Sequence[Family], measure: str) -> None:
    try:
        from codecorpus.view import curves
    except ImportError as error:
        raise CodecorpusError(f"{error.name} is missing: pip install 'codecorpus[view]'") from None
    curves.draw(path, found, among, measure)
    say.err(str(path))


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)
