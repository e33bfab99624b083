"""What the child processes do for a crawl, away from the downloads: one reads pages, one assesses texts.

Both run inside parse boxes (spiders/box.py), so a page that hangs a parser costs one child, never the crawl.
"""

from __future__ import annotations

import gc
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wildtrade.records import Assessment, Listing, Page, PageReading
from wildtrade.sources import Source

if TYPE_CHECKING:
    from classifiers.assessor import Assessor


@dataclass(frozen=True, slots=True)
class Setup:
    """The first job of a child that assesses: the workspace's own lexicon folder, policy, model and list of taxa."""

    lexicon: Path | None = None
    policy: Path | None = None
    model: Path | None = None
    taxa: Path | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """Read one page of the source of that id."""

    page: Page
    source: str


_sources: dict[str, Source] = {}
_assessors: list[Assessor] = []


def read(job: tuple[Source, ...] | Read) -> PageReading | None:
    """Read a page; the first job of a child names the sources, so that each is sent once."""
    from spiders.reading import read_page

    if isinstance(job, Read):
        return read_page(job.page, _sources[job.source])
    _sources.update({source.id: source for source in job})
    gc.freeze()
    _collect_seldom()
    return None


def assess(job: Setup | tuple[Listing, ...]) -> list[Assessment] | None:
    """Assess listings, in their order."""
    if not isinstance(job, Setup):
        return [opinion_of(_assessors[0], listing) for listing in job]
    from classifiers.assessor import Assessor

    assessor = Assessor.load(job.lexicon, job.model, job.policy, taxa=job.taxa)
    assessor.assess("warm", "up")  # what is loaded at the first text is loaded now
    _assessors[:] = [assessor]
    _collect_seldom()
    return None


def _collect_seldom() -> None:
    gc.set_threshold(20_000, 20, 20)  # a page makes thousands of objects, hardly any of them in cycles


def opinion_of(assessor: Assessor, listing: Listing) -> Assessment:
    """The opinion of a listing, from all that an assessor asks for."""
    # A listing's language is that of its page; sellers write in their own, so the text alone decides here.
    price = listing.price
    return assessor.assess(
        listing.title,
        listing.description,
        None if price is None else f"{price.amount} {price.currency or ''}".strip(),
        seller=listing.seller,
        images=len(listing.images),
    )
