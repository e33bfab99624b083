"""Where a stated place is: a city, a region or a country. Offline: names of GeoNames (CC BY 4.0), Natural Earth, CLDR.

The names, 321,000 of them, lie sorted in one block of bytes (16 MB) and are looked up by halves: nothing is built. A
name that several places have is the one in the country that is stated, or that the source is of; without one, the place
must be a large city with ten times the people of the next, else nothing finer than a country is said.
"""

from __future__ import annotations

import lzma
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from review.world import country_of, middles, parts_of
from storage.search.words import fold
from wildtrade.paths import shipped_config

FILE = shipped_config() / "places" / "places.tsv.xz"
CITY, REGION, COUNTRY = "city", "region", "country"
PRECISIONS = (COUNTRY, REGION, CITY)  # from coarse to fine
_CLEARLY = 10  # times the people of the next place of that name
_LARGE = 100_000  # people; a smaller place is not meant where no country speaks for it
_NEAR = 0.5  # degrees: a town and what lies around it under the same name


@dataclass(frozen=True, slots=True)
class Place:
    """A place on the map. ``precision`` says how near the point is; ``name`` is empty for a country."""

    precision: str
    country: str
    latitude: float
    longitude: float
    name: str = ""


@dataclass(frozen=True, slots=True)
class _Entry:
    kind: str
    country: str
    latitude: float
    longitude: float
    people: int
    name: str


def plain_name(name: str) -> str:
    """A name as it is looked up: without accents, case and signs."""
    return " ".join(fold(name).split())


@lru_cache(20_000)
def place_of(stated: str | None, source_country: str = "", *, finest: str = CITY) -> Place | None:
    """What a place names, at most as fine as ``finest``; None where it names nothing that is known.

    ``source_country`` (ISO 3166) is where the source is at home: it decides between places of one name.
    """
    if not stated or len(stated) > 300:
        return None
    stated_country = country_of(stated)
    home = stated_country or source_country
    for name in _names_in(stated, spans=bool(home)):
        known = [one for one in _named(name) if one.country == home or (not stated_country and one.people >= _LARGE)]
        entry = _clear(known, home)
        if entry is not None:
            found = Place(entry.kind, entry.country, entry.latitude, entry.longitude, entry.name)
            return found if PRECISIONS.index(found.precision) <= PRECISIONS.index(finest) else _country(found.country)
    return _country(stated_country) if stated_country else None


def _names_in(stated: str, *, spans: bool) -> Iterator[str]:
    """What may be names: the whole, its parts, and where the country is known also two words and single words."""
    parts = [plain_name(part) for part in parts_of(stated)]
    yield from parts
    if spans:
        for part in parts:
            words = part.split()[:8]
            yield from (f"{one} {other}" for one, other in pairwise(words))
            yield from (word for word in words if len(word) > 3 or not word.isascii())


def _country(code: str) -> Place | None:
    middle = middles().get(code)
    return Place(COUNTRY, code, *middle) if middle else None


def _clear(known: Sequence[_Entry], country: str) -> _Entry | None:
    """The one that is meant, or None. A city and the region around it are one place: the city is."""
    at_home = [entry for entry in known if entry.country == country]
    ordered = sorted(at_home or known, key=lambda entry: (entry.kind == CITY, entry.people), reverse=True)
    if not ordered:
        return None
    first = ordered[0]
    others = (entry for entry in ordered[1:] if not _near(first, entry))
    return first if all(first.people >= _CLEARLY * entry.people for entry in others) else None


def _near(one: _Entry, other: _Entry) -> bool:
    apart = max(abs(one.latitude - other.latitude), abs(one.longitude - other.longitude))
    return one.country == other.country and (other.kind == REGION or apart < _NEAR)


def _named(name: str) -> list[_Entry]:
    block, begins = _block()
    wanted = f"{name}\t".encode()
    low, high = 0, len(begins)
    while low < high:
        middle = (low + high) // 2
        if block[begins[middle] : begins[middle] + len(wanted)] < wanted:
            low = middle + 1
        else:
            high = middle
    found = []
    while low < len(begins) and block.startswith(wanted, begins[low]):
        line = block[begins[low] : block.find(b"\n", begins[low]) + 1 or None].decode().rstrip("\n")
        _, kind, country, latitude, longitude, people, shown = line.split("\t")
        found.append(_Entry(kind, country, float(latitude), float(longitude), int(people), shown))
        low += 1
    return found


@cache
def _block() -> tuple[bytes, npt.NDArray[np.int64]]:
    """All lines, and where each begins."""
    block = lzma.decompress(FILE.read_bytes())
    ends = np.flatnonzero(np.frombuffer(block, np.uint8) == ord("\n"))
    return block, np.concatenate([np.zeros(1, np.int64), ends + 1])
