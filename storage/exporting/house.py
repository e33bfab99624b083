"""Whoever packs: what a workspace adds to its packages and reports."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from storage.custody.stamps import Authority
from storage.custody.workspace import authority_of
from storage.exporting.pdf_seal import Certificate, own_certificate, read_certificate
from wildtrade.settings import FILE_NAME, Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """``authority`` stamps, ``certificate`` seals reports; without them there is no stamp, no seal.
    ``settings_sha256`` is of the workspace's settings file."""

    organisation: str = ""
    legal_basis: str = ""
    authority: Authority | None = None
    certificate: Certificate | None = None
    settings_sha256: str | None = None


def house_of(workspace: Workspace) -> House:
    """The house of a workspace; its certificate is made on first use. Raises ConfigError, StorageError."""
    settings = workspace.settings
    return House(
        organisation=settings.crawl.organisation,
        legal_basis=settings.crawl.legal_basis,
        authority=authority_of(workspace),
        certificate=_certificate(workspace),
        settings_sha256=hashlib.sha256((workspace.root / FILE_NAME).read_bytes()).hexdigest(),
    )


def _certificate(workspace: Workspace) -> Certificate:
    settings = workspace.settings.evidence
    if settings.report_key or settings.report_certificate:
        return read_certificate(workspace.root / settings.report_key, workspace.root / settings.report_certificate)
    return own_certificate(workspace.root / "data" / "keys", workspace.settings.crawl.organisation)
