"""The way to a page: every answer on it (redirects are answers too) and how each connection was secured."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import SSL
from scrapy import Request

from storage.evidence import Exchange, ExtraRecord

if TYPE_CHECKING:
    from crawler.network.tap import Tap

_META = "trail"


@dataclass(frozen=True, slots=True)
class Secured:
    """How a connection was secured: ``protocol`` such as ``tls/1.3``, ``cipher``, and the peer's certificates (PEM, its
    own first) with their SHA-256."""

    protocol: str
    cipher: str
    chain: bytes
    chain_sha256: str


@dataclass(frozen=True, slots=True)
class Step:
    """One answer on the way. The bytes of its ``tap`` may still be growing."""

    url: str
    status: int
    tap: Tap
    secured: Secured | None


def note_step(request: Request, txresponse: Any, tap: Tap | None) -> None:
    """Remember the answer whose head has come; the request that follows a redirect inherits it."""
    if tap is not None:
        step = Step(request.url, txresponse.code, tap, _secured(txresponse._wildtrade_transport))
        request.meta[_META] = (*request.meta.get(_META, ()), step)


def _secured(transport: Any) -> Secured | None:
    """What the handshake settled; None where the connection is not encrypted. Read once for each connection."""
    connection = transport.getHandle() if hasattr(transport, "getHandle") else None
    if not isinstance(connection, SSL.Connection):
        return None
    known: Secured | None = getattr(transport, "_wildtrade_secured", None)
    if known is None:
        certificates = connection.get_peer_cert_chain(as_cryptography=True) or []
        chain = b"".join(one.public_bytes(Encoding.PEM) for one in certificates)
        protocol = connection.get_protocol_version_name().lower().replace("tlsv", "tls/")
        known = Secured(protocol, connection.get_cipher_name() or "", chain, hashlib.sha256(chain).hexdigest())
        transport._wildtrade_secured = known
    return known


def redirects(meta: dict[str, Any]) -> tuple[Exchange, ...]:
    """The redirects on the way to a page, each as it crossed the wire."""
    steps: tuple[Step, ...] = meta.get(_META, ())[:-1]
    return tuple(
        Exchange(
            url=step.url,
            requested_url=step.url,
            request=bytes(step.tap.sent),
            response=bytes(step.tap.received),
            payload=b"",
            status=step.status,
            ip=step.tap.ip,
            started_at=step.tap.started_at,
            headers=headers_of(step.secured),
        )
        for step in steps
        if 300 <= step.status < 400
    )


def broken_off(meta: dict[str, Any], url: str, requested_url: str, why: str) -> Exchange | None:
    """How the answer from ``url`` began that was not waited for to its end; None where there was none. ``why`` is a
    word of the WARC standard: time or length."""
    step: Step | None = next(iter(meta.get(_META, ())[-1:]), None)
    if step is None or step.url != url or not step.tap.received:
        return None
    return Exchange(
        url=url,
        requested_url=requested_url,
        request=bytes(step.tap.sent),
        response=step.tap.take(),
        payload=b"",
        status=step.status,
        ip=step.tap.ip,
        started_at=step.tap.started_at,
        complete=False,
        truncated=why,
        earlier=redirects(meta),
        headers=headers_of(step.secured),
    )


def security(meta: dict[str, Any]) -> dict[str, str]:
    """WARC headers that say how the page's own connection was secured; the certificates are in a record."""
    steps: tuple[Step, ...] = meta.get(_META, ())
    return headers_of(steps[-1].secured) if steps else {}


def certificates(meta: dict[str, Any], kept: set[str]) -> tuple[ExtraRecord, ...]:
    """The certificate chains on the way that are not among ``kept`` (by SHA-256), which learns them."""
    steps: tuple[Step, ...] = meta.get(_META, ())
    return chains_of((one.secured for one in steps), kept)


def chains_of(secured: Iterable[Secured | None], kept: set[str]) -> tuple[ExtraRecord, ...]:
    """The certificate chains that are not among ``kept`` (by SHA-256), which learns them."""
    chains = {one.chain_sha256: one.chain for one in secured if one is not None}
    new = [name for name in chains if name not in kept]
    kept.update(new)
    kind = "application/pem-certificate-chain"
    return tuple(ExtraRecord(uri=f"urn:sha256:{name}", content_type=kind, body=chains[name]) for name in new)


def headers_of(secured: Secured | None) -> dict[str, str]:
    """WARC headers that say how a connection was secured."""
    if secured is None:
        return {}
    said = {
        "WARC-Protocol": secured.protocol,
        "WARC-Cipher-Suite": secured.cipher,
        "WARC-Certificate-Chain": f"urn:sha256:{secured.chain_sha256}",
    }
    return {name: value for name, value in said.items() if value}
