"""When an item needs a second person: the rules of the workspace, each of which can be changed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.models import FlagRow, FlagState, NamedQueue, QueueMember, Settled
from storage.workspace_facts import fact, set_fact
from wildtrade.records import DecisionLabel, Label

_FACT = "second_review"
_lot = random.SystemRandom()


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondReview:
    """The rules. ``random_share``: so many of all decisions. ``disagreement_from``: a score from which "not wildlife"
    contradicts the machine; "wildlife" contradicts it where it found the text clear. Above 1: never."""

    appendix_i: bool = True
    into_case: bool = True
    random_share: float = 0.05
    disagreement_from: float = 0.9


NOBODY = SecondReview(appendix_i=False, into_case=False, random_share=0.0, disagreement_from=2.0)


def second_review(session: Session) -> SecondReview:
    """The rules in force."""
    known = asdict(SecondReview())
    return replace(SecondReview(), **{k: v for k, v in fact(session, _FACT, {}).items() if k in known})


def set_second_review(session: Session, rules: SecondReview) -> None:
    """Change the rules for decisions from now on."""
    set_fact(session, _FACT, asdict(rules))


def why_second(
    rules: SecondReview, flag: FlagRow, label: DecisionLabel, *, into_case: bool = False, overlap: bool = False
) -> str | None:
    """The rule that asks for a second person after this first decision; None where one is enough. ``overlap``: the item
    is in a queue in which two people decide."""
    if rules.appendix_i and flag.appendix == "I":
        return "appendix_i"
    if rules.into_case and into_case:
        return "into_case"
    if _disagree(rules, flag, label):
        return "disagreement"
    if overlap:
        return "overlap"
    return "random" if _lot.random() < rules.random_share else None


def asked_twice(session: Session, flag_ids: Sequence[int]) -> set[int]:
    """Those of these flags that are in a named queue in which two people decide."""
    query = select(QueueMember.flag_id).join(NamedQueue, NamedQueue.id == QueueMember.queue_id)
    return set(session.scalars(query.where(QueueMember.flag_id.in_(flag_ids), NamedQueue.overlap == 2)))


def enters_case(session: Session, listing_id: int) -> bool:
    """Ask for a second person where a listing goes into a case on the word of one; whether that was done."""
    one = select(FlagRow).where(FlagRow.listing_id == listing_id, FlagRow.state == FlagState.DECIDED).with_for_update()
    flag = session.scalar(one)
    if flag is None or flag.settled is not Settled.ONE or not second_review(session).into_case:
        return False
    flag.state, flag.settled, flag.second_because = FlagState.SECOND, None, "into_case"
    return True


def _disagree(rules: SecondReview, flag: FlagRow, label: DecisionLabel) -> bool:
    if rules.disagreement_from > 1:
        return False
    if label is DecisionLabel.NOT_WILDLIFE:
        return flag.score >= rules.disagreement_from
    return label is DecisionLabel.WILDLIFE and flag.label is Label.CLEAR
