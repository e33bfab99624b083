"""What is sealed and what comes of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Literal

from wildtrade.records import Capture


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraRecord:
    """Something made from the page and kept with it: the rendered DOM, a certificate chain. ``uri`` names it."""

    uri: str
    content_type: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file kept beside the WARC for a page: its screenshot, its DOM as the browser had it, a picture of its listing.

    ``url`` is where it comes from, ``facts`` are JSON values for the custody log (status, address, time).
    """

    kind: Literal["screenshot", "dom", "media"]
    url: str
    media_type: str
    body: bytes = field(repr=False)
    captured_at: datetime
    facts: Mapping[str, str | int | None] = field(default_factory=dict)

    @cached_property
    def sha256(self) -> str:
        """64 hex digits."""
        return hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its answer, as they crossed the wire.

    ``request`` and ``response`` are verbatim bytes (empty where nobody saw them, e.g. a browser's page);
    ``payload`` is the document itself and is only stored where ``response`` is empty. ``status`` is the HTTP status.
    ``complete`` is False where the body was cut short; ``truncated`` then says why in a word of the WARC standard:
    length, time, disconnect or unspecified. ``earlier`` are the redirects that led here, first one first; each becomes
    a record of its own. ``headers`` are further WARC headers of the main record (how the connection was secured),
    ``extra`` records that are kept with it.
    """

    url: str
    requested_url: str
    request: bytes
    response: bytes
    payload: bytes
    status: int
    ip: str | None
    started_at: datetime
    complete: bool = True
    content_type: str = "text/html"
    truncated: str = "unspecified"
    earlier: tuple[Exchange, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    extra: tuple[ExtraRecord, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """The compressed records of one exchange, ready to append. Digests are 64 hex digits."""

    data: bytes
    record_id: str
    record_sha256: str
    payload_sha256: str
    url: str
    requested_url: str
    status: int
    captured_at: datetime
    complete: bool

    def capture(self, file: str, offset: int) -> Capture:
        """Where it lies once appended; ``offset`` in bytes."""
        return Capture(
            url=self.url,
            requested_url=self.requested_url,
            status=self.status,
            captured_at=self.captured_at,
            file=file,
            offset=offset,
            length=len(self.data),
            record_id=self.record_id,
            record_sha256=self.record_sha256,
            payload_sha256=self.payload_sha256,
            complete=self.complete,
        )
