"""Pages that send the visitor on by ``<meta http-equiv=refresh>``."""

from __future__ import annotations

from scrapy import Request, Spider
from scrapy.downloadermiddlewares.redirect import MetaRefreshMiddleware
from scrapy.http import Response

_WITHIN = 8192  # bytes; Scrapy looks at the first 4,096 characters


class MetaRefresh(MetaRefreshMiddleware):
    """Scrapy's own, asked only where a page may hold such a tag: it would decode and parse every page."""

    def process_response(
        self, request: Request, response: Response, spider: Spider | None = None
    ) -> Request | Response:
        if b"refresh" not in response.body[:_WITHIN].lower():
            return response
        answer: Request | Response = super().process_response(request, response)
        return answer
