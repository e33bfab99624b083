"""A practice workspace in which something of every kind stands, so that every page of the review app has a real number
to be opened under: the demo's crawl, then some work done through the app itself."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from fastapi.routing import APIRoute
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from review.navigation import page_modules
from storage.clusters import find_duplicates
from storage.custody.artifacts import keep
from storage.custody.workspace import custody_of
from storage.database import Database
from storage.models import (
    Artifact,
    ArtifactKind,
    CaptureRow,
    FlagRow,
    Picture,
    PictureUse,
    Revision,
    Run,
    TicketKind,
    User,
)
from storage.search.index import catch_up
from storage.signin import new_ticket
from wildtrade.settings import open_workspace

_PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")
# Pages that show something else with these words in the address.
VARIANTS = {
    "/listings": ("", "?view=gallery", "?q=-nothing"),
    "/queue": ("", "?state=decided", "?language=xx"),
    "/graph": ("?seller=1",),
    "/cases/add": ("?listing=1",),
}


class Worker(Protocol):
    """Somebody signed in who may do everything."""

    user_id: int

    def ask(
        self, method: str, path: str, form: dict[str, Any] | None = None
    ) -> tuple[int, dict[str, str], bytes]:  # fmt: skip
        """One request: status, headers, body."""
        ...


def crawl_practice_world(folder: Path, size: int = 120) -> Path:
    """``wildtrade demo --no-serve`` in a folder; the workspace it leaves."""
    words = [sys.executable, "-m", "wildtrade", "demo", "--no-serve", "--size", str(size), "--port", "0"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the demo failed: {done.stdout}{done.stderr}")
    return folder / "demo-data"


def furnish(database: Database, somebody: Worker, words: str = "practice") -> dict[str, object]:
    """Let somebody do one of everything, writing ``words`` wherever a person may write; values for the parameters of
    addresses, by name."""
    with database.session() as session:
        flags = session.scalars(select(FlagRow).order_by(FlagRow.id).limit(6)).all()
        _say_the_same(session, flags[4].listing_id, flags[5].listing_id)
    catch_up(database)
    with database.session() as session:
        find_duplicates(session)
        cluster = session.scalars(select(FlagRow.cluster_id).where(FlagRow.cluster_id.is_not(None))).first()
        listing = flags[0].listing_id
        capture = session.scalars(select(CaptureRow).where(CaptureRow.listing_id == listing)).first()
        assert capture
        found: dict[str, object] = {
            "flag_id": flags[0].id, "listing_id": listing, "page_id": capture.page_id, "seller_id": 1,
            "run_id": session.scalars(select(Run.id)).first(), "user_id": somebody.user_id,
            "source_id": flags[0].source, "name": "funnel", "form": "atom", "cluster_id": cluster,
            "secret": new_ticket(session, TicketKind.PASSWORD, timedelta(days=1), user_id=somebody.user_id),
            "number": 1,
        }  # fmt: skip
        number, known = capture.id, {flag.id: flag.assessment_id for flag in flags}
        _pictured(session, capture)
    for flag_id, label in zip(list(known)[1:3], ("wildlife", "not_wildlife"), strict=True):
        form = {"label": label, "assessment_id": known[flag_id], "note": words, "tags": "old", "taxon": words[:200]}
        _done(somebody, f"/review/{flag_id}", form | {"guard": words[:200]})
    title = words[:200]
    found["case_id"] = _made(somebody, "/cases", {"title": title})
    case = found["case_id"]
    _done(somebody, "/cases/add", {"listing": listing, "case": case, "why": words})
    _done(somebody, f"/cases/{case}/entries", {"kind": "note", "text": words})
    found["exhibit_id"] = _made(somebody, f"/cases/{case}/seal", {"capture": number, "shows": words})
    found["batch_id"] = _made(somebody, "/bulk", {"label": "not_wildlife", "flags": list(known)[3:]})
    found["import_id"] = _made(
        somebody, "/imports", {"text": "title,price\nIvory bangle,5\nShell,many\n", "note": title}
    )
    _done(somebody, "/searches", {"name": words[:80], "q": "ivory"})
    found["saved_id"] = 1
    made = somebody.ask("POST", "/searches/1/feed")[2].decode()
    found["/feeds secret"] = made.split("/feeds/")[1].split("/")[0]
    queue = {"name": words[:80], "query": "", "mode": "priority", "overlap": "1", "lease_minutes": "30"}
    _done(somebody, "/queues/new", queue)
    found["queue_id"] = 1
    found["pack_id"] = _packed(database, somebody, flags[0].id)
    night = {"name": "night", "sources": "practice_market", "cron": "10 2 * * *", "timezone": "Asia/Bangkok"}
    somebody.ask("POST", "/schedules", night)
    somebody.ask("POST", "/admin/webhooks", {"url": "https://hooks.example/x"})
    return found


def _pictured(session: Session, capture: CaptureRow) -> None:
    """A picture of what a capture shows, as one that was captured and looked at."""
    file = io.BytesIO()
    Image.radial_gradient("L").resize((600, 400)).save(file, "PNG")
    folder = Path(str(session.get_bind().engine.url.database)).parent.parent
    line = keep(custody_of(open_workspace(folder)), file.getvalue(), ".png", "practice", {"kind": "media"})
    kept = {"path": line.details["path"], "sha256": line.details["sha256"], "size": len(file.getvalue())}
    artifact = Artifact(
        page_id=capture.page_id, kind=ArtifactKind.MEDIA, url="https://market.example/1.png", media_type="image/png",
        captured_at=capture.captured_at, **kept,
    )  # fmt: skip
    picture = Picture(sha256=kept["sha256"], width=600, height=400)
    session.add_all((artifact, picture))
    session.flush()
    session.add(PictureUse(artifact_id=artifact.id, picture_id=picture.id, listing_id=capture.listing_id))


def _packed(database: Database, somebody: Worker, but: int) -> int:
    """A pack of a few items, without the one whose page is opened."""
    somebody.ask("GET", f"/review/{but}")  # holds it
    with database.session() as session:
        name = session.get_one(User, somebody.user_id).name
    return _made(somebody, "/packs", {"person": name, "count": 3})


def _say_the_same(session: Session, one: int, other: int) -> None:
    """Two listings that make a cluster."""
    for key in (one, other):  # whatever the crawl stored first: a post of a picture and two words is like no other
        revision = session.scalars(select(Revision).where(Revision.listing_id == key)).one()
        revision.description = "Two carved bangles from my grandmother, old, with a box, pick up in town or by post."


def _done(somebody: Worker, path: str, form: Mapping[str, Any]) -> str:
    status, headers, body = somebody.ask("POST", path, dict(form))
    assert status == 303, f"POST {path}: {status} {body[:500].decode(errors='replace')}"
    return headers["location"]


def _made(somebody: Worker, path: str, form: Mapping[str, Any]) -> int:
    """The number of what was made, as it stands at the end of the address one is sent to."""
    return int(_done(somebody, path, form).partition("?")[0].rpartition("/")[2])


def get_routes() -> list[str]:
    """Every address that can be opened, as the app itself has it; nothing under ``/api``, which no person opens."""
    routes = (route for module in page_modules() for route in module.router.routes if isinstance(route, APIRoute))
    return sorted({one.path for one in routes if "GET" in one.methods and not one.path.startswith("/api/")})


def addresses(route: str, found: Mapping[str, object]) -> Iterator[str]:
    """The route with real numbers in it. A KeyError names a parameter that ``furnish`` must learn to give."""
    first = f"/{route.split('/')[1]}"
    path = _PARAMETER.sub(lambda match: str(found.get(f"{first} {match[1]}") or found[match[1]]), route)
    yield from (path + more for more in VARIANTS.get(route, ("",)))
