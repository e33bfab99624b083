"""Whatever a seller or a colleague wrote is shown, and does nothing."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from storage import queue
from storage.database import Database
from tests.review.conftest import Watched, listing, opinion, store
from wildtrade.records import DecisionLabel

pytestmark = pytest.mark.browser

ATTACKS = {
    "script": "<script>window.canary = 1; alert(1)</script>",
    "image": "<img src=x onerror='window.canary = 1'><img src='https://tracker.example/pixel.gif'>",
    "svg": "<svg onload='window.canary = 1'><script>window.canary = 1</script></svg>",
    "attribute": "\"' autofocus onfocus='window.canary = 1' x='\"><iframe src='javascript:window.canary = 1'>",
    "closing": "</title></textarea></style></script><script>window.canary = 1</script><!--",
    "template": "{{ 7 * 7 }}{% for x in y %}${window.canary = 1}",
    "htmx": "<div hx-get='https://tracker.example/' hx-trigger='load' hx-on::load='window.canary = 1'>",
    "style": "<style>* { display: none !important } @import 'https://tracker.example/a.css';</style>",
    "form": "</form><form action='https://tracker.example/'><button data-key='1'>x</button></form>",
    "script address": "javascript:window.canary=1",
    "data address": "data:text/html,<script>parent.canary=1</script>",
    "turned around": "cheap \u202eyrovi\u202c \u2066ivory\u2069 iv\u200bo\u00adr\ufeffy",
    "controls": "nul\x00 escape\x1b[2J bell\x07 return\r\nline\u2028separator",
    "formula": '=HYPERLINK("https://tracker.example/","x")',
    "piled accents": "i" + "\u0300" * 400 + "vory" + "\u0489" * 200,
    "one word": "x" * 20_000,
    "wide letters": "﷽" * 200 + "𒐫" * 100,
    "a megabyte": "ivory <b>ngà voi</b> งาช้าง " * 40_000,
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_every_field_is_inert(database: Database, watched: Watched, attack: str) -> None:
    text = ATTACKS[attack]
    images = (text, f"https://market.example/{text}")
    everywhere = {"title": text, "description": text, "seller": text, "location": text, "url": text, "images": images}
    store(database, [(listing("1", **everywhere), opinion()), (listing("2"), opinion(0.5))])
    with database.session() as session:
        item = queue.item(session, 1)
        assert item
        queue.decide(
            session, 1, DecisionLabel.UNSURE, "joe", assessment_id=item.assessment_id, note=text.replace("\0", "")
        )
        queue.undo(session, "joe")
    page = watched.page
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("/review/2")
    usual = page.locator("form").count()
    for path in ("/", "/queue", "/review/1", "/review/1?part=2"):
        page.goto(path)
        expect(page.locator("#page > header")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
        assert page.evaluate("window.canary") is None, path
        assert page.locator("form").count() <= usual
    assert page.locator(".dock button[data-key='1']").count() == 1
    page.keyboard.press("2")
    expect(page.locator("#notice")).to_contain_text("Stored: Not wildlife")


def test_what_hides_is_spelled_out(database: Database, watched: Watched) -> None:
    store(database, [(listing("1", title=ATTACKS["turned around"], description=ATTACKS["controls"]), opinion())])
    watched.page.goto("/review/1")
    title = watched.page.locator("h1")
    expect(title).to_contain_text("⟨RIGHT-TO-LEFT OVERRIDE⟩yrovi")
    expect(title).to_contain_text("iv⟨ZERO WIDTH SPACE⟩o⟨SOFT HYPHEN⟩r⟨ZERO WIDTH NO-BREAK SPACE⟩y")
    expect(watched.page.locator(".text")).to_contain_text("escape⟨U+001B⟩[2J")


def test_a_long_text_is_shown_in_parts(database: Database, watched: Watched) -> None:
    store(database, [(listing("1", description="a" * 30_000 + " THE END"), opinion())])
    page = watched.page
    page.goto("/review/1")
    expect(page.locator(".text")).not_to_contain_text("THE END")
    page.get_by_role("link", name="Next part").click()
    expect(page.locator(".text")).to_contain_text("THE END")
    expect(page.locator(".pages")).to_contain_text("Part 2 of 2")


@pytest.mark.parametrize("query", ["language=%22%3E%3Csvg/onload=alert(1)%3E", "source={{7*7}}&appendix=%00"])
def test_hostile_filters(database: Database, watched: Watched, query: str) -> None:
    store(database, [(listing("1"), opinion())])
    for path in ("/queue", "/review/1"):
        watched.page.goto(f"{path}?{query}")
        expect(watched.page.locator("h1")).to_be_visible()
        assert watched.page.locator("svg").count() == 0
