"""The pictures of listings, for sources whose file says ``media: true``.

They are asked for like pages: robots.txt, delays, address guard, proxy and caps hold for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from scrapy import Request
from scrapy.core.engine import ExecutionEngine

from crawler.network.tap import Tap
from crawler.pictures import media_type_of
from storage.evidence import Attachment
from wildtrade.records import Listing

MOST_PER_LISTING, MOST_PER_PAGE = 10, 40
MOST_BYTES, MOST_BYTES_PER_PAGE = 4 * 2**20, 16 * 2**20
_LONGEST_URL = 4096  # characters
_HEADERS = {"Accept": "image/avif,image/webp,image/png,image/jpeg,image/gif;q=0.9"}


async def pictures_of(engine: ExecutionEngine, listings: Iterable[Listing]) -> tuple[tuple[Attachment, ...], str]:
    """The pictures that could be had, and a note on those that could not ("" where all came)."""
    kept: list[Attachment] = []
    missed: list[str] = []
    left = MOST_BYTES_PER_PAGE
    for url in _addresses(listings):
        found = await _picture(engine, url, min(left, MOST_BYTES))
        if isinstance(found, Attachment):
            kept.append(found)
            left -= len(found.body)
        else:
            missed.append(found)
        if left <= 0:
            missed.append(f"more than {MOST_BYTES_PER_PAGE} bytes")
            break
    return tuple(kept), f"{len(missed)} pictures not kept: {missed[0]}"[:300] if missed else ""


def _addresses(listings: Iterable[Listing]) -> Iterator[str]:
    wanted = (url for one in listings for url in one.images[:MOST_PER_LISTING])
    usable = (url for url in wanted if url.startswith(("http://", "https://")) and len(url) <= _LONGEST_URL)
    yield from list(dict.fromkeys(usable))[:MOST_PER_PAGE]


async def _picture(engine: ExecutionEngine, url: str, most: int) -> Attachment | str:
    """One picture, or why there is none."""
    request = Request(url, headers=_HEADERS, meta={"download_maxsize": most}, dont_filter=True)
    started = datetime.now(UTC)
    try:
        response = await engine.download_async(request)
    except Exception as error:  # noqa: BLE001 - whatever a picture's site does, the listing's page must not be lost
        return f"{type(error).__name__}: {error}"
    tap: Tap | None = response.meta.get("tap")
    ip = tap.ip if tap else None
    if tap is not None:
        tap.done()
    if response.status != 200:
        return f"HTTP {response.status}"
    if (media_type := media_type_of(response.body)) is None:
        return "no picture, or one of too many pixels"
    facts = {"status": response.status, "ip": ip, "final_url": response.url, "bytes": len(response.body)}
    return Attachment(
        kind="media", url=url, media_type=media_type, body=response.body, captured_at=started, facts=facts
    )
