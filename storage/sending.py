"""Sending to webhooks: signed, only to public addresses, without following redirects."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import socket
import ssl
import time
from collections.abc import Iterable
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

from storage.database import Database
from storage.webhooks import due, note_decisions, settle
from wildtrade import __version__
from wildtrade.addresses import AddressGuard

SIGNATURE, TIMESTAMP = "Wildtrade-Signature", "Wildtrade-Timestamp"
_SECONDS = 10.0


class NotSentError(Exception):
    """Why nothing was received, in words."""


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA256 over ``timestamp.body``, hex; a receiver computes the same and refuses old timestamps."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def tell_webhooks(database: Database, *, allow: Iterable[str] = (), context: ssl.SSLContext | None = None) -> int:
    """Queue what is new and send what is due; returns how many were received. ``allow`` names exact ``address:port``
    beyond the public ones, ``context`` a trust of one's own."""
    with database.session() as session:
        note_decisions(session)
        parcels = due(session)
    received = 0
    for parcel in parcels:  # no transaction is open while somebody else's server takes its time
        error = ""
        try:
            post(parcel.url, parcel.secret, parcel.body, AddressGuard(allow), context)
        except (NotSentError, OSError, http.client.HTTPException, ValueError) as problem:
            error = str(problem) or type(problem).__name__
        with database.session() as session:
            settle(session, parcel.delivery_id, error)
        received += not error
    return received


def post(
    url: str, secret: str, content: dict[str, Any], guard: AddressGuard, context: ssl.SSLContext | None = None
) -> None:
    """Send one signed body. Raises NotSentError where the address is not public or the answer is not 2xx."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 443
    body, stamp = json.dumps(content, separators=(",", ":")).encode(), str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"wildtrade/{__version__}",
        TIMESTAMP: stamp,
        SIGNATURE: signature(secret, stamp, body),
    }
    with closing(_connection(host, port, guard, context or ssl.create_default_context())) as connection:
        connection.request("POST", f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}", body, headers)
        status = connection.getresponse().status
    if not 200 <= status < 300:
        raise NotSentError(f"it answered {status}")


def _connection(host: str, port: int, guard: AddressGuard, context: ssl.SSLContext) -> http.client.HTTPSConnection:
    """A connection to one of the host's addresses, all of which must be allowed: the name is resolved once, so that
    a second answer of the name server cannot lead elsewhere."""
    found = [info[4] for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    refused = [str(address[0]) for address in found if not guard.permits(str(address[0]), port)]
    if refused or not found:
        raise NotSentError(f"{host} is not on the public internet ({', '.join(refused) or 'no address'})")
    raw = socket.create_connection((str(found[0][0]), port), timeout=_SECONDS)
    connection = http.client.HTTPSConnection(host, port, timeout=_SECONDS)
    try:
        connection.sock = context.wrap_socket(raw, server_hostname=host)
    except BaseException:
        raw.close()
        raise
    return connection
