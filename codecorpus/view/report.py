"""Pages as one HTML file that needs nothing else: a slider over the frames."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from PIL import Image

from codecorpus.errors import CodecorpusError

QUALITY = 88

TEMPLATE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>
body {{ background: #101216; color: #e8eaed; font: 15px/1.5 sans-serif; margin: 0 auto; max-width: {width}px }}
label {{ display: block; padding: 0 11px }}
input {{ width: 100%; accent-color: #ffb020 }}
img {{ width: 100%; display: block }}
</style>
<label>frame <output>{first}</output> of {title}; the arrow keys step
<input type="range" min="0" max="{last}" value="0" autofocus></label>
<img alt="">
<script>
const pages = {pages}, first = {first}, slider = document.querySelector("input");
const show = () => {{
  document.querySelector("img").src = "data:image/webp;base64," + pages[slider.value];
  document.querySelector("output").textContent = first + Number(slider.value);
}};
slider.oninput = show;
show();
</script></html>
"""


def write(path: Path, pages: Iterable[Image.Image], frames: Sequence[int], title: str) -> int:
    """Writes pages of ascending frames, and returns how many."""
    encoded: list[str] = []
    width = 0
    for page in pages:
        file = io.BytesIO()
        page.save(file, "WEBP", quality=QUALITY)
        encoded.append(base64.b64encode(file.getvalue()).decode())
        width = page.width
    if not encoded:
        raise CodecorpusError("there is no frame to write")
    fields = {"title": html.escape(title), "first": frames[0], "last": len(encoded) - 1, "width": width}
    temporary = path.with_name(f".{path.name}.part")
    try:
        temporary.write_text(TEMPLATE.format(pages=encoded, **fields), encoding="utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return len(encoded)
