"""What the last visits found, for the question "has this changed?"; held in memory where it is not too much."""

from __future__ import annotations

from collections.abc import Iterable

from storage.database import Database
from storage.door import known_hashes, latest_hashes, stored_key
from wildtrade.records import Change, Listing

MOST_IN_MEMORY = 200_000  # listings of one source; about 40 MB


class Known:
    """The content hash of each known listing of a source, by key."""

    def __init__(self, database: Database, source: str) -> None:
        self._database = database
        self._source = source
        with database.session(read_only=True) as session:
            self._hashes = known_hashes(session, source, MOST_IN_MEMORY)

    def hash_of(self, key: str) -> str | None:
        """What a listing said at the last visit, where that is held in memory."""
        return None if self._hashes is None else self._hashes.get(stored_key(key))

    def compare(self, listings: Iterable[Listing]) -> dict[str, Change]:
        """New, changed or same, by listing key."""
        listings = list(listings)
        hashes = self._hashes if self._hashes is not None else self._ask(listings)
        return {listing.key: _change(hashes.get(stored_key(listing.key)), listing) for listing in listings}

    def _ask(self, listings: list[Listing]) -> dict[str, str]:
        with self._database.session(read_only=True) as session:
            found = latest_hashes(session, self._source, [listing.key for listing in listings])
        return {stored_key(key): content_hash for key, content_hash in found.items()}

    def remember(self, listings: Iterable[Listing]) -> None:
        """Take note of what has just been stored."""
        if self._hashes is not None:
            self._hashes.update((stored_key(listing.key), listing.content_hash()) for listing in listings)


def _change(known: str | None, listing: Listing) -> Change:
    if known is None:
        return Change.NEW
    return Change.SAME if known == listing.content_hash() else Change.CHANGED
