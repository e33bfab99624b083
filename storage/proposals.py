"""Guards that reviewers propose for the lexicon: words that misled the machine."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.database import clean_text
from storage.models import GuardProposal, ProposalState
from wildtrade.errors import UsageError

_LONGEST = 200


def propose_guard(
    session: Session, words: str, actor: str, *, language: str | None, reason: str, listing_id: int
) -> GuardProposal:
    """Keep a proposal; the same words for the same reason are one. Raises UsageError for words that are too long."""
    words = clean_text(" ".join(words.split()))
    if not words or len(words) > _LONGEST:
        raise UsageError("these are no words for a guard", field="guard", fix=f"write 1 to {_LONGEST} characters")
    same = (GuardProposal.text == words, GuardProposal.reason == reason, GuardProposal.state == ProposalState.PROPOSED)
    found = session.scalars(select(GuardProposal).where(*same)).first()
    if found is not None:
        return found
    row = GuardProposal(text=words, language=language, reason=reason, listing_id=listing_id, actor=actor)
    session.add(row)
    session.flush()
    return row


def proposals(session: Session, state: ProposalState = ProposalState.PROPOSED, most: int = 200) -> list[GuardProposal]:
    """Proposals, newest first."""
    query = select(GuardProposal).where(GuardProposal.state == state).order_by(GuardProposal.id.desc())
    return list(session.scalars(query.limit(most)))


def settle_proposal(session: Session, proposal_id: int, actor: str, *, taken: bool) -> GuardProposal | None:
    """Say that a proposal was taken into the draft of the lexicon, or declined. None where it is settled already."""
    row = session.get(GuardProposal, proposal_id, with_for_update=True)
    if row is None or row.state is not ProposalState.PROPOSED:
        return None
    row.state, row.settled_by = (ProposalState.TAKEN if taken else ProposalState.DECLINED), actor
    session.flush()
    return row
