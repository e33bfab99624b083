"""Which addresses a crawl may connect to; the rules are those of ``wildtrade.addresses``."""

from wildtrade.addresses import AddressGuard, is_public

__all__ = ["AddressGuard", "is_public"]
