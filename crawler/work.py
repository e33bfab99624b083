"""What the child process does for a crawl: read pages and assess texts, away from the downloads.

Runs inside the parse box (spiders/box.py), so a page that hangs a parser costs one child, never the crawl.
"""

from __future__ import annotations

import gc
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from wildtrade.records import Assessment, Listing, Page, PageReading
from wildtrade.sources import Source

if TYPE_CHECKING:
    from classifiers.assessor import Assessor


@dataclass(frozen=True, slots=True)
class Read:
    """Read one page of a source."""

    page: Page
    source: Source | None


@dataclass(frozen=True, slots=True)
class Assess:
    """Assess listings; ``lexicon`` and ``policy`` are the workspace's own lexicon folder and detection policy."""

    listings: tuple[Listing, ...]
    lexicon: Path | None = None
    policy: Path | None = None


def work(job: Read | Assess) -> PageReading | list[Assessment]:
    """Do one job."""
    if isinstance(job, Read):
        from spiders.reading import read_page

        return read_page(job.page, job.source)
    assessor = _assessor(job.lexicon, job.policy)
    return [_assess(assessor, listing) for listing in job.listings]


@cache
def _assessor(lexicon: Path | None, policy: Path | None) -> Assessor:
    from classifiers.assessor import Assessor

    assessor = Assessor.load(extra_lexicon=lexicon, policy=policy)
    assessor.assess("warm", "up")  # what is loaded at the first text is loaded now
    # Lexicon and model live as long as the process: the garbage collector need not look at them for every page.
    gc.collect()
    gc.freeze()
    return assessor


def _assess(assessor: Assessor, listing: Listing) -> Assessment:
    # A listing's language is that of its page; sellers write in their own, so the text alone decides here.
    price = listing.price
    return assessor.assess(
        listing.title,
        listing.description,
        None if price is None else f"{price.amount} {price.currency or ''}".strip(),
        seller=listing.seller,
        images=len(listing.images),
    )
