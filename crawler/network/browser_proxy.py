"""The browser's only way out: a forward proxy on loopback whose connections pass the address guard.

Chromium resolves no names itself when it has a proxy, so pages, scripts, redirects and WebSockets alike are
checked at connect time, on the resolved address.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

from crawler.network.egress import Egress, refuse_literal
from crawler.network.endpoints import BlockedAddressError, GuardedEndpoint
from wildtrade.addresses import AddressGuard

_HEAD_CAP = 64 * 1024  # bytes
_MOST = 64 * 2**20  # bytes that one connection may bring; more would only fill the browser's memory
_MOST_NAMES = 10_000  # hosts whose address is remembered
_DROPPED = (b"proxy-", b"connection:", b"keep-alive:")


class _Upstream(Protocol):
    """The connection to the site; hands all it receives to the browser."""

    def __init__(self, browser: _Downstream) -> None:
        self.browser = browser
        self._left = _MOST

    def connectionMade(self) -> None:
        # Each side is paused while the other cannot keep up.
        self.browser.transport.registerProducer(self.transport, True)
        self.transport.registerProducer(self.browser.transport, True)

    def dataReceived(self, data: bytes) -> None:
        self._left -= len(data)
        if self._left < 0:
            self.transport.abortConnection()
            return
        self.browser.transport.write(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.browser.transport.unregisterProducer()
        self.browser.transport.loseConnection()


class _Downstream(Protocol):
    """One connection of the browser: one tunnel, or one plain request."""

    def __init__(self, guard: AddressGuard, egress: Egress | None, addresses: dict[str, str]) -> None:
        self._guard = guard
        self._egress = egress
        self._addresses = addresses
        self._head = bytearray()
        self._asked = False
        self._body: int | None = None  # bytes of the request that are still to come; None: any, it is a tunnel
        self._upstream: _Upstream | None = None

    def dataReceived(self, data: bytes) -> None:
        if self._upstream is not None:
            self._pass_on(self._upstream, data)
            return
        self._head += data
        if self._asked:
            return
        if b"\r\n\r\n" in self._head:
            self._asked = True
            self._open()
        elif len(self._head) > _HEAD_CAP:
            self.transport.abortConnection()

    def _pass_on(self, upstream: _Upstream, data: bytes) -> None:
        """What follows the first head. A second request on this connection may be meant for another host, which this
        site must neither see nor answer: the browser asks for it again over a connection of its own."""
        if self._body is not None:
            self._body -= len(data)
            if self._body < 0:
                self.transport.abortConnection()
                return
        upstream.transport.write(data)

    def _open(self) -> None:
        head, _, _ = bytes(self._head).partition(b"\r\n\r\n")
        request_line, *headers = head.split(b"\r\n")
        try:
            method, target, version = request_line.decode("ascii").split(" ")
            tunnel = method == "CONNECT"
            parts = urlsplit(f"//{target}" if tunnel else target)
            host, port = parts.hostname or "", parts.port or 80
            self._body = None if tunnel else _length(headers)
        except ValueError:
            self._refuse("400 Bad Request")
            return
        if not host or (not tunnel and parts.scheme != "http"):
            self._refuse("400 Bad Request")
            return
        kept = [one for one in headers if not one.lower().startswith(_DROPPED)]
        if self._egress is not None:
            self._open_by_proxy(self._egress, f"{method} {target} {version}", f"http://{parts.netloc}", kept)
            return
        first = b""
        if not tunnel:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            first = _head(f"{method} {path} {version}", kept)
        from twisted.internet import reactor

        factory = Factory.forProtocol(lambda: _Upstream(self))
        connected = GuardedEndpoint(reactor, self._guard, host, port).connect(factory)
        connected.addCallbacks(self._begin, self._failed, callbackArgs=(tunnel, first, host))

    def _open_by_proxy(self, egress: Egress, request_line: str, site: str, headers: list[bytes]) -> None:
        """Hand the request to the source's own proxy, which answers it itself; there is no other way out."""
        try:
            refuse_literal(site, self._guard)
        except BlockedAddressError:
            self._refuse("403 Forbidden")
            return
        if egress.authorization:
            headers = [*headers, b"Proxy-Authorization: " + egress.authorization]
        from twisted.internet import reactor

        factory = Factory.forProtocol(lambda: _Upstream(self))
        connected = HostnameEndpoint(reactor, egress.host, egress.port).connect(factory)
        connected.addCallbacks(self._begin, self._failed, callbackArgs=(False, _head(request_line, headers), ""))

    def _begin(self, upstream: _Upstream, tunnel: bool, first: bytes, host: str) -> None:
        if host and len(self._addresses) < _MOST_NAMES:
            self._addresses[host] = upstream.transport.getPeer().host
        if tunnel:
            self.transport.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        upstream.transport.write(first)
        self._upstream = upstream
        self._pass_on(upstream, bytes(self._head).partition(b"\r\n\r\n")[2])

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

    def __init__(self, guard: AddressGuard, egress: Egress | None, addresses: dict[str, str]) -> None:
        self._guard = guard
        self._egress = egress
        self._addresses = addresses

    def buildProtocol(self, addr: Any) -> Protocol:
        return _Downstream(self._guard, self._egress, self._addresses)


def _length(headers: list[bytes]) -> int:
    """Bytes of the body that these headers announce."""
    fields = (line.partition(b":") for line in headers)
    return next((int(value) for name, _, value in fields if name.strip().lower() == b"content-length"), 0)


def _head(request_line: str, headers: list[bytes]) -> bytes:
    return b"\r\n".join([request_line.encode(), *headers, b"Connection: close", b"", b""])


def start_proxy(guard: AddressGuard, egress: Egress | None, addresses: dict[str, str]) -> Any:
    """Listen on a free loopback port; returns the listening port (``getHost().port``, ``stopListening()``).

    ``egress``: the source's own proxy, through which everything then goes. ``addresses`` learns which address each
    host was reached at.
    """
    from twisted.internet import reactor

    return reactor.listenTCP(0, _ProxyFactory(guard, egress, addresses), interface="127.0.0.1")
