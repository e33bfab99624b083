"""What happens to signing keys: rotation, loss, revocation. Each is an entry of the log."""

from __future__ import annotations

from datetime import datetime

from storage.custody.events import Event
from storage.custody.keys import KEYS, Signer, next_key, settle_succession
from storage.custody.line import Line
from storage.custody.log import CustodyLog
from storage.iso import utc_text
from wildtrade.errors import UsageError


def rotate(log: CustodyLog, actor: str, reason: str) -> Signer:
    """Go on with a new key, which the old one signs for. The old file stays beside it, named after its key."""
    with log.held():
        _ = log.signer  # the old key must be here
        new = Signer.create(next_key(log.key))
        log.succeed("key", actor, new, {"reason": reason})
        settle_succession(log.key, new.public)
    return new


def replace_lost(log: CustodyLog, actor: str, reason: str) -> Signer:
    """Go on with a new key that nothing but this entry speaks for: whoever verifies must be given it (``--pub``).

    Raises UsageError while the key in force is still here: then ``rotate`` is the way.
    """
    with log.held():
        state = log.state()
        if log.key.exists() and Signer.load(log.key).public == state.key:
            raise UsageError("the signing key is not lost", file=str(log.key), fix="wildtrade evidence keys rotate")
        new = Signer.create(next_key(log.key))
        log.succeed("key_lost", actor, new, {"reason": reason, "lost": state.key.hex()})
        settle_succession(log.key, new.public)
    return new


def revoke(log: CustodyLog, actor: str, key: str, since: datetime, reason: str) -> Line:
    """Say that a key (its id) is not to be trusted from ``since`` on. The key in force is rotated first.

    What it signed after that moment counts only as far as a time stamp or an anchor from before holds it.
    Raises UsageError for a key this log never had.
    """
    with log.held():
        if key not in {path.stem for path in (log.folder / KEYS).glob("*.pub")}:
            raise UsageError(f"this log has no key {key}", fix="`wildtrade evidence keys list` shows them")
        if log.signer.id == key:
            rotate(log, actor, f"the key before is revoked: {reason}")
        utc = utc_text(since, "seconds")
        return log.append_all([Event("key_revoked", actor, {"id": key, "since": utc, "reason": reason})])[0]
