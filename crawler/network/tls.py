"""TLS trust: certificates are always verified; a source may name one more authority that it trusts."""

from __future__ import annotations

from typing import Any

from OpenSSL import SSL
from scrapy.core.downloader.contextfactory import _ScrapyClientContextFactory
from twisted.internet._sslverify import IOpenSSLTrustRoot
from twisted.internet.ssl import optionsForClientTLS
from twisted.web.iweb import IPolicyForHTTPS
from zope.interface import implementer


@implementer(IOpenSSLTrustRoot)
class _PlatformAnd:
    """The platform's authorities and one more, from a PEM file."""

    def __init__(self, ca_file: str) -> None:
        self._ca_file = ca_file

    def _addCACertsToContext(self, context: SSL.Context) -> None:
        context.set_default_verify_paths()
        context.load_verify_locations(self._ca_file)


@implementer(IPolicyForHTTPS)
class TrustingPolicy(_ScrapyClientContextFactory):
    """Verifies against the platform's authorities and ``ca_file``."""

    def __init__(self, ca_file: str) -> None:
        super().__init__(verify_certificates=True)
        self._root = _PlatformAnd(ca_file)

    def creatorForNetloc(self, hostname: bytes, port: int) -> Any:
        return optionsForClientTLS(
            hostname=hostname.decode("ascii"),
            trustRoot=self._root,
            extraCertificateOptions=self._get_cert_options_kwargs(),
        )
