"""``wildtrade extract``: the stable interface others call."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.spiders.pages import cards
from wildtrade.cli import run

LISTING = (
    '<html lang="en"><head><title>Brass lamp</title><script type="application/ld+json">{"@type":"Produc'
    't","name":"Brass lamp",'
    '"description":"Old and heavy.","image":"https://b.example/1.jpg","offers":{"price":"1234.50",'
    '"priceCurrency":"PEN"}}</script></head>'
    "<body><h1>Brass lamp</h1><p>S/ 1,234.50</p><p>Old and heavy.</p></body></html>"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "bazaar.example_1.html").write_text(LISTING, encoding="utf-8")
    (tmp_path / "pages" / "bazaar.example_2.html.gz").write_bytes(gzip.compress(cards(5).encode()))
    (tmp_path / "pages" / "bazaar.example_3.html").write_text(
        "<title>Just a moment...</title><script>_cf_chl_opt={}</script>"
    )
    (tmp_path / "pages" / "api.bazaar.example_1.js").write_text(
        'module.exports = {results: [{id: 7, title: "Lamp", price: 3, currency_id: "COP", permalink: '
        '"https://b.example/7"}]}'
    )
    return tmp_path


def lines(folder: Path, *entries: object) -> Path:
    path = folder / "pages.jsonl"
    path.write_text(
        "\n".join(entry if isinstance(entry, str) else json.dumps(entry) for entry in entries), encoding="utf-8"
    )
    return path


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_one_page(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert (
        run(
            [
                "extract",
                str(folder / "pages" / "bazaar.example_1.html"),
                "--url",
                "https://bazaar.example/item/7",
                "--json",
            ]
        )
        == 0
    )
    found = json.loads(capfd.readouterr().out)
    assert found["kind"] == "listing"
    assert found["price"] == {"amount": "1234.50", "currency": "PEN"}
    assert (found["title"], found["description"], found["images"]) == (
        "Brass lamp",
        "Old and heavy.",
        ["https://b.example/1.jpg"],
    )
    assert {"seller", "location", "posted_at", "status", "identifiers"} <= set(found)
    assert found["posted_at"] is None


def test_a_list_of_pages(folder: Path) -> None:
    source = lines(
        folder,
        {"file": "pages/bazaar.example_1.html", "url": "", "kind": "listing"},
        {"file": "pages/bazaar.example_2.html.gz", "url": ""},
        {"file": "pages/bazaar.example_3.html", "url": "https://bazaar.example/x", "kind": "search"},
        {"file": "pages/api.bazaar.example_1.js", "url": "", "kind": "api"},
    )
    assert run(["extract", "--input", str(source), "--output", str(folder / "out.jsonl")]) == 0
    listing, search, blocked, api = read(folder / "out.jsonl")
    assert [entry["file"] for entry in (listing, search, blocked, api)] == [
        json.loads(line)["file"] for line in source.read_text().splitlines()
    ]
    assert listing["kind"] == "listing"
    assert search["kind"] == "search"
    assert search["listing_urls"] == [f"https://bazaar.example/item/lamp-{n}-48213{n}" for n in range(10, 15)]
    assert search["next_page"] == "https://bazaar.example/?page=2"
    assert blocked["kind"] == "blocked"
    assert "Cloudflare" in blocked["reason"]
    assert api["kind"] == "api"
    assert api["listings"][0]["price"] == {"amount": "3", "currency": "COP"}
    assert not list(folder.glob(".*.part"))


def test_bad_lines_are_told_and_the_rest_is_done(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    source = lines(
        folder,
        "{broken",
        {"file": "pages/missing.html", "url": ""},
        {"url": "x"},
        {"file": "pages/bazaar.example_1.html", "url": "ftp://x", "kind": "listing"},
        {"file": "pages/bazaar.example_1.html", "url": "", "kind": "poem"},
        {"file": "pages/bazaar.example_1.html", "url": ""},
    )
    assert run(["extract", "--input", str(source), "--output", str(folder / "out.jsonl")]) == 6
    *bad, good = read(folder / "out.jsonl")
    assert all(set(entry) >= {"file", "error"} for entry in bad)
    assert bad[1]["file"] == "pages/missing.html"
    assert good["title"] == "Brass lamp"
    assert "5 lines" in capfd.readouterr().err


def test_when_the_page_was_fetched_settles_relative_dates(folder: Path) -> None:
    post = (
        '<div class="tgme_widget_message" data-post="a/1"><div class="tgme_widget_message_text">'
        'Lamp</div><a class="tgme_widget_message_date"><time>2 days ago</time></a></div>'
    )
    (folder / "t.me_1.html").write_text(post)
    source = lines(
        folder,
        {"file": "t.me_1.html", "url": ""},
        {"file": "t.me_1.html", "url": "", "fetched_at": "2026-11-20T10:00:00Z"},
    )
    assert run(["extract", "--input", str(source), "--output", str(folder / "out.jsonl")]) == 0
    assert [entry["listings"][0]["posted_at"] for entry in read(folder / "out.jsonl")] == [None, "2026-11-18"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([], 2),
        (["missing.html", "--json"], 1),
        (["page.html", "--input", "x.jsonl"], 2),
        (["--input", "no/such/list.jsonl"], 2),
        (["--input", "{list}", "--output", "no/such/folder/out.jsonl"], 2),
    ],
)
def test_mistakes_end_with_one_message(
    arguments: list[str], code: int, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source = lines(folder, {"file": "pages/bazaar.example_1.html", "url": ""})
    assert run(["extract", *(argument.replace("{list}", str(source)) for argument in arguments)]) == code
    assert capfd.readouterr().err.count("error") == 1
