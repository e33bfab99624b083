"""A tiny drawing surface: fills polygons on an indexed-colour grid and writes PNG, with the standard library only."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Sequence

Point = tuple[float, float]


class Canvas:
    """A grid of colour indexes. Coordinates of shapes run from 0 to 100 on both sides."""

    def __init__(self, width: int, height: int, palette: Sequence[tuple[int, int, int]]) -> None:
        self.width, self.height = width, height
        self.palette = palette
        self.rows = [bytearray(width) for _ in range(height)]

    def polygon(self, points: Sequence[Point], colour: int) -> None:
        """Fill a polygon (even-odd rule)."""
        across, down = self.width / 100, self.height / 100
        corners = [(x * across, y * down) for x, y in points]
        top = max(0, int(min(y for _, y in corners)))
        bottom = min(self.height - 1, int(max(y for _, y in corners)))
        for line in range(top, bottom + 1):
            crossings = _crossings(corners, line + 0.5)
            for left, right in zip(crossings[::2], crossings[1::2], strict=False):
                self._span(line, left, right, colour)

    def _span(self, line: int, left: float, right: float, colour: int) -> None:
        start, stop = max(0, round(left)), min(self.width, round(right))
        if stop > start:
            self.rows[line][start:stop] = bytes([colour]) * (stop - start)

    def ellipse(self, x: float, y: float, across: float, down: float, colour: int) -> None:
        """Fill an ellipse around (x, y) with the given half axes."""
        turns = (math.tau * step / 48 for step in range(48))
        self.polygon([(x + across * math.cos(a), y + down * math.sin(a)) for a in turns], colour)

    def png(self) -> bytes:
        """The picture as an indexed-colour PNG."""
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 3, 0, 0, 0)
        pixels = b"".join(b"\0" + row for row in self.rows)
        return b"\x89PNG\r\n\x1a\n" + b"".join(
            (
                _chunk(b"IHDR", header),
                _chunk(b"PLTE", bytes(value for colour in self.palette for value in colour)),
                _chunk(b"IDAT", zlib.compress(pixels, 6)),
                _chunk(b"IEND", b""),
            )
        )


def _crossings(corners: Sequence[Point], line: float) -> list[float]:
    found = []
    for (x1, y1), (x2, y2) in zip(corners, (*corners[1:], corners[0]), strict=True):
        if (y1 <= line) != (y2 <= line):
            found.append(x1 + (line - y1) * (x2 - x1) / (y2 - y1))
    return sorted(found)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
