"""The archived page as text: read from the evidence, its hash compared, nothing of it run or loaded."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser
from warcio.exceptions import ArchiveLoadFailed

from storage.exporting.material import documents
from storage.models import PageCapture

_LONGEST = 2 * 2**20  # bytes of a page that are read
_SHOWN = 20_000  # characters


@dataclass(frozen=True, slots=True)
class Archived:
    """A page's text. ``whole``: the stored bytes have the hash that was noted when they were captured."""

    text: str
    content_type: str
    whole: bool


def read_archived(evidence: Path | None, page: PageCapture) -> Archived | None:
    """The text of a captured page; None where the evidence is not on this machine or cannot be read."""
    folder = evidence.resolve() if evidence else None
    path = (folder / page.file).resolve() if folder else None
    if folder is None or path is None or not path.is_relative_to(folder) or not path.is_file():
        return None
    with path.open("rb") as file:
        file.seek(page.offset)
        data = file.read(page.length)
    whole = hashlib.sha256(data).hexdigest() == page.record_sha256
    try:
        page_of = next(one for one in documents(data) if one.kind in ("response", "resource"))
    except (ArchiveLoadFailed, OSError, EOFError, ValueError, StopIteration):
        return None
    return Archived(_text(page_of.body[:_LONGEST], page_of.media_type)[:_SHOWN], page_of.media_type[:80], whole)


def _text(body: bytes, content_type: str) -> str:
    if "html" not in content_type:
        return body.decode("utf-8", "replace")
    tree = LexborHTMLParser(body)
    tree.strip_tags(["script", "style", "noscript", "template", "svg"])
    lines = (tree.body or tree.root).text(separator="\n") if tree.root else ""
    return "\n".join(line for line in (" ".join(one.split()) for one in lines.splitlines()) if line)
