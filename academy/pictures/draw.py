"""From a motif and a number to a PNG: the same arguments give the same bytes."""

from __future__ import annotations

import colorsys
import random
from functools import lru_cache

from academy.pictures.canvas import Canvas, Point
from academy.pictures.motifs import motifs

WIDTH, HEIGHT = 480, 360
_NAMES = ("bg", "floor", "m", "d", "l", "a", "w")


@lru_cache(maxsize=2048)
def picture_png(motif: str, seed: int) -> bytes:
    """Draw a motif in a place that varies with ``seed`` and in colours that vary with every eighth.

    Raises KeyError for an unknown motif.
    """
    rng = random.Random(seed)
    canvas = Canvas(WIDTH, HEIGHT, _palette(random.Random(seed // 8)))
    floor = rng.uniform(62, 84)
    canvas.polygon([(0, floor), (100, floor - rng.uniform(-3, 3)), (100, 100), (0, 100)], _NAMES.index("floor"))
    zoom, aside, up, mirrored = rng.uniform(0.75, 1.0), rng.uniform(-8, 8), rng.uniform(-5, 5), rng.random() < 0.5

    def place(x: float, y: float) -> Point:
        across = (50 - x if mirrored else x - 50) * zoom
        return 50 + across + aside, 50 + (y - 50) * zoom + up

    for colour, kind, numbers in motifs()[motif]:
        index = _NAMES.index(colour)
        if kind == "e":
            canvas.ellipse(*place(numbers[0], numbers[1]), numbers[2] * zoom, numbers[3] * zoom, index)
        else:
            canvas.polygon([place(x, y) for x, y in _corners(kind, numbers)], index)
    return canvas.png()


def _corners(kind: str, numbers: tuple[float, ...]) -> list[Point]:
    if kind == "r":
        left, top, right, bottom = numbers
        return [(left, top), (right, top), (right, bottom), (left, bottom)]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def _palette(rng: random.Random) -> list[tuple[int, int, int]]:
    """Seven colours, in the order of ``_NAMES``: a muted room around one main colour."""
    wall, main = rng.random(), rng.random()
    strength = rng.uniform(0.15, 0.6)
    return [
        _rgb(wall, rng.uniform(0.05, 0.2), rng.uniform(0.78, 0.95)),
        _rgb(wall + 0.05, rng.uniform(0.15, 0.3), rng.uniform(0.55, 0.75)),
        _rgb(main, strength, rng.uniform(0.5, 0.8)),
        _rgb(main, strength, rng.uniform(0.2, 0.4)),
        _rgb(main + 0.03, strength * 0.4, 0.93),
        _rgb(main + 0.5, 0.6, 0.85),
        (250, 249, 245),
    ]


def _rgb(hue: float, saturation: float, value: float) -> tuple[int, int, int]:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)
