"""The served sites: complete, quick, and silent about the answers."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote, urljoin

import pytest
from selectolax.lexbor import LexborHTMLParser

from academy.process import WorldOptions, running
from academy.server import listen
from academy.sites.common import BANNER
from academy.world import SITES, World
from wildtrade.errors import UsageError

ROOT = Path(__file__).resolve().parents[2]


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=20) as response:
        return str(response.read().decode())


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=20) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def result_pages(start: str) -> Iterator[str]:
    url: str | None = start
    while url:
        page = get(url)
        yield page
        following = LexborHTMLParser(page).css_first("a[rel=next]")
        url = urljoin(url, following.attributes["href"]) if following else None


def ad_ids(page: str) -> list[str]:
    links = LexborHTMLParser(page).css(".ads h2 a")
    return [(link.attributes["href"] or "").split("/")[2] for link in links]


def listing_address(sites: dict[str, str], site: str, item_id: str) -> str:
    return sites[site] + {"market": "/ad/", "shop": "/p/", "feed": "/post/"}[site] + item_id


def test_market_pages_show_every_ad_once(sites: dict[str, str], world: World) -> None:
    pages = list(result_pages(f"{sites['market']}/search?q=*&page=1"))
    found = [ad_id for page in pages for ad_id in ad_ids(page)]
    assert found == list(world.items["market"])
    assert all(len(ad_ids(page)) == 24 for page in pages[:-1])
    assert status(f"{sites['market']}/search?q=*&page={len(pages) + 1}") == 404


def test_categories_hold_every_ad(sites: dict[str, str], world: World) -> None:
    names = re.findall(r'href="/c/(\w+)"', get(sites["market"]))
    found = [ad_id for name in names for page in result_pages(f"{sites['market']}/c/{name}") for ad_id in ad_ids(page)]
    assert sorted(found) == sorted(world.items["market"])


@pytest.mark.parametrize("language", ["en", "es", "th", "zh", "vi", "ar"])
def test_search_finds_what_has_the_words(sites: dict[str, str], world: World, language: str) -> None:
    item = next(item for item in world.items["market"].values() if item.language == language)
    words = item.title.upper().split()[:2]
    address = f"{sites['market']}/search?q={quote(' '.join(words))}&page=1"
    found = [ad_id for page in result_pages(address) for ad_id in ad_ids(page)]
    assert item.id in found
    assert len(found) < len(world.items["market"])
    for ad_id in found:
        other = world.items["market"][ad_id]
        said = f"{other.title}\n{other.text}\n{other.seller.name}".casefold()
        assert all(word.casefold() in said for word in words)


def test_shop_api_lists_every_item_once(sites: dict[str, str], world: World) -> None:
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = json.loads(get(f"{sites['shop']}/api/items?q=*&cursor={cursor}"))
        found += [item["id"] for item in answer["items"]]
        cursor = answer["next"]
    assert found == list(world.items["shop"])


def test_market_page_says_what_the_item_says(sites: dict[str, str], world: World) -> None:
    for item in list(world.items["market"].values())[:40]:
        page = LexborHTMLParser(get(listing_address(sites, "market", item.id)))
        assert page.css_first("h1").text() == item.title
        assert page.css_first("[itemprop=description]").text().strip() == item.text.strip()
        price = page.css_first("[itemprop=price]")
        assert (Decimal(price.attributes["content"] or "") if price else None) == (item.price and item.price.amount)
        assert BANNER in page.text()


def test_shop_page_embeds_its_state(sites: dict[str, str], world: World) -> None:
    for item in list(world.items["shop"].values())[:40]:
        page = get(listing_address(sites, "shop", item.id))
        found = re.search(r"window\.__STATE__ = (.*);</script>", page)
        assert found
        product = json.loads(found[1])["product"]
        assert (product["title"], product["description"]) == (item.title, item.text)
        assert (product["price"] or {}).get("amount") == (item.price and int(item.price.amount))


def test_what_was_taken_down_is_gone(sites: dict[str, str], world: World) -> None:
    answers = {site: {status(listing_address(sites, site, i)) for i in world.gone[site]} for site in SITES}
    assert answers["shop"] == answers["feed"] == {404}
    assert answers["market"] == {404, 410}
    assert status(sites["market"] + "/ad/1") == status(sites["market"] + "/nowhere") == 404


def every_page(sites: dict[str, str], world: World) -> Iterator[tuple[str, str, str]]:
    """(site, item id, page) of every item's own page."""
    for site in SITES:
        for item_id in world.items[site]:
            yield site, item_id, get(listing_address(sites, site, item_id))


def test_no_page_leaks_the_key(sites: dict[str, str], world: World) -> None:
    words = {"wildlife", "appendix", "legality", "distractor", "duplicate_of", "text_tells", "motif", "lookalike"}
    for answer in world.key.values():
        words |= {tag for tag in answer.tags if "_" in tag}
        words |= {word for word in (answer.ring, answer.legality) if word and re.search(r"[-_]", word)}
    said = {
        site: " ".join(f"{i.title} {i.text} {i.seller.name}" for i in world.items[site].values()).casefold()
        for site in SITES
    }
    taxa = {answer.taxon.casefold() for answer in world.key.values() if answer.taxon}
    shapes: dict[bool, set[tuple[str, str, str]]] = {True: set(), False: set()}
    for site, item_id, page in every_page(sites, world):
        lowered = page.casefold()
        for word in words | taxa:
            assert word not in lowered or word in said[site], (word, site, item_id)
        wildlife = world.key[f"practice_{site}", item_id].wildlife
        shapes[wildlife] |= {
            (node.tag, node.attributes.get("class") or "", node.attributes.get("itemprop") or "")
            for node in LexborHTMLParser(page).css("*")
        }
    assert shapes[True] <= shapes[False]  # nothing in the markup is peculiar to wildlife


def test_lists_and_scripts_leak_nothing(sites: dict[str, str]) -> None:
    pages = [get(sites["market"]), get(sites["shop"] + "/api/items"), get(sites["feed"] + "/more")]
    pages += [get(sites["shop"] + "/static/shop.js"), get(sites["feed"] + "/static/feed.js")]
    for page in pages:
        assert not re.search(r"wildlife|appendix|legality|ring-\d|near_duplicate|photo_only|motif", page, re.I)


def test_robots_and_pictures(sites: dict[str, str]) -> None:
    for site in SITES:
        assert "User-agent: *" in get(sites[site] + "/robots.txt")
    picture = re.search(r"/img/\w+\.png", get(sites["market"]))
    assert picture
    with urllib.request.urlopen(sites["market"] + picture[0]) as response:
        assert response.headers["Content-Type"] == "image/png"
        assert response.read(4) == b"\x89PNG"


def test_relative_times_in_the_language_of_the_post(sites: dict[str, str]) -> None:
    times = re.findall(r"<time>(.*?)</time>", get(sites["feed"] + "/more"))
    assert len(times) == 12
    assert not any(re.search(r"\d{4}-\d\d", text) for text in times)


def test_quick(sites: dict[str, str], world: World) -> None:
    addresses = [listing_address(sites, site, i) for site in SITES for i in list(world.items[site])[:60]]
    addresses += [f"{sites['market']}/search?q=*&page={n}" for n in range(1, 9)]
    seconds = []
    for address in addresses:
        started = time.perf_counter()
        get(address)
        seconds.append(time.perf_counter() - started)
    assert sorted(seconds)[int(len(seconds) * 0.95)] < 0.1  # usually 3 ms


def test_a_taken_port_is_named_with_the_fix() -> None:
    held = listen(0)
    port = held[0].getsockname()[1]
    try:
        with pytest.raises(UsageError, match=str(port)) as caught, running(OTHER, base_port=port):
            pass
    finally:
        for one in held:
            one.close()
    assert "--port" in (caught.value.fix or "")


OTHER = WorldOptions(seed=3, size=40, day=0, now=World(3, 40).clock.date())


def test_the_server_ends_with_its_parent() -> None:
    with running(OTHER, base_port=0) as addresses:
        assert status(addresses["shop"]) == 200
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(addresses["shop"], timeout=5)


def test_the_server_ends_when_its_parent_is_killed() -> None:
    code = (
        "import time, datetime; from academy.process import WorldOptions, running\n"
        "options = WorldOptions(seed=3, size=40, day=0, now=datetime.date(2026, 11, 24))\n"
        "with running(options, 0) as addresses: print(addresses['feed'], flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT) as parent:
        assert parent.stdout
        address = parent.stdout.readline().strip()
        assert status(address) == 200
        parent.kill()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            status(address)
        except urllib.error.URLError:
            return
        time.sleep(0.05)
    pytest.fail("the server outlived its parent")
