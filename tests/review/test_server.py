"""What the server answers to those who are not a reviewer at this page."""

from __future__ import annotations

import hashlib
import http.client
import json
import time
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

import review
from storage import queue
from storage.database import Database
from tests.review.conftest import fill

DECISION = urlencode({"label": "wildlife", "assessment_id": 1})


def ask(
    site: str, method: str, path: str, body: str | None = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """One request, with underscores in header names as dashes."""
    connection = http.client.HTTPConnection(urlsplit(site).netloc, timeout=10)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if body is not None:
        named.setdefault("Content-Type", "application/x-www-form-urlencoded")
    connection.request(method, path, body=body, headers=named)
    response = connection.getresponse()
    answer = response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
    connection.close()
    return answer


def waiting(database: Database) -> int:
    with database.session(read_only=True) as session:
        return queue.counts(session).open


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/review/1", 200),
        ("/review", 303),
        ("/static/review.css", 200),
        ("/nowhere", 404),
        ("/review/77", 404),
        ("/review/0", 400),
        ("/review/99999999999999999999999", 400),
        ("/review/one", 400),
        ("/?page=0", 400),
        ("/?state=lost", 400),
        ("/static/../app.py", 404),
        ("/static/%2e%2e/app.py", 404),
        ("/undo", 405),
        ("/docs", 404),
        ("/openapi.json", 404),
    ],
)
def test_reading(database: Database, site: str, path: str, status: int) -> None:
    fill(database, 1)
    got, headers, body = ask(site, "GET", path)
    head, _, nothing = ask(site, "HEAD", path)
    assert (got, head, nothing) == (status, status, b"")
    assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
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
    assert ask(site, "GET", "/", Host=f"{name}:{urlsplit(site).port}")[0] == 200


@pytest.mark.parametrize("origin", [None, "null", "https://evil.example", "http://127.0.0.1:1", "http://localhost"])
@pytest.mark.parametrize("path", ["/review/1", "/undo"])
def test_writes_from_elsewhere_are_refused(database: Database, site: str, origin: str | None, path: str) -> None:
    fill(database, 1)
    headers = {} if origin is None else {"Origin": origin}
    assert ask(site, "POST", path, DECISION, **headers)[0] == 403
    assert ask(site, "POST", path, DECISION, HX_Request="true", **headers)[0] == 403
    assert waiting(database) == 1


def test_a_write_from_the_page(database: Database, site: str) -> None:
    fill(database, 2)
    status, headers, _ = ask(site, "POST", "/review/1", DECISION, Origin=site)
    assert (status, headers["location"]) == (303, "/review/2?stored=wildlife")
    assert waiting(database) == 1
    assert ask(site, "POST", "/review/1", DECISION, Origin=site)[0] == 409
    assert ask(site, "POST", "/undo", "", Origin=site)[1]["location"] == "/review/1?undone=1"
    assert ask(site, "POST", "/undo", "", Origin=site)[1]["location"] == "/?undone=1"


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
def test_wrong_decisions_store_nothing(database: Database, site: str, change: dict[str, str], status: int) -> None:
    fill(database, 1)
    form = {"label": "unsure", "assessment_id": "1"} | change
    assert ask(site, "POST", "/review/1", urlencode(form), Origin=site)[0] == status
    assert waiting(database) == 1


def test_pages_are_quick_with_many_flags(database: Database, site: str) -> None:
    fill(database, 2000, languages=("en", "th", "vi"))
    for path in ("/", "/?page=40", "/?language=th&appendix=I", "/review/1000", "/review/1000?language=th"):
        times = []
        for _ in range(5):
            began = time.perf_counter()
            assert ask(site, "GET", path)[0] == 200
            times.append(time.perf_counter() - began)
        assert min(times) < 0.1, path


def test_vendored_files_are_what_their_manifest_says() -> None:
    folder = Path(review.__file__).parent / "static" / "vendor"
    manifest = json.loads((folder / "MANIFEST.json").read_text(encoding="utf-8"))
    assert set(manifest) == {path.name for path in folder.iterdir()} - {"MANIFEST.json"}
    for name, facts in manifest.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == facts["sha256"]


def test_small_enough_for_a_thin_line(database: Database, site: str) -> None:
    fill(database, 60)

    def size(path: str) -> int:
        status, headers, body = ask(site, "GET", path, Accept_Encoding="gzip")
        assert (status, headers["content-encoding"]) == (200, "gzip")
        return len(body)

    assets = ("/static/review.css", "/static/review.js", "/static/vendor/htmx.min.js")
    assert size("/") + sum(size(path) for path in assets) <= 120 * 1024
    assert size("/review/1") <= 15 * 1024
