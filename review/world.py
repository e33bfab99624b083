"""The map of the world beneath the points, and which country a stated place names. Offline: Natural Earth and CLDR."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from babel import Locale

from review.rendering import HERE
from storage.search.words import fold

_FILE = HERE / "static" / "vendor" / "countries-110m.json"
_LANGUAGES = ("en", "es", "fr", "pt", "th", "vi", "id", "zh", "zh_Hant", "ar", "sw", "ru", "de", "af", "ha", "yo", "ja")
# How Natural Earth shortens names that CLDR writes out.
_SHORTENED = {
    "United States of America": "US", "Dem. Rep. Congo": "CD", "Congo": "CG", "Central African Rep.": "CF",
    "Eq. Guinea": "GQ", "S. Sudan": "SS", "Dominican Rep.": "DO", "W. Sahara": "EH", "Solomon Is.": "SB",
    "Bosnia and Herz.": "BA", "Macedonia": "MK", "eSwatini": "SZ", "Czechia": "CZ", "Myanmar": "MM",
    "Falkland Is.": "FK", "Turkey": "TR", "Palestine": "PS",
}  # fmt: skip
# Too small for the map at this scale; latitude, longitude.
_SMALL = {
    "SG": (1.35, 103.8), "HK": (22.3, 114.2), "MO": (22.2, 113.5), "MU": (-20.3, 57.6), "MT": (35.9, 14.4),
    "BH": (26.1, 50.6), "CV": (15.1, -23.6), "KM": (-11.9, 43.9), "SC": (-4.7, 55.5), "MV": (3.2, 73.2),
}  # fmt: skip
_ALSO = {"usa": "US", "uk": "GB", "u k": "GB", "uae": "AE", "drc": "CD", "viet nam": "VN", "england": "GB"}
_PARTS = re.compile(r"[,/|·()\n]+|\s+-\s+")
Point = tuple[float, float]


def country_of(place: str | None) -> str | None:
    """The country a place names in one of its parts, as ISO 3166 alpha-2; the last part wins. Never finer."""
    names = _names()
    for part in reversed(parts_of(place)):
        if found := names.get(" ".join(fold(part).split())):
            return found
    return None


def parts_of(place: str | None) -> list[str]:
    """A stated place as a whole, and its parts in the order they are written."""
    return [place, *_PARTS.split(place)] if place and len(place) < 300 else []


def country_name(code: str, language: str) -> str:
    """The name of a country in a language of the interface."""
    known = Locale.parse(language if len(language) == 2 else "en").territories
    return str(known.get(code) or code)


@cache
def _names() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for language in _LANGUAGES:
        for code, name in Locale.parse(language).territories.items():
            if len(code) == 2 and code.isalpha():
                found.setdefault(" ".join(fold(name).split()), code)
    return found | _ALSO


@cache
def middles() -> Mapping[str, Point]:
    """A point inside each country, by ISO code: the middle of its largest piece. Latitude, longitude."""
    english = {name: code for code, name in Locale.parse("en").territories.items() if len(code) == 2}
    english |= _SHORTENED
    found = dict(_SMALL)
    for name, rings in _countries():
        largest = max(rings, key=lambda ring: abs(_area(ring)))
        if code := english.get(name):
            found[code] = _middle(largest)
    return found


@cache
def world_svg() -> str:
    """The land as one picture, 720 x 360, without projection (equirectangular)."""
    outlines = (ring for name, rings in _countries() if name != "Antarctica" for ring in rings)
    paths = "".join(_path(ring) for ring in outlines)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 360">'
        f'<path d="{paths}" fill="#9aa7b1" fill-opacity=".45" stroke="#6d7a85" stroke-width=".4"/></svg>'
    )


def _path(ring: Sequence[Point]) -> str:
    """An outline in the words of SVG; where it crosses the edge of the map the pen is lifted."""
    said: list[str] = []
    before = ring[0][0]
    for x, y in ring:
        said.append(f"{'L' if said and abs(x - before) < 180 else 'M'}{(x + 180) * 2:.1f} {(90 - y) * 2:.1f}")
        before = x
    return "".join(said)


def _countries() -> Iterator[tuple[str, list[list[Point]]]]:
    """Name and outlines (longitude, latitude) of each country, read from TopoJSON."""
    atlas: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    (scale_x, scale_y), (shift_x, shift_y) = atlas["transform"]["scale"], atlas["transform"]["translate"]
    arcs = []
    for steps in atlas["arcs"]:
        x = y = 0
        line = []
        for step in steps:
            x, y = x + step[0], y + step[1]
            line.append((x * scale_x + shift_x, y * scale_y + shift_y))
        arcs.append(line)
    for shape in atlas["objects"]["countries"]["geometries"]:
        polygons = [shape["arcs"]] if shape["type"] == "Polygon" else shape["arcs"]
        yield shape["properties"]["name"], [_ring(polygon[0], arcs) for polygon in polygons]


def _ring(numbers: Sequence[int], arcs: Sequence[list[Point]]) -> list[Point]:
    """The points of an outline; a negative number is an arc walked backwards."""
    return [point for number in numbers for point in (arcs[number] if number >= 0 else arcs[~number][::-1])]


def _area(ring: Sequence[Point]) -> float:
    return sum(x * v - u * y for (x, y), (u, v) in zip(ring, [*ring[1:], ring[0]], strict=True)) / 2


def _middle(ring: Sequence[Point]) -> Point:
    area = _area(ring) or 1e-9
    x = y = 0.0
    for (a, b), (c, d) in zip(ring, [*ring[1:], ring[0]], strict=True):
        cross = a * d - c * b
        x, y = x + (a + c) * cross, y + (b + d) * cross
    return y / (6 * area), x / (6 * area)
