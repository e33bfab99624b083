"""Figures are those of the rows, honest where there is nothing to go by; charts are drawn, and have a table twin."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from review import figures, snapshots
from storage import queue
from storage.agreement import pairs
from storage.database import Database
from storage.decisions import decide
from storage.figures import compute, kept
from storage.models import DecisionRow, FlagRow, FlagState, utcnow
from storage.second_review import SecondReview
from tests.review.conftest import Person, Watched, fill, listing, opinion, store
from wildtrade.records import DecisionLabel

W, N, U = DecisionLabel.WILDLIFE, DecisionLabel.NOT_WILDLIFE, DecisionLabel.UNSURE
BOTH = SecondReview(appendix_i=True, into_case=False, random_share=0.0, disagreement_from=2.0)


def judge(database: Database, labels: dict[int, DecisionLabel], actor: str = "mara") -> None:
    with database.session() as session:
        for flag_id, label in labels.items():
            queue.decide(session, flag_id, label, actor, assessment_id=flag_id)


def test_figures_are_those_of_the_rows(database: Database) -> None:
    store(
        database,
        [
            (listing("1", seller="A"), opinion(0.95)),
            (listing("2", seller="A"), opinion(0.85, language="th")),
            (listing("3", seller="A"), opinion(0.7)),
            (listing("4", seller="B"), opinion(0.55, taxa=())),
        ],
    )
    judge(database, {1: W, 2: W, 3: N, 4: U})
    with database.session() as session:
        queue.undo(session, "mara")
        session.execute(update(FlagRow).where(FlagRow.id == 4).values(created_at=utcnow() - timedelta(days=3)))
        session.execute(update(FlagRow).where(FlagRow.id == 1).values(created_at=utcnow() - timedelta(hours=10)))
        found = compute(session, 30, utcnow() + timedelta(seconds=1))
    assert found["funnel"] == {"found": 4, "flagged": 4, "reviewed": 3, "confirmed": 2}
    assert found["funnel_before"] == {"found": 0, "flagged": 0, "reviewed": 0, "confirmed": 0}
    assert sum(found["by_day"]["series"]["market"]) == 4
    assert len(found["by_day"]["days"]) == 31
    assert found["taxa"] == [["Loxodonta africana", 3, 2]]
    assert found["appendix"] == [["I", 3, 2], ["none", 1, 0]]
    assert found["language"] == [["en", 3, 1], ["th", 1, 1]]
    assert found["sellers"] == {"sellers": 2, "listings": 4, "curve": [[1, 0.75], [2, 1.0]]}
    assert found["age"] == [["< 1 d", 0], ["1-2 d", 0], ["2-7 d", 1], ["7-30 d", 0], ["> 30 d", 0]]
    number, _median, ninth = found["decision_hours"]["all"]
    assert (number, round(ninth)) == (3, 10)
    assert found["precision"]["term"] == [["ivory", 2, 3]]
    assert sorted(found["precision"]["band"]) == [["0.6-0.8", 0, 1], ["0.8-1.0", 2, 2]]


def test_recall_comes_from_random_items_only(database: Database) -> None:
    fill(database, 4)
    judge(database, {1: W, 2: W, 3: W})

    def said() -> str:
        with database.session(read_only=True) as session:
            return figures.recall(compute(session, 30, utcnow() + timedelta(seconds=1)))

    assert said().startswith("No random items decided yet")
    with database.session() as session:
        drawn = {"state": FlagState.SAMPLED, "inclusion_probability": 0.5}
        session.execute(update(FlagRow).where(FlagRow.id == 4).values(drawn))
    judge(database, {4: W})
    assert said().startswith("Estimated recall 60% (95 % interval ")  # 3 queued against 1 drawn with chance 1/2
    assert said().endswith("from 1 random items decided.")


def test_a_snapshot_is_kept_and_computed_again_when_old(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(database, 1)
    first = figures.figures(database, 30)
    assert first is not None
    fill_more = [(listing("more"), opinion())]
    store(database, fill_more)
    assert figures.figures(database, 30) == first
    anew = figures.figures(database, 30, anew=True)
    assert anew is not None and anew["funnel"]["flagged"] == 2
    monkeypatch.setattr(snapshots, "FRESH", timedelta(0))
    assert figures.figures(database, 30) == anew  # at once, while a new one is computed beside it
    until = time.monotonic() + 10
    while snapshots._under_way and time.monotonic() < until:
        time.sleep(0.05)
    with database.session(read_only=True) as session:
        again = kept(session, 30)
    assert again is not None and again["computed_at"] > anew["computed_at"]


def test_tables_as_csv(database: Database, signed_in: Callable[..., Person]) -> None:
    store(database, [(listing("1"), opinion(language="=cmd()"))])
    viewer = signed_in("viewer")
    status, headers, body = viewer.ask("GET", "/dashboard/language.csv?days=30")
    assert (status, headers["content-type"]) == (200, "text/csv; charset=utf-8")
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
    assert rows == [["Languages", "Flagged", "Confirmed"], ["'=cmd()", "1", "0"]]
    assert viewer.ask("GET", "/dashboard/nothing.csv")[0] == 404


def test_agreement_of_two(database: Database, signed_in: Callable[..., Person]) -> None:
    fill(database, 4)
    with database.session() as session:
        for flag_id, first, second in ((1, W, W), (2, N, N), (3, W, N), (4, N, N)):
            for actor, label in (("mara", first), ("joe", second)):
                decide(session, flag_id, label, actor, assessment_id=flag_id, rules=BOTH)
        found = pairs(session, utcnow() - timedelta(days=1))
        assert [(one.flag_id, one.agrees, one.because) for one in found] == [
            (4, True, "appendix_i"), (3, False, "appendix_i"), (2, True, "appendix_i"), (1, True, "appendix_i"),
        ]  # fmt: skip
        assert session.query(DecisionRow).count() == 8
    page = signed_in("senior", name="sam").ask("GET", "/agreement")[2].decode()
    assert "joe / mara" in page and "Appendix I" in page
    assert "0.50" in page  # kappa: observed 3/4, expected 1/2
    own = signed_in("reviewer", name="kim").ask("GET", "/agreement")[2].decode()
    assert "joe" not in own and "mara" not in own
    assert signed_in("senior", name="sam").ask("GET", "/agreement.csv")[2].count(b"\n") == 5


@pytest.mark.browser
def test_charts_are_drawn_and_have_a_table(database: Database, as_role: Callable[..., Watched]) -> None:
    fill(database, 5, languages=("en", "th"))
    judge(database, {1: W, 2: N})
    page = as_role("viewer").page
    for way in ("direct", "by link"):
        page.goto("/dashboard" if way == "direct" else "/")
        if way == "by link":
            page.get_by_text("Overview", exact=True).click()
            page.get_by_role("link", name="Dashboard").click()
        first = page.locator("[data-chart] canvas").first
        expect(first).to_be_visible()
        drawn = page.evaluate(
            "[...document.querySelectorAll('[data-chart] canvas')].map(canvas => new Set(canvas.getContext('2d')"
            ".getImageData(0, 0, canvas.width, canvas.height).data.filter((_, at) => at % 4 === 3)).size)"
        )
        assert len(drawn) >= 9 and min(drawn) > 1, drawn
    table = page.locator("section", has_text="From found to confirmed").locator("details")
    table.locator("summary").click()
    expect(table.get_by_role("row", name="Flagged 5 0")).to_be_visible()
    box = page.locator("[data-chart]").first
    assert json.loads(box.get_attribute("data-chart") or "")["labels"] == ["Found", "Flagged", "Reviewed", "Confirmed"]
    assert "2 reviewed, 1 confirmed" in (box.get_attribute("aria-label") or "")


@pytest.mark.browser
def test_the_figures_are_accessible(
    database: Database, as_role: Callable[..., Watched], axe: Callable[..., None]
) -> None:
    fill(database, 3)
    judge(database, {1: W})
    page = as_role("senior").page
    page.goto("/")
    axe(page, "/dashboard", languages=("en", "th"))
    axe(page, "/agreement", languages=("es",))
