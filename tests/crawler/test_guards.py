"""What a hostile page must not reach: the memory, other ports of this machine, by HTTP client or by browser."""

from __future__ import annotations

import io
import json
import logging
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.logs import SecretFilter, without_secrets
from crawler.settings import check_hardening, scrapy_settings
from support.rawsite import Site, listing_page, response, search_page, serving, wildtrade, workspace
from wildtrade.errors import ConfigError
from wildtrade.settings import CrawlSettings
from wildtrade.sources import get_source

CRAWL = ("crawl", "bazaar", "--json", "--quiet")


def test_endless_headers_are_cut_and_the_next_page_is_read(tmp_path: Path) -> None:
    endless = b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: %s\r\n" % (n, b"a" * 200) for n in range(5000))
    site = Site(pages={"/search?q=table&page=1": search_page([1, 2]), "/item/1": endless, "/item/2": listing_page(2)})
    with serving(site):
        done = wildtrade(workspace(tmp_path, site.port), *CRAWL)
    assert done.data["listings"]["new"] == 1
    assert any("/item/1" in problem for problem in done.data["problems"])


def test_a_body_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    huge = response(b"a" * (3 * 2**20))
    site = Site(pages={"/search?q=table&page=1": search_page([1, 2]), "/item/1": huge, "/item/2": listing_page(2)})
    with serving(site):
        home = workspace(tmp_path, site.port)
        (home / "wildtrade.toml").write_text("[crawl]\nmax_body_mb = 1\n", encoding="utf-8")
        done = wildtrade(home, *CRAWL)
    assert done.data["listings"]["new"] == 1
    assert any("/item/1" in problem for problem in done.data["problems"])


def test_a_page_that_hangs_the_parser_is_still_read(tmp_path: Path) -> None:
    attributes = " ".join(f"a{n}=1" for n in range(200_000))
    hostile = response(f"<html><body><h1>Table number 1</h1><p {attributes}>carved tusk</p></body></html>")
    site = Site(pages={"/search?q=table&page=1": search_page([1, 2]), "/item/1": hostile, "/item/2": listing_page(2)})
    with serving(site):
        done = wildtrade(workspace(tmp_path, site.port), *CRAWL)
    assert done.code == 0, done.err
    assert done.data["pages"]["ok"] >= 3
    assert done.data["listings"]["new"] >= 1


def test_a_sources_own_headers_go_to_no_other_host(tmp_path: Path) -> None:
    api, other = Site(), Site()
    with serving(api), serving(other):
        elsewhere = f"http://127.0.0.1:{other.port}"
        for site, target, number, following in ((api, "/s2", 1, "/hop"), (other, "/landed", 2, "/next")):
            page = {"items": [{"url": f"/{number}", "title": f"Table number {number}"}], "next": following}
            site.pages[target] = response(json.dumps(page), content_type="application/json")
        api.pages["/s?q=table"] = response("", "302 Found", extra="Location: /s2\r\n")
        api.pages["/hop"] = response("", "302 Found", extra=f"Location: {elsewhere}/landed\r\n")
        home = workspace(tmp_path, api.port)
        (home / "sources" / "bazaar.yaml").write_text(
            f"""\
{{id: bazaar, name: Bazaar, site: 127.0.0.1, country: INT, languages: [en], kind: api, delay: 0, queries: [table],
 search: {{url: "http://127.0.0.1:{api.port}/s?q={{query}}"}}, follow: false,
 api: {{items: items, fields: {{url: url, title: title}}, next_page: next, headers: {{X-Key: s3cret,
  Authorization: Bearer s3cret, Cookie: sid=s3cret}}}},
 facts: {{date: 2026-11, confidence: ours}}, allow_addresses: ["127.0.0.1:{api.port}", "127.0.0.1:{other.port}"]}}
""",
            encoding="utf-8",
        )
        done = wildtrade(home, *CRAWL)
    assert done.data["listings"]["new"] == 2, done.data
    for name in ("X-Key: ", "Authorization: Bearer ", "Cookie: sid="):
        assert all(f"{name}s3cret" in api.heads[target] for target in ("/s?q=table", "/s2", "/hop"))
    assert {"/landed", "/next"} <= set(other.asked)
    assert not any("s3cret" in head for head in other.heads.values())


@pytest.fixture
def canary() -> Iterator[Site]:
    with serving(Site(answer=lambda target: response("secret"))) as site:
        yield site


@pytest.mark.browser
def test_a_page_in_the_browser_cannot_reach_other_ports(tmp_path: Path, canary: Site, chromium: str) -> None:
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", 0))
    udp.setblocking(False)
    stun = f"127.0.0.1:{udp.getsockname()[1]}"
    script = f"""
        const at = "127.0.0.1:{canary.port}";
        fetch("http://" + at + "/fetch").catch(() => 0);
        fetch("http://localhost:{canary.port}/name").catch(() => 0);
        try {{ new WebSocket("ws://" + at + "/socket"); }} catch (e) {{}}
        const servers = ["stun:{stun}", "stun:" + at, "turn:" + at + "?transport=tcp"];
        const iceServers = servers.map(urls => ({{urls, username: "u", credential: "c"}}));
        const peer = new RTCPeerConnection({{iceServers}});
        peer.createDataChannel("x");
        peer.createOffer().then(offer => peer.setLocalDescription(offer));
        for (const tag of ["img", "iframe", "script"]) {{
          const e = document.createElement(tag); e.src = "http://" + at + "/" + tag; document.body.append(e);
        }}
        setTimeout(() => {{ document.body.dataset.done = "1"; }}, 1500);"""
    list_of_links = search_page([1]).split(b"\r\n\r\n", 1)[1].decode()
    page = list_of_links.replace("</body>", f"<script>{script}</script></body>")
    site = Site(pages={"/search?q=table&page=1": response(page), "/item/1": listing_page(1)})
    more = 'render: {"on": search, wait_for: "body[data-done]"}\n'
    with serving(site):
        done = wildtrade(workspace(tmp_path, site.port, more=more), *CRAWL)
    assert done.code == 0, done.err
    assert done.data["browser"]
    assert done.data["listings"]["new"] == 1
    assert canary.asked == []
    with udp, pytest.raises(BlockingIOError):  # not one packet came
        udp.recv(2048)


@pytest.mark.parametrize(
    "text",
    [
        "no answer from http://joe:s3cret-canary@proxy.example:3128/x",
        "{'Authorization': 'Bearer s3cret-canary'}",
        "Cookie: a=1; session=s3cret-canary",
        "GET /api?q=1&api_key=s3cret-canary&page=2",
        "postgresql+psycopg://joe:s3cret-canary@db/x refused",
    ],
)
def test_the_log_holds_no_secrets(text: str) -> None:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.addFilter(SecretFilter())
    log = logging.getLogger("wildtrade.test_secrets")
    log.addHandler(handler)
    try:
        log.error("before %s", text)
        try:
            raise ValueError(text)
        except ValueError:
            log.exception("it failed")
    finally:
        log.removeHandler(handler)
    assert "s3cret-canary" not in out.getvalue()
    assert "before" in out.getvalue()
    assert without_secrets("Two tokens of ivory: 25 USD") == "Two tokens of ivory: 25 USD"


def test_hardening_cannot_be_undone() -> None:
    settings = scrapy_settings(CrawlSettings(), get_source("practice_market"), None)
    check_hardening(settings)
    settings.set("ROBOTSTXT_OBEY", False, priority="cmdline")
    settings.set("DOWNLOAD_HANDLERS", {"file": "scrapy.core.downloader.handlers.file.FileDownloadHandler"}, 100)
    with pytest.raises(ConfigError, match=r"ROBOTSTXT_OBEY.*DOWNLOAD_HANDLERS\.file"):
        check_hardening(settings)


@pytest.mark.browser
def test_a_site_never_sees_what_the_browser_asks_of_another(tmp_path: Path, chromium: str) -> None:
    """A site that keeps its connection open must not be handed the next request, whoever that is meant for."""
    with serving(Site(answer=lambda target: response("var other = 1", content_type="text/javascript"))) as other:
        links = search_page([1, 2]).split(b"\r\n\r\n", 1)[1].decode()
        script = f"""(async () => {{ for (let n = 0; n < 5; n++) {{
            await fetch("/own" + n); await fetch("http://127.0.0.1:{other.port}/other" + n, {{mode: "no-cors"}}); }}
            document.body.dataset.done = "1"; }})();"""
        site = Site(pages={"/search?q=table&page=1": response(links.replace("</body>", f"<script>{script}</script>"))})
        site.pages |= {"/item/1": listing_page(1), "/item/2": listing_page(2)}
        with serving(site):
            home = workspace(tmp_path, site.port, more='render: {wait_for: "body"}\n')
            path = home / "sources" / "bazaar.yaml"
            both = f'["127.0.0.1:{site.port}", "127.0.0.1:{other.port}"]'
            path.write_text(path.read_text().replace(f'["127.0.0.1:{site.port}"]', both))
            done = wildtrade(home, *CRAWL)
    assert done.data["listings"]["new"] == 2, done.data
    assert not [target for target in site.asked if target.startswith("http") or "other" in target]
    assert not [target for target in other.asked if not target.startswith("/other")]
