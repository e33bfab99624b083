"""Exports: what training reads, whom it does not name, and cells no spreadsheet runs."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import exports, queue
from storage.database import Database
from tests.storage.helpers import Crawl, listing
from wildtrade.output import to_json
from wildtrade.records import DecisionLabel


@pytest.fixture
def decided(database: Database, crawl: Crawl) -> Database:
    """Four listings: wildlife, not wildlife, one taken back, one that waits."""
    crawl.store(*(listing(str(n), seller=f"Seller {n}") for n in range(4)))
    labels = [DecisionLabel.WILDLIFE, DecisionLabel.NOT_WILDLIFE, DecisionLabel.UNSURE]
    for number, label in enumerate(labels):
        with database.session() as session:
            item = queue.item(session, number + 1)
            assert item is not None
            actor = "ben" if label is DecisionLabel.UNSURE else "ana"
            queue.decide(session, item.flag_id, label, actor, assessment_id=item.assessment_id, reason="toy")
    with database.session() as session:
        assert queue.undo(session, "ben")
    return database


def test_decisions_that_stand_with_the_text_they_were_taken_on(decided: Database) -> None:
    with decided.session(read_only=True) as session:
        rows = list(exports.decisions(session))
    assert [(row["label"], row["title"]) for row in rows] == [(1, "Carved bangle 0"), (0, "Carved bangle 1")]
    assert rows[0]["reviewer"] == rows[1]["reviewer"] != "ana" and rows[0]["seller"] != rows[1]["seller"]
    assert rows[0]["content_hash"] == listing("0", seller="Seller 0").content_hash()
    text = to_json(rows)
    assert "ana" not in json.loads(text)[0].values() and "Seller 0" not in text
    needed = {"description", "price", "language", "inclusion_probability", "lexicon_version", "model_version"}
    assert needed <= set(rows[0])


def test_flagged_listings_whatever_their_state(decided: Database) -> None:
    with decided.session(read_only=True) as session:
        rows = list(exports.flagged(session))
    assert [row["state"] for row in rows] == ["decided", "decided", "open", "open"]
    assert rows[0]["amount"] == "120.50" and rows[0]["appendix"] == "I"


DANGEROUS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    " =1",
    "\u200b=1",
    "\n=1",
    "|calc",
]


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_cell_is_a_formula(text: str) -> None:
    assert exports.safe_cell(text) == f"'{text}"


@given(st.text(max_size=30))
def test_a_safe_cell_loses_nothing(text: str) -> None:
    assert exports.safe_cell(text) in (text, f"'{text}")


@pytest.mark.parametrize("text", ["", "ivory = elephant", "120.50", "象牙", "a-b"])
def test_ordinary_cells_stay(text: str) -> None:
    assert exports.safe_cell(text) == text
