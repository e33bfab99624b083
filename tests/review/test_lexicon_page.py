"""The lexicon's page: what each term did and how right it was, what is a draft, and a text tried."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from review.lexicon import Standing, entries, found_entries, try_text
from review.pages.lexicon import _in_order
from storage.database import Database
from storage.models import FlagRow
from storage.proposals import propose_guard
from tests.review.conftest import Person, Watched, listing, opinion, store
from wildtrade.records import DecisionLabel, Label, Signal, SignalKind

TERMS = "term,language,taxon,rank,form,cites_code,strength,status,source,note\n"


def flagged(database: Database, key: str, count: int) -> None:
    """So many flags with this term of the lexicon; all but the last are decided, the first as something else."""
    from storage.decisions import decide

    term = Signal(
        kind=SignalKind.TERM, field="title", start=0, end=5, text="Ivory", weight=2.5, source=key,
        message_key="term.strong",
    )  # fmt: skip
    store(database, [(listing(str(n)), replace(opinion(0.9), signals=(term,))) for n in range(count)])
    with database.session() as session:
        for number in range(1, count):
            label = DecisionLabel.NOT_WILDLIFE if number == 1 else DecisionLabel.WILDLIFE
            said = session.get_one(FlagRow, number).assessment_id
            decide(session, number, label, "ana", assessment_id=said)
        propose_guard(session, "ivory coast", "ana", language="en", reason="place_name", listing_id=1)


def a_term() -> str:
    found = next(one for one in entries(None) if one.term.text == "ivory" and one.term.language == "en")
    return found.term.key


def test_figures_of_a_term(database: Database, reviewer: Person) -> None:
    flagged(database, a_term(), 5)
    shown = reviewer.ask("GET", "/lexicon?q=ivory&language=en")[2].decode()
    row = next(line for line in shown.split("<tr>") if ">ivory<" in line)
    assert '<td class="number">5</td>' in row
    assert "75 % (30–95), 4 decisions" in row
    assert "ivory coast" in row
    assert "1 proposal of reviewers waits." in shown
    assert reviewer.ask("GET", "/lexicon?q=ivory&page=99")[0] == 200
    assert "No term is like that." in reviewer.ask("GET", "/lexicon?q=nosuchword")[2].decode()


def test_search_and_order() -> None:
    everything = entries(None)
    assert len(everything) > 1000
    thai = found_entries(everything, language="th")
    assert {one.term.language for one in thai} == {"th"}
    assert found_entries(everything, said="งาช้าง")
    assert {one.term.taxon for one in found_entries(everything, said="Panthera tigris")} >= {"Panthera tigris"}
    assert found_entries(everything, standing="draft") == []
    one, other, third = everything[:3]
    rated = [replace(one, right=0, judged=1), replace(other, right=2, judged=20), replace(third, hits=9)]
    assert [row.judged for row in _in_order(rated, "precision")] == [
        20,
        1,
        0,
    ]  # one decision does not make it the worst
    assert _in_order(rated, "hits")[0].hits == 9


def test_a_draft_shows_before_it_counts(tmp_path: Path) -> None:
    from classifiers.lexicons.versions import publish

    terms = tmp_path / "lexicon" / "terms"
    terms.mkdir(parents=True)
    (terms / "own.csv").write_text(TERMS + "zorblat,en,Panthera leo,species,any,,strong,own knowledge,K,\n")
    publish(tmp_path / "lexicon", by="sue")
    draft = TERMS + "zorblat,en,Panthera leo,species,any,,strong,own knowledge,K,\n"
    (terms / "own.csv").write_text(draft + "quizzle,en,Panthera leo,species,tooth,TEE,strong,own knowledge,K,\n")
    told = {one.term.text: one.standing for one in entries(tmp_path) if one.term.group == "own"}
    assert told == {"zorblat": Standing.PUBLISHED, "quizzle": Standing.DRAFT}
    before, after = (
        [signal.source for signal in try_text(tmp_path, "quizzle for sale", draft=draft).signals]
        for draft in (False, True)
    )
    assert ("lexicon:own/quizzle" in before, "lexicon:own/quizzle" in after) == (False, True)


def test_a_text_is_tried_and_nothing_is_kept(database: Database, reviewer: Person) -> None:
    try_text(None, "the machine is loaded once, which takes seconds")
    status, _, body = reviewer.ask("POST", "/lexicon", {"text": "ivory tusk for sale, <b>real</b> elephant ivory"})
    shown = body.decode()
    assert status == 200
    assert f'<span class="badge {Label.FLAG}">' in shown
    assert "<b>real</b>" not in shown
    assert "lexicon:" in shown
    assert reviewer.ask("POST", "/lexicon", {"text": " "})[0] == 200


@pytest.mark.browser
def test_accessibility(database: Database, as_role: Callable[..., Watched], axe: Callable[..., None]) -> None:
    flagged(database, a_term(), 3)
    try_text(None, "the machine is loaded once, which takes seconds")
    page = as_role("senior", name="mia").page
    page.goto("/lexicon?q=ivory")
    page.get_by_label("A text, as a seller would write it").fill("ivory tusk for sale")
    page.get_by_role("button", name="What does the machine say?").click()
    page.locator("#said").wait_for(timeout=120_000)
    axe(page, "/lexicon")
