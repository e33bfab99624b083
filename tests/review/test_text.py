"""The catalogues are complete, and no page says what a translator has not seen."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from review import catalogue, text
from review.text import LANGUAGES, gettext, ngettext, preferred, use_language
from tests.review.conftest import Person, Watched, ask

OTHERS = [language for language in LANGUAGES if language != "en"]


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_missing(language: str) -> None:
    assert catalogue.missing(language) == {}, "run `python -m review.catalogue`, then translate"


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_left_over(language: str) -> None:
    said = set(catalogue.said())
    for message in catalogue._messages(language):
        assert catalogue._key(message) in said, f"{language}: {message.id!r} is said nowhere; remove it"


def test_what_the_program_says_is_found() -> None:
    said = catalogue.said()
    assert said["Sign in"] == "login"
    assert said["My work"] == "home"
    assert said["Users"] == "admin"
    assert ("%(num)s item waits for a decision.", "%(num)s items wait for a decision.") in said


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("th", "th"),
        ("fr-CA,fr;q=0.9,en;q=0.8", "fr"),
        ("pt-BR", "pt"),
        ("zh-CN,es;q=0.5", "es"),
        ("zh", "en"),
        ("", "en"),
        (";;;,,", "en"),
        ("x" * 100_000, "en"),
    ],
)
def test_what_the_browser_asks_for(header: str, language: str) -> None:
    assert preferred(header) == language


def test_plurals() -> None:
    use_language("fr")
    one, many = "%(num)s item waits for a decision.", "%(num)s items wait for a decision."
    assert ngettext(one, many, 0).startswith("%(num)s élément attend")
    assert ngettext(one, many, 2).startswith("%(num)s éléments attendent")
    use_language("../../etc")
    assert text.language() == "en"
    assert gettext("Sign in") == "Sign in"


def test_the_cookie_and_then_the_person_decide(site: str, signed_in: Callable[..., Person]) -> None:
    def shown(**headers: str) -> str:
        return re.findall(r'<html lang="(\w+)"', ask(site, "GET", "/login", **headers)[2].decode())[0]

    assert shown() == "en"
    assert shown(Accept_Language="th") == "th"
    assert shown(Accept_Language="th", Cookie="wildtrade_language=fr") == "fr"
    assert shown(Accept_Language="th", Cookie="wildtrade_language=xx") == "en"
    person = signed_in("reviewer")
    assert person.ask("POST", "/account/language", {"language": "pt"})[0] == 303
    assert b'<html lang="pt"' in person.ask("GET", "/", Accept_Language="th")[2]


@pytest.mark.browser
@pytest.mark.parametrize("path", ["/login", "/", "/account", "/about", "/admin/users"])
def test_forty_per_cent_longer_words_fit(
    as_role: Callable[..., Watched], monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(text, "preferred", lambda header: text.PSEUDO)
    page = as_role("admin").page
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(path)
    expect(page.locator("h1")).to_contain_text("·")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
