"""``Retry-After``: a site that asks for a pause gets it, for every request to that host."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from scrapy.http import Response

LONGEST = 300.0  # seconds; who asks for more is left alone for this run
_ASKS = {429, 503}


class Patience:
    """What the hosts of one run have asked for."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    async def wait(self, url: str) -> None:
        """Sleep until the URL's host may be asked again."""
        if not self._until:
            return
        host = urlsplit(url).netloc
        while (left := self._until.get(host, 0.0) - time.monotonic()) > 0:
            await asyncio.sleep(left)

    def note(self, response: Response) -> float | None:
        """Remember what an answer asks for. Returns the seconds where they are more than we wait, else None."""
        if response.status not in _ASKS:
            return None
        seconds = seconds_of((response.headers.get(b"Retry-After") or b"").decode("latin-1"))
        if seconds > LONGEST:
            return seconds
        if seconds > 0:
            host = urlsplit(response.url).netloc
            self._until[host] = max(self._until.get(host, 0.0), time.monotonic() + seconds)
        return None


def seconds_of(value: str) -> float:
    """A ``Retry-After`` value in seconds from now; 0.0 for one that says nothing."""
    if value.isascii() and value.strip().isdigit():
        return float(value.strip()[:9])
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError, IndexError, OverflowError):
        return 0.0
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
