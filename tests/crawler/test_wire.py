"""What the wire tap builds on in Scrapy and Twisted, heads that contradict themselves, codings in bounded memory."""

from __future__ import annotations

import gzip
import inspect
import zlib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from scrapy.core.downloader.handlers import http11

from crawler.network.decoding import BombError, decode
from crawler.network.egress import Egress, egress_of, literal_address, refuse_literal
from crawler.network.endpoints import BlockedAddressError
from crawler.network.heads import end_of_head, is_interim, mended
from crawler.network.patience import seconds_of
from wildtrade.addresses import AddressGuard
from wildtrade.errors import ConfigError

TEXT = b"carved tusk " * 500


def test_the_private_classes_are_where_we_expect_them() -> None:
    assert {"_get_agent", "_cb_bodyready", "download_request"} <= vars(http11._ScrapyAgent).keys()
    assert "request" in vars(http11._LenientHTTP11ClientProtocol)
    assert {"_quiescentCallback"} <= set(http11._LenientHTTP11ClientFactory("back", "data").__dict__)
    assert "_state" in dir(http11._LenientHTTP11ClientProtocol())
    assert "pool" in inspect.signature(http11._ScrapyAgent).parameters


@pytest.mark.parametrize(
    ("lines", "flaw", "ends"),
    [
        ([b"Content-Length: 5"], False, True),
        ([b"Transfer-Encoding: chunked"], False, True),
        ([], False, True),
        ([b"Content-Length: 5", b"Content-Length: 5"], True, True),
        ([b"Content-Length: 5, 5"], True, True),
        ([b"Content-Length: 5", b"Content-Length: 6"], True, False),
        ([b"Content-Length: -5"], True, False),
        ([b"Content-Length: +5"], True, False),
        ([b"Content-Length: 0x5"], True, False),
        ([b"Content-Length: 5", b"Transfer-Encoding: chunked"], True, True),
        ([b"Transfer-Encoding: gzip, chunked"], True, True),
        ([b"Transfer-Encoding: identity"], True, False),
    ],
)
def test_heads_are_mended_and_said_to_be(lines: list[bytes], flaw: bool, ends: bool) -> None:
    head = b"\r\n".join([b"HTTP/1.1 200 OK", b"X-Kept: 1", *lines, b"", b""])
    made, said, known = mended(head)
    assert (bool(said), known) == (flaw, ends)
    assert b"X-Kept: 1" in made
    assert made.lower().count(b"content-length") + made.lower().count(b"transfer-encoding") <= 1
    assert (made == head) is not flaw


def test_the_end_of_a_head_and_interim_answers() -> None:
    assert end_of_head(b"HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody") == 25
    assert end_of_head(b"HTTP/1.1 200 OK\nA: b\n\nbody") == 22
    assert end_of_head(b"HTTP/1.1 200 OK\r\nA: b\r\n") == -1
    assert is_interim(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert not is_interim(b"HTTP/1.1 200 OK\r\n\r\n")


def test_codings() -> None:
    packed = gzip.compress(TEXT)
    assert decode(packed, [b"gzip"], 10_000) == (TEXT, True)
    assert decode(gzip.compress(packed), [b"gzip", b"gzip"], 10_000) == (TEXT, True)
    assert decode(packed + packed, [b"gzip"], 20_000) == (TEXT + TEXT, True)
    assert decode(zlib.compress(TEXT)[2:-4], [b"deflate"], 10_000) == (TEXT, True)
    assert decode(TEXT, [b"gzip, br, zstd, deflate"], 10_000)[0] == TEXT
    body, whole = decode(packed[:-9], [b"gzip"], 10_000)
    assert (body[:12], whole) == (b"carved tusk ", False)
    with pytest.raises(BombError) as bomb:
        decode(packed, [b"gzip"], 1000)
    assert TEXT.startswith(bomb.value.begin)


def test_every_coding_gives_back_a_body_of_many_steps_whole_cut_or_refused() -> None:
    import brotli
    from backports import zstd

    text = bytes(range(256)) * 8000  # 2 MB, unpacked in eight steps
    raw = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    packed = {
        b"gzip": gzip.compress(text),
        b"deflate": zlib.compress(text),
        b"Deflate": raw.compress(text) + raw.flush(),
        b"br": brotli.compress(text),
        b"zstd": zstd.compress(text),
    }
    for label, body in packed.items():
        assert decode(body, [label], len(text)) == (text, True), label
        begin, whole = decode(body[:-1], [label], len(text))
        assert (text.startswith(begin), whole) == (True, False), label
        with pytest.raises(BombError):
            decode(body, [label], len(text) - 1)


def test_retry_after() -> None:
    later = datetime.now(UTC) + timedelta(seconds=90)
    assert seconds_of("120") == 120
    assert 80 < seconds_of(format_datetime(later, usegmt=True)) <= 90
    assert [seconds_of(value) for value in ("", "soon", "-4", "²", "Thu, 99 Foo")] == [0.0] * 5


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "2130706433",
        "0x7f000001",
        "[::1]",
        "localhost",
        "a.localhost.",
    ],
)
def test_a_proxy_is_not_asked_for_special_addresses(host: str) -> None:
    with pytest.raises(BlockedAddressError):
        refuse_literal(f"http://{host}/", AddressGuard())
    refuse_literal("http://bazaar.example/", AddressGuard())
    assert literal_address("cafe.de") is None


def test_a_proxy_value_is_an_address_or_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUR_PROXY", "http://joe:s%3Acret@10.0.0.9:3128")
    found = egress_of("env:OUR_PROXY", "bazaar")
    assert found == Egress("10.0.0.9", 3128, b"Basic am9lOnM6Y3JldA==")
    assert "cret" not in found.url
    assert egress_of("", "bazaar") is None
    for bad in ("env:NOT_THERE", "socks5://a:1", "http://host", "host:3128", "http://h:99999"):
        with pytest.raises(ConfigError, match="HTTP proxy"):
            egress_of(bad, "bazaar")
