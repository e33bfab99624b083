"""The court-ready report of a case: a tagged PDF (PDF/UA-1) in one of the languages of the interface."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from review import text
from review.certificates import CertificateText, certificate_text
from review.dates import with_era
from review.marking import reveal
from review.rendering import HERE, templates
from review.views import DECISIONS, REASONS
from storage.exporting.masking import without_identities
from storage.exporting.material import Material, Piece
from storage.exporting.tables import listing_rows
from storage.models import ArtifactKind
from wildtrade import __version__
from wildtrade.build import build
from wildtrade.errors import ConfigError

MEDIA_TYPE = "application/pdf"
_LONGEST_TEXT = 3000  # characters of a listing's text that are printed
_LARGEST_PICTURE = 10 * 2**20  # bytes of a screenshot
_PANGO = "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
_FIX = f"pip install 'wildtrade[report]'; on Debian also: {_PANGO}"
_FONTS = {"th": "apt-get install fonts-noto-core", "zh": "apt-get install fonts-noto-cjk"}


def make_report(material: Material, language: str, own: Path | None = None) -> bytes:
    """The PDF. ``own`` is the folder of the workspace's own certificates. Raises ConfigError where WeasyPrint or
    Pango is not on this machine."""
    return set_page(report_page(material, language, own))


def set_page(page: str) -> bytes:
    """An HTML page as PDF/UA-1. Nothing is loaded from anywhere: only what stands in the page itself."""
    weasyprint = _weasyprint()
    fetcher = weasyprint.urls.URLFetcher(allowed_protocols=("data",), allow_redirects=False)
    made: bytes = weasyprint.HTML(string=page, url_fetcher=fetcher).write_pdf(
        pdf_variant="pdf/ua-1", custom_metadata=True
    )
    return made


def report_page(material: Material, language: str, own: Path | None = None) -> str:
    """The report as the HTML it is set from."""
    before = text.language()
    text.use_language(language)
    try:
        return templates.env.get_template("report/report.html").render(_context(material, own))
    finally:
        text.use_language(before)


def _weasyprint() -> Any:
    try:
        import weasyprint
        import weasyprint.urls
    except (ImportError, OSError) as error:  # OSError: the package is here, the system's Pango is not
        raise ConfigError(f"reports cannot be made on this machine: {error}", field="report", fix=_FIX) from error
    return weasyprint


def missing_fonts() -> list[str]:
    """Commands that bring fonts this machine lacks for Thai and Chinese; empty where all is there or unknown."""
    try:
        return [fix for language, fix in _FONTS.items() if not _has_font(language)]
    except OSError:
        return []


def _has_font(language: str) -> bool:
    words = ["fc-list", f":lang={language}", "family"]
    return bool(subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip())


def _context(material: Material, own: Path | None) -> dict[str, Any]:
    certificate = certificate_text(material.case.country, own) if material.case.country else None
    return {
        "m": material,
        "case": material.case,
        "language": text.language(),
        "style": (HERE / "templates" / "report" / "report.css").read_text(encoding="utf-8"),
        "version": __version__,
        "build": build(),
        "certificate": certificate,
        "time": Times(certificate),
        "decisions": DECISIONS,
        "reasons": REASONS,
        "listings": list(listing_rows(material)),
        "chronology": list(_chronology(material)),
        "exhibits": [_exhibit(piece, identities=material.identities) for piece in material.pieces],
        "fonts_missing": missing_fonts(),
        "clip": _clip,
    }


def _chronology(material: Material) -> Iterator[dict[str, Any]]:
    rows = ({"at": one.at, "what": one.what, "about": one.about, "text": one.text, "actor": one.actor}
            for one in material.chronology)  # fmt: skip
    return iter(rows) if material.identities else without_identities(rows)


def _exhibit(piece: Piece, *, identities: bool) -> dict[str, Any]:
    row = {"url": piece.page.url, "text": piece.text, "seller": piece.revision.seller if piece.revision else None}
    row["source"] = piece.page.file.partition("-")[0]
    shown = row if identities else next(without_identities([row]))
    return {"piece": piece, **shown, "picture": _picture(piece) if identities else ""}


def _picture(piece: Piece) -> str:
    """The screenshot made at capture as a data address; empty where there is none."""
    for one in piece.files.values():
        if one.kind is ArtifactKind.SCREENSHOT and len(one.data) <= _LARGEST_PICTURE:
            return f"data:{one.media_type};base64,{base64.b64encode(one.data).decode()}"
    return ""


def _clip(value: str | None) -> str:
    whole = reveal(value or "")
    return whole if len(whole) <= _LONGEST_TEXT else f"{whole[:_LONGEST_TEXT]} […]"


class Times:
    """Times as a report writes them: UTC first, then local time with its offset where the country is known."""

    def __init__(self, certificate: CertificateText | None) -> None:
        self._zone = ZoneInfo(certificate.timezone) if certificate else None

    def __call__(self, moment: datetime | None) -> str:
        """E.g. ``2026-11-01 12:00:00 UTC (13:00:00 +01:00)``; the Thai edition adds the Buddhist year."""
        if moment is None:
            return ""
        said = f"{moment:%Y-%m-%d %H:%M:%S} UTC"
        if self._zone:
            local = moment.astimezone(self._zone)
            day = "" if local.date() == moment.date() else f"{local:%Y-%m-%d} "
            said += f" ({day}{local:%H:%M:%S} {_offset(local.utcoffset() or timedelta())})"
        return with_era(said, moment.year)


def _offset(offset: timedelta) -> str:
    minutes = round(offset.total_seconds() / 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
