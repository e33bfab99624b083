"""One listing page -> one ``Listing``."""

from __future__ import annotations

from spiders.extraction.description import read_description
from spiders.extraction.document import Document
from spiders.extraction.evidence import Evidence
from spiders.extraction.identifiers import key_of, read_identifiers
from spiders.extraction.images import read_images
from spiders.extraction.location import read_location
from spiders.extraction.posted import read_posted
from spiders.extraction.price import read_price
from spiders.extraction.seller import read_seller
from spiders.extraction.status import read_status
from spiders.extraction.title import read_title
from wildtrade.records import Listing, Page
from wildtrade.sources import Source


def read_listing(document: Document, page: Page, source: Source | None = None) -> Listing:
    """The offer that a listing page makes; whatever a reader would not find on it is None.

    Evidence ranks: the source's own selectors, JSON-LD, microdata, meta data, what the page shows, embedded state;
    each field's module says where it departs from that. ``page.fetched_at`` anchors relative dates.
    """
    evidence = Evidence(document, page, source)
    title, in_title = read_title(evidence)
    seller, seller_url = read_seller(evidence)
    return Listing(
        source=source.id if source else document.host,
        key=key_of(evidence),
        url=document.url or page.url,
        title=title,
        description=read_description(evidence),
        price=read_price(evidence),
        seller=seller,
        seller_url=seller_url,
        location=read_location(evidence),
        images=read_images(evidence),
        posted_at=read_posted(evidence),
        status=read_status(evidence, in_title),
        language=evidence.languages[0] if evidence.languages else None,
        identifiers=read_identifiers(evidence),
    )
