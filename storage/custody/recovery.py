"""After a crash: what the files hold beyond the log is set aside, what the log holds beyond the database is abandoned.

Both are said in the log, so that nothing is called missing or added that a crash explains. Whatever a live process
still writes to (it holds a lock on the file) is left alone.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from storage.custody.artifacts import FOLDERS as ARTIFACTS
from storage.custody.events import PROGRAM, Event
from storage.custody.keys import KEYS
from storage.custody.log import CHECKPOINTS, CustodyLog
from storage.custody.state import FileState
from storage.database import Database
from storage.evidence.torn import FOLDER as TORN
from storage.evidence.torn import explained, set_aside_tail, sweep, tail_of
from storage.evidence.torn import keep as keep_tail
from storage.locks import try_lock
from storage.models import PageCapture
from wildtrade.errors import StorageError


def recover(log: CustodyLog, database: Database) -> None:
    """Bring files, log and database into agreement. Raises StorageError where the log knows less than the database, or
    the disk refuses."""
    with explained(log.evidence):
        _recover(log, database)


def _recover(log: CustodyLog, database: Database) -> None:
    _sweep(log)
    # Whoever erases is still at it while the old file is there, and its rows follow later (storage/retention).
    pending = {name for pair in log.state().rewritten.items() if (log.evidence / pair[0]).exists() for name in pair}
    for path in sorted(path for path in log.evidence.glob("*.warc.gz") if path.name not in pending):
        with path.open("r+b") as file:
            if not try_lock(file.fileno()):
                continue
            known = log.file(path.name)  # only now: whoever wrote until a moment ago has logged it
            settle_rows(log, database, path.name, known)
            if (tail := tail_of(path, known.end)) is not None:
                log.tell_of(tail)
                set_aside_tail(path, known.end)
            if not known.end:
                path.unlink()


def _sweep(log: CustodyLog) -> None:
    """Checkpoints and stamps that no entry names yet go (they only repeat what is known); artifacts are set aside."""
    checkpoints = log.folder / CHECKPOINTS
    with log.held():
        ours = (log.folder, log.folder / KEYS, checkpoints, log.folder / TORN)
        for folder in (*ours, log.evidence / TORN, *(log.evidence / name for name in ARTIFACTS)):
            sweep(folder)
        state = log.state()
        for path in checkpoints.glob("[0-9]*"):
            if path.relative_to(log.evidence).as_posix() not in state.checkpoints:
                path.unlink()
        for path in (path for name in ARTIFACTS for path in (log.evidence / name).glob("*")):
            name = path.relative_to(log.evidence).as_posix()
            if name in state.discarded:
                path.unlink()
            elif name not in state.artifacts:
                _set_aside_whole(log, path)


def _set_aside_whole(log: CustodyLog, path: Path) -> None:
    tail = tail_of(path, 0)
    if tail is not None:
        log.tell_of(tail)
        keep_tail(path, tail, log.evidence / TORN)
    path.unlink()


def settle_rows(log: CustodyLog, database: Database, name: str, known: FileState) -> None:
    """Abandon what was captured at the end of a file without a row for it: its unit is fetched again."""
    end = committed_end(database, name)
    if end > known.live:
        raise StorageError(
            f"the database knows captures up to byte {end}, the custody log up to {known.live}",
            file=str(log.evidence / name),
            fix="run `wildtrade evidence verify`; restore the folder `custody` from a backup",
        )
    if end < known.live:
        details = {"file": name, "offset": end, "length": known.end - end, "committed": end}
        why = "the process ended before the database knew of it"
        log.append_all([Event("abandoned", PROGRAM, {**details, "reason": why})])


def committed_end(database: Database, name: str) -> int:
    """Where the last capture of a file ends that the database knows, in bytes."""
    query = select(PageCapture.offset + PageCapture.length).where(PageCapture.file == name)
    with database.session(read_only=True) as session:
        return session.scalar(query.order_by(PageCapture.offset.desc()).limit(1)) or 0
