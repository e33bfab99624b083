"""What was kept beside the WARC for a page: its screenshot, its DOM as the browser had it, the pictures of listings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.custody.artifacts import kept
from storage.models import Artifact, CaptureRow


def artifacts_of_pages(session: Session, page_ids: Iterable[int]) -> Sequence[Artifact]:
    """The files of pages (page_capture ids), in the order they were kept."""
    return session.scalars(select(Artifact).where(Artifact.page_id.in_(list(page_ids))).order_by(Artifact.id)).all()


def artifacts_of_listing(session: Session, listing_id: int) -> Sequence[Artifact]:
    """The files of all pages that showed a listing, newest page first."""
    pages = select(CaptureRow.page_id).where(CaptureRow.listing_id == listing_id)
    query = select(Artifact).where(Artifact.page_id.in_(pages))
    return session.scalars(query.order_by(Artifact.page_id.desc(), Artifact.id)).all()


def artifact_bytes(evidence: Path, artifact: Artifact) -> bytes:
    """The content of a file. It came from a site: never send it to a browser as it is. Raises StorageError where it is
    missing or is not what was kept."""
    return kept(evidence, artifact.path, artifact.sha256)
