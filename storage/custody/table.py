"""Which record lies where, as the log says: 53 bytes for each, so that millions fit."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

_FORM = struct.Struct("<QQ32sIB")


class Place(NamedTuple):
    """One record: bytes, digest (32 bytes), the log's entry, and whether a database row stands for it."""

    offset: int
    length: int
    sha256: bytes
    entry: int
    row: bool

    @property
    def end(self) -> int:
        return self.offset + self.length


class Table:
    """The records of one WARC in the order of the log."""

    def __init__(self, places: Iterable[Place] = ()) -> None:
        self._data = bytearray().join(_FORM.pack(*place) for place in places)

    def __iter__(self) -> Iterator[Place]:
        return map(Place._make, _FORM.iter_unpack(self._data))

    def __len__(self) -> int:
        return len(self._data) // _FORM.size

    def __contains__(self, sha256: object) -> bool:
        return isinstance(sha256, bytes) and sha256 in self._data

    def add(self, entry: int, records: Iterable[dict[str, Any]]) -> None:
        """Take in the records of one entry. Raises KeyError, ValueError or struct.error where they are malformed."""
        for one in records:
            row = one["kind"] == "page"
            self._data += _FORM.pack(one["offset"], one["length"], bytes.fromhex(one["sha256"]), entry, row)

    def abandon(self, start: int) -> int:
        """No rows are expected from ``start`` (bytes) on; returns how many records that are."""
        number = 0
        for at, place in enumerate(self):
            if place.offset >= start and place.row:
                self._data[(at + 1) * _FORM.size - 1] = False
                number += 1
        return number

    def without(self, erased: Iterable[int]) -> Table:
        """The same without the records at these offsets, closed up."""
        gone, end, kept = set(erased), 0, []
        for place in self:
            if place.offset not in gone:
                kept.append(place._replace(offset=end))
                end += place.length
        return Table(kept)
