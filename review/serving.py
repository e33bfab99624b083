"""A listening socket, the app behind it, and what to tell the person who started it."""

from __future__ import annotations

import errno
import socket
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wildtrade.errors import Exit, UsageError, WildtradeError

if TYPE_CHECKING:
    import uvicorn
    from fastapi import FastAPI

    from storage.custody import CustodyLog

_SWITCH_SECONDS = 0.0005  # a page takes the processor back at each of its queries, and a job beside it gives it soon
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate and its key as files, and the names it is for."""

    file: Path
    key: Path
    names: frozenset[str]


def listen(host: str, port: int, *, tls: bool = False) -> socket.socket:
    """A listening socket. Raises WildtradeError where the port is taken, UsageError beyond this machine without TLS."""
    if host not in LOOPBACK and not tls:
        fix = "add --tls, which makes a certificate for this network, or listen on 127.0.0.1"
        raise UsageError(f"{host} is not this machine alone: passwords would travel in the open", field="host", fix=fix)
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        problem = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used: {error.strerror}"
        fix = "choose another with --port, or --port 0 for any free one"
        raise WildtradeError(f"port {port} {problem}", field="port", fix=fix) from error
    return listener


def address_of(listener: socket.socket, name: str = "", *, tls: bool = False) -> str:
    """The address a browser opens; ``name`` stands in for the numbers, as passkeys need it."""
    host, port = listener.getsockname()[:2]
    shown = name or (f"[{host}]" if ":" in host else host)
    return f"{'https' if tls else 'http'}://{shown}:{port}/"


def config_of(app: FastAPI, certificate: Certificate | None = None) -> uvicorn.Config:
    """How the app is served: no header that names the server, no trust in headers that name a client."""
    import uvicorn

    return uvicorn.Config(
        app,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        access_log=False,
        timeout_graceful_shutdown=2,
        ssl_certfile=certificate.file if certificate else None,
        ssl_keyfile=certificate.key if certificate else None,
    )


def run(
    database_url: str,
    listener: socket.socket,
    announce: Callable[[], None],
    *,
    certificate: Certificate | None = None,
    name: str = "",
    custody: CustodyLog | None = None,
    home: Path | None = None,
) -> int:
    """Serve one database on a listening socket until interrupted. ``announce`` is called once it can be served.

    Returns ``Exit.INTERRUPTED``, the only way this ends well. Raises WildtradeError where the app does not start.
    """
    import uvicorn

    from review.app import create_app
    from storage.database import open_database

    sys.setswitchinterval(_SWITCH_SECONDS)
    hosts = certificate.names if certificate else LOOPBACK
    with closing(listener), closing(open_database(database_url)) as database:
        app = create_app(database, hosts, name=name, custody=custody, home=home)
        server = uvicorn.Server(config_of(app, certificate))
        start = server.startup

        async def startup(sockets: list[socket.socket] | None = None) -> None:
            await start(sockets=sockets)
            if server.started:
                announce()

        server.startup = startup  # type: ignore[method-assign]  # uvicorn has no hook for "now it answers"
        server.run(sockets=[listener])
    if not server.started:
        raise WildtradeError("the review page could not start", fix="its own message stands above")
    return Exit.INTERRUPTED  # usually raised by the signal itself, but not where Ctrl+C is ignored (a job of a script)
