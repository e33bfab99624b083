"""What the child process does for a crawl: read pages and assess texts, away from the downloads.

Runs inside the parse box (spiders/box.py), so a page that hangs a parser costs one child, never the crawl.
"""

from __future__ import annotations

import gc
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wildtrade.records import Assessment, Listing, Page, PageKind, PageReading
from wildtrade.sources import Source

if TYPE_CHECKING:
    from classifiers.assessor import Assessor


@dataclass(frozen=True, slots=True)
class Setup:
    """The first job of every child: the sources it will read, the workspace's own lexicon folder, policy, model
    and imported list of taxa."""

    sources: tuple[Source, ...]
    lexicon: Path | None = None
    policy: Path | None = None
    model: Path | None = None
    taxa: Path | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """Read one page of a source. ``assess``: if it is one listing that does not say what it said at the last visit
    (``known`` is its content hash then), give an opinion in the same go."""

    page: Page
    source: str
    assess: bool = False
    known: str | None = None


@dataclass(frozen=True, slots=True)
class Assess:
    """Assess listings."""

    listings: tuple[Listing, ...]


Answer = tuple[PageReading, Sequence[Assessment]]

_sources: dict[str, Source] = {}
_assessors: list[Assessor] = []


def work(job: Setup | Read | Assess) -> Answer | Sequence[Assessment] | None:
    """Do one job."""
    match job:
        case Setup():
            _set_up(job)
            return None
        case Read():
            return _read(job)
        case Assess():
            return [opinion_of(_assessors[0], listing) for listing in job.listings]


def _set_up(job: Setup) -> None:
    from classifiers.assessor import Assessor

    _sources.update({source.id: source for source in job.sources})
    assessor = Assessor.load(job.lexicon, job.model, job.policy, taxa=job.taxa)
    assessor.assess("warm", "up")  # what is loaded at the first text is loaded now
    _assessors[:] = [assessor]
    gc.set_threshold(20_000, 20, 20)  # a page makes thousands of objects, hardly any of them in cycles


def _read(job: Read) -> Answer:
    from spiders.reading import read_page

    reading = read_page(job.page, _sources[job.source])
    if not (job.assess and reading.kind is PageKind.LISTING and len(reading.listings) == 1):
        return reading, ()
    (listing,) = reading.listings
    return reading, () if listing.content_hash() == job.known else [opinion_of(_assessors[0], listing)]


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
