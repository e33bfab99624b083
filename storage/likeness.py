"""Which texts say nearly the same: MinHash (Broder 1997), banded so that a database can look likeness up.

Pieces of five characters, so that it works in every script, spaced or not. 64 minima in 16 bands of 4: two texts that
share 70 % of their pieces meet in a band 99 times of 100, two that share 30 % one time in eight; the minima tell then.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from zlib import crc32

import numpy as np
import numpy.typing as npt

Minima = npt.NDArray[np.uint32]
ALIKE = 0.7  # share of equal minima, which estimates the share of common pieces
_MINIMA, _BANDS, _PIECE = 64, 16, 5
_FEWEST = 24  # pieces; "ready, DM me" is no likeness
_LONGEST = 20_000  # characters that are read
_seeded = np.random.default_rng(20261124)
# Multiply-shift (Dietzfelbinger 1996): the product wraps around at 64 bits, and only its upper half is well mixed.
_FACTORS = _seeded.integers(0, 1 << 63, (_MINIMA, 1), dtype=np.uint64) * np.uint64(2) + np.uint64(1)
_SHIFTS = _seeded.integers(0, 1 << 63, (_MINIMA, 1), dtype=np.uint64)
_WORD = re.compile(r"\w+")
_PHONE = re.compile(r"(?<![\d.,])\+?\d(?:[ \-()/]{0,2}\d){8,14}(?![\d.,])")


def minima_of(text: str) -> Minima | None:
    """The MinHash of a text; None for one that is too short to be like another."""
    folded = " ".join(_WORD.findall(unicodedata.normalize("NFKC", text[:_LONGEST]).casefold()))
    pieces = {crc32(folded[at : at + _PIECE].encode("utf-8", "replace")) for at in range(len(folded) - _PIECE + 1)}
    if len(pieces) < _FEWEST:
        return None
    hashed = np.fromiter(pieces, np.uint64, len(pieces))
    minima: Minima = ((hashed * _FACTORS + _SHIFTS) >> np.uint64(32)).min(axis=1).astype(np.uint32)
    return minima


def likeness(one: Minima, other: Minima) -> float:
    """How much two texts share, 0 to 1."""
    return float(np.mean(one == other))


def bands_of(minima: Minima) -> list[int]:
    """Numbers of 63 bits; two texts with one in common may be alike."""
    rows = minima.reshape(_BANDS, -1)
    return [(number << 56) | int.from_bytes(_digest(row.tobytes()), "big") for number, row in enumerate(rows)]


def _digest(data: bytes) -> bytes:
    return crc32(data).to_bytes(4, "big") + (crc32(data[::-1]) & 0xFFFFFF).to_bytes(3, "big")


def value_of(text: str) -> int:
    """An address or a handle as a number of 63 bits, to look it up by."""
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "replace")).digest()[:8], "big") >> 1


def phones_of(text: str) -> set[int]:
    """The last nine digits of what looks like a telephone number, however it is written."""
    found = (re.sub(r"\D", "", match) for match in _PHONE.findall(text[:_LONGEST]))
    return {int(digits[-9:]) for digits in found if len(set(digits)) > 2}
