"""Does a source still work? One search page and one listing, crawled into a folder that is thrown away."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select

from crawler.run import CrawlOptions, crawl
from crawler.workspace import create
from storage.database import open_database
from storage.models import Revision
from wildtrade.sources import LISTING_FIELDS, Source


def check(source: Source, words: Sequence[str] = ()) -> dict[str, Any]:
    """Crawl at most one listing of a source and say which fields were found, and by which selector."""
    folder = Path(tempfile.mkdtemp(prefix="wildtrade-check-"))
    try:
        workspace = create(folder)
        (workspace.sources / f"{source.id}.yaml").write_text(_as_yaml(source), encoding="utf-8")
        report = crawl(workspace, [source.id], CrawlOptions(queries=words, limit=1))
        database = open_database(workspace.database_url)
        with database.session(read_only=True) as session:
            revision = session.scalars(select(Revision).order_by(Revision.id)).first()
            fields = [_field(source, revision, name) for name in LISTING_FIELDS]
        database.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    data = report.data
    return {
        "source": source.id,
        "pages": data["pages"]["total"],
        "listings": data["listings"],
        "fields": fields,
        "stopped_because": data["stopped_because"],
        "problems": data["problems"],
        "exit_code": int(report.exit_code) or (1 if revision is None else 0),
    }


def _as_yaml(source: Source) -> str:
    import yaml

    return yaml.safe_dump(source.model_dump(mode="json", exclude_defaults=True), allow_unicode=True)


def _field(source: Source, revision: Revision | None, name: str) -> dict[str, Any]:
    value: object = None
    if name != "price":
        value = getattr(revision, name, None)
    elif revision is not None and revision.amount is not None:
        value = f"{revision.amount.normalize():f} {revision.currency or ''}".strip()
    shown = str(value)[:80] if value not in (None, "", []) else None
    by = source.selectors.get(name) or (source.api.fields.get(name, "") if source.api else "") or "automatic"
    return {"field": name, "found": shown, "by": by}
