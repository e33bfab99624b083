"""Bringing in a file: rows with a text become listings of source "import", each with its row sealed as evidence;
addresses become requests for a crawl of the sources that read them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import select

from classifiers.assessor import Assessor
from classifiers.learning.versions import current_model
from classifiers.learning.workspace import own_policy
from classifiers.policy import TEXTS
from crawler.work import opinion_of
from storage.custody.workspace import authority_of, custody_of
from storage.database import Database
from storage.door import Found, Visit
from storage.evidence import Exchange, Sealed, seal
from storage.flags import queue_all
from storage.imports import SOURCE, Line, by_source, end_import, next_waiting, parse
from storage.models import CaptureRow, ImportFile, ImportState, RunState, UnitKind, utcnow
from storage.priority import load_severity
from storage.requests import ask_for_crawl
from storage.runs import NewUnit, claim, finish_run, open_run
from storage.writer import Writer
from wildtrade.errors import WildtradeError
from wildtrade.output import to_json
from wildtrade.personal import load_allow_list
from wildtrade.records import PageKind
from wildtrade.settings import Workspace
from wildtrade.sources import load_sources


def bring_in_waiting(workspace: Workspace, database: Database) -> int:
    """Bring in every file that waits; returns how many."""
    done = 0
    while True:
        with database.session() as session:
            import_id = next_waiting(session)
        if import_id is None:
            return done
        bring_in(workspace, database, import_id)
        done += 1


def bring_in(workspace: Workspace, database: Database, import_id: int) -> dict[str, Any]:
    """Bring in one kept file; returns {id, listings, requests, problems}. A known error ends it as failed."""
    with database.session(read_only=True) as session:
        file = session.get_one(ImportFile, import_id)
    try:
        parsed = parse(file.name, file.content.encode())
        addresses, unread = by_source(parsed.lines, load_sources(workspace.sources))
        lines = [line for line in parsed.lines if line.has_text]
        run_id = _store(workspace, database, file, lines) if lines else None
    except WildtradeError as error:
        with database.session() as session:
            end_import(session, import_id, ImportState.FAILED, str(error))
        raise
    problems = sorted([*parsed.problems, *unread])
    with database.session() as session:
        for source, urls in addresses.items():
            ask_for_crawl(session, [source], {"urls": urls, "import": import_id}, file.actor)
        end_import(
            session, import_id, ImportState.DONE, "", run_id=run_id, problems=[list(one) for one in problems],
            to_review=len(lines), to_capture=sum(map(len, addresses.values())),
        )  # fmt: skip
    captures = {source: len(urls) for source, urls in addresses.items()}
    return {"id": import_id, "listings": len(lines), "requests": captures, "problems": problems}


def _store(workspace: Workspace, database: Database, file: ImportFile, lines: Sequence[Line]) -> int:
    """Rows through the one write door, as a run of their own; returns its id."""
    policy = load_severity(workspace.policy)
    options = {"import": file.id, "file": file.name, "sha256": file.sha256, "by": file.actor}
    units = [NewUnit(kind=UnitKind.LISTING, url=_address(file, line)) for line in lines]
    with database.session() as session:
        run_id = open_run(session, SOURCE, units, options, fresh=True).id
        tasks = {task.url: task.id for task in claim(session, run_id, len(units))}
    assessor = Assessor.load(workspace.lexicon, current_model(workspace.root), own_policy(workspace), use=TEXTS)
    floor = workspace.settings.storage.free_space_floor_mb
    kept = load_allow_list(workspace.policy)
    lines = [replace(line, listing=kept.only(line.listing)) for line in lines]
    log, authority = custody_of(workspace), authority_of(workspace)
    writer = Writer(database, workspace.evidence, floor, policy, log=log, authority=authority, kept=kept)
    with closing(writer):
        waiting = [
            writer.submit(_visit(run_id, tasks[_address(file, line)], line, assessor), _sealed(file, line))
            for line in lines
            if _address(file, line) in tasks
        ]
        for one in waiting:
            one.result()
    with database.session() as session:
        # Somebody picked these out: people look at all of them, whatever the machine thinks.
        seen = session.scalars(select(CaptureRow.listing_id).where(CaptureRow.run_id == run_id)).all()
        queue_all(session.connection(), seen, policy)
        finish_run(session, run_id, RunState.FINISHED, "finished")
    return run_id


def _address(file: ImportFile, line: Line) -> str:
    return f"urn:sha256:{file.sha256}#line={line.number}"


def _visit(run_id: int, unit_id: int, line: Line, assessor: Assessor) -> Visit:
    found = (Found(listing=line.listing, assessment=opinion_of(assessor, line.listing)),)
    kind = PageKind.LISTING
    return Visit(run_id=run_id, unit_id=unit_id, kind=kind, source=SOURCE, capture=None, found=found)


def _sealed(file: ImportFile, line: Line) -> Sealed:
    """The row as it was read, with where it comes from; nobody fetched anything, so there is no request."""
    origin = {"file": file.name, "sha256": file.sha256, "line": line.number, "by": file.actor, "note": file.note}
    body = json.dumps({"origin": origin, "row": json.loads(to_json(asdict(line.listing)))}, ensure_ascii=False)
    address = _address(file, line)
    return seal(
        Exchange(
            url=address,
            requested_url=address,
            request=b"",
            response=b"",
            payload=body.encode("utf-8", "surrogatepass"),
            status=200,
            ip=None,
            started_at=utcnow(),
            content_type="application/json",
        )
    )
