"""Guarded connections: every address a name resolves to is checked at the moment of connecting.

The check sits behind name resolution, so that redirects, literal addresses in any spelling and names that change
their address between two look-ups all pass it.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.interfaces import (
    IHostnameResolver,
    IProtocolFactory,
    IReactorPluggableNameResolver,
    IResolutionReceiver,
    IStreamClientEndpoint,
)
from twisted.python.failure import Failure
from twisted.web.client import URI
from twisted.web.iweb import IAgentEndpointFactory, IPolicyForHTTPS
from zope.interface import implementer

from wildtrade.addresses import AddressGuard


class BlockedAddressError(Exception):
    """A name resolved only to addresses that the guard refuses."""


@implementer(IResolutionReceiver)
class _Filter:
    """Passes on the addresses that the guard permits and notes the others."""

    def __init__(self, receiver: Any, guard: AddressGuard, refused: list[str]) -> None:
        self._receiver = receiver
        self._guard = guard
        self._refused = refused

    def resolutionBegan(self, resolutionInProgress: Any) -> None:
        self._receiver.resolutionBegan(resolutionInProgress)

    def addressResolved(self, address: Any) -> None:
        if self._guard.permits(address.host, address.port):
            self._receiver.addressResolved(address)
        else:
            self._refused.append(address.host)

    def resolutionComplete(self) -> None:
        self._receiver.resolutionComplete()


@implementer(IHostnameResolver)
class _GuardedResolver:
    def __init__(self, inner: Any, guard: AddressGuard, refused: list[str]) -> None:
        self._inner = inner
        self._guard = guard
        self._refused = refused

    def resolveHostName(self, resolutionReceiver: Any, *args: Any, **kwargs: Any) -> Any:
        return self._inner.resolveHostName(_Filter(resolutionReceiver, self._guard, self._refused), *args, **kwargs)


@implementer(IReactorPluggableNameResolver)
class _GuardedReactor:
    """The reactor as an endpoint sees it, its name resolver behind the guard."""

    def __init__(self, reactor: Any, resolver: _GuardedResolver) -> None:
        self._reactor = reactor
        self.nameResolver = resolver

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reactor, name)


@implementer(IStreamClientEndpoint)
class GuardedEndpoint:
    """A TCP connection to ``host``:``port`` that is made only to permitted addresses (``timeout`` in seconds).

    ``connect`` fails with BlockedAddressError where the guard refused all of them.
    """

    def __init__(
        self,
        reactor: Any,
        guard: AddressGuard,
        host: str,
        port: int,
        timeout: float = 30,
        bind_address: tuple[str, int] | None = None,
    ) -> None:
        self._host = host
        self._refused: list[str] = []
        self._reactor = reactor
        self._guard = guard
        self._where = (host.encode("ascii"), port, timeout, bind_address)

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[Any]:
        # Built only now: most requests go over a connection that is open already, and never ask for one.
        resolver = _GuardedResolver(self._reactor.nameResolver, self._guard, self._refused)
        inner = HostnameEndpoint(_GuardedReactor(self._reactor, resolver), *self._where)
        connected: Deferred[Any] = inner.connect(protocolFactory)
        return connected.addErrback(self._explain)

    def _explain(self, failure: Failure) -> Failure:
        if self._refused:
            addresses = ", ".join(sorted(set(self._refused)))
            raise BlockedAddressError(
                f"{self._host} leads to {addresses}, which is no public address"
            ) from failure.value
        return failure


@implementer(IAgentEndpointFactory)
class GuardedEndpointFactory:
    """What the download handler's agent builds its connections with."""

    def __init__(
        self,
        reactor: Any,
        guard: AddressGuard,
        tls: IPolicyForHTTPS,
        timeout: float,
        bind_address: tuple[str, int] | None,
    ) -> None:
        self._reactor = reactor
        self._guard = guard
        self._tls = tls
        self._connectTimeout = timeout
        self._bindAddress = bind_address  # the agent reads it for its pool key

    def endpointForURI(self, uri: URI) -> IStreamClientEndpoint:
        host = uri.host.decode("ascii")
        endpoint: IStreamClientEndpoint = GuardedEndpoint(
            self._reactor, self._guard, host, uri.port, self._connectTimeout, self._bindAddress
        )
        if uri.scheme != b"https":
            return endpoint
        return wrapClientTLS(self._tls.creatorForNetloc(uri.host, uri.port), endpoint)
