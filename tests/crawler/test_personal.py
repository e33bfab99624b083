"""What the list of personal data does not name reaches no database, no log and no export; the sealed page keeps it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from storage.retention.erasing import _BLANK
from support.rawsite import Site, listing_page, response, search_page, serving, wildtrade, workspace
from tests.storage.helpers import listing
from wildtrade.errors import ConfigError
from wildtrade.personal import AllowList, load_allow_list

SELLER, PLACE = "Canaryseller Smith", "Canarytown"


def page() -> bytes:
    body = listing_page(1, text="A carved ivory tusk, old.").split(b"\r\n\r\n", 1)[1].decode()
    more = (
        f'<p itemprop="offers" itemscope itemtype="https://schema.org/Offer"><span itemprop="seller" itemscope '
        f'itemtype="https://schema.org/Person"><a itemprop="url" href="/user/canaryseller">'
        f'<span itemprop="name">{SELLER}</span></a></span></p>'
        f'<p>Seller: <a class="seller" href="/user/canaryseller">{SELLER}</a></p><p>Location: {PLACE}</p></main>'
    )
    return response(body.replace("</main>", more))


def everything_stored(home: Path) -> str:
    """The whole database, its indexes included, as it lies on the disk."""
    files = sorted((home / "data").glob("wildtrade.db*"))
    return "".join(path.read_bytes().decode("utf-8", "replace") for path in files).casefold()


def crawled(folder: Path, keep: list[str] | None) -> tuple[str, str, str, bytes]:
    """Database, output and exports of a crawl, and its evidence."""
    site = Site(pages={"/search?q=table&page=1": search_page([1]), "/item/1": page()})
    with serving(site):
        home = workspace(folder, site.port)
        if keep is not None:
            (home / "policy" / "personal.yaml").write_text(json.dumps({"keep": keep}), encoding="utf-8")
        done = wildtrade(home, "crawl", "bazaar", "--json")
    assert done.data["listings"]["new"] == 1, done.err
    out = home / "out.jsonl"
    exported = wildtrade(home, "export", "listings", "--format", "jsonl", "--output", str(out))
    assert exported.code == 0, exported.err
    text = out.read_text(encoding="utf-8")
    assert "/item/1" in text  # it was flagged
    (warc,) = (home / "data" / "evidence").glob("*.warc.gz")
    logs = done.out + done.err + (home / "data" / "evidence" / "custody" / "log.jsonl").read_text()
    return everything_stored(home), logs.casefold(), text.casefold(), gzip.decompress(warc.read_bytes())


def test_a_field_that_is_not_on_the_list_reaches_nothing_but_the_sealed_page(tmp_path: Path) -> None:
    stored, _, exported, _ = crawled(tmp_path / "all", None)
    assert SELLER.casefold() in stored and SELLER.casefold() in exported  # else this test could not fail
    stored, logs, exported, evidence = crawled(tmp_path / "some", ["title", "description", "price", "status"])
    for where in (stored, logs, exported):
        assert "canaryseller" not in where and "canarytown" not in where
    assert "carved ivory tusk" in stored
    assert SELLER.encode() in evidence


def test_each_field_can_be_left_out() -> None:
    whole = listing(seller_url="https://market.example/u/1", identifiers={"id": "1", "phone": "555"}, status=None)
    for name in AllowList().keep:
        one = AllowList(keep=AllowList().keep - {name}).only(whole)
        assert getattr(one, name) in (None, ())
        assert one.identifiers == {"id": "1"}
    assert AllowList().only(listing()) is not None
    everything = {*AllowList().keep, "identifiers"} - {"price", "posted_at", "status", "language"}
    assert everything <= {*_BLANK, "price"}  # what retention empties and what can be left out are the same fields


def test_a_list_with_an_unknown_field_is_refused(tmp_path: Path) -> None:
    (tmp_path / "personal.yaml").write_text("keep: [title, faces]\n")
    with pytest.raises(ConfigError, match=r"faces|title"):
        load_allow_list(tmp_path)
    assert load_allow_list() == AllowList()
