"""A corpus in an S3 store on loopback that fails now and then."""

from __future__ import annotations

import http.client
import http.server
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from clusters.conftest import free_ports, wait_for
from helpers.corpora import SMALL, tree

import codecorpus
from codecorpus import recipe
from codecorpus.corpus import store as stores
from codecorpus.corpus.verify import verify
from codecorpus.encode import ffmpeg
from codecorpus.run.executors.inline import Inline
from codecorpus.run.request import Build
from codecorpus.run.run import Run, Summary

ONE = SMALL.replace("[23, 40]", "23")


DROPPED = ("content-length", "transfer-encoding", "expect", "connection")
"""Headers that are the proxy's own to make."""


class Unreliable(http.server.BaseHTTPRequestHandler):
    """Passes requests on to the store: some are answered with 500, some are cut, some are slow."""

    behind: ClassVar[str]
    chance: ClassVar[random.Random] = random.Random(1)
    faults: ClassVar[dict[str, int]] = {"500": 0, "cut": 0, "slow": 0}
    is_on: ClassVar[bool] = False
    protocol_version = "HTTP/1.1"

    def body(self) -> bytes:
        """What comes with the request, in one piece or in chunks."""
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        pieces = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def pass_on(self) -> None:
        body = self.body()
        fault = self.chance.choices(["500", "cut", "slow", ""], [4, 3, 3, 90])[0] if self.is_on else ""
        if fault:
            self.faults[fault] += 1
        if fault == "500":
            self.send_response(500)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if fault == "slow":
            time.sleep(0.5)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in DROPPED}
        behind = http.client.HTTPConnection(self.behind, timeout=60)
        behind.request(self.command, self.path, body, headers)
        answer = behind.getresponse()
        data = answer.read()
        behind.close()
        if fault == "cut":
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in ("transfer-encoding", "connection", "date", "server"):
                self.send_header(name, value)
        if "Content-Length" not in answer.headers and self.command != "HEAD":
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = pass_on  # noqa: N815, as the library calls them

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """The URI of a folder in a bucket."""
    pytest.importorskip("moto", reason="moto is not installed: pip install 'moto[server]'")
    pytest.importorskip("s3fs", reason="s3fs is not installed: pip install 'codecorpus[s3]'")
    behind, front = free_ports(2)
    environment = {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{front}",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
        "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
    }
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(behind)], **quiet)
    Unreliable.behind = f"127.0.0.1:{behind}"
    proxy = http.server.ThreadingHTTPServer(("127.0.0.1", front), Unreliable)
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        wait_for(lambda: is_there(behind), 30, "the store does not answer")
        import fsspec

        fsspec.filesystem("s3").mkdir("bucket")
        yield "s3://bucket/corpora"
    finally:
        os.environ.clear()
        os.environ.update(before)
        proxy.shutdown()
        proxy.server_close()
        server.terminate()
        server.wait(10)


def is_there(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def run(root: object, text: str = ONE) -> Summary:
    return Run(Build(recipe.parse(text, "small"), str(root), ffmpeg.find().path), Inline(2)).run()


def contents(uri: str) -> dict[str, bytes]:
    store = stores.find(uri)
    return {entry.name: store.read(entry.name) for entry in store.list()}


def test_a_build_into_a_store_that_fails_now_and_then(bucket: str, tmp_path: Path) -> None:
    run(tmp_path)
    wanted = tree(tmp_path)
    Unreliable.is_on = True
    try:
        for _ in range(3):
            try:
                run(f"{bucket}/failing")
            except (codecorpus.CodecorpusError, OSError):
                continue
    finally:
        Unreliable.is_on = False
    assert min(Unreliable.faults.values()) > 0
    run(f"{bucket}/failing")
    assert contents(f"{bucket}/failing") == wanted
    assert verify(f"{bucket}/failing").problems == []
    near, far = codecorpus.open(tmp_path), codecorpus.open(f"{bucket}/failing")
    assert far.motion(clip="carphone-001").equals(near.motion(clip="carphone-001"))


def test_two_writers_of_a_chunk_make_one(bucket: str, tmp_path: Path) -> None:
    uri = f"{bucket}/twice"
    threads = [threading.Thread(target=run, args=(uri,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run(uri)
    run(tmp_path)
    assert contents(uri) == tree(tmp_path)


def test_a_marker_is_put_once(bucket: str) -> None:
    store = stores.find(f"{bucket}/markers")
    won: list[int] = []

    def put(number: int) -> None:
        if store.put_once("marker.json", str(number).encode()):
            won.append(number)

    threads = [threading.Thread(target=put, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1 and store.read("marker.json") == str(won[0]).encode()


def test_sources_come_from_a_store(bucket: str, tmp_path: Path, bikes: Path) -> None:
    import fsspec

    fsspec.filesystem("s3").put_file(str(bikes), "bucket/videos/bikes.mp4")
    text = ONE.replace("[sample://carphone]", "[s3://bucket/videos/]")
    assert run(tmp_path, text).made == 6
    assert codecorpus.open(tmp_path).clips["source"].to_pylist() == ["s3://bucket/videos/bikes.mp4"] * 2
