"""What the server answers to those who are not a reviewer at this page."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from sqlalchemy import select

import review
from storage import queue
from storage.database import Database
from storage.models import AuditRow
from tests.review.conftest import Person, ask, fill

FORM = {"label": "wildlife", "assessment_id": 1}
DECISION = urlencode(FORM)


def waiting(database: Database) -> int:
    with database.session(read_only=True) as session:
        return queue.counts(session).open


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/queue", 200),
        ("/account", 200),
        ("/about", 200),
        ("/login", 200),
        ("/review/1", 200),
        ("/review", 303),
        ("/static/review.css", 200),
        ("/nowhere", 404),
        ("/review/77", 404),
        ("/review/0", 400),
        ("/review/99999999999999999999999", 400),
        ("/review/one", 400),
        ("/queue?page=0", 400),
        ("/queue?state=lost", 400),
        ("/static/../app.py", 404),
        ("/static/%2e%2e/app.py", 404),
        ("/undo", 405),
        ("/docs", 404),
        ("/openapi.json", 404),
    ],
)
def test_reading(database: Database, reviewer: Person, path: str, status: int) -> None:
    fill(database, 1)
    got, headers, body = reviewer.ask("GET", path)
    assert got == status
    assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "set-cookie" not in headers
    if status >= 400:
        assert b"<h1" in body


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example", "[::1", "", "0.0.0.0"],
)
def test_other_names_are_refused(site: str, host: str) -> None:
    status, _, body = ask(site, "GET", "/", Host=host)
    assert status in (400, 403)
    assert b"waiting" not in body


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_own_names_are_answered(site: str, name: str) -> None:
    assert ask(site, "GET", "/login", Host=f"{name}:{urlsplit(site).port}")[0] == 200


@pytest.mark.parametrize("origin", [None, "null", "https://evil.example", "http://127.0.0.1:1", "http://localhost"])
@pytest.mark.parametrize("path", ["/review/1", "/undo"])
def test_writes_from_elsewhere_are_refused(
    database: Database, site: str, reviewer: Person, origin: str | None, path: str
) -> None:
    fill(database, 1)
    headers = {"Cookie": "=".join(reviewer.cookie), "X_CSRF_Token": reviewer.csrf}
    if origin is not None:
        headers["Origin"] = origin
    assert ask(site, "POST", path, DECISION, **headers)[0] == 403
    assert ask(site, "POST", path, DECISION, HX_Request="true", **headers)[0] == 403
    assert waiting(database) == 1


def test_a_write_from_the_page(database: Database, reviewer: Person) -> None:
    fill(database, 2)
    status, headers, _ = reviewer.ask("POST", "/review/1", FORM)
    assert (status, headers["location"]) == (303, "/review/2?stored=wildlife")
    assert waiting(database) == 1
    assert reviewer.ask("POST", "/review/1", FORM)[0] == 409
    assert reviewer.ask("POST", "/undo")[1]["location"] == "/review/1?done=undone"
    assert reviewer.ask("POST", "/undo")[1]["location"] == "/queue?done=nothing"
    with database.session(read_only=True) as session:
        events = session.scalars(select(AuditRow).order_by(AuditRow.seq)).all()
    assert [(row.actor, row.role, row.action, row.object_id) for row in events] == [
        ("mara", "reviewer", "decide", "1"),
        ("mara", "reviewer", "undo", "1"),
    ]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"label": "maybe"}, 400),
        ({"assessment_id": "x"}, 400),
        ({"assessment_id": "7"}, 409),
        ({"reason": "because"}, 400),
        ({"note": "x" * 4001}, 400),
        ({"note": "x" * 200_000}, 403),
    ],
)
def test_wrong_decisions_store_nothing(
    database: Database, reviewer: Person, change: dict[str, str], status: int
) -> None:
    fill(database, 1)
    form = {"label": "unsure", "assessment_id": "1"} | change
    assert reviewer.ask("POST", "/review/1", form)[0] == status
    assert waiting(database) == 1


def test_pages_are_quick_with_many_flags(database: Database, reviewer: Person) -> None:
    fill(database, 2000, languages=("en", "th", "vi"))
    for path in (
        "/",
        "/queue",
        "/queue?page=40",
        "/queue?language=th&appendix=I",
        "/review/1000",
        "/review/1000?language=th",
    ):
        times = []
        for _ in range(5):
            began = time.perf_counter()
            assert reviewer.ask("GET", path)[0] == 200
            times.append(time.perf_counter() - began)
        assert min(times) < 0.1, path


def test_vendored_files_are_what_their_manifest_says() -> None:
    folder = Path(review.__file__).parent / "static" / "vendor"
    manifest = json.loads((folder / "MANIFEST.json").read_text(encoding="utf-8"))
    assert set(manifest) == {path.name for path in folder.iterdir()} - {"MANIFEST.json"}
    for name, facts in manifest.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == facts["sha256"]


def test_small_enough_for_a_thin_line(database: Database, reviewer: Person) -> None:
    fill(database, 60)

    def size(path: str) -> int:
        status, headers, body = reviewer.ask("GET", path, Accept_Encoding="gzip")
        assert (status, headers["content-encoding"]) == (200, "gzip")
        return len(body)

    assets = ("/static/review.css", "/static/review.js", "/static/vendor/htmx.min.js")
    assert size("/queue") + sum(size(path) for path in assets) <= 120 * 1024
    assert size("/review/1") <= 15 * 1024
