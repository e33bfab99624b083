"""From one listing page to a ``Listing``: ``read_listing(Document(text, url), page, source)``."""

from spiders.extraction.document import Document as Document
from spiders.extraction.listing import read_listing as read_listing
