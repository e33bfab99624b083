"""The tables of a package: one flat dict per row. Without the right to identities they are masked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from storage.custody.audit import row_digest
from storage.exporting.masking import without_identities
from storage.exporting.material import Material
from storage.exporting.secrets import address_without_secrets

Rows = Iterator[dict[str, Any]]


def listing_rows(material: Material) -> Rows:
    """The listings of the case as they stand, with the machine's opinion."""
    return _masked(material, _listings(material))


def _listings(material: Material) -> Rows:
    for member, listing, revision, opinion in material.file.listings:
        yield {
            "listing_id": listing.id,
            "source": listing.source,
            "key": listing.key,
            "url": listing.url,
            "title": revision.title if revision else None,
            "description": revision.description if revision else None,
            "amount": f"{revision.amount:f}" if revision and revision.amount is not None else None,
            "currency": revision.currency if revision else None,
            "seller": revision.seller if revision else None,
            "merged_seller": material.sellers.get(listing.id),
            "location": revision.location if revision else None,
            "images": revision.images if revision else [],
            "posted_at": revision.posted_at if revision else None,
            "first_seen_at": listing.first_seen_at,
            "last_seen_at": listing.last_seen_at,
            "gone_at": listing.gone_at,
            "label": opinion.label.value if opinion else None,
            "score": opinion.score if opinion else None,
            "appendix": opinion.appendix if opinion else None,
            "appendix_date": opinion.appendix_date if opinion else None,
            "taxa": [taxon["name"] for taxon in opinion.taxa] if opinion else [],
            "added_by": member.added_by,
            "added_at": member.added_at,
            "why": member.why,
        }


def seller_rows(material: Material) -> Rows:
    """Each account once, with how many listings of the case are its own, and the number of the seller that stands for
    it: accounts with one number are what people say is one seller."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for _, listing, revision, _ in material.file.listings:
        if revision and revision.seller:
            name = listing.source, revision.seller
            fresh = {
                "source": listing.source,
                "seller": revision.seller,
                "seller_url": revision.seller_url,
                "merged_seller": material.sellers.get(listing.id),
            }
            row = found.setdefault(name, {**fresh, "listings": 0})
            row["listings"] += 1
    return _masked(material, found.values())


def decision_rows(material: Material) -> Rows:
    """What people decided about the listings, undone ones too."""
    rows = (
        {
            "decision_id": one.id,
            "listing_id": one.listing_id,
            "action": one.action.value,
            "stage": one.stage.value,
            "decision": one.label.value if one.label else None,
            "reason": one.reason,
            "note": one.note,
            "taxon": one.taxon,
            "appendix": one.appendix,
            "appendix_date": one.appendix_date,
            "actor": one.actor,
            "decided_at": one.decided_at,
            "stated_at": one.stated_at,
            "undoes": one.undoes_id,
        }
        for one in material.file.decisions
    )
    return _masked(material, rows)


def chronology_rows(material: Material) -> Rows:
    """What happened, oldest first, UTC."""
    rows = (
        {"utc": one.at, "what": one.what, "about": one.about, "text": one.text, "actor": one.actor}
        for one in material.chronology
    )
    return _masked(material, rows)


def hash_rows(material: Material) -> Rows:
    """Original and derived hash of each exhibit."""
    for piece in material.pieces:
        yield {
            "exhibit": piece.name,
            "original_sha256": piece.page.record_sha256,
            "derived_sha256": piece.derived,
            "payload_sha256": piece.page.payload_sha256,
            "bytes": piece.page.length,
            "captured_at": piece.page.captured_at,
            "secrets_removed": piece.clean.removed,
        }


def audit_rows(material: Material) -> Rows:
    """The audit trail about the case. ``sha256`` is what the custody log says of the row."""
    return (
        {
            "seq": one.seq,
            "utc": one.utc,
            "actor": one.actor,
            "role": one.role,
            "action": one.action,
            "object": f"{one.object_kind} {one.object_id}",
            "before": one.before,
            "after": one.after,
            "reason": one.reason,
            "sha256": row_digest(one),
        }
        for one in material.audit
    )


def _masked(material: Material, rows: Iterable[dict[str, Any]]) -> Rows:
    clean = ({name: _clean(value) for name, value in row.items()} for row in rows)
    return clean if material.identities else without_identities(clean)


def _clean(value: Any) -> Any:
    return address_without_secrets(value) if isinstance(value, str) else value
