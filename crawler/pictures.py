"""What a file that calls itself a picture is, by its first bytes; nothing of it is decoded."""

from __future__ import annotations

import struct

MOST_PIXELS = 50_000_000
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # JPEG markers that tell the size
_AVIF = (b"avif", b"avis", b"mif1")


def media_type_of(data: bytes) -> str | None:
    """The media type of a picture whose size is known and not beyond ``MOST_PIXELS``; None for anything else."""
    for media_type, size_of in _READERS:
        try:
            size = size_of(data)
        except (struct.error, IndexError):
            continue
        if size is not None:
            width, height = size
            return media_type if 0 < width * height <= MOST_PIXELS else None
    return None


def _png(data: bytes) -> tuple[int, int] | None:
    return struct.unpack_from(">II", data, 16) if data[:8] == b"\x89PNG\r\n\x1a\n" and data[12:16] == b"IHDR" else None


def _gif(data: bytes) -> tuple[int, int] | None:
    return struct.unpack_from("<HH", data, 6) if data[:6] in (b"GIF87a", b"GIF89a") else None


def _jpeg(data: bytes) -> tuple[int, int] | None:
    if data[:3] != b"\xff\xd8\xff":
        return None
    at = 2
    while data[at] == 0xFF:
        marker = data[at + 1]
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        at += 1 if marker == 0xFF else 2 + struct.unpack_from(">H", data, at + 2)[0]
    return None


def _webp(data: bytes) -> tuple[int, int] | None:
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return None
    match data[12:16]:
        case b"VP8 ":
            width, height = struct.unpack_from("<HH", data, 26)
            return width & 0x3FFF, height & 0x3FFF
        case b"VP8L":
            (bits,) = struct.unpack_from("<I", data, 21)
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X":
            return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    return None


def _avif(data: bytes) -> tuple[int, int] | None:
    at = data.find(b"ispe", 0, 4096)
    return struct.unpack_from(">II", data, at + 8) if data[4:8] == b"ftyp" and data[8:12] in _AVIF and at > 0 else None


_READERS = (
    ("image/jpeg", _jpeg),
    ("image/png", _png),
    ("image/webp", _webp),
    ("image/gif", _gif),
    ("image/avif", _avif),
)
