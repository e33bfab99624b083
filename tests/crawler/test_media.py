"""What is kept beside the WARC: pictures where a source asks for them, screenshot and DOM from the browser."""

from __future__ import annotations

import struct
import zlib
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from crawler.media import MOST_BYTES, MOST_PER_LISTING
from crawler.pictures import media_type_of
from storage.artifacts import artifact_bytes
from storage.database import open_database
from storage.models import Artifact, PageCapture
from support.rawsite import Site, listing_page, response, search_page, serving, wildtrade, workspace
from wildtrade.settings import open_workspace

CRAWL = ("crawl", "bazaar", "--json", "--quiet")
SEARCH = "/search?q=table&page=1"


def png(width: int = 3, height: int = 2, more: bytes = b"") -> bytes:
    """A real picture of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"\xff\0\0" * min(width, 100) for _ in range(min(height, 100)))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"") + more
    )


def page_with(*addresses: str) -> bytes:
    """Listing 1 with these pictures."""
    images = "".join(f'<img itemprop="image" src="{one}">' for one in addresses)
    body = listing_page(1).split(b"\r\n\r\n", 1)[1].decode()
    return response(body.replace('<img itemprop="image" src="/img/1.jpg">', images))


def kept(home: Path) -> list[tuple[str, str, str, bytes]]:
    """Kind, path of the address, media type and content of every file."""
    opened = open_workspace(home)
    with closing(open_database(opened.database_url)) as database, database.session(read_only=True) as session:
        rows = session.scalars(select(Artifact).order_by(Artifact.id)).all()
        return [
            (one.kind.value, one.url.split("/", 3)[3], one.media_type, artifact_bytes(opened.evidence, one))
            for one in rows
        ]


def test_pictures_are_kept_within_caps_and_by_the_rules_of_pages(tmp_path: Path) -> None:
    with serving(Site(answer=lambda target: response(png(), content_type="image/png"))) as canary:
        site = Site(pages={SEARCH: search_page([1])})
        inner = f"http://127.0.0.1:{canary.port}/inner.png"
        hostile = ["/no/robots.png", "/svg.png", "/huge.png", "/pixels.png", "/gone.png", "/hop.png", inner]
        site.pages |= {
            "/robots.txt": response("User-agent: *\nDisallow: /no/\n", content_type="text/plain"),
            "/item/1": page_with("/good.png", "/odd.png", *hostile),
            "/good.png": response(png(3), content_type="image/png"),
            "/odd.png": response(png(4), content_type="text/html"),
            "/no/robots.png": response(png(5), content_type="image/png"),
            "/svg.png": response("<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", content_type="image/png"),
            "/huge.png": response(png(6, more=bytes(MOST_BYTES)), content_type="image/png"),
            "/pixels.png": response(png(20_000, 20_000), content_type="image/png"),
            "/hop.png": response("", "302 Found", extra=f"Location: {inner}\r\n"),
        }
        with serving(site):
            home = workspace(tmp_path, site.port, more="media: true\n")
            assert wildtrade(home, *CRAWL).data["listings"]["new"] == 1
            asked = list(site.asked)
            assert wildtrade(home, *CRAWL).data["listings"]["same"] == 1
    assert canary.asked == []
    assert kept(home) == [("media", "good.png", "image/png", png(3)), ("media", "odd.png", "image/png", png(4))]
    assert "/no/robots.png" not in asked and "/huge.png" in asked
    assert "referer" not in site.heads["/good.png"].lower()
    assert site.asked.count("/good.png") == 1  # a listing that says the same is not asked for its pictures again
    opened = open_workspace(home)
    with closing(open_database(opened.database_url)) as database, database.session(read_only=True) as session:
        notes = session.scalars(select(PageCapture.note)).all()
    assert any(note.startswith("7 pictures not kept") for note in notes)
    verified = wildtrade(home, "evidence", "verify")
    assert verified.code == 0, verified.out


def test_no_more_than_ten_pictures_and_none_unless_the_source_says_so(tmp_path: Path) -> None:
    names = [f"/{n}.png" for n in range(30)]
    pages = {SEARCH: search_page([1]), "/item/1": page_with(*names)}
    pages |= {name: response(png(number + 1), content_type="image/png") for number, name in enumerate(names)}
    for folder, more, wanted in (("a", "media: true\n", MOST_PER_LISTING), ("b", "", 0)):
        with serving(Site(pages=pages)) as site:
            home = workspace(tmp_path / folder, site.port, more=more)
            assert wildtrade(home, *CRAWL).code == 0
        assert len(kept(home)) == wanted
        assert sum(name in site.asked for name in names) == wanted


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (png(), "image/png"),
        (b"GIF89a" + struct.pack("<HH", 3, 2), "image/gif"),
        (b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x11\x08" + struct.pack(">HH", 2, 3), "image/jpeg"),
        (b"RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0" + b"\x02\0\0\x01\0\0", "image/webp"),
        (b"\0\0\0\x1cftypavif" + bytes(40) + b"ispe\0\0\0\0" + struct.pack(">II", 3, 2), "image/avif"),
        (png(20_000, 20_000), None),
        (png(0, 5), None),
        (b"\xff\xd8\xff" + b"\xff" * 50, None),
        (b"\xff\xd8\xff\xe0\xff\xff", None),
        (b"\x89PNG\r\n\x1a\n", None),
        (b"<svg/>", None),
        (b"", None),
    ],
)
def test_a_picture_is_what_its_first_bytes_say(data: bytes, media_type: str | None) -> None:
    assert media_type_of(data) == media_type


@pytest.mark.browser
def test_a_page_from_the_browser_has_its_screenshot_and_its_dom_beside_it(tmp_path: Path, chromium: str) -> None:
    script = "document.querySelector('h1').textContent = 'Built by script'; document.body.dataset.done = '1';"
    tall = f'<div style="height:40000px;background:#eee"></div><script>{script}</script></body>'
    body = page_with("/good.png").split(b"\r\n\r\n", 1)[1].decode().replace("</body>", tall)
    site = Site(pages={SEARCH: search_page([1]), "/item/1": response(body)})
    site.pages["/good.png"] = response(png(), content_type="image/png")
    more = 'media: true\nrender: {wait_for: "body"}\n'
    with serving(site):
        home = workspace(tmp_path, site.port, more=more)
        done = wildtrade(home, *CRAWL)
    assert done.code == 0, done.err
    found = [one for one in kept(home) if not one[1].startswith("search")]
    assert [(kind, url, media_type) for kind, url, media_type, _ in found] == [
        ("dom", "item/1", "text/html"),
        ("screenshot", "item/1", "image/png"),
        ("media", "good.png", "image/png"),
    ]
    assert b"Built by script" in found[0][3]
    width, height = struct.unpack_from(">II", found[1][3], 16)
    assert (width, height) == (1280, 16_000)
    opened = open_workspace(home)
    told = (opened.evidence / "custody" / "log.jsonl").read_bytes()
    assert told.count(b'"kind":"screenshot"') == 3  # those of the result pages too
    assert wildtrade(home, "evidence", "verify").code == 0
