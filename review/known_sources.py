"""The sources of the workspace that is served: the shipped ones, and its own laid over them."""

from __future__ import annotations

from fastapi import Request

from wildtrade.sources import Source, load_sources


def known_sources(request: Request) -> dict[str, Source]:
    """All sources by id. Raises ConfigError at the first broken file."""
    home = request.app.state.home
    return load_sources(home / "sources" if home else None)


def countries_of_sources(request: Request) -> dict[str, str]:
    """Where each source is at home (ISO 3166), by id; international ones are left out."""
    known = request.app.state
    if not hasattr(known, "countries_of_sources"):  # read once: forty files
        homes = {one.id: one.country for one in known_sources(request).values() if one.country != "INT"}
        known.countries_of_sources = homes
    found: dict[str, str] = known.countries_of_sources
    return found
