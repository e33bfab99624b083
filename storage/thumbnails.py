"""Small copies of captured pictures, made anew from their pixels: whatever else a stranger's file holds stays behind.

As in ``storage.picture_hash`` files are decoded in a child with limits, which may die of one without anybody noticing.
``python -m storage.thumbnails`` is that child: two paths and a length in, "made" or "none" out for each.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.models import Artifact, PictureUse
from storage.picture_hash import CLOCK, ERRORS, FORMATS, MOST_BYTES, MOST_PIXELS, limit_child

SIDE = 320  # pixels of the longer side
_QUALITY = 60
_MOST = 4  # pictures of a listing


def pictures_of(session: Session, listing_ids: Sequence[int], most: int = _MOST) -> dict[int, list[tuple[str, str]]]:
    """The pictures we hold of listings, each once and at most a few: (sha256, path in the evidence folder), by id."""
    query = (
        select(PictureUse.listing_id, Artifact.sha256, Artifact.path)
        .join(Artifact, Artifact.id == PictureUse.artifact_id)
        .where(PictureUse.listing_id.in_(listing_ids))
        .order_by(PictureUse.listing_id, Artifact.id)
    )
    found: dict[int, dict[str, str]] = {}
    for listing_id, sha256, path in session.execute(query):
        found.setdefault(listing_id or 0, {}).setdefault(sha256, path)
    return {listing_id: list(pictures.items())[:most] for listing_id, pictures in found.items()}


def thumbnails(files: Mapping[str, Path], side: int = SIDE) -> dict[str, bytes]:
    """WebP copies of pictures, ``side`` pixels long at most, by the name they are given under. What is not here or
    cannot be decoded is left out."""
    with tempfile.TemporaryDirectory(prefix="wildtrade-") as folder:
        here = [(name, path) for name, path in files.items() if path.is_file()]
        targets = [Path(folder) / str(at) for at in range(len(here))]
        at = 0
        while at < len(here):
            at += _child([(str(path), str(to), side) for (_, path), to in zip(here[at:], targets[at:], strict=True)])
            at += 1  # what the child died of, if it did; else past the end
        return {name: one.read_bytes() for (name, _), one in zip(here, targets, strict=True) if one.is_file()}


def _child(wanted: Sequence[tuple[str, str, int]]) -> int:
    """How many were dealt with before the child ended."""
    lines = "".join(f"{json.dumps(one)}\n" for one in wanted)
    command = [sys.executable, "-m", __name__]
    try:
        said = subprocess.run(command, input=lines.encode(), capture_output=True, timeout=CLOCK, check=False).stdout
    except subprocess.TimeoutExpired as error:
        said = error.stdout or b""
    return said.count(b"\n")


def _make(source: Path, target: Path, side: int) -> bool:
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # Pillow's own limit is twice ours, which is told by the header, before decoding
    try:
        if source.stat().st_size > MOST_BYTES:
            return False
        with Image.open(source, formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                return False
            image.draft("RGB", (2 * side, 2 * side))  # a JPEG is decoded small
            upright = ImageOps.exif_transpose(image).convert("RGBA")
        upright.thumbnail((side, side))
        flat = Image.alpha_composite(Image.new("RGBA", upright.size, "white"), upright).convert("RGB")
        part = target.with_suffix(".part")
        flat.save(part, "WEBP", quality=_QUALITY)
        part.replace(target)
    except ERRORS:
        return False
    return True


if __name__ == "__main__":
    limit_child()
    warnings.simplefilter("ignore")  # what Pillow thinks of a file is no business of the log
    for one in sys.stdin:
        source, target, side = json.loads(one)
        sys.stdout.write("made\n" if _make(Path(source), Path(target), side) else "none\n")
        sys.stdout.flush()
