"""The archived page as text: read from the evidence, its hash compared, nothing of it run or loaded."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

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
        for record in ArchiveIterator(io.BytesIO(data)):
            if record.rec_type in ("response", "resource"):
                kind = (record.http_headers or record.rec_headers).get_header("Content-Type") or ""
                return Archived(_text(record.content_stream().read(_LONGEST), kind)[:_SHOWN], kind[:80], whole)
    except (ArchiveLoadFailed, OSError, EOFError, ValueError):
        return None
    return None


def _text(body: bytes, content_type: str) -> str:
    if "html" not in content_type:
        return body.decode("utf-8", "replace")
    tree = LexborHTMLParser(body)
    tree.strip_tags(["script", "style", "noscript", "template", "svg"])
    lines = (tree.body or tree.root).text(separator="\n") if tree.root else ""
    return "\n".join(line for line in (" ".join(one.split()) for one in lines.splitlines()) if line)
