"""Hostile sites against the real crawler: every class, every spelling of an inner address, names that flip, proxies."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import closing
from ipaddress import ip_address
from pathlib import Path

import pytest
from sqlalchemy import select

from benchmarks.hostile import attack
from storage.database import open_database
from storage.models import Unit, UnitState
from support.rawsite import Site, listing_page, response, search_page, serving, wildtrade, workspace
from tests.support.hostile import cases
from wildtrade.settings import open_workspace

CRAWL = ("crawl", "bazaar", "--json", "--quiet")
SEARCH = "/search?q=table&page=1"
INNER = """
0.0.0.0 10.0.0.1 100.64.0.1 127.0.0.1 127.8.8.8 169.254.169.254 172.16.0.1 192.0.0.1 192.0.2.5 192.31.196.1 192.52.193.1
192.88.99.1 192.168.1.1 192.175.48.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 240.0.0.1 255.255.255.255 :: ::1
::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::1 64:ff9b:1::1 100::1 2001::1 2001:db8::1 2002:7f00:1::1 3fff::1
5f00::1 fc00::1 fd12:3456::1 fe80::1 fec0::1 ff02::1
"""


def spellings(address: str) -> list[str]:
    """Four ways to write an address in a URL."""
    one = ip_address(address)
    if one.version == 4:
        octal = ".".join(f"{byte:#04o}".replace("0o", "0") for byte in one.packed)
        return [address, str(int(one)), hex(int(one)), octal]
    tail = f"[{one.exploded[:30]}{'.'.join(map(str, one.packed[-4:]))}]"
    return [f"[{address}]", f"[{one.exploded}]", f"[{one.exploded.upper()}]", tail]


def errors(home: Path) -> dict[str, str]:
    """The error of each unit by its path."""
    opened = closing(open_database(open_workspace(home).database_url))
    with opened as database, database.session(read_only=True) as session:
        units = session.scalars(select(Unit).where(Unit.state == UnitState.FAILED)).all()
        return {"/" + unit.url.split("/", 3)[3]: unit.error or "" for unit in units}


@pytest.mark.slow
def test_every_class_has_its_required_outcome() -> None:
    figures = attack(cases())
    assert figures["wrong"] == {}  # that what was cut off says so, in its WARC and its row, is part of it
    assert figures["cut_off"] >= 20
    assert figures["ordinary_captured"] == figures["ordinary"]
    assert (figures["canary_hits"], figures["unverifiable"]) == (0, 0)
    assert figures["peak_mb_above_idle"] <= 250  # beside other tests; the benchmark holds the bar of 150


def test_no_spelling_of_an_inner_address_is_connected_to(tmp_path: Path) -> None:
    with serving(Site(answer=lambda target: response("secret"))) as canary:
        hosts = [spelling for address in INNER.split() for spelling in spellings(address)]
        assert len(hosts) == 38 * 4
        pages = {SEARCH: search_page(list(range(len(hosts) + 1)))}
        for number, host in enumerate(hosts):
            where = f"Location: http://{host}:{canary.port}/{number}\r\n"
            pages[f"/item/{number}"] = response("", "302 Found", extra=where)
        pages[f"/item/{len(hosts)}"] = listing_page(len(hosts))
        with serving(Site(pages=pages)) as site:
            home = workspace(tmp_path, site.port)
            done = wildtrade(home, *CRAWL)
    failed = errors(home)
    assert canary.asked == []
    assert done.data["listings"]["new"] == 1
    assert {f"/item/{n}" for n in range(len(hosts))} <= failed.keys()
    by_guard = [host for n, host in enumerate(hosts) if "no public address" in failed[f"/item/{n}"]]
    assert {host for host in hosts if ":" not in host} <= set(by_guard)  # some spellings of IPv6 reach no resolver


def test_a_name_that_changes_its_address_is_blocked(tmp_path: Path) -> None:
    closes = {"extra": "Connection: close\r\n"}
    pages = {
        SEARCH: response(search_page([1, 2]).split(b"\r\n\r\n", 1)[1], **closes),
        "/robots.txt": response("", **closes),
        **{f"/item/{n}": listing_page(n) for n in (1, 2)},
    }
    with serving(Site(pages=pages)) as site:
        home = workspace(tmp_path, site.port)
        path = home / "sources" / "bazaar.yaml"
        path.write_text(path.read_text().replace("http://127.0.0.1:", "http://bazaar.test:"))
        tests = Path(__file__).resolve().parent.parent
        flips = {"PYTHONPATH": os.pathsep.join([str(tests), str(tests.parent)]), "FLIP_AFTER": "2"}
        command = [sys.executable, "-m", "support.hostile_resolver", str(home), "bazaar"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | flips)
    assert SEARCH in site.asked, done.stderr
    assert not [target for target in site.asked if target.startswith("/item")]
    assert all("127.0.0.2" in error for error in errors(home).values())
    assert json.loads(done.stdout.splitlines()[-1])["listings"]["new"] == 0


def test_an_endless_robots_txt_is_cut_and_what_it_began_with_obeyed(tmp_path: Path) -> None:
    rules = b"User-agent: *\nDisallow: /item/1\n" + b"# " + b"x" * (3 * 2**20)
    pages = {SEARCH: search_page([1, 2]), "/robots.txt": response(rules), "/item/2": listing_page(2)}
    with serving(Site(pages=pages)) as site:
        done = wildtrade(workspace(tmp_path, site.port), *CRAWL)
    assert done.data["listings"]["new"] == 1
    assert "/item/1" not in site.asked


def test_retry_after_is_kept(tmp_path: Path) -> None:
    times: list[float] = []

    def answer(target: str) -> bytes:
        if target != "/item/1":
            return search_page([1]) if target == SEARCH else response("")
        times.append(time.monotonic())
        if len(times) == 1:
            return response("slow down", "429 Too Many Requests", extra="Retry-After: 3\r\n")
        return listing_page(1)

    with serving(Site(answer=answer)) as site:
        done = wildtrade(workspace(tmp_path, site.port), *CRAWL)
    assert done.data["listings"]["new"] == 1
    assert times[1] - times[0] >= 3


def test_a_dead_proxy_means_no_connection_at_all(tmp_path: Path) -> None:
    with serving(Site()) as gone:
        pass
    with serving(Site(pages={SEARCH: search_page([1]), "/item/1": listing_page(1)})) as site:
        done = wildtrade(workspace(tmp_path, site.port, more=f"proxy: http://127.0.0.1:{gone.port}\n"), *CRAWL)
    assert site.asked == []
    assert done.code == 1
    assert "refused" in done.data["stopped_because"].lower()


def test_all_goes_through_the_proxy_and_none_through_that_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def as_proxy(target: str) -> bytes:
        path = "/" + target.split("/", 3)[3]
        return {SEARCH: search_page([1]), "/item/1": listing_page(1)}.get(path) or response("", "404 Not Found")

    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with serving(Site(answer=as_proxy)) as proxy, serving(Site()) as site:
        done = wildtrade(workspace(tmp_path, site.port, more=f"proxy: http://127.0.0.1:{proxy.port}\n"), *CRAWL)
    assert done.data["listings"]["new"] == 1
    assert site.asked == []
    assert {target.split("/", 3)[3] for target in proxy.asked} >= {"robots.txt", SEARCH[1:], "item/1"}
