"""A hostile site on loopback: one page for each class of attack, each with the outcome that is required of a crawl.

Between any two of them stands an ordinary page, which must be captured whatever came before.
"""

from __future__ import annotations

import asyncio
import gzip
import threading
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

HIDDEN = "carved tusk"
_PIECE = b"a" * 65_536
_MB = 2**20


class Outcome(StrEnum):
    """What must come of a page."""

    REFUSED = "refused and logged"
    INCOMPLETE = "kept, marked incomplete"
    BOUNDED = "refused, or kept and marked incomplete"
    READ = "kept whole, its text read"
    NO_LISTING = "kept, no listing stored"
    KEPT = "kept whole, whatever is read off it"


Stream = Callable[[], AsyncIterator[bytes]]


@dataclass(frozen=True)
class Case:
    """One attack. ``serve`` makes the response, at once or piece by piece; ``says`` must stand in the unit's error.

    ``like_wall``: it may be taken for a wall, and a source that shows some of those is left alone.
    """

    name: str
    outcome: Outcome
    serve: Callable[[], bytes] | Stream
    says: str = ""
    like_wall: bool = False


def ordinary(number: int, text: str = "A solid wooden table, four legs, hardly used.") -> str:
    """A plain listing page."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>Item {number}</title></head><body>"
        f'<main itemscope itemtype="https://schema.org/Product">'
        f'<h1 itemprop="name">Table number {number}</h1>'
        '<p itemprop="offers" itemscope itemtype="https://schema.org/Offer">'
        '<span itemprop="price" content="25">25</span>'
        '<meta itemprop="priceCurrency" content="USD"></p>'
        f'<div itemprop="description">{text}</div></main></body></html>'
    )


PAGE = ordinary(7, f"A {HIDDEN}, old.").encode()


def http(body: bytes, *lines: str, status: str = "200 OK", length: bool = True, kind: str = "text/html") -> bytes:
    """A whole response with further header lines."""
    head = [f"HTTP/1.1 {status}", *([f"Content-Type: {kind}"] if kind else []), *lines]
    if length:
        head.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*head, "", ""]).encode("latin-1") + body


def chunked(body: bytes, *lines: str, end: bytes = b"0\r\n\r\n") -> bytes:
    """A response in one chunk."""
    return http(b"%x\r\n%s\r\n%s" % (len(body), body, end), "Transfer-Encoding: chunked", *lines, length=False)


def _bomb(layers: int = 1) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    data = b"".join([*(packer.compress(_PIECE * 16) for _ in range(200)), packer.flush()])
    for _ in range(layers - 1):
        data = gzip.compress(data)
    return data


def _brotli_bomb() -> bytes:
    import brotli

    packer = brotli.Compressor(quality=1)
    return b"".join([*(packer.process(_PIECE * 16) for _ in range(200)), packer.finish()])


def _zstd_bomb() -> bytes:
    from backports import zstd

    packer = zstd.ZstdCompressor()
    return b"".join([*(packer.compress(_PIECE * 16) for _ in range(200)), packer.flush()])


def stream(head: bytes, piece: bytes, pause: float = 0.0, pieces: int = 40_000) -> Stream:
    """A response that goes on and on: its head, then the same piece again and again (``pause`` in seconds)."""

    async def pieces_of() -> AsyncIterator[bytes]:
        yield head
        for _ in range(pieces):
            yield piece
            if pause:
                await asyncio.sleep(pause)

    return pieces_of


_CHUNK_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"


def _html(body: str, charset: str = "utf-8") -> Callable[[], bytes]:
    return lambda: http(f"<!doctype html><html><body>{body}</body></html>".encode(charset, "surrogatepass"))


def _wall(body: str, title: str, status: str = "200 OK") -> Callable[[], bytes]:
    return lambda: http(f"<html><head><title>{title}</title></head><body>{body}</body></html>".encode(), status=status)


def _memory() -> list[Case]:
    big = f"Content-Length: {1_200_000_000}"
    said = "bytes"
    return [
        Case("gzip bomb", Outcome.REFUSED, lambda: http(_bomb(), "Content-Encoding: gzip"), said),
        Case("nested gzip bomb", Outcome.REFUSED, lambda: http(_bomb(2), "Content-Encoding: gzip, gzip"), said),
        Case(
            "deflate bomb",
            Outcome.REFUSED,
            lambda: http(zlib.compress(bytes(200 * _MB)), "Content-Encoding: deflate"),
            said,
        ),
        Case("brotli bomb", Outcome.REFUSED, lambda: http(_brotli_bomb(), "Content-Encoding: br"), said),
        Case("zstd bomb", Outcome.REFUSED, lambda: http(_zstd_bomb(), "Content-Encoding: zstd"), said),
        Case("1.2 GB body, announced", Outcome.REFUSED, stream(http(b"", big, length=False), _PIECE)),
        Case("1.2 GB body, not announced", Outcome.REFUSED, stream(_HEAD, _PIECE)),
        Case("endless chunks", Outcome.REFUSED, stream(_CHUNK_HEAD, b"10000\r\n" + _PIECE + b"\r\n")),
        Case(
            "endless chunk extensions",
            Outcome.BOUNDED,
            stream(_CHUNK_HEAD, (b"1;" + b"x" * 900 + b"\r\na\r\n") * 80),
        ),
        Case("endless headers", Outcome.REFUSED, stream(b"HTTP/1.1 200 OK\r\n", b"X-A: " + b"b" * 1000 + b"\r\n")),
        Case("endless header line", Outcome.REFUSED, stream(b"HTTP/1.1 200 OK\r\nX-A: ", _PIECE)),
        Case("endless interim answers", Outcome.REFUSED, stream(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100)),
        Case(
            "cookie flood",
            Outcome.READ,
            lambda: http(PAGE, *(f"Set-Cookie: c{n}={'v' * 500}" for n in range(400))),
        ),
    ]


def _slow() -> list[Case]:
    return [
        Case("slow header", Outcome.REFUSED, stream(b"HTTP/1.1 200 OK\r\n", b"X", 0.3), "longer than"),
        Case(
            "slow body",
            Outcome.REFUSED,
            stream(http(b"", "Content-Length: 5000", length=False), b"a", 0.3),
            "longer than",
        ),
        Case("slow chunks", Outcome.REFUSED, stream(_CHUNK_HEAD, b"1\r\na\r\n", 0.3), "longer than"),
    ]


def _lengths() -> list[Case]:
    short, long = len(PAGE) - 60, len(PAGE) + 500
    packed, odd = gzip.compress(PAGE + b"<!-- " + bytes(range(256)) * 40), gzip.compress(PAGE)[:-8] + bytes(8)

    def wrong(*lines: str) -> Callable[[], bytes]:
        return lambda: http(PAGE, *lines, length=False)

    return [
        Case("length too long", Outcome.INCOMPLETE, wrong(f"Content-Length: {long}", "Connection: close")),
        Case("length too short", Outcome.INCOMPLETE, wrong(f"Content-Length: {short}")),
        Case("two lengths", Outcome.INCOMPLETE, wrong(f"Content-Length: {len(PAGE)}", f"Content-Length: {short}")),
        Case("the same length twice", Outcome.INCOMPLETE, wrong(*[f"Content-Length: {len(PAGE)}"] * 2)),
        Case("negative length", Outcome.INCOMPLETE, wrong("Content-Length: -5")),
        Case("length that is no number", Outcome.INCOMPLETE, wrong("Content-Length: many")),
        Case("length and chunks", Outcome.INCOMPLETE, lambda: chunked(PAGE, f"Content-Length: {short}")),
        Case("bad chunk", Outcome.INCOMPLETE, lambda: chunked(PAGE, end=b"zz\r\nx\r\n0\r\n\r\n")),
        Case("chunks without an end", Outcome.INCOMPLETE, lambda: chunked(PAGE, "Connection: close", end=b"")),
        Case(
            "chunk of less than nothing",
            Outcome.INCOMPLETE,
            lambda: http(b"-5\r\nx\r\n", "Transfer-Encoding: chunked", length=False),
        ),
        Case("gzip with a wrong sum", Outcome.INCOMPLETE, lambda: http(odd, "Content-Encoding: gzip")),
        Case("truncated gzip", Outcome.INCOMPLETE, lambda: http(packed[:-300], "Content-Encoding: gzip")),
        Case("truncated gzip in chunks", Outcome.INCOMPLETE, lambda: chunked(packed[:-300], "Content-Encoding: gzip")),
        Case(
            "truncated deflate",
            Outcome.INCOMPLETE,
            lambda: http(zlib.compress(PAGE)[:-40], "Content-Encoding: deflate"),
        ),
        Case(
            "gzip of many members",
            Outcome.READ,
            lambda: http(gzip.compress(PAGE[:99]) + gzip.compress(PAGE[99:]), "Content-Encoding: gzip"),
        ),
        Case("false gzip label", Outcome.READ, lambda: http(PAGE, "Content-Encoding: gzip")),
        Case("false br label", Outcome.READ, lambda: http(PAGE, "Content-Encoding: br")),
        Case("unknown content coding", Outcome.READ, lambda: http(PAGE, "Content-Encoding: x-none")),
    ]


def _charsets() -> list[Case]:
    def labelled(charset: str, body: bytes = PAGE) -> Callable[[], bytes]:
        return lambda: http(body, kind=f"text/html; charset={charset}")

    plain = PAGE.replace(b'<meta charset="utf-8">', b"")
    return [
        *(
            Case(f"charset {name}", Outcome.READ, labelled(name))
            for name in ("klingon", "idna", "hex", "utf-7", "\xff\xfe", "a" * 3000)
        ),
        Case("NUL bytes", Outcome.READ, labelled("utf-8", PAGE.replace(b"carved", b"car\0ved"))),
        Case("bad UTF-8", Outcome.READ, labelled("utf-8", PAGE.replace(b", old", b" \xff\xfe\xc3( old"))),
        Case("UTF-16 without a mark", Outcome.READ, lambda: http(plain.decode().encode("utf-16-le"))),
        Case("no content type", Outcome.READ, lambda: http(PAGE, kind="")),
        Case("content type of an image", Outcome.READ, lambda: http(PAGE, kind="image/png")),
    ]


def _shapes() -> list[Case]:
    ld = "<h1>" + HIDDEN + "</h1><script type='application/ld+json'>"
    entities = "".join(f"<!ENTITY a{n} '{f'&a{n - 1 or str()};' * 10}'>" for n in range(1, 10))
    pages = {
        "100k levels": "<div>" * 100_000 + HIDDEN,
        "1M levels": "<i>" * 1_000_000 + HIDDEN,
        "10^6 links": f"<p>{HIDDEN}</p>" + "<a href=/q>" * 1_000_000,
        "200k attributes": "<p " + " ".join(f"a{n}=1" for n in range(200_000)) + f">{HIDDEN}</p>",
        "10 MB address": f'<h1>{HIDDEN}</h1><a href="/item/{"1" * (10 << 20)}">x</a>',
        "JSON-LD of 200k levels": ld + '{"a":' * 200_000 + "</script>",
        "JSON-LD with a huge number": ld + '{"@type":"Product","offers":{"price":' + "9" * 100_000 + "}}</script>",
        "JSON-LD with NaN": ld + '{"@type":"Product","offers":{"price":NaN,"x":-Infinity}}</script>',
        "XML bomb": f"<!DOCTYPE z [<!ENTITY a 'lol'>{entities}]><p>&a9;</p><h1>{HIDDEN}</h1>",
        "XXE": f"<!DOCTYPE f [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><p>&x;</p><h1>{HIDDEN}</h1>",
        "15 MB of text": f"<h1>{HIDDEN}</h1>" + "<p>word word word</p>" * 780_000,
    }
    return [Case(name, Outcome.READ, _html(body)) for name, body in pages.items()]


def _targets() -> list[Case]:
    """Redirects to where a crawl has no business; further spellings are in ``SPELLINGS``."""
    where = {
        "loopback": "http://127.0.0.1:{canary}/secret",
        "metadata": "http://169.254.169.254/latest/meta-data/",
        "private": "http://10.0.0.1/",
        "a file": "file:///etc/passwd",
        "data": "data:text/html,carved%20tusk",
    }
    found = [
        Case(f"redirect to {name}", Outcome.REFUSED, lambda url=url: http(b"", f"Location: {url}", status="302 Found"))  # type: ignore[misc]
        for name, url in where.items()
    ]
    refresh = '<meta http-equiv="refresh" content="0;url=http://127.0.0.1:{canary}/refresh">'
    return [
        *found,
        Case("redirect loop", Outcome.REFUSED, lambda: http(b"", "Location: {self}", status="302 Found"), "redirect"),
        Case(
            "refresh to loopback",
            Outcome.REFUSED,
            lambda: http(f"<html><head>{refresh}</head><body>x".encode(), "Connection: close"),
        ),
    ]


def _walls() -> list[Case]:
    fields = '<input name="user"><input type="password" name="p"><button>Log in</button>'
    form = f'<form action="/login" method="post">{fields}</form>'
    return [
        Case("login wall", Outcome.NO_LISTING, _wall(f"<h1>Log in to continue</h1>{form}", "Log in")),
        Case(
            "empty shell", Outcome.NO_LISTING, _wall('<div id="root"></div><script src="/app.js"></script>', "Bazaar")
        ),
    ]


def cases() -> list[Case]:
    """Every class, the walls last: a source that shows walls again and again is left alone."""
    return [*_lengths(), *_charsets(), *_memory(), *_targets(), *_shapes(), *_slow(), *_walls()]


def all_cases() -> list[Case]:
    """Further ones too, which cost more time than a test of every change may take."""
    from tests.support.hostile_more import more_cases

    return [*more_cases(), *cases()]


@dataclass
class HostileSite:
    """The server: ``/item/N`` is ordinary where N is even, else the case N // 2. ``began`` is called at the first
    hostile request; ``asked`` holds every request target; ``{canary}`` and ``{self}`` in a response are filled in."""

    served: list[Case]
    canary: int = 0
    port: int = 0
    robots: Callable[[], bytes] | Stream = lambda: http(b"User-agent: *\nAllow: /\n", kind="text/plain")
    asked: list[str] = field(default_factory=list)
    began: Callable[[], Any] = lambda: None
    _made: dict[str, bytes] = field(default_factory=dict)

    def prepare(self) -> None:
        """Make the large responses now: nothing may hold up the server later."""
        self._made = {case.name: made for case in self.served if isinstance(made := case.serve(), bytes)}

    def listings(self) -> str:
        """The result page."""
        links = "".join(
            f'<li><a href="/item/{n}">Table {n}</a> <b>25 USD</b></li>' for n in range(1, 2 * len(self.served) + 3)
        )
        return f"<!doctype html><html><head><title>Search</title></head><body><ul>{links}</ul></body></html>"

    def case(self, target: str) -> Case | None:
        """The attack behind a request target, or None for an ordinary page."""
        number = int(target.rpartition("/")[2])
        return self.served[number // 2] if number % 2 and number // 2 < len(self.served) else None

    async def answer(self, target: str) -> AsyncIterator[bytes]:
        """The response, piece by piece."""
        if target == "/robots.txt":
            serve: Callable[[], bytes] | Stream = self.robots
        elif target.startswith("/search"):
            page = self.listings() if target.endswith("page=1") else "<html><body><p>Nothing found</p></body></html>"
            serve = lambda: http(page.encode())  # noqa: E731
        elif target.startswith("/item/") and (case := self.case(target)):
            self.began()
            serve = lambda: self._made.get(case.name) or case.serve()  # noqa: E731
        else:
            serve = lambda: http(ordinary(int(target.rpartition("/")[2] or 0)).encode())  # noqa: E731
        made = serve()
        if isinstance(made, bytes):
            own = f"http://127.0.0.1:{self.port}{target}".encode()
            if len(made) < 2000:
                made = made.replace(b"{canary}", str(self.canary).encode()).replace(b"{self}", own)
            yield made
        else:
            async for piece in made:
                yield piece


async def _talk(site: HostileSite, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            target = head.split(b" ", 2)[1].decode("latin-1")
            site.asked.append(target)
            begin = b""
            async for piece in site.answer(target):
                begin = begin or piece[:2000]
                writer.write(piece)
                await writer.drain()
            lower = begin.split(b"\r\n\r\n", 1)[0].lower()
            if b"connection: close" in lower or not (b"content-length" in lower or b"chunked" in lower):
                break
    except (OSError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


@contextmanager
def serving(site: HostileSite) -> Iterator[HostileSite]:
    """Serve on a free loopback port, from a thread of its own."""
    site.prepare()
    loop = asyncio.new_event_loop()

    async def start() -> asyncio.Server:
        return await asyncio.start_server(lambda r, w: _talk(site, r, w), "127.0.0.1", 0)

    server = loop.run_until_complete(start())
    site.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0.05))
        loop.close()
