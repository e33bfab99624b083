"""A loopback server whose every byte a test decides, and the command line as a test calls it."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Answer = Callable[[str], bytes | None]


def response(
    body: str | bytes, status: str = "200 OK", content_type: str = "text/html; charset=utf-8", extra: str = ""
) -> bytes:
    """A whole HTTP response."""
    data = body.encode() if isinstance(body, str) else body
    head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(data)}\r\n{extra}\r\n"
    return head.encode() + data


def listing_page(
    number: int, *, price: str = "25.00", text: str = "A solid wooden table, four legs, hardly used."
) -> bytes:
    """A plain listing page with microdata."""
    return response(
        f"""<!doctype html><html lang="en"><head><title>Item {number} | Bazaar</title></head><body>
<main itemscope itemtype="https://schema.org/Product"><h1 itemprop="name">Table number {number}</h1>
<p itemprop="offers" itemscope itemtype="https://schema.org/Offer">
<span itemprop="price" content="{price}">{price}</span><meta itemprop="priceCurrency" content="USD"></p>
<div itemprop="description">{text}</div>
<img itemprop="image" src="/img/{number}.jpg"></main></body></html>"""
    )


def search_page(numbers: list[int], following: str = "") -> bytes:
    """A result page that names listings."""
    cards = "".join(f'<li><a href="/item/{n}">Table number {n}</a> <b>25.00 USD</b></li>' for n in numbers)
    link = f'<a rel="next" href="{following}">Next</a>' if following else ""
    return response(
        f"<!doctype html><html><head><title>Search</title></head><body><ul>{cards}</ul>{link}</body></html>"
    )


@dataclass
class Site:
    """What is served: ``pages`` by request target, else ``answer``. ``asked`` remembers every target, ``heads`` the
    last request head for each."""

    pages: dict[str, bytes] = field(default_factory=dict)
    answer: Answer | None = None
    asked: list[str] = field(default_factory=list)
    heads: dict[str, str] = field(default_factory=dict)
    port: int = 0

    def respond(self, target: str) -> bytes | None:
        self.asked.append(target)
        if target in self.pages:
            return self.pages[target]
        if self.answer is not None:
            return self.answer(target)
        return response("no such page", "404 Not Found")


class _Protocol(asyncio.Protocol):
    def __init__(self, site: Site) -> None:
        self._site = site
        self._buffer = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while b"\r\n\r\n" in self._buffer:
            head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
            target = head.split(b" ", 2)[1].decode("latin-1")
            self._site.heads[target] = head.decode("latin-1")
            answer = self._site.respond(target)
            if answer is None:  # the test wants silence
                return
            self._transport.write(answer)
            head = answer.split(b"\r\n\r\n", 1)[0].lower()
            if b"content-length" not in head or b"connection: close" in head:
                self._transport.close()


@contextmanager
def serving(site: Site) -> Iterator[Site]:
    """Serve on a free loopback port, from a thread of its own."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(lambda: _Protocol(site), "127.0.0.1", 0))
    site.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def source_yaml(port: int, *, source_id: str = "bazaar", more: str = "") -> str:
    """A source for a ``Site``."""
    return f"""\
id: {source_id}
name: Bazaar
site: 127.0.0.1
country: INT
languages: [en]
kind: marketplace
search: {{url: "http://127.0.0.1:{port}/search?q={{query}}&page={{page}}", max_pages: 50}}
queries: [table]
listing_url: /item/(\\d+)$
delay: 0
facts: {{date: 2026-11, confidence: ours}}
allow_addresses: ["127.0.0.1:{port}"]
{more}"""


@dataclass
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The JSON object on the last line of stdout."""
        return json.loads(self.out.splitlines()[-1])


def wildtrade(home: Path, *words: str, timeout: float = 120) -> Done:
    """Run the command line as a person would."""
    command = [sys.executable, "-m", "wildtrade", "--home", str(home), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=timeout)
    return Done(done.returncode, done.stdout, done.stderr)


def workspace(folder: Path, port: int, **more: str) -> Path:
    """A workspace with one own source for a ``Site``."""
    done = wildtrade(folder, "init", str(folder))
    assert done.code == 0, done.err
    (folder / "sources" / "bazaar.yaml").write_text(source_yaml(port, **more), encoding="utf-8")
    return folder
