"""The sources of the workspace that is served: the shipped ones, and its own laid over them."""

from __future__ import annotations

from fastapi import Request

from wildtrade.sources import Source, load_sources


def known_sources(request: Request) -> dict[str, Source]:
    """All sources by id. Raises ConfigError at the first broken file."""
    home = request.app.state.home
    return load_sources(home / "sources" if home else None)
