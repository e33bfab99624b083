"""Further attacks: odd heads and chunks, charset tricks, stacked codings, and markup that costs time."""

from __future__ import annotations

import gzip
from collections.abc import Callable

from tests.support.hostile import HIDDEN, PAGE, Case, Outcome, Stream, chunked, http, stream

_HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"
_CHUNKS = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
_H1 = f"<h1>{HIDDEN}</h1>"


def more_cases() -> list[Case]:
    """Every further class."""
    return [*_heads(), *_chunks(), *_codings(), *_charsets(), *_documents(), *_kinds()]


def _said(data: bytes) -> Callable[[], bytes]:
    return lambda: data


def _heads() -> list[Case]:
    moved = "302 Found"
    plain = b"Content-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (len(PAGE), PAGE)
    return [
        Case("200 interim answers", Outcome.READ, _said(_HINTS * 200 + http(PAGE))),
        Case("a second answer behind the first", Outcome.INCOMPLETE, _said(http(PAGE) + http(b"<h1>another</h1>"))),
        Case("an answer before it was asked for", Outcome.INCOMPLETE, _said(http(PAGE) * 3)),
        Case(
            "200 kB of cookies",
            Outcome.READ,
            lambda: http(PAGE, *(f"Set-Cookie: c{n}={'v' * 4000}" for n in range(50))),
        ),
        Case("10,000 header lines", Outcome.READ, lambda: http(PAGE, *(f"X-{n}: {n}" for n in range(10_000)))),
        Case("no status line", Outcome.REFUSED, _said(PAGE)),
        Case("another protocol", Outcome.REFUSED, _said(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")),
        Case("a frame of HTTP/2", Outcome.REFUSED, _said(b"\0\0\x12\4\0\0\0\0\0" + bytes(18) + b"\r\n\r\n")),
        Case("status 999", Outcome.REFUSED, lambda: http(PAGE, status="999 Go away"), "999"),
        Case("status of many digits", Outcome.REFUSED, lambda: http(PAGE, status="9" * 5000 + " OK")),
        Case("status without reason", Outcome.READ, lambda: http(PAGE, status="200")),
        Case("lines that are no headers", Outcome.REFUSED, _said(b"HTTP/1.1 200 OK\r\nno colon\r\n: none\r\n" + plain)),
        Case("NUL in a header", Outcome.REFUSED, _said(b"HTTP/1.1 200 OK\r\nX\0A: b\0\r\n" + plain)),
        Case("folded header lines", Outcome.READ, _said(b"HTTP/1.1 200 OK\r\nX-A: b\r\n  c\r\n\td\r\n" + plain)),
        Case(
            "line ends of one byte", Outcome.INCOMPLETE, _said(b"HTTP/1.1 200 OK\nContent-Type: text/html\n\n" + PAGE)
        ),
        Case("redirect without a target", Outcome.REFUSED, lambda: http(b"", status=moved)),
        Case("redirect to no address", Outcome.REFUSED, lambda: http(b"", "Location: http://[::1", status=moved)),
        Case(
            "redirect to a port of ten digits",
            Outcome.REFUSED,
            lambda: http(b"", "Location: http://a:9999999999/", status=moved),
        ),
        Case("redirect to a script", Outcome.REFUSED, lambda: http(b"", "Location: javascript:alert(1)", status=moved)),
        Case("redirect to 100 kB", Outcome.REFUSED, lambda: http(b"", f"Location: /{'a' * 100_000}", status=moved)),
        Case(
            "redirect in 8-bit bytes",
            Outcome.REFUSED,
            lambda: http(b"", "Location: http://\xff\xfe.\xe9/", status=moved),
        ),
        Case(
            "redirect with a password",
            Outcome.REFUSED,
            lambda: http(b"", "Location: http://a:b@127.0.0.1:{canary}/", status=moved),
        ),
        Case(
            "refresh to a file",
            Outcome.READ,
            lambda: http(b'<meta http-equiv=refresh content="0;url=file:///etc/passwd"><h1>carved tusk</h1>'),
        ),
    ]


def _chunks() -> list[Case]:
    def sized(size: bytes) -> Callable[[], bytes]:
        return _said(_CHUNKS + size + b"\r\n" + PAGE + b"\r\n0\r\n\r\n")

    trailers = b"0\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(1000)) + b"\r\n"
    return [
        Case("1,000 trailers", Outcome.READ, lambda: chunked(PAGE, "Connection: close", end=trailers)),
        Case("endless trailers", Outcome.BOUNDED, _endless(_CHUNKS + b"0\r\n", b"X-T: " + b"y" * 1000 + b"\r\n")),
        Case("endless chunk length", Outcome.BOUNDED, _endless(_CHUNKS, b"0" * 1000)),
        Case("chunk of 2^80 bytes", Outcome.BOUNDED, sized(b"1" + b"0" * 20)),
        Case(
            "chunks of one byte",
            Outcome.READ,
            _said(_CHUNKS + b"".join(b"1\r\n%c\r\n" % one for one in PAGE * 40) + b"0\r\n\r\n"),
        ),
        Case("chunked twice", Outcome.INCOMPLETE, lambda: chunked(PAGE, "Transfer-Encoding: chunked")),
    ]


def _endless(head: bytes, piece: bytes) -> Stream:
    return stream(head, piece * 60)


def _codings() -> list[Case]:
    packed = gzip.compress(PAGE)
    named = packed[:3] + b"\x08" + packed[4:10] + b"n" * 200_000 + b"\0" + packed[10:]
    return [
        Case("bytes behind the gzip", Outcome.READ, lambda: http(packed + b"garbage", "Content-Encoding: gzip")),
        Case("gzip with a long name", Outcome.READ, lambda: http(named, "Content-Encoding: gzip")),
        Case(
            "10,000 empty gzip members",
            Outcome.READ,
            lambda: http(gzip.compress(b"") * 10_000 + packed, "Content-Encoding: gzip"),
        ),
        Case("3,000 codings", Outcome.REFUSED, lambda: http(PAGE, "Content-Encoding: " + "gzip, " * 3000 + "br")),
        Case("300 codings", Outcome.INCOMPLETE, lambda: http(PAGE, "Content-Encoding: " + "gzip, " * 300 + "br")),
        Case("gzip that no label names", Outcome.READ, lambda: http(packed)),
    ]


def _charsets() -> list[Case]:
    names = (
        "cp037",
        "rot13",
        "punycode",
        "unicode_escape",
        "raw_unicode_escape",
        "undefined",
        "base64",
        "utf-32",
        "utf-8-sig",
    )
    escapes = b"\x1b$B" * 1000
    return [
        *(
            Case(f"charset {name}", Outcome.READ, lambda name=name: http(PAGE, kind=f"text/html; charset={name}"))
            for name in names
        ),
        Case(
            "charset in a broken header",
            Outcome.READ,
            lambda: http(PAGE, kind="text/html; charset=\"utf-8; charset='x"),
        ),
        Case("a page that says it is UTF-16", Outcome.READ, lambda: http(PAGE.replace(b'"utf-8"', b'"utf-16"'))),
        Case(
            "1,000 charsets",
            Outcome.READ,
            lambda: http(PAGE.replace(b"<title>", b'<meta charset="koi8-r">' * 1000 + b"<title>")),
        ),
        Case("escape sequences", Outcome.READ, lambda: http(escapes + PAGE, kind="text/html; charset=iso-2022-jp")),
        Case(
            "UTF-16 surrogates alone",
            Outcome.READ,
            lambda: http(b"\xff\xfe" + b"\x00\xd8" * 50_000 + PAGE.decode().encode("utf-16-le")),
        ),
    ]


def _documents() -> list[Case]:
    ld = "<script type='application/ld+json'>"
    pages = {
        "100k tables in tables": "<table><tr><td>" * 100_000,
        "formatting that is never closed": "<b><i><u><a>" * 20_000 + "<p>" * 5000 + "</b>" * 5000,
        "100k paragraphs in open links": "<a href=/x><font>" * 3000 + "<p>x" * 30_000,
        "content beside a table": "<table>" + "x<b>" * 30_000,
        "1M character references": "<p>" + "&#x41;" * 1_000_000,
        "1M comments": "<!-- -->" * 1_000_000,
        "a comment without an end": "<p>x</p><!--" + "-" * 1_000_000,
        "10k frames in frames": "<iframe srcdoc=\"&lt;p&gt;\">" * 10_000,
        "50k templates": "<template>" * 50_000,
        "50k SVG in HTML": "<svg><foreignObject><div>" * 50_000,
        "20k JSON-LD blocks": (ld + '{"@type":"Product","name":"x"}</script>') * 20_000,
        "JSON-LD with 100k pictures": ld + '{"@type":"Product","image":[' + '"/i",' * 100_000 + '"/j"]}</script>',
        "JSON-LD that names itself": ld + "[" + '{"@id":"#a","isPartOf":{"@id":"#a"}},' * 20_000 + "{}]</script>",
        "state of 5 MB": "<script>window.__STATE__ = {" + '"a":[1,2,{"b":"c"}],' * 250_000 + "</script>",
        "5 MB of spaces": "<p>" + " " * 5_000_000 + "</p>",
        "5 MB of digits": "<p>" + "1" * 5_000_000 + "</p>",
        "500k prices": "<p>" + "$ 1,000.00 " * 500_000 + "</p>",
        "5 MB without a space": "<p>" + "ab" * 2_500_000 + "</p>",
        "5 MB of zero width": "<p>" + "\u200b" * 1_700_000 + "</p>",
        "1M marks on a letter": "<p>a" + "\u0301" * 1_000_000 + "</p>",
        "100k brackets": "<p>" + "(" * 100_000 + ")" * 100_000 + "</p>",
        "a title of 5 MB": "<title>" + "title " * 800_000 + "</title>",
        "100k pictures": "<img src=/a.jpg>" * 100_000,
        "50k microdata items": "<p itemscope itemtype=https://schema.org/Product><b itemprop=name>x</b>" * 50_000,
        "100k language marks": "<i lang=aa>" * 100_000,
        "base that leads inside": '<base href="http://127.0.0.1:1/"><a href="x">x</a><img src="y.jpg">',
    }  # fmt: skip
    return [
        Case(name, Outcome.READ, lambda body=body: http(f"<html><body>{_H1}{body}</body></html>".encode()))
        for name, body in pages.items()
    ]


def _kinds() -> list[Case]:
    deep = b'{"a":' * 200_000
    feed = (
        b"<?xml version='1.0'?><!DOCTYPE r [<!ENTITY a 'aaaaaaaaaa'>%s]><rss><channel>&a9;</channel></rss>"
        % b"".join(b"<!ENTITY a%d '%s'>" % (n, b"&a%d;" % (n - 1) * 10 if n else b"&a;" * 10) for n in range(10))
    )
    kinds = {
        "JSON of 200k levels": (deep, "application/json"),
        "JSON of 10 MB": (b"[" + b'"x",' * 2_500_000 + b"1]", "application/json"),
        "JSON that is HTML": (PAGE, "application/json"),
        "a feed with an entity bomb": (feed, "application/rss+xml"),
        "XML without an end": (b"<?xml version='1.0'?>" + b"<a>" * 200_000, "application/xml"),
        "parts that replace each other": (
            b"--b\r\nContent-Type: text/html\r\n\r\n" + PAGE + b"\r\n--b\r\n",
            "multipart/x-mixed-replace; boundary=b",
        ),
        "a PDF": (b"%PDF-1.7\n" + bytes(range(256)) * 4000, "application/pdf"),
        "10 MB of noise": (bytes((n * 7919 >> 3) & 255 for n in range(1 << 20)) * 10, "text/html"),
        "nothing": (b"", "text/html"),
        "one NUL": (b"\0", "text/html"),
    }
    return [
        Case(name, Outcome.KEPT, lambda body=body, kind=kind: http(body, kind=kind), like_wall=len(body) < 2)
        for name, (body, kind) in kinds.items()
    ]
