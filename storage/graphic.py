"""How much graphic material a person is shown in a day: no more than the workspace says. Only today is kept, so that
nobody's days can be counted or compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import ColumnElement, bindparam, or_, select
from sqlalchemy.orm import Session, aliased

from storage.models import DecisionRow, FlagRow, table_of, utcnow
from storage.workspace_facts import fact, set_fact

GRAPHIC = "graphic"  # the word of decision.sensitivity
_FACT = "graphic items a day"
_FLAG = table_of(FlagRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayLimit:
    """``most`` graphic items are shown to a person in a day (UTC), 0: no limit; ``may_pass``: they may go on all the
    same, which the audit trail tells."""

    most: int = 100
    may_pass: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """Which graphic items (flag ids) a person was shown today, and whether they chose to see more than the limit."""

    flags: Sequence[int] = ()
    passed: bool = False


def day_limit(session: Session) -> DayLimit:
    """The limit of the workspace."""
    return DayLimit(**fact(session, _FACT, {}))


def set_day_limit(session: Session, limit: DayLimit) -> None:
    """Change the limit, from now on."""
    set_fact(session, _FACT, asdict(limit))


def _marked() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Conditions on flags: somebody marked the item, or a near-duplicate of it, as graphic and did not take it back."""
    near, later = aliased(FlagRow), aliased(DecisionRow)
    undone = select(later.id).where(later.undoes_id == DecisionRow.id).exists()
    marked = select(DecisionRow.id).where(DecisionRow.sensitivity == GRAPHIC, ~undone)
    own = marked.where(DecisionRow.listing_id == _FLAG.c.listing_id)
    alike = marked.join(near, near.listing_id == DecisionRow.listing_id).where(near.cluster_id == _FLAG.c.cluster_id)
    return own.correlate(_FLAG).exists(), alike.correlate(_FLAG).exists()


# Both are made once: an expression of this size takes longer to build than to run.
_OWN, _ALIKE = _marked()
_KNOWN = select(_FLAG.c.id).where(_FLAG.c.id == bindparam("flag_id"), or_(_OWN, _ALIKE))


def not_graphic() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Conditions on flags: nothing of that kind is known. Two, so that a database looks both up for the first rows only
    instead of gathering all that is marked."""
    return ~_OWN, ~_ALIKE


def known_graphic(session: Session, flag_id: int) -> bool:
    """Whether that is known of an item before it is looked at."""
    return session.scalar(_KNOWN, {"flag_id": flag_id}) is not None


def today(session: Session, user_id: int) -> Today:
    """What a person was shown today."""
    seen = fact(session, _name(user_id))
    if seen is None or seen["day"] != _day():
        return Today()
    return Today(flags=seen["flags"], passed=seen["passed"])


def note_graphic(session: Session, user_id: int, flag_id: int) -> None:
    """A person was shown a graphic item; the same one counts once."""
    seen = today(session, user_id)
    if flag_id not in seen.flags:
        _keep(session, user_id, Today(flags=[*seen.flags, flag_id], passed=seen.passed))


def pass_limit(session: Session, user_id: int) -> bool:
    """Let a person go on past the limit for today; False where the workspace does not allow it."""
    if not day_limit(session).may_pass:
        return False
    _keep(session, user_id, Today(flags=today(session, user_id).flags, passed=True))
    return True


def limit_reached(session: Session, user_id: int) -> bool:
    """Whether a person has seen enough for today."""
    seen = today(session, user_id)
    if not seen.flags:  # nearly everybody, nearly always
        return False
    limit = day_limit(session)
    return 0 < limit.most <= len(seen.flags) and not (seen.passed and limit.may_pass)


def _keep(session: Session, user_id: int, seen: Today) -> None:
    value = {"day": _day(), "flags": list(seen.flags), "passed": seen.passed}
    set_fact(session, _name(user_id), value)


def _name(user_id: int) -> str:
    return f"graphic items of {user_id}"


def _day() -> str:
    return utcnow().date().isoformat()
