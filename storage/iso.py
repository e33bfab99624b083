"""Moments as text, in the one spelling that WARC, WACZ and the custody log share."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_text(moment: datetime, timespec: str = "microseconds") -> str:
    """ISO 8601 in UTC with a ``Z`` at its end; ``timespec`` as in ``datetime.isoformat``."""
    return moment.astimezone(UTC).isoformat(timespec=timespec).replace("+00:00", "Z")
