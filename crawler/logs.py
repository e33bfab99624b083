"""What is written to the log: problems, not every page, and no secrets."""

from __future__ import annotations

import logging
import re
from typing import Any

from scrapy.logformatter import LogFormatter

_HIDDEN = "[hidden]"
# Passwords in addresses, headers that carry them, and parameters named like one.
_SECRETS = (
    (re.compile(r"(?<=://)[^/\s:@]{1,200}:[^/\s@]{1,200}(?=@)"), _HIDDEN),
    (
        re.compile(r"((?:proxy-)?authorization|(?:set-)?cookie|x-api-key)(['\"]?\s{0,3}[:=,]\s{0,3})[^\r\n]+", re.I),
        rf"\1\2{_HIDDEN}",
    ),
    (
        re.compile(
            r"((?:api_?key|access_?token|auth|token|secret|passw(?:or)?d|pwd|sig(?:nature)?)['\"]?[=:]\s?['\"]?)[^&\s'\"]{3,}",
            re.I,
        ),
        rf"\1{_HIDDEN}",
    ),
)


def without_secrets(text: str) -> str:
    """The text with what looks like a secret hidden."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


class SecretFilter(logging.Filter):
    """Hides secrets in messages and tracebacks, whoever writes them."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = without_secrets(record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = without_secrets(logging.Formatter().formatException(record.exc_info))
        return True


def hide_secrets() -> None:
    """Put the filter before every handler there is."""
    for handler in logging.root.handlers:
        if not any(isinstance(one, SecretFilter) for one in handler.filters):
            handler.addFilter(SecretFilter())


class QuietFormatter(LogFormatter):
    """Items are whole pages here: they are never printed; failed downloads are kept with their unit."""

    def scraped(self, item: Any, response: Any, *rest: Any) -> Any:
        return None

    def download_error(self, failure: Any, request: Any, *rest: Any) -> Any:
        entry = super().download_error(failure, request, *rest)
        entry["level"] = logging.DEBUG
        return entry
