"""The browser's only way out: a forward proxy on loopback whose connections pass the address guard.

Chromium resolves no names itself when it has a proxy, so pages, scripts, redirects and WebSockets alike are
checked at connect time, on the resolved address.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

from crawler.network.addresses import AddressGuard
from crawler.network.endpoints import GuardedEndpoint

_HEAD_CAP = 64 * 1024
_DROPPED = (b"proxy-", b"connection:", b"keep-alive:")


class _Upstream(Protocol):
    """The connection to the site; hands all it receives to the browser."""

    def __init__(self, browser: _Downstream) -> None:
        self.browser = browser

    def connectionMade(self) -> None:
        # Each side is paused while the other cannot keep up.
        self.browser.transport.registerProducer(self.transport, True)
        self.transport.registerProducer(self.browser.transport, True)

    def dataReceived(self, data: bytes) -> None:
        self.browser.transport.write(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.browser.transport.unregisterProducer()
        self.browser.transport.loseConnection()


class _Downstream(Protocol):
    """One connection of the browser: one tunnel, or one plain request."""

    def __init__(self, guard: AddressGuard) -> None:
        self._guard = guard
        self._head = bytearray()
        self._asked = False
        self._upstream: _Upstream | None = None

    def dataReceived(self, data: bytes) -> None:
        if self._upstream is not None:
            self._upstream.transport.write(data)
            return
        self._head += data
        if self._asked:
            return
        if b"\r\n\r\n" in self._head:
            self._asked = True
            self._open()
        elif len(self._head) > _HEAD_CAP:
            self.transport.abortConnection()

    def _open(self) -> None:
        head, _, _ = bytes(self._head).partition(b"\r\n\r\n")
        request_line, *headers = head.split(b"\r\n")
        try:
            method, target, version = request_line.decode("ascii").split(" ")
            tunnel = method == "CONNECT"
            parts = urlsplit(f"//{target}" if tunnel else target)
            host, port = parts.hostname or "", parts.port or 80
        except ValueError:
            self._refuse("400 Bad Request")
            return
        if not host or (not tunnel and parts.scheme != "http"):
            self._refuse("400 Bad Request")
            return
        first = b""
        if not tunnel:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            kept = [h for h in headers if not h.lower().startswith(_DROPPED)]
            first = b"\r\n".join([f"{method} {path} {version}".encode(), *kept, b"Connection: close", b"", b""])
        from twisted.internet import reactor

        factory = Factory.forProtocol(lambda: _Upstream(self))
        connected = GuardedEndpoint(reactor, self._guard, host, port).connect(factory)
        connected.addCallbacks(self._begin, self._failed, callbackArgs=(tunnel, first))

    def _begin(self, upstream: _Upstream, tunnel: bool, first: bytes) -> None:
        if tunnel:
            self.transport.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        upstream.transport.write(first + bytes(self._head).partition(b"\r\n\r\n")[2])
        self._upstream = upstream

    def _failed(self, failure: Failure) -> None:
        self._refuse("502 Bad Gateway")

    def _refuse(self, status: str) -> None:
        self.transport.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        self.transport.loseConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self._upstream is not None:
            self._upstream.transport.unregisterProducer()
            self._upstream.transport.loseConnection()


class _ProxyFactory(Factory):
    noisy = False

    def __init__(self, guard: AddressGuard) -> None:
        self._guard = guard

    def buildProtocol(self, addr: Any) -> Protocol:
        return _Downstream(self._guard)


def start_proxy(guard: AddressGuard) -> Any:
    """Listen on a free loopback port; returns the listening port (``getHost().port``, ``stopListening()``)."""
    from twisted.internet import reactor

    return reactor.listenTCP(0, _ProxyFactory(guard), interface="127.0.0.1")
