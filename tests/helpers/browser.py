"""A real Chromium without a screen, driven through its debugging protocol: nothing but a socket is needed."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
import urllib.request
from collections import defaultdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)

PATIENCE = 60.0
"""Seconds that anything may take on a busy machine."""

FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--mute-audio", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage", "--disable-sync"),
    *("--remote-debugging-port=0", "--remote-allow-origins=*", "about:blank"),
)

KEY_CODES = {" ": 32, "ArrowLeft": 37, "ArrowRight": 39, "Home": 36, "End": 35, "Escape": 27, "Tab": 9}


class Browser:
    """One tab. What the page says on its console, and every error, is in `complaints`."""

    def __init__(self, width: int = 1280, height: int = 900) -> None:
        assert CHROMIUM is not None
        self.complaints: list[str] = []
        self._home = Path(tempfile.mkdtemp(prefix="chromium-"))
        command = [CHROMIUM, f"--user-data-dir={self._home}", f"--window-size={width},{height}", *FLAGS]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._process = subprocess.Popen(command, start_new_session=True, **quiet)  # type: ignore[call-overload]
        self._socket: _WebSocket | None = None
        self._count = 0
        try:
            self._socket = _WebSocket(self._address())
        except BaseException:
            self.close()
            raise
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")
        self.resize(width, height)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End it and all of its processes, whatever they are at."""
        if self._socket:
            self._socket.close()
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)  # it leads a session of its own
        self._process.wait()
        shutil.rmtree(self._home, ignore_errors=True)

    def processor_seconds(self) -> float:
        """What all of its processes have taken so far."""
        ticks, children = {}, defaultdict(list)
        for path in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):  # it has ended
                fields = path.read_text().rsplit(")", 1)[1].split()  # proc(5), from the third one on
                own = int(path.parent.name)
                children[int(fields[1])].append(own)
                ticks[own] = int(fields[11]) + int(fields[12])
        family, taken = [self._process.pid], 0
        while family:
            one = family.pop()
            family += children[one]
            taken += ticks.get(one, 0)
        return taken / os.sysconf("SC_CLK_TCK")

    def _address(self) -> str:
        port = self._home / "DevToolsActivePort"
        until = time.monotonic() + PATIENCE
        while not (port.exists() and port.read_text().count("\n")):
            if time.monotonic() > until or self._process.poll() is not None:
                raise RuntimeError("Chromium does not begin")
            time.sleep(0.05)
        number = port.read_text().split()[0]
        with urllib.request.urlopen(f"http://127.0.0.1:{number}/json/list") as answer:
            pages = [one for one in json.load(answer) if one["type"] == "page"]
        address: str = pages[0]["webSocketDebuggerUrl"]
        return address

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command of the protocol, and its answer."""
        assert self._socket is not None
        self._count += 1
        self._socket.send(json.dumps({"id": self._count, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.receive())
            if message.get("id") == self._count:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                result: dict[str, Any] = message["result"]
                return result
            self._note(message)

    def _note(self, message: dict[str, Any]) -> None:
        details = message.get("params", {})
        if message["method"] == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(details["exceptionDetails"].get("exception", details)))
        elif message["method"] == "Runtime.consoleAPICalled":
            self.complaints.append(str([one.get("value", one.get("description")) for one in details["args"]]))
        elif message["method"] == "Log.entryAdded":
            self.complaints.append(details["entry"]["text"])

    def open(self, path: Path) -> None:
        """A page from the disk, once it shows a frame."""
        self.call("Page.navigate", url=path.resolve().as_uri())
        self.wait("document.getElementById('clock')?.textContent")

    def resize(self, width: int, height: int, mobile: bool = False) -> None:
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile}
        self.call("Emulation.setDeviceMetricsOverride", **metrics)

    def run(self, script: str) -> Any:
        """What an expression comes to; promises are waited for."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(json.dumps(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def wait(self, script: str) -> None:
        """Until an expression is true."""
        until = time.monotonic() + PATIENCE
        while not self.run(script):
            if time.monotonic() > until:
                raise AssertionError(f"never true: {script}; {self.complaints}")
            time.sleep(0.03)

    def settle(self) -> None:
        """Two frames of the browser: what was asked for is drawn, or waits for a picture."""
        self.run("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))")

    def press(self, key: str, shift: bool = False) -> None:
        code = KEY_CODES.get(key, ord(key[0].upper()))
        text = {"text": key} if len(key) == 1 else {}
        common = {"key": key, "windowsVirtualKeyCode": code, "modifiers": 8 if shift else 0}
        self.call("Input.dispatchKeyEvent", type="keyDown", **common, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", **common)
        self.settle()

    def place(self, selector: str, x: float = 0.5, y: float = 0.5) -> tuple[float, float]:
        """A point of an element, as shares of its sides, scrolled to where it can be clicked."""
        found = self.run(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)});"
            " e.scrollIntoView({block: 'center'});"
            f" const b = e.getBoundingClientRect(); return [b.left + {x} * b.width, b.top + {y} * b.height] }})()"
        )
        return found[0], found[1]

    def click(self, selector: str, x: float = 0.5, y: float = 0.5) -> None:
        at = self.place(selector, x, y)
        self.mouse("mousePressed", at, buttons=1, clickCount=1)
        self.mouse("mouseReleased", at, clickCount=1)
        self.settle()

    def mouse(self, kind: str, at: tuple[float, float], **more: Any) -> None:
        button = {} if kind == "mouseWheel" else {"button": "left"}
        self.call("Input.dispatchMouseEvent", type=kind, x=at[0], y=at[1], **button, **more)

    def text(self, selector: str) -> str:
        found: str = self.run(f"document.querySelector({json.dumps(selector)}).textContent")
        return found

    def choose(self, selector: str, value: str) -> None:
        """An entry of a list."""
        self.run(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)}); e.value = {json.dumps(value)};"
            " e.dispatchEvent(new Event('change')) })()"
        )
        self.settle()

    def screenshot(self, path: Path, whole: bool = False) -> None:
        """As .png; `whole` has what must be scrolled to too."""
        taken = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(taken["data"]))


class _WebSocket:
    """The client's side of RFC 6455, as far as the debugging protocol needs it: text, unmasked answers, fragments."""

    def __init__(self, address: str) -> None:
        host, _, path = address.removeprefix("ws://").partition("/")
        name, _, port = host.partition(":")
        self._socket = socket.create_connection((name, int(port)), timeout=PATIENCE)
        self._file = self._socket.makefile("rb")
        key = base64.b64encode(os.urandom(16)).decode()
        lines = (f"GET /{path} HTTP/1.1", f"Host: {host}", "Upgrade: websocket", "Connection: Upgrade")
        request = "\r\n".join((*lines, f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", "", ""))
        self._socket.sendall(request.encode())
        while self._file.readline().strip():
            pass

    def send(self, text: str) -> None:
        data, mask = text.encode(), os.urandom(4)
        head = bytes([0x81])
        if len(data) < 126:
            head += bytes([0x80 | len(data)])
        else:
            head += bytes([0xFF]) + struct.pack(">Q", len(data))
        self._socket.sendall(head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(data)))

    def receive(self) -> str:
        data = b""
        while True:
            first, second = self._file.read(2)
            size = second & 0x7F
            if size >= 126:
                size = int.from_bytes(self._file.read(2 if size == 126 else 8))
            data += self._file.read(size)
            if first & 0x80:
                return data.decode()

    def close(self) -> None:
        self._file.close()
        self._socket.close()
