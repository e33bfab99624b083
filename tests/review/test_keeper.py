"""While the app serves: who looked at what comes under the chain of the custody log."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import update

from review import keeper
from storage.audit import Actor, record
from storage.custody import CustodyLog
from storage.database import open_database
from storage.migrate import upgrade
from storage.models import AuditRow, utcnow


def test_views_of_identities_reach_the_custody_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path}/w.db"
    upgrade(url, tmp_path)
    database, log, ended = open_database(url), CustodyLog(tmp_path / "evidence"), threading.Event()
    with database.session() as session:
        record(session, "view_identity", Actor(name="ana"), kind="listing", id=7)
        session.execute(update(AuditRow).values(utc=utcnow() - timedelta(minutes=1)))
    monkeypatch.setattr(keeper, "_EVERY", 0.01)
    app = FastAPI()
    app.state.database, app.state.custody = database, log
    thread = threading.Thread(target=keeper._run, args=(app, ended))
    thread.start()
    while log.state().audited < 1 and thread.is_alive():
        time.sleep(0.01)
    ended.set()
    thread.join()
    assert b'"action":"view_identity"' in log.path.read_bytes()
    database.close()
