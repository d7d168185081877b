"""A page about a whole corpus: its encodes, their rates and qualities, its clips by thumbnail, and what failed."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any, Final

import pyarrow.compute as pc
from PIL import Image

from codecorpus import maps, schema
from codecorpus.codecs import CODECS
from codecorpus.corpus.distortion import mean
from codecorpus.corpus.layout import SOURCE
from codecorpus.corpus.numbers import Rate, floats
from codecorpus.corpus.reader import Corpus
from codecorpus.corpus.reader import open as open_corpus
from codecorpus.errors import CodecorpusError
from codecorpus.orientation import Orientation
from codecorpus.sources.find import is_remote
from codecorpus.view import colour
from codecorpus.view.draw import turned
from codecorpus.view.player.write import asset, digest, save
from codecorpus.view.shot import UNTURNED, decoded
from codecorpus.view.subject import MEASURES, by_quarters, drawn, family_of, pixels_of, track_of

CLASSES: Final = tuple(f"bits_{name}" for name in colour.CLASSES)
NOTHING: Final = "-"
MOST_CLIPS: Final = 200
"""Clips that have a thumbnail: the first that have pixels."""

THUMBNAIL: Final = (256, 160)
PLOT: Final = (460, 260)
TITLES: Final = {"psnr_y": "luma PSNR, dB", "ssim": "SSIM", "vmaf": "VMAF", "xpsnr": "XPSNR, dB"}


@dataclass
class Total:
    """What one encode came to, over the clips that were made in one codec."""

    encode: str
    codec: str
    family: str
    colour: str
    streams: int = 0
    frames: int = 0
    rate: Rate = field(default_factory=Rate)
    bits: dict[str, float] = field(default_factory=lambda: dict.fromkeys(CLASSES, 0.0))
    means: dict[str, float | None] = field(default_factory=dict)
    """Over frames; None where it was not measured."""


def write(path: Path, source: str, rotate: bool) -> int:
    """Write the page of a corpus; returns how many bytes it has.

    Args:
        path: where to.
        source: the corpus.
        rotate: clips are turned as players turn them.

    Raises:
        CodecorpusError: there is no corpus, or a file of it is missing or damaged.
    """
    corpus = open_corpus(source)
    totals = list(_totals(corpus))
    clips = corpus.clips.to_pylist()
    body = "".join(
        (
            f"<header><div class='heading'><h1>{escape(Path(source).name or source)}</h1><p>{_told(corpus, clips)}</p>",
            "</div></header><article>",
            "<h2>Encodes</h2>",
            _encodes(totals),
            _curves(totals),
            "<h2>What failed</h2>",
            _failures(corpus),
            f"<h2>Clips</h2><div class='clips'>{''.join(_clips(corpus, clips, rotate))}</div>",
            "</article>",
        )
    )
    style = asset("style.css") + asset("report.css")
    policy = f"default-src 'none'; style-src 'sha256-{digest(style)}'; img-src data:"
    head = f"<meta charset='utf-8'><meta name='viewport' content='width=device-width, initial-scale=1'><meta \
http-equiv='Content-Security-Policy' content=\"{policy}\"><title>{escape(source)}</title><style>{style}</style>"
    return save(path, f"<!doctype html><html lang='en'><head>{head}</head><body>{body}</body></html>\n")


def _totals(corpus: Corpus) -> Iterator[Total]:
    codecs = sorted({(row["encode"], row["codec"]) for row in corpus.streams.to_pylist() if row["codec"]})
    rates = {row["clip"]: row["fps"] for row in corpus.clips.select(["clip", "fps"]).to_pylist()}
    columns = ["clip", "codec", "frame", "bytes", *CLASSES, "qstep", *MEASURES]
    encodes = corpus.encodes.to_pylist()
    both = [(row, codec) for row in encodes for codec in [own for of, own in codecs if of == row["encode"]] or [""]]
    for at, (row, codec) in enumerate(both):
        name, family = row["encode"], f"{codec} {family_of(row)}"
        total = Total(name, codec, family, colour.ENCODES[at % len(colour.ENCODES)])
        yield total
        if not codec:
            continue
        frames = corpus.frames(encode=name, columns=columns)
        frames = frames.filter(pc.equal(frames["codec"], codec))
        for clip in pc.unique(frames["clip"]).to_pylist():
            rows = frames.filter(pc.equal(frames["clip"], clip))
            shown = len(maps.frame_index(rows, None))
            total.streams, total.frames = total.streams + 1, total.frames + shown
            total.rate.add(pc.sum(rows["bytes"]).as_py() or 0, shown, rates.get(clip))
        total.bits = {part: pc.sum(frames[part]).as_py() or 0.0 for part in CLASSES}
        total.means = {part: mean(part, floats(frames[part])) for part in (*MEASURES, "qstep")}


def _told(corpus: Corpus, clips: Sequence[Mapping[str, Any]]) -> str:
    seconds = sum(clip["frames"] / clip["fps"] for clip in clips if clip["frames"] and clip["fps"])
    return f"{len(clips)} clips, {seconds:.0f} s, through {corpus.encodes.num_rows} encodes; schema {schema.VERSION}"


def _encodes(totals: Sequence[Total]) -> str:
    measured = [name for name in MEASURES if any(total.means.get(name) is not None for total in totals)]
    heads = ["encode", "codec", "streams", "frames", "kb/s", "step", *(TITLES[name] for name in measured)]
    most = max((total.rate.kbps or 0.0 for total in totals), default=0.0) or 1.0
    rows = []
    for total in totals:
        numbers = [_number(total.rate.kbps, ".0f"), _number(total.means.get("qstep"), ".1f")]
        numbers += [_number(total.means.get(name), ".4g") for name in measured]
        cells = [CODECS[total.codec].title if total.codec else NOTHING, str(total.streams), str(total.frames), *numbers]
        rows.append(
            f"<tr><td>{_dot(total.colour)}{escape(total.encode)}</td>{''.join(f'<td>{cell}</td>' for cell in cells)}"
            f"<td class='bar'>{_bar(total, most)}</td></tr>"
        )
    keys = " ".join(f"{_dot(ink)}{name}" for name, ink in colour.CLASSES.items())
    head = "".join(f"<th>{name}</th>" for name in heads)
    head = f"<tr>{head}<th class='keys'>{keys}</th></tr>"
    return f"<div class='wide'><table class='encodes'>{head}{''.join(rows)}</table></div>"


def _dot(ink: str) -> str:
    return f"<svg class='mark' viewBox='0 0 10 10'><circle cx='5' cy='5' r='4.5' fill='{ink}'/></svg>"


def _bar(total: Total, most: float) -> str:
    """Bits by class, as long as the rate."""
    bits = sum(total.bits.values())
    parts, left = [], 0.0
    for name, ink in zip(CLASSES, colour.CLASSES.values(), strict=True):
        wide = 100 * (total.rate.kbps or 0.0) / most * total.bits[name] / bits if bits else 0.0
        title = f"<title>{name[5:]}: {100 * total.bits[name] / bits if bits else 0:.0f} %</title>"
        parts.append(f"<rect x='{left:.2f}' width='{wide:.2f}' height='10' fill='{ink}'>{title}</rect>")
        left += wide
    return f"<svg viewBox='0 0 100 10' preserveAspectRatio='none'>{''.join(parts)}</svg>"


def _number(value: float | None, form: str) -> str:
    return NOTHING if value is None or math.isnan(value) else format(value, form)


def _curves(totals: Sequence[Total]) -> str:
    """Rate against each quality that was measured; the rates of one setting are joined."""
    plots = []
    for name in MEASURES:
        points = [
            (total, rate, value)
            for total in totals
            if (rate := total.rate.kbps) and (value := drawn(total.means.get(name))) is not None
        ]
        if points:
            plots.append(f"<figure><figcaption>{TITLES[name]}</figcaption>{_plot(points)}</figure>")
    if not plots:
        plots = ["<p class='quiet'>No quality was measured; a recipe's quality: [psnr, vmaf] does.</p>"]
    return f"<h2>Rate and distortion</h2><div class='plots'>{''.join(plots)}</div>"


def _plot(points: Sequence[tuple[Total, Any, Any]]) -> str:
    width, height = PLOT
    rates, qualities = [math.log(rate) for _, rate, _ in points], [quality for _, _, quality in points]
    (left, right), (low, high) = _room(rates), _room(qualities)

    def at(rate: float, quality: float) -> tuple[float, float]:
        x = 48 + (math.log(rate) - left) / (right - left) * (width - 60)
        return x, 8 + (high - quality) / (high - low) * (height - 38)

    parts = [f"<path d='M48,4V{height - 28}H{width}' stroke='#2a2f38' fill='none'/>"]
    for family in dict.fromkeys(total.family for total, _, _ in points):
        curve = sorted((rate, quality, total.colour) for total, rate, quality in points if total.family == family)
        line = "L".join("{:.1f},{:.1f}".format(*at(rate, quality)) for rate, quality, _ in curve)
        parts.append(f"<path d='M{line}' stroke='{curve[0][2]}' fill='none' opacity='.6'/>")
    for total, rate, quality in points:
        x, y = at(rate, quality)
        title = f"<title>{escape(total.encode)}: {rate:.0f} kb/s, {quality:.4g}</title>"
        parts.append(f"<circle cx='{x:.1f}' cy='{y:.1f}' r='5' fill='{total.colour}'>{title}</circle>")
    for rate in (min(r for _, r, _ in points), max(r for _, r, _ in points)):
        parts.append(f"<text x='{at(rate, low)[0]:.1f}' y='{height - 12}' text-anchor='middle'>{rate:.0f}</text>")
    for quality in (min(qualities), max(qualities)):
        parts.append(f"<text x='42' y='{at(1, quality)[1] + 4:.1f}' text-anchor='end'>{quality:.4g}</text>")
    parts.append(f"<text x='{width}' y='{height - 4}' text-anchor='end'>kb/s</text>")
    return f"<svg viewBox='0 0 {width} {height}'>{''.join(parts)}</svg>"


def _room(values: Sequence[float]) -> tuple[float, float]:
    slack = 0.06 * (max(values) - min(values)) or 0.5
    return min(values) - slack, max(values) + slack


def _failures(corpus: Corpus) -> str:
    clips = corpus.clips.filter(pc.equal(corpus.clips["status"], "failed")).to_pylist()
    streams = corpus.streams.filter(pc.not_equal(corpus.streams["status"], "done")).to_pylist()
    rows = [
        f"<tr><td>{escape(row['clip'])}</td><td>{escape(row.get('encode') or '')}</td><td>{row['status']}</td>"
        f"<td class='why'>{escape(row['error'] or '')}</td></tr>"
        for row in (*clips, *streams)
    ]
    if not rows:
        return "<p class='quiet'>Nothing did.</p>"
    heads = "<tr><th>clip</th><th>encode</th><th>status</th><th>why</th></tr>"
    return f"<div class='wide'><table>{heads}{''.join(rows)}</table></div>"


def _clips(corpus: Corpus, clips: Sequence[Mapping[str, Any]], rotate: bool) -> Iterator[str]:
    left = MOST_CLIPS
    for clip in clips:
        seconds = f", {clip['frames'] / clip['fps']:.1f} s" if clip["frames"] and clip["fps"] else ""
        size = f"{clip['width']}x{clip['height']}, {clip['frames']} frames{seconds}" if clip["frames"] else ""
        image = _thumbnail(corpus, clip, rotate) if left and clip["status"] != "failed" else None
        nothing = f"<div class='none'>{'no pixels kept' if left else ''}</div>"
        shown = f"<img alt='' src='data:image/webp;base64,{image}'>" if image else nothing
        left -= image is not None
        yield (
            f"<figure>{shown}<figcaption><b>{escape(clip['clip'])}</b> <span>{size}</span>"
            f"<span class='source'>{escape(clip['source'])}</span></figcaption></figure>"
        )


def _thumbnail(corpus: Corpus, clip: Mapping[str, Any], rotate: bool) -> str | None:
    """A frame of the clip, of the first encode that has pixels."""
    orientation = by_quarters(Orientation(clip["rotation"] or 0, bool(clip["mirrored"]))) if rotate else UNTURNED
    for encode in corpus.encodes_of(clip["clip"]):
        if encode == SOURCE and is_remote(clip["source"]):  # whole films are not fetched for that
            continue
        # What fails here is told among what failed, or by verify.
        with suppress(CodecorpusError), pixels_of(corpus, clip["clip"], encode) as pixels:
            if pixels is None:
                continue
            wanted = min(12, (clip["frames"] or 1) // 2)
            for _, frame in decoded(pixels, [wanted], track_of(corpus, clip["clip"], pixels)):
                image = turned(Image.fromarray(frame.to_ndarray(format="rgb24")), orientation)
                image.thumbnail(THUMBNAIL)
                file = io.BytesIO()
                image.save(file, "WEBP", quality=80)
                return base64.b64encode(file.getvalue()).decode()
    return None
