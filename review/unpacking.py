"""What comes back of a review pack: each decision goes the way it would have gone on the screen, or is a conflict.

The whole file is checked before anything is stored, and stored in one transaction. What somebody else decided meanwhile
stays; what the person typed for such an item becomes their draft.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy.orm import Session

from review.fields import Entered, check, findings_of
from review.reviewing import stages_of
from review.views import REASONS
from review.walk import QUEUES
from storage.audit import Actor, record
from storage.custody import CustodyLog
from storage.custody.line import canonical
from storage.database import Database
from storage.decisions import ConflictError, decide, escalate, skip, stage_of
from storage.drafts import save_draft
from storage.iso import utc_text
from storage.leases import WAITING
from storage.models import DecisionRow, FlagRow, FlagState, PackItem, PackOutcome, ReviewPack, Stage, User, utcnow
from storage.packs import MOST, holder_of, items_of, pack_of
from storage.second_review import SecondReview, second_review
from storage.sessions import Identity, identity_of
from wildtrade.errors import UsageError
from wildtrade.records import DecisionLabel

FORM = "wildtrade review decisions 1"
LONGEST = 8 * 2**20  # bytes of a file
_CLOCK = timedelta(minutes=10)  # a clock that is off by more is told of
_OUTCOMES = {"decided": PackOutcome.DECIDED, "own": PackOutcome.NOT_ALLOWED}  # by kind of conflict; else a conflict


class Said(Entered):
    """What the file says of one item: the form of the screen, what was done, and when by the clock of that machine."""

    model_config = ConfigDict(extra="forbid")
    flag: Annotated[int, Field(ge=1, le=2**63 - 1)]
    action: Literal["decide", "escalate", "skip"] = "decide"
    label: DecisionLabel | None = None
    at: AwareDatetime

    @property
    def digest(self) -> str:
        """SHA-256 of all but the time: the same decision said twice is one."""
        return hashlib.sha256(canonical(self.model_dump(mode="json", exclude={"at"}))).hexdigest()


class DecisionFile(BaseModel):
    """The file that a pack's page saves."""

    model_config = ConfigDict(extra="forbid")
    form: Literal["wildtrade review decisions 1"]
    manifest: Annotated[str, Field(max_length=200_000)]
    signature: Annotated[str, Field(max_length=128)]
    saved_at: AwareDatetime | None = None
    decisions: Annotated[list[Said], Field(max_length=MOST)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a file came to. ``counts`` by outcome of what is new; ``again``: taken from an earlier file; ``clock``: how
    many decisions are dated before the pack was made, or in the future."""

    pack: int
    person: str
    counts: dict[str, int]
    again: int
    clock: int


def read_file(name: str, data: bytes) -> DecisionFile:
    """A file as the page saves it. Raises UsageError naming the field that is wrong."""
    if len(data) > LONGEST:
        raise UsageError(f"{len(data):,} bytes are too many", file=name, fix=_FIX)
    try:
        file = DecisionFile.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise UsageError(first["msg"], file=name, field=_path(first["loc"]) or "file", fix=_FIX) from error
    for at, one in enumerate(file.decisions):
        try:
            check(one, REASONS)
            _check(one)
        except UsageError as error:
            field = f"decisions[{at}]" + (f".{error.field}" if error.field else "")
            raise UsageError(error.message, file=name, field=field, fix=error.fix) from error
    return file


_FIX = "choose the .json file that the pack's page saved, as it is"


def _path(loc: tuple[int | str, ...]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc).removeprefix(".")


def _check(one: Said) -> None:
    if (one.action == "decide") != (one.label is not None):
        raise UsageError("a decision has a label, and nothing else has", field="label", fix=_FIX)
    if one.also or one.guard:
        raise UsageError("a pack decides one item at a time", field="also" if one.also else "guard", fix=_FIX)


def take_pack(
    database: Database, log: CustodyLog, name: str, data: bytes, who: Actor, *, user_id: int | None = None,
    home: Path | None = None,
) -> Taken:  # fmt: skip
    """Take a file back. ``user_id``: who brings it, if it must be the person the pack is for. Raises UsageError for a
    file that cannot be taken; then nothing is stored."""
    file = read_file(name, data)
    with database.session() as session:
        pack, user = _pack_of(session, log, file, name, user_id)
        work = _Work(session, pack, identity_of(session, user), who, second_review(session), home)
        items = {item.flag_id: item for item in items_of(session, pack)}
        came = [work.take(item, one) for item, one in _paired(name, items, file)]
        now = utcnow()
        clock = sum(not pack.made_at - _CLOCK <= one.at <= now + _CLOCK for one in file.decisions)
        counts = {outcome.value: came.count(outcome) for outcome in PackOutcome}
        taken = Taken(pack=pack.id, person=user.name, counts=counts, again=came.count(None), clock=clock)
        said = {"sha256": hashlib.sha256(data).hexdigest(), "counts": counts, "again": taken.again, "clock": clock}
        pack.last = {**said, "at": utc_text(now, "seconds"), "by": who.name}
        record(session, "pack_take", who, kind="pack", id=pack.id, after=said)
    return taken


def _pack_of(
    session: Session, log: CustodyLog, file: DecisionFile, name: str, user_id: int | None
) -> tuple[ReviewPack, User]:
    """The pack a file is of, and its person. Raises UsageError naming the file."""
    try:
        pack = pack_of(session, log, file.manifest, file.signature)
        user = session.get_one(User, pack.user_id)
        _check_pack(pack, user, user_id)
    except UsageError as error:
        error.file = name
        raise
    return pack, user


def _check_pack(pack: ReviewPack, user: User, user_id: int | None) -> None:
    if user_id not in (None, user.id):
        fix = f"{user.name} signs in and brings it, or whoever runs the workspace: wildtrade pack take FILE"
        raise UsageError(f"this file holds decisions of {user.name}", field="manifest", fix=fix)
    if pack.withdrawn_at is not None:
        fix = "decide its items on the screen"
        raise UsageError(f"pack {pack.id} was withdrawn by {pack.withdrawn_by}", field="manifest", fix=fix)
    if user.disabled_at is not None:
        raise UsageError(f"{user.name} is disabled", field="manifest", fix="enable them first, if that is right")


def _paired(name: str, items: dict[int, PackItem], file: DecisionFile) -> Iterator[tuple[PackItem, Said]]:
    """Each decision with its item; all are looked at before the first is given."""
    seen: set[int] = set()
    for at, one in enumerate(file.decisions):
        if one.flag not in items or one.flag in seen:
            problem = "this item comes twice" if one.flag in seen else "this item is not in the pack"
            raise UsageError(problem, file=name, field=f"decisions[{at}].flag", fix=_FIX)
        seen.add(one.flag)
    return ((items[one.flag], one) for one in file.decisions)


@dataclass(frozen=True, slots=True)
class _Work:
    """Storing decisions in a person's name, one after the other."""

    session: Session
    pack: ReviewPack
    person: Identity
    who: Actor
    rules: SecondReview
    home: Path | None

    def take(self, item: PackItem, one: Said) -> PackOutcome | None:
        """Store what was said of an item, or say why not. None where an earlier file said the same."""
        if item.outcome is PackOutcome.TAKEN:
            return self._compare(item, one)
        first = item.outcome is None
        item.action, item.label, item.said, item.stated_at = one.action, one.label, one.digest, one.at
        self._let_go(item.flag_id)
        try:
            item.decision_id = self._store(item, one)
        except ConflictError as conflict:
            item.outcome = _OUTCOMES.get(conflict.kind, PackOutcome.CONFLICT)
            item.kind, item.who, item.at = conflict.kind, conflict.who or None, conflict.at
            if first:  # later the person may have typed something newer there
                save_draft(self.session, self.person.name, item.flag_id, one.draft())
            return item.outcome
        item.outcome, item.kind, item.who, item.at = PackOutcome.TAKEN, None, None, None
        return item.outcome

    def _compare(self, item: PackItem, one: Said) -> PackOutcome | None:
        if item.said == one.digest:
            return None
        item.kind = "differs"  # what was taken stays: it can be taken back on the screen
        return PackOutcome.CONFLICT

    def _let_go(self, flag_id: int) -> None:
        flag = self.session.get(FlagRow, flag_id, with_for_update=True, populate_existing=True)
        if flag is not None and flag.holder == holder_of(self.pack, self.person.name):
            flag.holder = flag.lease_until = None
            self.session.flush()

    def _store(self, item: PackItem, one: Said) -> int:
        event = self.session.get_one(DecisionRow, self._decide(item, one))
        event.pack_id, event.stated_at = self.pack.id, one.at
        event.queue_id = int(self.pack.queue) if self.pack.queue.isdecimal() else None
        self.session.flush()
        after: dict[str, Any] = {"pack": self.pack.id, "of": self.person.name, "stated_at": utc_text(one.at, "seconds")}
        after |= {"label": one.label.value} if one.label else {}
        after |= {"reason": one.reason or one.skip_reason} if one.reason or one.skip_reason else {}
        record(self.session, one.action, self.who, kind="flag", id=item.flag_id, after=after)
        return event.id

    @property
    def stage(self) -> Stage:
        """Which decisions the pack was made for; on the screen it would be another page."""
        return Stage.SECOND if QUEUES.get(self.pack.queue) is FlagState.SECOND else Stage.FIRST

    def _decide(self, item: PackItem, one: Said) -> int:
        flag_id, name, note = item.flag_id, self.person.name, one.note or None
        seen, stages = item.assessment_id, stages_of(self.person)
        flag = self.session.get_one(FlagRow, flag_id)
        if flag.assessment_id == seen and flag.state in WAITING and stage_of(flag.state) is not self.stage:
            # Not told by whom: it waits for a second person, who must not know.
            raise ConflictError("somebody decided this item", fix="go on with the next item", kind="decided")
        if one.label is not None:
            found = findings_of(one, self.home)
            return decide(
                self.session, flag_id, one.label, name, assessment_id=seen, reason=one.reason or None, note=note,
                findings=found, rules=self.rules, stages=stages,
            )  # fmt: skip
        if one.action == "escalate":
            return escalate(self.session, flag_id, name, assessment_id=seen, note=note, stages=stages)
        if flag.state not in WAITING or not stages:
            kind = "decided" if stages else "own"
            raise ConflictError("this item waits for nobody", fix="go on with the next item", kind=kind)
        return skip(self.session, flag_id, name, reason=one.skip_reason or None)
