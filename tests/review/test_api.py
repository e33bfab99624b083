"""The API for programs: the same actions, documented; and nothing it is sent makes it fail."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from storage.database import Database
from storage.models import DecisionRow, User, utcnow
from storage.rights import load_rights
from storage.sessions import new_token
from tests.review.conftest import Person, fill, listing, opinion, store

Call = Callable[..., tuple[int, Any]]


@pytest.fixture
def call_as(database: Database, site: str, signed_in: Callable[..., Person]) -> Callable[..., Call]:
    """``call_as("reviewer")(method, path, body)``: status and JSON for a token with all its owner may."""

    def make(*roles: str, name: str = "mara", scopes: list[str] | None = None) -> Call:
        person = signed_in(*roles, name=name)
        rights = sorted({right for role in roles for right in load_rights().roles[role].rights})
        with database.session() as session:
            owner = session.get_one(User, person.user_id)
            _, token = new_token(session, owner, "robot", scopes or rights, utcnow() + timedelta(days=1))

        def call(method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
            connection = http.client.HTTPConnection(urlsplit(site).netloc, timeout=20)
            given = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            given |= {key.replace("_", "-"): value for key, value in headers.items()}
            sent = None if method == "GET" else json.dumps(body if body is not None else {})
            connection.request(method, f"/api/v1{path}", sent, given)
            answer = connection.getresponse()
            content = answer.read()
            connection.close()
            is_json = answer.headers["content-type"] == "application/json"
            return answer.status, json.loads(content) if content and is_json else content

        call.token = token  # type: ignore[attr-defined]  # for whoever makes requests of their own
        return call

    return make


def test_next_decide_undo(database: Database, call_as: Callable[..., Call]) -> None:
    fill(database, 3)
    call = call_as("reviewer")
    status, given = call("POST", "/queue/next")
    item, hold = given["item"], given["hold"]
    assert (status, item["flag_id"], hold["holder"]) == (200, 1, "mara")
    decision = {"label": "not_wildlife", "assessment_id": item["assessment_id"], "reason": "colour_name"}
    status, done = call("POST", "/flags/1/decision", decision)
    assert (status, done["flag_id"]) == (200, 1)
    assert call("POST", "/flags/1/decision", decision | {"label": "perhaps"})[0] == 422
    assert call("POST", "/flags/2/decision", decision | {"reason": "because"})[0] == 400
    assert call("POST", "/flags/999/decision", decision)[0] == 404
    assert call("POST", "/undo") == (200, {"flag_id": 1})
    assert call("POST", "/flags/2/skip", {"reason": "language"})[0] == 200
    assert call("POST", "/flags/3/claim")[1]["number"] == 1
    assert call("POST", "/flags/3/release", {"number": 1})[0] == 204


def test_a_conflict_says_who_was_quicker(database: Database, call_as: Callable[..., Call]) -> None:
    fill(database, 1)
    first, second = call_as("reviewer"), call_as("reviewer", name="joe")
    assert first("POST", "/flags/1/claim")[1]["holder"] == "mara"
    assert second("POST", "/flags/1/claim")[1]["holder"] == "mara"
    status, answer = second("POST", "/flags/1/decision", {"label": "unsure", "assessment_id": 1})
    assert (status, answer["error"]["code"]) == (409, "conflict")
    assert answer["error"]["message"].startswith("mara took this item")
    assert answer["error"]["fix"]


def test_a_decision_sent_twice_is_taken_once(database: Database, call_as: Callable[..., Call]) -> None:
    fill(database, 2)
    call = call_as("reviewer")
    decision = {"label": "unsure", "assessment_id": 1}
    answers = [call("POST", "/flags/1/decision", decision, Idempotency_Key="k1") for _ in range(3)]
    assert answers[0][0] == 200 and answers[1:] == answers[:1] * 2
    status, other = call("POST", "/flags/1/decision", decision | {"note": "x"}, Idempotency_Key="k1")
    assert (status, other["error"]["field"]) == (400, "Idempotency-Key")
    with database.session(read_only=True) as session:
        assert session.query(DecisionRow).count() == 1


def test_pages_by_cursor_show_everything_once(database: Database, call_as: Callable[..., Call]) -> None:
    fill(database, 7)
    call = call_as("reviewer")
    seen, cursor = [], ""
    while cursor is not None:
        _, page = call("GET", f"/queue?limit=3&cursor={cursor}")
        seen += [item["flag_id"] for item in page["items"]]
        cursor = page["next"]
    assert seen == [1, 2, 3, 4, 5, 6, 7]
    status, answer = call("GET", "/queue?cursor=x")
    assert (status, answer["error"]["field"]) == (400, "cursor")


def test_identities_are_hidden_without_the_right(database: Database, call_as: Callable[..., Call]) -> None:
    said_by = {"seller": "Anabel Quispe", "description": "Ivory, ask Anabel Quispe, +51 987 654 321"}
    store(database, [(listing("1", **said_by), opinion())])
    reviewer, investigator = call_as("reviewer"), call_as("investigator", name="ines")
    hidden, whole = reviewer("GET", "/flags/1")[1], investigator("GET", "/flags/1")[1]
    assert (whole["seller"], "987" in whole["description"]) == ("Anabel Quispe", True)
    said = json.dumps([hidden, reviewer("GET", "/listings/1")[1], reviewer("GET", "/listings?q=ivory")[1]])
    for secret in ("Anabel", "987 654", "market.example/item"):
        assert secret not in said, secret
    assert reviewer("GET", "/listings?q=seller:Anabel")[0] == 403
    assert investigator("GET", "/listings?q=ivory")[1]["items"][0]["seller"] == "Anabel Quispe"


def test_operations_and_exports(database: Database, call_as: Callable[..., Call]) -> None:
    fill(database, 2)
    operator, investigator = call_as("operator"), call_as("investigator", name="ines")
    runs = operator("GET", "/runs?limit=1")[1]
    assert (runs["items"][0]["source"], runs["next"]) == ("market", None)
    assert operator("GET", "/runs/1")[1]["pages"] == 2
    source = next(one["id"] for one in operator("GET", "/sources")[1]["items"] if one["enabled"])
    assert operator("POST", "/crawls", {"source": source})[1] == {"request_id": 1}
    assert operator("POST", "/crawls", {"source": "nowhere"})[1]["error"]["field"] == "source"
    wanted = {"name": "night", "sources": [source], "cron": "0 2 * * *", "timezone": "Asia/Bangkok"}
    assert operator("POST", "/schedules", wanted)[0] == 201
    assert operator("POST", "/schedules", wanted | {"cron": "never"})[1]["error"]["field"] == "cron"
    assert operator("POST", "/schedules/night/pause")[1]["paused"] is True
    assert operator("POST", "/schedules/night/run")[1] == {"request_id": 2}
    assert operator("GET", "/alerts") == (200, {"items": [], "next": None})
    status, lines = investigator("GET", "/exports/listings")
    assert (status, lines.count(b"\n"), b'"seller": "Ana"' in lines) == (200, 2, True)
    assert operator("GET", "/exports/listings")[1]["error"]["code"] == "denied"
    assert investigator("GET", "/cases")[1]["items"] == []
    assert operator("GET", "/figures?days=7")[1]["funnel"]["flagged"] == 2


def test_a_case_is_made_filled_and_closed(database: Database, call_as: Callable[..., Call]) -> None:
    fill(database, 2)
    call = call_as("investigator", name="ines")
    wanted = {"title": "Ivory by post", "listings": [1], "why": "same seller"}
    status, case = call("POST", "/cases", wanted, Idempotency_Key="k1")
    number = case["number"]
    assert (status, case["listings"], case["team"], case["status"]) == (201, [1], ["ines"], "open")
    assert call("POST", "/cases", wanted, Idempotency_Key="k1")[1]["number"] == number
    assert [one["number"] for one in call("GET", "/cases")[1]["items"]] == [number]
    assert call("POST", f"/cases/{number}/listings", {"listing_id": 2})[1]["listings"] == [1, 2]
    assert call("POST", f"/cases/{number}/listings", {"listing_id": 9})[1]["error"]["field"] == "listing_id"
    assert call("POST", f"/cases/{number}/listings/2/remove")[1]["listings"] == [1]
    note = call("POST", f"/cases/{number}/entries", {"text": "looked at it"})[1]
    task = call("POST", f"/cases/{number}/entries", {"kind": "task", "text": "ask", "due_on": "2026-12-01"})[1]
    assert (note["kind"], task["due_on"], task["done_at"]) == ("note", "2026-12-01", None)
    assert call("POST", f"/cases/{number}/entries/{task['entry_id']}/done")[1]["done_by"] == "ines"
    for wrong in ({"kind": "event", "text": "x"}, {"text": " "}):
        assert call("POST", f"/cases/{number}/entries", wrong)[0] == 400
    event = {"kind": "event", "text": "seized", "happened_at": "2026-11-01T12:00:00+07:00"}
    assert call("POST", f"/cases/{number}/entries", event)[1]["happened_at"] == "2026-11-01T05:00:00Z"
    assert call("POST", f"/cases/{number}/entries", event | {"happened_at": "0001-01-01T00:00:00+14:00"})[0] == 422
    changed = call("POST", f"/cases/{number}", {"status": "closed"})[1]
    assert (changed["status"], changed["title"], changed["closed_at"] is not None) == ("closed", "Ivory by post", True)
    assert [one["text"] for one in call("GET", f"/cases/{number}")[1]["entries"]] == ["looked at it", "ask", "seized"]
    assert call("POST", f"/cases/{number}/exhibits", {"capture_id": 99})[0] == 404
    assert call("POST", f"/cases/{number}/exhibits", {"capture_id": 1})[1]["error"]["fix"]  # no evidence is served here
    assert call("GET", "/cases/WT-1-1")[0] == 404


def test_cases_need_the_scope_and_the_right(database: Database, call_as: Callable[..., Call]) -> None:
    fill(database, 1)
    reads = call_as("investigator", name="ines", scopes=["case.read"])
    assert reads("GET", "/cases")[0] == 200
    for path, body in (("/cases", {"title": "x"}), ("/cases/WT-2026-0001", {"title": "x"}),
                       ("/cases/WT-2026-0001/exhibits", {"capture_id": 1})):  # fmt: skip
        assert reads("POST", path, body)[0] == 403
    assert call_as("reviewer", name="rob")("GET", "/cases")[0] == 403


def test_it_describes_itself(call_as: Callable[..., Call]) -> None:
    _, description = call_as("reviewer")("GET", "/openapi.json")
    paths = description["paths"]
    assert len(paths) > 20
    for path, operations in paths.items():
        for method, operation in operations.items():
            assert operation["description"], (path, method)
            assert operation["tags"], (path, method)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_whatever_is_sent_is_no_failure_of_the_server(
    database: Database, site: str, call_as: Callable[..., Call]
) -> None:
    """Schemathesis makes requests from the description, well-formed and not; answers must be as described too."""
    import schemathesis
    from hypothesis import HealthCheck, Phase, given, settings
    from schemathesis.generation import GenerationMode

    fill(database, 5)
    roles = ("senior", "investigator", "operator", "admin")
    call = call_as(*roles, name="all")
    token = call.token  # type: ignore[attr-defined]
    api = schemathesis.openapi.from_dict(call("GET", "/openapi.json")[1])
    number = call("POST", "/cases", {"title": "of all kinds", "listings": [1]})[1]["number"]
    asked, statuses = 0, set()
    for found in api.get_all_operations():
        operation = found.ok()

        @given(case=operation.as_strategy(GenerationMode.POSITIVE) | operation.as_strategy(GenerationMode.NEGATIVE))
        @settings(
            max_examples=12, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        def send(case: schemathesis.Case) -> None:
            nonlocal asked
            if asked % 2 and "number" in (case.path_parameters or {}):
                case.path_parameters["number"] = number  # one that exists
            answer = case.call(base_url=site, headers={"Authorization": f"Bearer {token}"})
            asked += 1
            statuses.add(answer.status_code)
            assert answer.status_code < 500, (case.as_curl_command(), answer.text)
            if answer.status_code >= 400 and answer.headers.get("content-type") == "application/json":
                assert set(answer.json()["error"]) == {"code", "message", "field", "fix"}, answer.text

        send()
    assert asked > 150
    assert {200, 422} <= statuses
