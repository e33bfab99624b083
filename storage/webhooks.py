"""Webhooks: which decisions each was told of, what is due, what was given up. ``storage.sending`` sends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.alerts import Occasion, raise_alert
from storage.models import AlertKind, DecisionAction, DecisionRow, Delivery, FlagRow, Webhook, utcnow
from storage.secrets import new_secret
from wildtrade.errors import UsageError

WAITS = tuple(timedelta(seconds=seconds) for seconds in (10, 60, 600, 3600, 21600))  # before each further attempt
_TOLD = (DecisionAction.DECIDE, DecisionAction.UNDO, DecisionAction.ESCALATE)
_AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What is to be sent now."""

    delivery_id: int
    url: str
    secret: str
    body: dict[str, Any]


def add_webhook(session: Session, url: str, by: str) -> Webhook:
    """Tell an address of decisions from now on. Raises UsageError where it is no https address (http: refused, what
    is sent is nobody else's business)."""
    try:
        parts = urlsplit(url)
        fits = parts.scheme == "https" and parts.hostname and not parts.username and (parts.port or 443) > 0
    except ValueError:
        fits = False
    if not fits or len(url) > 2000:
        raise UsageError("this is no https address", field="url", fix="write https://host/path, without a password")
    newest = session.scalar(select(func.max(DecisionRow.id))) or 0
    made = Webhook(url=url, secret=f"whsec_{new_secret()}", created_by=by, last_decision_id=newest)
    session.add(made)
    session.flush()
    return made


def remove_webhook(session: Session, webhook_id: int) -> Webhook:
    """Tell an address nothing more. Raises UsageError where there is none."""
    row = session.get(Webhook, webhook_id)
    if row is None or row.removed_at is not None:
        raise UsageError(f"there is no webhook {webhook_id}", field="id", fix="open the list of webhooks")
    row.removed_at = utcnow()
    return row


def webhooks(session: Session) -> list[Webhook]:
    """Those that are in force."""
    return list(session.scalars(select(Webhook).where(Webhook.removed_at.is_(None)).order_by(Webhook.id)))


def deliveries(session: Session, limit: int = 50) -> list[Delivery]:
    """The newest deliveries first."""
    return list(session.scalars(select(Delivery).order_by(Delivery.id.desc()).limit(limit)))


def again(session: Session, delivery_id: int) -> None:
    """Try one that was given up anew. Raises UsageError where there is none such."""
    row = session.get(Delivery, delivery_id)
    if row is None or row.ended_at is None or row.delivered:
        raise UsageError("this delivery was not given up", field="id", fix="open the list of deliveries")
    row.ended_at, row.attempts, row.due_at = None, 0, utcnow()


def note_decisions(session: Session) -> int:
    """Queue a delivery for each decision, undo and escalation that a webhook was not told of; returns how many."""
    queued = 0
    for hook in webhooks(session):
        query = select(DecisionRow.id).where(DecisionRow.id > hook.last_decision_id, DecisionRow.action.in_(_TOLD))
        fresh: Sequence[int] = session.scalars(query.order_by(DecisionRow.id).limit(_AT_ONCE)).all()
        session.add_all(Delivery(webhook_id=hook.id, decision_id=one) for one in fresh)
        hook.last_decision_id = fresh[-1] if fresh else hook.last_decision_id
        queued += len(fresh)
    session.flush()
    return queued


def due(session: Session) -> list[Parcel]:
    """What is to be sent now, oldest first."""
    query = (
        select(Delivery, Webhook, DecisionRow, FlagRow.id)
        .join(Webhook, Webhook.id == Delivery.webhook_id)
        .join(DecisionRow, DecisionRow.id == Delivery.decision_id)
        .outerjoin(FlagRow, FlagRow.listing_id == DecisionRow.listing_id)
        .where(Delivery.ended_at.is_(None), Delivery.due_at <= utcnow(), Webhook.removed_at.is_(None))
        .order_by(Delivery.due_at)
        .limit(_AT_ONCE)
    )
    return [
        Parcel(delivery_id=delivery.id, url=hook.url, secret=hook.secret, body=_body(delivery, decision, flag_id))
        for delivery, hook, decision, flag_id in session.execute(query)
    ]


def _body(delivery: Delivery, decision: DecisionRow, flag_id: int | None) -> dict[str, Any]:
    """No names, no texts: who may know more asks the API."""
    return {
        "id": f"evt_{delivery.id}",
        "type": f"decision.{decision.action.value}",
        "utc": decision.decided_at.isoformat(),
        "subject": {"kind": "flag", "id": flag_id, "listing_id": decision.listing_id},
        "decision": {
            "id": decision.id,
            "label": decision.label.value if decision.label else None,
            "reason": decision.reason,
            "stage": decision.stage.value,
            "undoes_id": decision.undoes_id,
        },
    }


def settle(session: Session, delivery_id: int, error: str) -> None:
    """Note how an attempt ended: ``error`` is empty where it was received. After the last one it is given up."""
    row = session.get_one(Delivery, delivery_id)
    row.attempts, row.error = row.attempts + 1, error[:500]
    if not error:
        row.delivered, row.ended_at = True, utcnow()
    elif row.attempts > len(WAITS):
        row.ended_at = utcnow()
        name = f"delivery {row.id}"
        raise_alert(session, Occasion(kind=AlertKind.WEBHOOK_FAILED, name=name, detail=error[:200]))
    else:
        row.due_at = utcnow() + WAITS[row.attempts - 1]
