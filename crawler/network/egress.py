"""The agency's own way out: one HTTP proxy per source. It fails closed: there is no other way to the site.

The proxy resolves the names, so nothing about the crawl reaches the local resolver. Proxies that the environment names
are never used.
"""

from __future__ import annotations

import os
import socket
from base64 import b64encode
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address
from urllib.parse import unquote, urlsplit

from crawler.network.endpoints import BlockedAddressError
from wildtrade.addresses import AddressGuard
from wildtrade.errors import ConfigError

_VARIABLE = "env:"


@dataclass(frozen=True, slots=True)
class Egress:
    """Where the proxy is; ``authorization`` is the value of its header, or None."""

    host: str
    port: int
    authorization: bytes | None = None

    @property
    def url(self) -> str:
        """Its address without credentials."""
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


def egress_of(proxy: str, source: str) -> Egress | None:
    """A source's ``proxy`` value: ``http://[user:password@]host:port``, or ``env:NAME`` for a variable that holds that.

    None for an empty value. Raises ConfigError for one that cannot be used, so that no crawl goes out without it.
    """
    if not proxy:
        return None
    fix = "write http://host:port, or env:NAME and put the address with its password into that variable"
    value = os.environ.get(proxy.removeprefix(_VARIABLE), "") if proxy.startswith(_VARIABLE) else proxy
    try:
        parts = urlsplit(value)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or port is None or parts.scheme != "http":
        what = "the variable does not hold" if proxy.startswith(_VARIABLE) else "is not"
        raise ConfigError(f"{what} the address of an HTTP proxy", file=f"{source}.yaml", field="proxy", fix=fix)
    if not parts.username:
        return Egress(host, port)
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return Egress(host, port, b"Basic " + b64encode(pair.encode()))


def refuse_literal(url: str, guard: AddressGuard) -> None:
    """Raise BlockedAddressError for a URL whose host spells an address the guard refuses: a proxy would not ask."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    address = "127.0.0.1" if host == "localhost" or host.endswith(".localhost") else literal_address(host)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if address is not None and not guard.permits(address, port):
        raise BlockedAddressError(f"{host} is {address}, which is no public address")


def literal_address(host: str) -> str | None:
    """The IP address that a URL's host is a spelling of (dotted, decimal, hexadecimal, octal, short), or None."""
    host = host.strip("[]")
    try:
        return str(ip_address(host))
    except ValueError:
        pass
    if not host or not set(host.lower()) <= set("0123456789abcdefx."):
        return None
    try:
        return str(IPv4Address(socket.inet_aton(host)))
    except OSError:
        return None
