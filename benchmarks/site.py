"""A loopback marketplace for benchmarks: varied pages of about 60 KB, made once, served from memory.

Their make follows what 40 saved pages of real sites showed: a third of the bytes in scripts and styles, ten to twelve
elements per KB, an eighth of the bytes visible text. Every third listing carries JSON-LD, every third microdata, every
third only markup; texts, lengths and prices differ, and about one in twelve names something from wildlife trade.
"""

from __future__ import annotations

import asyncio
import json
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_WORDS = """
vendo casa mesa bike phone chair usado nuevo barato lamp table garden tool shirt book radio camera mirror
carved antique box dress cage desk coffee cup glass ring bag shoes watch printer sofa kitchen shelf curtain
carpet blanket pillow bottle wheel engine tyre battery charger cable screen keyboard guitar piano drum ball
racket tent boat fridge oven kettle plate spoon knife fork basket bucket ladder hammer drill paint brush
window door lock key fence gate brick tile pipe hose pump seeds soil pot flower bench umbrella jacket coat
skirt hat scarf glove belt socks boots bed mattress drawer wardrobe lid con sin para desde hasta muy poco
mucho bien barrio centro norte sur envio pago entrega retiro precio nuevo rojo azul verde negro blanco grande
chico alto bajo the and with for from only very good clean works fine original pickup cash
"""
_WILD = ("ivory bangle", "python skin", "parrot", "tortoise", "rosewood", "shark jaw", "leopard print", "coral lamp")
_PER_PAGE = 100


class Site:
    """``listings`` pages behind ``/item/N`` and result pages behind ``/search?q=..&page=N``."""

    def __init__(self, listings: int, seed: int = 7, kilobytes: int = 60) -> None:
        self.listings = listings
        self.asked = 0
        self._random = random.Random(seed)
        self._words_known = _WORDS.split()
        self._filler = [self._block() for _ in range(400)]
        self._kilobytes = kilobytes
        self.pages = {f"/item/{number}": _response(self._listing(number)) for number in range(listings)}
        self.pages["/robots.txt"] = _response("User-agent: *\nAllow: /\n", "text/plain")

    def answer(self, target: str) -> bytes:
        """The whole HTTP response for a request target."""
        self.asked += 1
        if target.startswith("/search"):
            page = int(target.rpartition("page=")[2] or 1)
            return _response(self._search(page))
        return self.pages.get(target) or _response("gone", status="404 Not Found")

    def _search(self, page: int) -> str:
        first = (page - 1) * _PER_PAGE
        numbers = range(first, min(first + _PER_PAGE, self.listings))
        cards = "".join(
            f'<li class="card"><a href="/item/{n}"><h3>Item {n}</h3></a><b>{n % 900 + 5} USD</b></li>' for n in numbers
        )
        more = (
            f'<a rel="next" href="/search?q=all&page={page + 1}">Next</a>' if first + _PER_PAGE < self.listings else ""
        )
        return f"<!doctype html><html><head><title>Search</title></head><body><ul>{cards}</ul>{more}</body></html>"

    def _words(self, low: int, high: int) -> str:
        return " ".join(self._random.choices(self._words_known, k=self._random.randint(low, high)))

    def _block(self) -> str:
        """One card of a side column: few words, many attributes, as real pages have them."""
        n = self._random.randrange(10_000)
        kind = ("a1x", "b7q", "c3z", "d9k", "e5m")[n % 5]  # class names belong to the make of a card, not to one card
        return (
            f'<div class="css-{kind}q listing-card__item listing-card__item--compact" data-testid="side-card"'
            f' data-track="list_{n}|pos_{n % 40}"><a class="css-{kind}l link" aria-label="open"'
            f' href="/c/{n}?from=side&amp;pos={n % 40}"><img class="css-{kind}i img--lazy" alt="" loading="lazy"'
            f' data-src="https://img.example/{n}/thumb_320x240.webp" width="320" height="240"></a>'
            f'<p class="css-{kind}p price--small">{n % 900 + 3} USD</p>'
            f'<span class="css-{kind}t">{self._words(2, 5)}</span>'
            f'<svg class="css-{kind}s" viewBox="0 0 24 24"><path d="M12 {n % 24}l-2 4h4z"></path></svg></div>'
        )

    def _script(self) -> str:
        """Settings and tracking that a page carries for its own scripts: no word about the offer."""
        entries = {f"flag_{self._random.randrange(10**6)}": self._random.random() for _ in range(110)}
        rules = "".join(f".css-{n:x}q{{margin:{n % 9}px;padding:{n % 7}px}}" for n in range(60))
        return f"<style>{rules}</style><script>window.__flags = {json.dumps(entries)};</script>"

    def _listing(self, number: int) -> str:
        title, text = self._words(3, 8).title(), self._words(20, 90)
        if number % 12 == 5:
            text = f"{self._random.choice(_WILD)} {text}"
        price, seller, place = (
            number % 900 + 5,
            f"seller{number % 97}",
            self._random.choice(["Lima", "Bogotá", "Kampala"]),
        )
        picture = f"/img/{number}.jpg"
        head, body = "", ""
        kind = number % 3
        if kind == 0:
            product = {
                "@context": "https://schema.org",
                "@type": "Product",
                "name": title,
                "description": text,
                "image": [picture],
                "offers": {
                    "@type": "Offer",
                    "price": str(price),
                    "priceCurrency": "USD",
                    "seller": {"@type": "Person", "name": seller},
                },
            }
            head = f'<script type="application/ld+json">{json.dumps(product)}</script>'
        item = 'itemscope itemtype="https://schema.org/Product"' if kind == 1 else ""
        name, offer = ('itemprop="name"', 'itemprop="price"') if kind == 1 else ("", "")
        described = 'itemprop="description"' if kind == 1 else ""
        body = (
            f'<main {item}><h1 class="title" {name}>{title}</h1><img class="main" src="{picture}" width="600">'
            f'<p class="price"><span {offer} content="{price}">{price}</span> USD</p>'
            f'<p class="seller">Seller: <a href="/u/{seller}">{seller}</a></p><p class="location">{place}</p>'
            f'<div class="description" {described}>{text}</div></main>'
        )
        filler = [self._script() for _ in range(min(4, self._kilobytes // 15))]
        size = sum(map(len, filler))
        while size < self._kilobytes * 1024 - len(body):
            block = self._random.choice(self._filler)
            filler.append(block)
            size += len(block)
        top = f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{title}</title>{head}</head>"
        return f"{top}<body><nav>Home</nav>{body}{''.join(filler)}</body></html>"


def _response(text: str, content_type: str = "text/html; charset=utf-8", status: str = "200 OK") -> bytes:
    body = text.encode()
    return f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


class _Protocol(asyncio.Protocol):
    def __init__(self, site: Site) -> None:
        self._site = site
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while b"\r\n\r\n" in self._buffer:
            head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
            self._transport.write(self._site.answer(head.split(b" ", 2)[1].decode()))  # type: ignore[attr-defined]


@contextmanager
def serving(site: Site) -> Iterator[int]:
    """Serve the site on loopback from a thread of its own; yields the port."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(lambda: _Protocol(site), "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def source_yaml(port: int, listings: int) -> str:
    """A source file that crawls the whole site without delay."""
    return f"""\
id: bench
name: Benchmark marketplace
site: 127.0.0.1
country: INT
languages: [en]
kind: marketplace
search:
  url: http://127.0.0.1:{port}/search?q={{query}}&page={{page}}
  page_size: {_PER_PAGE}
  max_pages: {-(-listings // _PER_PAGE)}
queries: [all]
listing_url: /item/(\\d+)$
delay: 0
facts: {{date: 2026-11, confidence: ours}}
allow_addresses: ["127.0.0.1:{port}"]
"""
