"""A crawl without a network, run as a process of its own so that it can be killed: ``crash_worker URL FOLDER N``.

Each of N search units finds one listing page; each listing page holds one listing. Ends with 0 when all is recorded.
"""

from __future__ import annotations

import sys
from pathlib import Path

from storage.database import open_database
from storage.door import Found, Visit
from storage.evidence import Attachment, seal
from storage.models import RunState, UnitKind
from storage.runs import NewUnit, Task, claim, finish_run, open_run
from storage.writer import Writer
from tests.storage.helpers import START, exchange, listing, opinion
from wildtrade.records import PageKind


def main(url: str, folder: str, number: int) -> None:
    database = open_database(url)
    start = [NewUnit(kind=UnitKind.SEARCH, url=f"https://market.example/search/{n}") for n in range(number)]
    with database.session() as session:
        run_id = open_run(session, "market", start, {}).id
    writer = Writer(database, Path(folder), free_space_floor_mb=0)
    print("begun", flush=True)
    while True:
        with database.session() as session:
            tasks = claim(session, run_id, 16)
        if not tasks:
            break
        done = [
            writer.submit(visit_of(run_id, task), seal(exchange(task.url.encode() * 20, url=task.url)))
            for task in tasks
        ]
        for one in done:
            one.result(timeout=60)
    writer.close()
    with database.session() as session:
        finish_run(session, run_id, RunState.FINISHED, "finished")
    database.close()


def visit_of(run_id: int, task: Task) -> Visit:
    key = task.url.rpartition("/")[2]
    search = task.kind is UnitKind.SEARCH
    return Visit(
        run_id=run_id,
        unit_id=task.id,
        source="market",
        kind=PageKind.SEARCH if search else PageKind.LISTING,
        capture=None,
        attachments=() if search else (picture_of(task),),
        units=(NewUnit(kind=UnitKind.LISTING, url=f"https://market.example/item/{key}"),) if search else (),
        found=() if search else (Found(listing=listing(key, url=task.url), assessment=opinion()),),
    )


def picture_of(task: Task) -> Attachment:
    """A picture that every third listing shares."""
    body = b"picture %d" % (int(task.url.rpartition("/")[2]) // 3)
    return Attachment(kind="media", url=task.url, media_type="image/png", body=body, captured_at=START)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
