"""What a picture looks like, as 64 bits: pHash (Zauner, Implementation and Benchmarking of Perceptual Image Hash
Functions, 2010). A smaller, recompressed or slightly changed copy differs in few bits.

Files come from strangers, so they are decoded in a child process with limits of memory and computing time, which may
die of one without anybody noticing; what claims to be larger than ``MOST_PIXELS`` is not decoded at all.
``python -m storage.picture_hash`` is that child: paths in, one JSON line out for each.
"""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

MOST_PIXELS = 40_000_000
MOST_BYTES = 30_000_000
NEAR = 7  # bits in which two copies of one picture may differ
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_SIDE, _KEPT = 32, 8
_FLAT = 1.0  # below this mean strength of its waves a picture is one colour, and like every other of one colour
_MEMORY, _SECONDS = 1_500_000_000, 120  # bytes and seconds of computing of a child
CLOCK = 600.0  # seconds by the clock, for a machine that is busy
ERRORS = (OSError, ValueError, SyntaxError, MemoryError, EOFError, IndexError, KeyError, TypeError)

Pixels = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Look:
    """What is known of a file. ``hash`` is None where there is none; ``problem`` says why."""

    hash: int | None = None
    width: int | None = None
    height: int | None = None
    problem: str = ""


def distance(one: int, other: int) -> int:
    """In how many bits two hashes differ, 0 to 64."""
    return ((one ^ other) & (2**64 - 1)).bit_count()


def bands_of(number: int, flips: bool = False) -> list[int]:
    """The four quarters of a hash, each with its place. Two hashes that differ in at most seven bits have a quarter in
    which they differ in one at most, so one is found among the other's bands with ``flips`` (multi-index hashing:
    Norouzi, Punjani, Fleet 2012)."""
    bands = []
    for place in range(4):
        bits = (number >> (16 * place)) & 0xFFFF
        bands.append(place << 16 | bits)
        if flips:
            bands += [place << 16 | bits ^ (1 << bit) for bit in range(16)]
    return bands


def hash_of(pixels: Pixels) -> int | None:
    """The hash of 32 x 32 grey values, as a signed number of 64 bits; None for a flat picture."""
    wave = np.cos(np.pi / _SIDE * np.outer(np.arange(1, _KEPT + 1), np.arange(_SIDE) + 0.5))
    strength = wave @ pixels @ wave.T / _SIDE
    if np.abs(strength).mean() < _FLAT:
        return None
    bits = np.packbits((strength > np.median(strength)).ravel())
    return int.from_bytes(bits.tobytes(), "big", signed=True)


def look_at(paths: Sequence[Path]) -> list[Look]:
    """What each file looks like, in their order. A file over which the child dies has that for a problem."""
    found: list[Look] = []
    while len(found) < len(paths):
        found += _child(paths[len(found) :])
        if len(found) < len(paths):
            found.append(Look(problem="it could not be decoded within the limits"))
    return found


def _child(paths: Sequence[Path]) -> list[Look]:
    lines = "".join(f"{json.dumps(str(path))}\n" for path in paths)
    command = [sys.executable, "-m", __name__]
    try:
        done = subprocess.run(command, input=lines.encode(), capture_output=True, timeout=CLOCK, check=False)
        said = done.stdout
    except subprocess.TimeoutExpired as error:
        said = error.stdout or b""
    return [Look(**json.loads(line)) for line in said.splitlines(keepends=True) if line.endswith(b"\n")]


def _look(path: Path) -> Look:
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # Pillow's own limit is twice this; ours is told by the header, before decoding
    try:
        if path.stat().st_size > MOST_BYTES:
            return Look(problem="the file is too large")
        with Image.open(path, formats=FORMATS) as image:
            width, height = image.size
            if width * height > MOST_PIXELS:
                return Look(None, width, height, f"it claims {width:,} x {height:,} pixels")
            number = hash_of(_pixels(image))
            return Look(number, width, height, "" if number is not None else "it is of one colour")
    except ERRORS as error:
        return Look(problem=f"it is no picture we can read: {type(error).__name__}")


def _pixels(image: object) -> Pixels:
    """32 x 32 grey values, upright, on white where the picture is transparent."""
    from PIL import Image, ImageOps

    assert isinstance(image, Image.Image)  # noqa: S101  (for the type checker; the import is heavy)
    image.draft("L", (8 * _SIDE, 8 * _SIDE))  # a JPEG is decoded small
    upright = ImageOps.exif_transpose(image)
    if upright.mode in ("P", "LA", "PA", "RGBA"):
        ground = Image.new("RGBA", upright.size, "white")
        upright = Image.alpha_composite(ground, upright.convert("RGBA"))
    small = upright.convert("L").resize((_SIDE, _SIDE), Image.Resampling.BOX)
    return np.asarray(small, np.float64)


def limit_child() -> None:
    """Keep this process, which decodes what strangers made, within memory and computing time."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))


def _answers() -> Iterator[Look]:
    for line in sys.stdin:
        yield _look(Path(json.loads(line)))


if __name__ == "__main__":
    limit_child()
    warnings.simplefilter("ignore")  # what Pillow thinks of a file is no business of the log
    for one in _answers():
        sys.stdout.write(json.dumps(asdict(one)) + "\n")
        sys.stdout.flush()
