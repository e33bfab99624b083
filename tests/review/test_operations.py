"""Operations, imports and administration: pages that people run a workspace with."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from storage.alerts import inbox, raise_alerts
from storage.database import Database
from storage.imports import files
from storage.models import AlertKind, AuditRow, Overlap, Run, RunState, Schedule, UnitKind, utcnow
from storage.requests import recent_requests
from storage.rights import rights_of_roles
from storage.runs import NewUnit, claim, finish_run, open_run
from storage.schedules import acquire_lease, add
from storage.workspace import Mode, mode
from tests.review.conftest import Person, Watched, fill

PAGES = ("/crawls", "/crawls/1", "/alerts", "/schedules", "/sources", "/sources/bluesky", "/imports")


def begin_run(database: Database) -> int:
    units = [NewUnit(kind=UnitKind.LISTING, url=f"https://market.example/{n}") for n in range(3)]
    with database.session() as session:
        return open_run(session, "market", units, {}, fresh=True).id


def test_asking_for_a_crawl_makes_a_row(database: Database, signed_in: Callable[..., Person]) -> None:
    operator = signed_in("operator")
    source = next(iter_sources())
    assert operator.ask("POST", "/crawls", {"source": source, "words": "ivory\n\nngà voi", "limit": 5})[0] == 303
    assert operator.ask("POST", "/crawls", {"source": "nowhere"})[0] == 400
    with database.session(read_only=True) as session:
        (asked,) = recent_requests(session)
        assert (asked.sources, asked.requested_by, asked.taken_at) == ([source], "mara", None)
    page = operator.ask("GET", "/crawls")[2].decode()
    assert "waits for the scheduler" in page
    assert "No scheduler is running" in page
    with database.session() as session:
        acquire_lease(session, "scheduler", "here:1", 30)
    assert "No scheduler is running" not in operator.ask("GET", "/crawls")[2].decode()


def iter_sources() -> object:
    from wildtrade.sources import load_sources

    return (source.id for source in load_sources().values() if source.enabled)


def test_events_follow_a_run_to_its_end(database: Database, site: str, signed_in: Callable[..., Person]) -> None:
    operator, run_id = signed_in("operator"), begin_run(database)
    connection = http.client.HTTPConnection(urlsplit(site).netloc, timeout=10)
    connection.request("GET", f"/crawls/{run_id}/events", headers={"Cookie": "=".join(operator.cookie)})
    answer = connection.getresponse()
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["content-encoding"] is None

    def event() -> dict[str, object]:
        while not (line := answer.readline().decode()).startswith("data: "):
            assert line
        found: dict[str, object] = json.loads(line.removeprefix("data: "))
        return found

    first = event()
    assert (first["state"], first["waiting"], first["pages"]) == ("running", 3, 0)
    with database.session() as session:
        claim(session, run_id, 1)
        finish_run(session, run_id, RunState.STOPPED, "enough")
    assert event() | {"state": "", "reason": ""} == first | {"state": "", "reason": ""}
    assert b"event: end" in answer.read()
    connection.close()
    assert operator.ask("GET", "/crawls/999999/events")[0] == 404


def test_schedules_are_added_paused_run_and_removed(database: Database, signed_in: Callable[..., Person]) -> None:
    operator = signed_in("operator")
    source = next(iter_sources())
    form = {"name": "night / one", "sources": source, "cron": "10 2 * * *", "timezone": "Asia/Bangkok"}
    assert operator.ask("POST", "/schedules", form)[0] == 303
    for wrong in (
        {"cron": "x"},
        {"timezone": "Mars/One"},
        {"sources": "nowhere"},
        {"name": ""},
        {"name": "night / one"},
    ):
        status, _, body = operator.ask("POST", "/schedules", form | wrong)
        assert status == 400, wrong
        assert b'role="alert"' in body
    with database.session() as session:
        add(session, "plain", [source], "0 0 * * *", "UTC", {}, overlap=Overlap.SKIP)
    for action, status in (("pause", 303), ("resume", 303), ("run", 303), ("remove", 303), ("pause", 400)):
        assert operator.ask("POST", f"/schedules/plain/{action}")[0] == status, action
    with database.session(read_only=True) as session:
        assert len(recent_requests(session)) == 1
        assert session.get_one(Schedule, 2).removed_at is not None


def test_alerts_are_raised_once_and_seen(database: Database, signed_in: Callable[..., Person]) -> None:
    run_id = begin_run(database)
    with database.session() as session:
        finish_run(session, run_id, RunState.FAILED, "the site does not answer")
        schedule = add(session, "night", ["market"], "0 0 * * *", "UTC", {})
        schedule.created_at = utcnow() - timedelta(days=3)
        session.get_one(Run, run_id).started_at = utcnow() - timedelta(days=2)
        session.flush()
        assert raise_alerts(session, 0.05) == 3
        assert raise_alerts(session, 0.05) == 0
        kinds = {one.kind for one in inbox(session)}
        assert kinds == {AlertKind.RUN_FAILED, AlertKind.NO_CRAWL, AlertKind.DISK}
    operator = signed_in("operator")
    page = operator.ask("GET", "/alerts")[2].decode()
    assert "the site does not answer" in page and "3 alerts nobody has seen" in page
    assert operator.ask("POST", "/alerts/seen", {"alert_id": 1})[0] == 303
    assert "2 alerts nobody has seen" in operator.ask("GET", "/alerts")[2].decode()
    operator.ask("POST", "/alerts/seen")
    assert "nobody has seen" not in operator.ask("GET", "/alerts")[2].decode()


def test_a_file_is_kept_and_its_bad_lines_are_shown(database: Database, signed_in: Callable[..., Person]) -> None:
    senior = signed_in("senior")
    pasted = {"text": "title,price\nIvory bangle,5\nShell,many\n", "note": "tip line"}
    status, headers, _ = senior.ask("POST", "/imports", pasted)
    assert (status, headers["location"]) == (303, "/imports/1")
    page = senior.ask("GET", "/imports/1")[2].decode()
    assert "Line 3" in page and "tip line" in page
    status, _, body = senior.ask("POST", "/imports", {"text": "colour\nred\n"})
    assert status == 400 and b"no column is called url" in body
    with database.session(read_only=True) as session:
        assert [file.to_review for file in files(session)] == [1]


def test_only_files_may_be_large(site: str, signed_in: Callable[..., Person]) -> None:
    senior = signed_in("senior")
    body = "text=" + "x" * 200_000
    headers = {"Cookie": "=".join(senior.cookie), "Origin": site, "X-CSRF-Token": senior.csrf}
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    for path, status in (("/imports", 400), ("/crawls", 403)):
        connection = http.client.HTTPConnection(urlsplit(site).netloc, timeout=10)
        connection.request("POST", path, body, headers)
        assert connection.getresponse().status == status, path
        connection.close()


def test_a_role_is_changed_but_never_so_that_nobody_manages(
    database: Database, signed_in: Callable[..., Person]
) -> None:
    admin = signed_in("admin")
    assert admin.ask("POST", "/admin/roles/viewer", {"rights": ["listing.read", "image.read"]})[0] == 303
    with database.session(read_only=True) as session:
        assert rights_of_roles(session)["viewer"] == {"listing.read", "image.read"}
    status, _, body = admin.ask("POST", "/admin/roles/admin", {"rights": ["listing.read"]})
    assert status == 400 and b"nobody could manage users" in body
    assert admin.ask("POST", "/admin/roles/viewer", {"rights": ["everything"]})[0] == 400
    assert admin.ask("POST", "/admin/roles/none", {"rights": []})[0] == 404
    assert admin.ask("GET", "/admin/roles")[0] == 200


def test_the_audit_trail_is_filtered_and_exported(database: Database, signed_in: Callable[..., Person]) -> None:
    admin = signed_in("admin")
    admin.ask("POST", "/admin/workspace/mode", {"wanted": "read-only", "reason": "=cmd()"})
    with database.session(read_only=True) as session:
        assert mode(session) is Mode.READ_ONLY
    page = admin.ask("GET", "/admin/audit?action=mode_change")[2].decode()
    assert "read-only" in page and "sign_in" not in page.split("<tbody>")[1]
    assert "No such events" in admin.ask("GET", "/admin/audit?actor=nobody&since=2020-01-01&until=x")[2].decode()
    status, headers, body = admin.ask("GET", "/admin/audit.csv?action=mode_change")
    assert (status, headers["content-disposition"][:10]) == (200, "attachment")
    assert "'=cmd()" in body.decode()
    with database.session(read_only=True) as session:
        assert session.query(AuditRow).filter_by(action="export").count() == 1


def test_tokens_and_webhooks(signed_in: Callable[..., Person]) -> None:
    admin = signed_in("admin")
    form = {"owner": "mara", "name": "robot", "scopes": ["audit.read"], "days": 5}
    assert b"wt_" in admin.ask("POST", "/admin/tokens", form)[2]
    assert admin.ask("POST", "/admin/tokens", form | {"scopes": "case.read"})[0] == 400
    assert admin.ask("POST", "/admin/tokens/1/revoke")[0] == 303
    assert b"whsec_" in admin.ask("POST", "/admin/webhooks", {"url": "https://hooks.example/x"})[2]
    assert admin.ask("POST", "/admin/webhooks", {"url": "http://hooks.example/x"})[0] == 400
    assert admin.ask("POST", "/admin/webhooks/1/remove")[0] == 303


@pytest.mark.browser
def test_an_operators_pages_are_accessible(
    database: Database, as_role: Callable[..., Watched], axe: Callable[..., None]
) -> None:
    fill(database, 2)
    begin_run(database)
    with database.session() as session:
        add(session, "night", ["market"], "10 2 * * *", "Asia/Bangkok", {})
        raise_alerts(session, 0.01)
    page = as_role("operator").page
    page.goto("/")
    for path in PAGES:
        axe(page, path, languages=("en", "th") if path == "/crawls" else ("fr",))


@pytest.mark.browser
def test_an_administrators_pages_are_accessible(as_role: Callable[..., Watched], axe: Callable[..., None]) -> None:
    page = as_role("admin").page
    page.goto("/")
    for path in ("/admin/audit", "/admin/roles", "/admin/tokens", "/admin/workspace"):
        axe(page, path, languages=("pt",))


@pytest.mark.browser
def test_a_running_crawl_is_followed_live(database: Database, as_role: Callable[..., Watched]) -> None:
    run_id = begin_run(database)
    page = as_role("operator").page
    page.goto("/crawls")
    page.get_by_role("link", name=str(run_id), exact=True).click()
    expect(page.locator("[data-figure=waiting]")).to_have_text("3")
    with database.session() as session:
        finish_run(session, run_id, RunState.STOPPED, "enough for today")
    expect(page.locator("[data-figure=state]")).to_have_text("stopped")
    expect(page.locator("[data-figure=reason]")).to_have_text("enough for today")
    expect(page.locator("#live")).to_have_text("stopped")
