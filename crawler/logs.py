"""What Scrapy writes to the log: problems, not every page."""

from __future__ import annotations

import logging
from typing import Any

from scrapy.logformatter import LogFormatter


class QuietFormatter(LogFormatter):
    """Items are whole pages here: they are never printed; failed downloads are kept with their unit."""

    def scraped(self, item: Any, response: Any, *rest: Any) -> Any:
        return None

    def download_error(self, failure: Any, request: Any, *rest: Any) -> Any:
        entry = super().download_error(failure, request, *rest)
        entry["level"] = logging.DEBUG
        return entry
