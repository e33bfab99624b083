"""Real pages of real sites through the real crawler: from a saved page to a row of the database."""

from __future__ import annotations

import re
import sqlite3
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
import yaml

from support.rawsite import wildtrade
from support.replay import Replay, crawl, key_of, saved, serving, truth
from wildtrade.sources import Source, load_sources

pytestmark = [pytest.mark.shared, pytest.mark.slow]


def source_for(site: str, url: str, number: int) -> dict[str, Any]:
    """The shipped source of a site, set to start at the saved address; where none is shipped, a plain one."""
    for source in load_sources().values():
        if source.site.removeprefix("www.") == site.removeprefix("www."):
            break
    else:
        source = Source.model_validate(
            {
                "id": "plain",
                "name": site,
                "site": site,
                "country": "INT",
                "languages": ["en"],
                "kind": "marketplace",
                "start_urls": [url],
                "facts": {"date": "2026-11", "confidence": "ours"},
            }
        )
    data = source.model_dump(mode="json", exclude_defaults=True)
    for name in ("search", "render", "disabled_reason", "enabled", "api", "queries"):
        data.pop(name, None)
    kind = "marketplace" if source.kind.value == "api" else source.kind.value
    return data | {"id": f"replay_{number:02d}", "kind": kind, "start_urls": [url], "delay": 0}


def prepare(home: Path, sources: list[dict[str, Any]], port: int, authority: Path) -> list[str]:
    done = wildtrade(home, "init", str(home))
    assert done.code == 0, done.err
    for data in sources:
        own = data | {"allow_addresses": [f"127.0.0.1:{port}"], "ca_file": str(authority)}
        (home / "sources" / f"{data['id']}.yaml").write_text(yaml.safe_dump(own), encoding="utf-8")
    return [data["id"] for data in sources]


class Links(HTMLParser):
    """Every link of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if tag == "a" and name == "href" and value]


def true_links(page: dict[str, Any], pattern: str) -> set[tuple[str, str]]:
    parser = Links()
    parser.feed(page["body"].decode("utf-8", "replace"))
    found = {urljoin(page["url"], link.strip()) for link in parser.found if re.search(pattern, link)}
    return {(urlsplit(url).netloc, urlsplit(url).path) for url in found}


def test_saved_search_pages_through_their_spiders(tmp_path: Path, shared: Path) -> None:
    searches = saved(shared, "search")
    known = truth(shared)
    replay = Replay()
    for page in searches:
        replay.add(page["url"], page["body"])
    hosts = {key_of(page["url"])[0] for page in searches}
    for page in saved(shared, "listing"):
        for host in hosts:
            if host.removeprefix("www.") == page["site"].removeprefix("www."):
                replay.fallback.setdefault(host, page["body"])
    wanted = {page["file"]: true_links(page, known[page["file"]].get("link_regex") or "(?!)") for page in searches}
    every_host = hosts | {host for links in wanted.values() for host, _ in links if host}
    with serving(replay, tmp_path, every_host) as authority:
        sources = [source_for(page["site"], page["url"], number) for number, page in enumerate(searches)]
        data = crawl(tmp_path / "home", replay.port, *prepare(tmp_path / "home", sources, replay.port, authority))
    asked = {(host, target.partition("?")[0].rstrip("/")) for host, target in replay.asked}
    recalls = []
    for links in wanted.values():
        if links:
            hit = sum((host, path.rstrip("/")) in asked for host, path in links)
            recalls.append(hit / len(links))
    assert sum(recalls) / len(recalls) >= 0.85, recalls
    assert data["pages"]["ok"] >= len(searches)
    assert data["listings"]["new"] >= len(replay.fallback), data
    assert data["pages"]["client_error"] > 0  # detail pages that nobody saved


def test_saved_listing_pages_by_url_into_the_database(tmp_path: Path, shared: Path) -> None:
    pages = saved(shared, "listing")
    known = truth(shared)
    replay = Replay()
    index = "".join(f'<li><a href="{page["url"]}">{page["site"]}</a></li>' for page in pages)
    replay.add("https://index.example/", f"<html><body><ul>{index}</ul></body></html>".encode())
    for page in pages:
        replay.add(page["url"], page["body"])
    urls = {page["url"].partition("#")[0] for page in pages}
    others = {"listing_url": "^https://", "listing_url_except": r"^https://index\.example/"}
    source = source_for("index.example", "https://index.example/", 0) | others
    hosts = {key_of(page["url"])[0] for page in pages} | {"index.example"}
    with serving(replay, tmp_path, hosts) as authority:
        home = tmp_path / "home"
        data = crawl(home, replay.port, *prepare(home, [source], replay.port, authority))
    assert data["listings"]["new"] >= 0.95 * len(urls), data["problems"]
    assert data["coverage"]["title"] >= 0.9
    connection = sqlite3.connect(home / "data" / "wildtrade.db")
    stored = dict(
        connection.execute("select listing.url, revision.title from listing join revision on listing_id = listing.id")
    )
    connection.close()
    titles = [(known[page["file"]]["title"], stored.get(page["url"])) for page in pages if page["file"] in known]
    right = [bool(got) and want.lower()[:25] in " ".join(got.split()).lower() for want, got in titles if want]
    assert sum(right) >= 0.8 * len(right), [pair for pair, ok in zip(titles, right, strict=False) if not ok]
