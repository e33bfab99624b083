"""A replay server: saved pages of real sites, answered on loopback under the sites' own names, over TLS.

The product is not changed for it: names lead here through the resolver, the certificate comes from an authority that
the source trusts, and the address is one that the source lists.
"""

from __future__ import annotations

import asyncio
import csv
import gzip
import json
import os
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import trustme


@dataclass
class Replay:
    """What is served: a body by (host, target), else ``fallback`` by host, else 404. ``asked`` remembers requests."""

    pages: dict[tuple[str, str], bytes] = field(default_factory=dict)
    fallback: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    port: int = 0

    def add(self, url: str, body: bytes) -> None:
        self.pages[key_of(url)] = body

    def respond(self, host: str, target: str) -> bytes:
        self.asked.append((host, target))
        body = self.pages.get((host, target))
        if body is None and target != "/robots.txt":
            body = self.fallback.get(host)
        if body is None:
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        return b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def key_of(url: str) -> tuple[str, str]:
    """Host and request target of a URL."""
    parts = urlsplit(url)
    return parts.netloc, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


class _Protocol(asyncio.Protocol):
    def __init__(self, replay: Replay) -> None:
        self._replay = replay
        self._buffer = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while b"\r\n\r\n" in self._buffer:
            head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
            first, *headers = head.decode("latin-1").split("\r\n")
            host = next(h.partition(":")[2].strip() for h in headers if h.lower().startswith("host:"))
            self._transport.write(self._replay.respond(host, first.split(" ")[1]))


@contextmanager
def serving(replay: Replay, folder: Path, hosts: set[str]) -> Iterator[Path]:
    """Serve over TLS on a free loopback port; yields the authority's certificate file."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "authority.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*sorted(hosts)).configure_cert(context)
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(lambda: _Protocol(replay), "127.0.0.1", 0, ssl=context))
    replay.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield folder / "authority.pem"
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def saved(shared: Path, kind: str) -> list[dict[str, Any]]:
    """The saved pages of one kind: {file, site, url, body}; a page of unknown address gets one under its site."""
    pages = []
    with (shared / "pages" / "MANIFEST.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["kind"] == kind:
                data = (shared / "pages" / row["file"]).read_bytes()
                body = gzip.decompress(data) if row["file"].endswith(".gz") else data
                url = row["url"] if row["url"].startswith("https://") else ""
                url = url or f"https://{row['site']}/saved/{Path(row['file']).name}"
                pages.append({"file": row["file"], "site": row["site"], "url": url, "body": body})
    return pages


def truth(shared: Path) -> dict[str, dict[str, Any]]:
    """What a reader sees on the saved pages, by file."""
    lines = (shared / "pages" / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    return {row["file"]: row for row in map(json.loads, lines)}


def crawl(home: Path, port: int, *sources: str) -> dict[str, Any]:
    """Crawl in a process of its own whose resolver leads every name to the replay server."""
    tests = Path(__file__).resolve().parent.parent
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(tests), str(tests.parent)]),
        "REPLAY_PORT": str(port),
        "WILDTRADE_HOME": str(home),
    }
    command = [sys.executable, "-m", "support.replay_crawl", *sources]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=240)
    assert done.returncode == 0, done.stderr[-3000:]
    data: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return data
