"""Second reviews, conflicts, escalation, undo and redo, batches."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from storage.batches import carry_out, forecast, matching, propose, undo_batch
from storage.database import Database
from storage.decisions import ConflictError, Findings, decide, escalate, history, last_round
from storage.door import Found
from storage.leases import Wanted, claim
from storage.models import BatchRow, DecisionAction, DecisionRow, FlagRow, FlagState, Settled, Stage, utcnow
from storage.second_review import NOBODY, SecondReview, second_review, set_second_review
from storage.undoing import redo, undo
from tests.storage.helpers import Crawl, listing, opinion
from wildtrade.errors import UsageError
from wildtrade.records import DecisionLabel, Label, Taxon

WILD, NOT = DecisionLabel.WILDLIFE, DecisionLabel.NOT_WILDLIFE
RULES = SecondReview(random_share=0.0)


def fill(crawl: Crawl, *appendices: str | None, score: float = 0.8) -> None:
    for number, appendix in enumerate(appendices):
        taxon = Taxon(name=f"Species {number}", rank="species", appendix=appendix)
        said = opinion(Label.FLAG, score - number / 1000, taxon)
        crawl.store(Found(listing=listing(str(number)), assessment=said))


Say = Callable[..., int]


@pytest.fixture
def say(database: Database) -> Say:
    """Decide in a transaction of its own."""

    def take(flag_id: int, label: DecisionLabel, actor: str, rules: SecondReview = RULES, **more: Any) -> int:
        with database.session() as session:
            said = session.get_one(FlagRow, flag_id).assessment_id
            return decide(session, flag_id, label, actor, assessment_id=said, rules=rules, **more)

    return take


def flag(database: Database, flag_id: int = 1) -> FlagRow:
    with database.session(read_only=True) as session:
        return session.get_one(FlagRow, flag_id)


def test_appendix_i_needs_two_people_who_agree(database: Database, crawl: Crawl, say: Say) -> None:
    fill(crawl, "I", "II")
    say(2, WILD, "ana")
    assert (flag(database, 2).state, flag(database, 2).settled) == (FlagState.DECIDED, Settled.ONE)
    say(1, WILD, "ana")
    assert (flag(database).state, flag(database).second_because) == (FlagState.SECOND, "appendix_i")
    with pytest.raises(ConflictError) as error:
        say(1, WILD, "ana")
    assert error.value.kind == "own"
    with database.session() as session:
        assert claim(session, "ana", Wanted(state=FlagState.SECOND)) is None
        assert claim(session, "ben", Wanted(state=FlagState.SECOND)) == 1
    say(1, WILD, "ben")
    assert (flag(database).state, flag(database).settled) == (FlagState.DECIDED, Settled.AGREEMENT)


def test_a_conflict_is_settled_by_a_third(database: Database, crawl: Crawl, say: Say) -> None:
    fill(crawl, "I")
    say(1, WILD, "ana")
    say(1, NOT, "ben")
    assert flag(database).state is FlagState.CONFLICT
    for took_part in ("ana", "ben"):
        with pytest.raises(ConflictError):
            say(1, WILD, took_part)
    with pytest.raises(ConflictError):
        say(1, WILD, "cleo", stages=(Stage.FIRST, Stage.SECOND))
    with database.session(read_only=True) as session:
        assert [(row.actor, row.label) for row in last_round(session, 1)] == [("ana", WILD), ("ben", NOT)]
    say(1, WILD, "cleo")
    assert (flag(database).state, flag(database).settled) == (FlagState.DECIDED, Settled.ADJUDICATION)


def test_rules(database: Database, crawl: Crawl, say: Say) -> None:
    fill(crawl, None, None, None, score=0.95)
    say(1, NOT, "ana")
    assert flag(database).second_because == "disagreement"
    say(2, WILD, "ana", SecondReview(random_share=1.0))
    assert flag(database, 2).second_because == "random"
    say(3, NOT, "ana", NOBODY)
    assert flag(database, 3).state is FlagState.DECIDED
    with database.session() as session:
        assert second_review(session) == SecondReview()
        set_second_review(session, NOBODY)
        assert second_review(session) == NOBODY


def test_escalating_hands_it_to_another(database: Database, crawl: Crawl, say: Say) -> None:
    fill(crawl, None)
    with database.session() as session:
        escalate(session, 1, "ana", assessment_id=flag(database).assessment_id, note="is this bone?")
    assert flag(database).state is FlagState.ESCALATED
    with pytest.raises(ConflictError):
        say(1, WILD, "ana")
    say(1, WILD, "cleo")
    assert flag(database).settled is Settled.ADJUDICATION


def test_undo_goes_back_step_by_step_until_somebody_else_acted(database: Database, crawl: Crawl, say: Say) -> None:
    fill(crawl, "I", None)
    say(1, WILD, "ana")
    say(2, NOT, "ana")
    say(1, WILD, "ben")
    with database.session() as session:
        assert undo(session, "ana") == 2
        assert undo(session, "ana") is None  # ben has acted on the first
        assert undo(session, "ben") == 1
    assert flag(database).state is FlagState.SECOND
    with database.session() as session:
        assert undo(session, "ana") == 1
    assert (flag(database).state, flag(database).first_by) == (FlagState.OPEN, None)


def test_twenty_deep_and_no_deeper(database: Database, crawl: Crawl, say: Say) -> None:
    fill(crawl, *[None] * 22)
    for number in range(1, 23):
        say(number, NOT, "ana")
    with database.session() as session:
        assert [undo(session, "ana") for _ in range(21)] == [*range(22, 2, -1), None]


def test_redo_does_the_same_again_until_something_new_is_done(database: Database, crawl: Crawl, say: Say) -> None:
    fill(crawl, None, None, None)
    say(1, WILD, "ana", findings=Findings(taxon="Manis javanica", tags=["scales"]), note="sure")
    say(2, NOT, "ana")
    with database.session() as session:
        assert [undo(session, "ana"), undo(session, "ana")] == [2, 1]
        assert [redo(session, "ana", RULES), redo(session, "ana", RULES), redo(session, "ana", RULES)] == [1, 2, None]
        row = session.scalars(
            select(DecisionRow).where(DecisionRow.listing_id == 1).order_by(DecisionRow.id.desc())
        ).first()
        assert row is not None
        assert (row.taxon, row.tags, row.note, row.action) == (
            "Manis javanica",
            ["scales"],
            "sure",
            DecisionAction.DECIDE,
        )
        assert undo(session, "ana") == 2
    say(3, NOT, "ana")
    with database.session() as session:
        assert redo(session, "ana", RULES) is None
        assert len(history(session, 2)) == 4


def test_a_batch_does_what_it_said(database: Database, crawl: Crawl) -> None:
    fill(crawl, None, None, "I", None, None)
    with database.session() as session:
        claim(session, "ben", Wanted())
        held = session.scalars(select(FlagRow.id).where(FlagRow.holder == "ben")).one()
        batch = propose(session, "ana", NOT, matching(session), reason="colour_name")
        ahead = forecast(session, batch)
        appendix_i = int(held != 3)
        assert (ahead.items, ahead.sellers, ahead.held, ahead.gone, ahead.appendix_i) == (4, 1, 1, 0, appendix_i)
        done = carry_out(session, batch, NOBODY)
        assert held not in done and len(done) == 4
    with database.session() as session:
        states = {row.id: row.state for row in session.scalars(select(FlagRow))}
        assert states[3] is (FlagState.SECOND if appendix_i else FlagState.OPEN)
        assert sorted(states.values()).count(FlagState.DECIDED) == 4 - appendix_i
        assert undo(session, "ana") in done
        assert {row.state for row in session.scalars(select(FlagRow).execution_options(populate_existing=True))} == {
            FlagState.OPEN
        }
        assert session.get_one(BatchRow, batch.id).undone_at is not None


def test_what_others_acted_on_stays_when_a_batch_is_taken_back(database: Database, crawl: Crawl, say: Say) -> None:
    fill(crawl, "I", None)
    with database.session() as session:
        batch = propose(session, "ana", NOT, [1, 2])
        carry_out(session, batch, NOBODY)
    say(1, NOT, "ben")
    with database.session() as session:
        assert undo_batch(session, batch.id, "ana") == 1
    assert (flag(database, 1).state, flag(database, 2).state) == (FlagState.DECIDED, FlagState.OPEN)


def test_a_batch_is_undone_by_key_within_a_day_only(database: Database, crawl: Crawl) -> None:
    fill(crawl, None)
    with database.session() as session:
        carry_out(session, propose(session, "ana", NOT, [1]), NOBODY)
        session.execute(update(DecisionRow).values(decided_at=utcnow() - timedelta(hours=25)))
        assert undo(session, "ana") is None


def test_a_batch_has_its_bounds(database: Database) -> None:
    with database.session() as session:
        with pytest.raises(UsageError, match="nothing is chosen"):
            propose(session, "ana", NOT, [])
        with pytest.raises(UsageError, match="5,001 items"):
            propose(session, "ana", NOT, range(5001))
