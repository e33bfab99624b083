"""Threats to the operator and to accounts, through the real crawler: bad certificates, leaks, proxies, ports."""

from __future__ import annotations

import gzip
import http.server
import io
import os
import ssl
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import psutil
import pytest
import trustme
from sqlalchemy import select

from crawler import browser
from crawler.settings import scrapy_settings
from storage.audit import Actor
from storage.cases import add_listing, open_case
from storage.custody.workspace import custody_of
from storage.database import open_database
from storage.exhibits import captures_of, seal_exhibit
from storage.exporting.package import build_package
from storage.models import ListingRow
from support.rawsite import Site, listing_page, response, search_page, serving, wildtrade, workspace
from wildtrade.settings import CrawlSettings, open_workspace
from wildtrade.sources import get_source

CRAWL = ("crawl", "bazaar", "--json", "--quiet")
SEARCH = "/search?q=table&page=1"
CANARY = "s3cret-canary"
ANA = Actor(name="ana", roles=("investigator",))


@contextmanager
def secured(site: Site, certificate: trustme.LeafCert) -> Iterator[int]:
    """The site's pages over TLS with this certificate."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.wfile.write(site.respond(self.path) or b"")

        def log_message(self, *_: object) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            pass  # the crawler hangs up: that is what is tested

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    server = Server(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("flaw", ["none", "other host", "expired", "not yet valid", "unknown authority", "self-signed"])
def test_a_bad_certificate_ends_the_crawl_before_a_word_is_said(tmp_path: Path, flaw: str) -> None:
    authority, other, now = trustme.CA(), trustme.CA(), datetime.now(UTC)
    certificate = {
        "none": lambda: authority.issue_cert("127.0.0.1"),
        "other host": lambda: authority.issue_cert("bazaar.example"),
        "expired": lambda: authority.issue_cert("127.0.0.1", not_after=now - timedelta(days=1)),
        "not yet valid": lambda: authority.issue_cert("127.0.0.1", not_before=now + timedelta(days=1)),
        "unknown authority": lambda: other.issue_cert("127.0.0.1"),
        "self-signed": lambda: other.issue_cert("127.0.0.1"),
    }[flaw]()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    site = Site(pages={SEARCH: search_page([1]), "/item/1": listing_page(1)})
    with secured(site, certificate) as port:
        more = "" if flaw == "self-signed" else f"ca_file: {tmp_path}/ca.pem\n"
        home = workspace(tmp_path, port, more=more)
        source = home / "sources" / "bazaar.yaml"
        source.write_text(source.read_text(encoding="utf-8").replace("http://127", "https://127"), encoding="utf-8")
        done = wildtrade(home, *CRAWL)
    assert (site.asked == []) is (flaw != "none")
    assert (done.code == 0) is (flaw == "none")
    assert done.data["listings"]["new"] == (1 if flaw == "none" else 0)
    if flaw != "none":
        assert any(word in done.data["stopped_because"].lower() for word in ("certificate", "mismatch")), done.data


def test_no_cookie_and_no_referrer_goes_anywhere(tmp_path: Path) -> None:
    cookie = f"Set-Cookie: sid={CANARY}; Path=/; Domain=127.0.0.1\r\n"
    with serving(Site(pages={"/landed": listing_page(1)})) as other:
        site = Site(pages={SEARCH: response(search_page([1, 2]).split(b"\r\n\r\n", 1)[1], extra=cookie)})
        where = f"Location: http://127.0.0.1:{other.port}/landed\r\n"
        site.pages |= {"/item/1": response("", "302 Found", extra=cookie + where), "/item/2": listing_page(2)}
        with serving(site):
            home = workspace(tmp_path, site.port)
            path = home / "sources" / "bazaar.yaml"
            both = f'["127.0.0.1:{site.port}", "127.0.0.1:{other.port}"]'
            path.write_text(path.read_text().replace(f'["127.0.0.1:{site.port}"]', both))
            done = wildtrade(home, *CRAWL)
    assert "/landed" in other.asked, done.data
    heads = "\n".join([*site.heads.values(), *other.heads.values()]).lower()
    assert "cookie" not in heads and "referer" not in heads and CANARY not in heads


def test_a_sources_key_is_in_the_sealed_evidence_and_in_nothing_that_leaves(tmp_path: Path) -> None:
    api = Site(answer=lambda target: response('{"items": []}', content_type="application/json"))
    item = '{"items": [{"url": "/1", "title": "Table number 1", "description": "old"}]}'
    with serving(api):
        api.pages[f"/s?q=table&api_key={CANARY}"] = response(item, content_type="application/json")
        home = workspace(tmp_path, api.port)
        (home / "sources" / "bazaar.yaml").write_text(
            f"""\
{{id: bazaar, name: Bazaar, site: 127.0.0.1, country: INT, languages: [en], kind: api, delay: 0, queries: [table],
 search: {{url: "http://127.0.0.1:{api.port}/s?q={{query}}&api_key={CANARY}"}}, follow: false,
 api: {{items: items, fields: {{url: url, title: title}},
  headers: {{Authorization: Bearer {CANARY}, X-Api-Key: {CANARY}}}}},
 facts: {{date: 2026-11, confidence: ours}}, allow_addresses: ["127.0.0.1:{api.port}"]}}
""",
            encoding="utf-8",
        )
        done = wildtrade(home, *CRAWL)
    assert done.data["listings"]["new"] == 1, done.data
    assert CANARY not in done.out + done.err
    opened = open_workspace(home)
    (warc,) = opened.evidence.glob("*.warc.gz")
    assert gzip.decompress(warc.read_bytes()).count(CANARY.encode()) >= 2
    log = custody_of(opened)
    with closing(open_database(opened.database_url)) as database:
        with database.session() as session:
            case = open_case(session, "Tables", ANA)
            (listing_id,) = session.scalars(select(ListingRow.id))
            add_listing(session, case, listing_id, ANA)
            seal_exhibit(session, log, case, captures_of(session, listing_id)[0][0], ANA)
            number = case.number
        package = build_package(database, log, number, ANA, tmp_path / f"{number}.zip").path
    found = dict(unpacked(package.read_bytes()))
    assert any(name.endswith("data.warc.gz") for name in found)
    leaking = [name for name, data in found.items() if CANARY.encode() in data]
    assert leaking == [], leaking


def unpacked(data: bytes, name: str = "") -> Iterator[tuple[str, bytes]]:
    """Every file of a zip, and of the zips and gzips in it."""
    if data[:4] == b"PK\3\4":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for one in archive.namelist():
                yield from unpacked(archive.read(one), f"{name}/{one}")
    else:
        yield name, gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def test_the_proxy_resolves_the_names_and_when_it_dies_nothing_goes_directly(tmp_path: Path) -> None:
    """No machine knows ``bazaar.test``: what is fetched from it came by a name that the proxy resolved."""
    killed = threading.Event()

    def as_proxy(target: str) -> bytes | None:
        if killed.is_set():
            return None if target else b""
        path = "/" + target.split("/", 3)[3]
        if path.startswith("/item/"):
            killed.set()  # it dies behind the first listing
        pages = {SEARCH: search_page([1, 2, 3, 4]), **{f"/item/{n}": listing_page(n) for n in (1, 2, 3, 4)}}
        answer = pages.get(path) or response("", "404 Not Found")
        return answer.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1)

    with serving(Site(answer=as_proxy)) as proxy, serving(Site()) as site:
        home = workspace(tmp_path, site.port, more=f"proxy: http://127.0.0.1:{proxy.port}\n")
        (home / "wildtrade.toml").write_text("[crawl]\ntimeout_seconds = 3\nconcurrency = 1\n", encoding="utf-8")
        path = home / "sources" / "bazaar.yaml"
        path.write_text(path.read_text().replace(f"http://127.0.0.1:{site.port}/", f"http://bazaar.test:{site.port}/"))
        done = wildtrade(home, *CRAWL)
    assert site.asked == []
    assert done.data["listings"]["new"] == 1, done.data
    assert sum("/item/" in target for target in proxy.asked) >= 4  # it was asked for the others all the same
    assert all(target.startswith(f"http://bazaar.test:{site.port}/") for target in proxy.asked)


def test_a_crawl_opens_no_port_and_keeps_no_queue_on_the_disk(tmp_path: Path) -> None:
    seen: list[int] = []

    def answer(target: str) -> bytes:
        if target == "/item/1":
            crawl = psutil.Process(process.pid)
            everyone = [crawl, *crawl.children(recursive=True)]
            ports = [one for who in everyone for one in who.net_connections("inet")]
            seen.extend(one.laddr.port for one in ports if one.status == psutil.CONN_LISTEN)
            return listing_page(1)
        return {SEARCH: search_page([1])}.get(target) or response("", "404 Not Found")

    with serving(Site(answer=answer)) as site:
        home = workspace(tmp_path, site.port)
        command = [sys.executable, "-m", "wildtrade", "--home", str(home), *CRAWL]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.communicate(timeout=120)
    assert "/item/1" in site.asked and seen == []
    settings = scrapy_settings(CrawlSettings(), get_source("practice_market"), None)
    assert settings.get("JOBDIR") is None  # queues on the disk would hold pickles


@pytest.mark.parametrize(
    "scheme", ["file://{}", "data:text/html,{}", "ftp://127.0.0.1{}", "javascript:{}", "view-source:{}"]
)
def test_no_scheme_but_http_is_followed(tmp_path: Path, scheme: str) -> None:
    secret = tmp_path / "secret.html"
    secret.write_bytes(listing_page(1, text=CANARY).split(b"\r\n\r\n", 1)[1])
    where = scheme.format(secret)
    cards = (
        f'<ul><li><a href="{where}#/item/7">Table 7</a> 25 USD</li><li><a href="/item/1">Table 1</a> 25 USD</li></ul>'
    )
    site = Site(pages={SEARCH: response(f"<html><body>{cards}<a rel=next href='{where}'>Next</a></body></html>")})
    site.pages["/item/1"] = response("", "302 Found", extra=f"Location: {where}\r\n")
    with serving(site):
        home = workspace(tmp_path / "home", site.port)
        assert wildtrade(home, *CRAWL).data["listings"]["new"] == 0
    (warc,) = (home / "data" / "evidence").glob("*.warc.gz")
    assert CANARY.encode() not in gzip.decompress(warc.read_bytes())


def test_a_site_is_asked_no_faster_than_its_source_says(tmp_path: Path) -> None:
    times: list[float] = []

    def answer(target: str) -> bytes:
        times.append(time.monotonic())
        return search_page([1, 2, 3]) if target == SEARCH else listing_page(1)

    with serving(Site(answer=answer)) as site:
        home = workspace(tmp_path, site.port)
        path = home / "sources" / "bazaar.yaml"
        path.write_text(path.read_text().replace("delay: 0\n", "delay: 1\n"))
        wildtrade(home, *CRAWL)
    gaps = [later - sooner for sooner, later in pairwise(times[1:])]  # robots.txt comes before
    assert len(gaps) >= 3 and min(gaps) >= 0.45  # Scrapy waits between half and one and a half of it


def test_what_keeps_the_browser_out_of_its_sandbox_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    switch = tmp_path / "max_user_namespaces"
    monkeypatch.setattr(browser, "_NAMESPACE_SWITCHES", {str(switch): "0", str(tmp_path / "not here"): "0"})
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert "root" in browser.sandbox_problem() and "--no-sandbox" in browser.launch_options("x")["args"]
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    switch.write_text("0\n")
    assert "max_user_namespaces" in browser.sandbox_problem()
    switch.write_text("9\n")
    assert browser.sandbox_problem() == "" and "--no-sandbox" not in browser.launch_options("x")["args"]
