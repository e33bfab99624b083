"""Webhooks are told of every decision once, signed, with patience; and never of an address inside."""

from __future__ import annotations

import http.server
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import ClassVar

import pytest
import trustme
from sqlalchemy import update

from storage import queue
from storage.alerts import inbox
from storage.database import Database
from storage.models import AlertKind, DecisionAction, DecisionRow, Delivery, Webhook, utcnow
from storage.sending import SIGNATURE, TIMESTAMP, signature, tell_webhooks
from storage.webhooks import WAITS, add_webhook, again, deliveries
from tests.review.conftest import fill
from wildtrade.errors import UsageError
from wildtrade.records import DecisionLabel


class _Receiver(http.server.BaseHTTPRequestHandler):
    got: ClassVar[list[tuple[dict[str, str], bytes]]] = []
    status: ClassVar[int] = 200

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append((dict(self.headers), body))
        self.send_response(self.status)
        self.send_header("Location", "https://localhost/elsewhere")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def receiver(status: int = 200) -> Iterator[tuple[int, ssl.SSLContext]]:
    """A TLS server on loopback; gives its port and the trust that knows it."""
    authority = trustme.CA()
    context = ssl.create_default_context()
    authority.configure_trust(context)
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(own)
    _Receiver.got, _Receiver.status = [], status
    server = http.server.HTTPServer(("127.0.0.1", 0), _Receiver)
    server.socket = own.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1], context
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def decide(database: Database, flag_id: int) -> None:
    with database.session() as session:
        queue.decide(session, flag_id, DecisionLabel.UNSURE, "mara", assessment_id=flag_id, note="secret words")


def hook(database: Database, port: int) -> str:
    with database.session() as session:
        return add_webhook(session, f"https://localhost:{port}/hook?x=1", "ada").secret


def allowed(port: int) -> list[str]:
    return [f"127.0.0.1:{port}", f"[::1]:{port}"]


def test_each_decision_is_told_once_and_signed(database: Database) -> None:
    fill(database, 3)
    decide(database, 1)  # before the webhook: not told
    with receiver() as (port, context):
        secret = hook(database, port)
        decide(database, 2)
        with database.session() as session:
            queue.undo(session, "mara")
        assert tell_webhooks(database, allow=allowed(port), context=context) == 2
        assert tell_webhooks(database, allow=allowed(port), context=context) == 0
        headers, body = _Receiver.got[0]
    assert headers[SIGNATURE] == signature(secret, headers[TIMESTAMP], body)
    assert headers[SIGNATURE] != signature(secret, "0", body)
    said = json.loads(body)
    assert (said["type"], said["subject"]["id"], said["decision"]["label"]) == ("decision.decide", 2, "unsure")
    assert b"secret words" not in body and b"mara" not in body
    assert json.loads(_Receiver.got[1][1])["type"] == "decision.undo"


def test_a_private_address_is_refused(database: Database) -> None:
    fill(database, 1)
    with receiver() as (port, context):
        hook(database, port)
        decide(database, 1)
        assert tell_webhooks(database, context=context) == 0
        assert _Receiver.got == []
    with database.session(read_only=True) as session:
        (one,) = deliveries(session)
        assert "not on the public internet" in one.error
        assert (one.attempts, one.ended_at) == (1, None)


@pytest.mark.parametrize("status", [500, 302])
def test_it_is_tried_again_later_and_then_given_up(database: Database, status: int) -> None:
    fill(database, 1)
    with receiver(status) as (port, context):
        hook(database, port)
        decide(database, 1)
        for attempt in range(len(WAITS) + 3):
            tell_webhooks(database, allow=allowed(port), context=context)
            with database.session() as session:
                (one,) = deliveries(session)
                if attempt < len(WAITS):
                    assert utcnow() + WAITS[attempt] - one.due_at < timedelta(seconds=30)
                session.execute(update(Delivery).values(due_at=utcnow()))
        assert len(_Receiver.got) == len(WAITS) + 1
        with database.session() as session:
            (one,) = deliveries(session)
            assert (one.delivered, one.error) == (False, f"it answered {status}")
            assert one.ended_at is not None
            assert [alert.kind for alert in inbox(session)] == [AlertKind.WEBHOOK_FAILED]
            again(session, one.id)
        _Receiver.status = 204
        assert tell_webhooks(database, allow=allowed(port), context=context) == 1


@pytest.mark.parametrize(
    "url",
    ["http://a.example/", "https://", "https://u:p@a.example/", "ftp://a.example", "https://a.example:99999/", "x"],
)
def test_only_https_addresses(database: Database, url: str) -> None:
    with database.session() as session, pytest.raises(UsageError):
        add_webhook(session, url, "ada")


def test_a_wrong_certificate_is_no_receiver(database: Database) -> None:
    fill(database, 1)
    with receiver() as (port, _):
        hook(database, port)
        decide(database, 1)
        assert tell_webhooks(database, allow=allowed(port)) == 0
        assert _Receiver.got == []
    with database.session(read_only=True) as session:
        assert session.query(Webhook).count() == 1
        assert session.query(DecisionRow).filter_by(action=DecisionAction.DECIDE).count() == 1
