"""Dates are written in one way; the Thai interface adds the Buddhist year to every one of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from selectolax.lexbor import LexborHTMLParser

from review.dates import day, moment
from review.first import PRACTICE_ROLES
from review.text import use_language
from storage.database import Database
from storage.search.index import catch_up
from tests.review.conftest import Person, listing, opinion, store

EVE = datetime(2026, 12, 31, 23, 59, 58, tzinfo=UTC)


@pytest.fixture
def thai() -> Iterator[None]:
    use_language("th")
    yield
    use_language("en")


def test_days_and_moments() -> None:
    assert moment(EVE) == moment(EVE.isoformat()) == "2026-12-31 23:59 UTC"
    assert day(date(2026, 3, 5)) == day("2026-03-05") == "2026-03-05"
    assert day(EVE) == "2026-12-31"
    assert (moment(None), day(None), day(""), day("never")) == ("", "", "", "never")


@pytest.mark.usefixtures("thai")
def test_the_buddhist_year() -> None:
    assert moment(EVE) == "2026-12-31 23:59 UTC พ.ศ. 2569"
    assert day(date(2026, 3, 5)) == "2026-03-05 พ.ศ. 2569"
    assert day("2026-11") == "2026-11 พ.ศ. 2569"
    assert (moment(None), day(None), day("never")) == ("", "", "never")


PAGES = (
    "/", "/queue", "/queues", "/review/1", "/listings", "/listings/1", "/sellers/1", "/timeline", "/account",
    "/admin/audit", "/admin/users", "/sources", "/crawls", "/accessibility", "/lexicon",
)  # fmt: skip


def test_every_date_of_a_thai_page_has_it(database: Database, signed_in: Callable[..., Person]) -> None:
    store(database, [(replace(listing("1"), posted_at=date(2026, 2, 3)), opinion())])
    assert catch_up(database)
    person = signed_in(*PRACTICE_ROLES)
    assert person.ask("POST", "/account/language", {"language": "th"})[0] == 303
    dated = 0
    for path in PAGES:
        status, _, body = person.ask("GET", path)
        assert status == 200, path
        tree = LexborHTMLParser(body)
        tree.strip_tags(["script", "code"])
        shown = " ".join((tree.body.text(separator=" ") if tree.body else "").split())
        for found in re.finditer(r"\d{4}-\d\d(-\d\d)?( \d\d:\d\d UTC)?", shown):
            year = int(found.group()[:4]) + 543
            assert shown[found.end() :].startswith(f" พ.ศ. {year}"), f"{path}: {shown[found.start() :][:60]!r}"
            dated += 1
    assert dated > 25, dated
