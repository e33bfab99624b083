"""Saved archives become pages."""

from __future__ import annotations

import gzip
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from spiders.platforms.archive import saved_pages
from spiders.reading import read_page
from tests.spiders.pages import cards
from wildtrade.errors import ParseError


def record(url: str, kind: str, body: str) -> bytes:
    http = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n\r\n{body}".encode()
    head = (
        f"WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:{len(url)}>\r\nWARC-Date: "
        f"2026-11-20T10:00:00Z\r\n"
        f"WARC-Target-URI: {url}\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: "
        f"{len(http)}\r\n\r\n"
    )
    return gzip.compress(head.encode() + http + b"\r\n\r\n")


def warc() -> bytes:
    return record("https://b.example/s?q=x", "text/html", cards(5)) + record(
        "https://b.example/i.png", "image/png", "x"
    )


def test_warc_wacz_and_folder_give_the_same_page(tmp_path: Path) -> None:
    (tmp_path / "a.warc.gz").write_bytes(warc())
    with zipfile.ZipFile(tmp_path / "a.wacz", "w") as bundle:
        bundle.writestr("archive/data.warc.gz", warc())
        bundle.writestr("datapackage.json", "{}")
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "page.html").write_text(cards(5))
    (page,) = saved_pages(tmp_path / "a.warc.gz")
    (packed,) = saved_pages(tmp_path / "a.wacz")
    (kept,) = saved_pages(tmp_path / "saved")
    assert page.body == packed.body == kept.body
    assert (page.url, page.status) == ("https://b.example/s?q=x", 200)
    assert page.fetched_at == datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert len(read_page(page).listing_urls) == 5


def test_what_is_no_archive_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "b.wacz").write_text("x")
    (tmp_path / "c.warc").write_text("x")
    for name in ("a.txt", "b.wacz", "c.warc"):
        with pytest.raises(ParseError):
            list(saved_pages(tmp_path / name))
