"""What a capture was made with and under whose name: one signed entry of the custody log for each run of a crawl."""

from __future__ import annotations

import hashlib
import platform
import socket
from importlib.metadata import version
from pathlib import Path
from typing import Any

from classifiers.learning.versions import current_model
from classifiers.model_files import shipped_model
from crawler.network.egress import egress_of
from crawler.settings import languages_asked_for, user_agent
from storage.custody.events import Event, person
from wildtrade.build import build, folder_digest
from wildtrade.kernel_clock import clock_state
from wildtrade.settings import FILE_NAME, Workspace
from wildtrade.sources import Source

ACTION = "crawl"
_LIBRARIES = ("scrapy", "twisted", "cryptography")


def crawl_event(workspace: Workspace, source: Source, run_id: int, browser: str | None, *, resumed: bool) -> Event:
    """The entry. It holds no secret: of a proxy its address, of everything that may carry keys a hash."""
    crawl = workspace.settings.crawl
    egress = egress_of(source.proxy, source.id)
    facts = {
        "run": run_id,
        "resumed": resumed,
        "source": source.id,
        "organisation": crawl.organisation,
        "legal_basis": source.legal_basis or crawl.legal_basis,
        "operator": person(),
        "host": socket.gethostname(),
        "account": "",  # none is ever used: no cookies, no log-in
        "exit": egress.url if egress else "direct",
        "user_agent": user_agent(crawl),
        "accept_language": languages_asked_for(source),
        "browser": _browser(source, browser),
        "clock": clock_state(),
        "program": build(),
        "libraries": {name: version(name) for name in _LIBRARIES},
        "python": platform.python_version(),
        "system": platform.platform(),
        "settings_sha256": _settings(workspace),
    }
    return Event(ACTION, person(), {**facts, "source_sha256": _sha256(source.model_dump_json().encode())})


def _browser(source: Source, path: str | None) -> dict[str, Any] | None:
    """None where pages are fetched without one."""
    if source.render is None or path is None:
        return None
    from crawler.browser import VIEWPORT

    return {"path": path, "for": source.render.on, "viewport": VIEWPORT, "playwright": version("playwright")}


def _settings(workspace: Workspace) -> dict[str, str | None]:
    """SHA-256 of what the workspace adds to the program: None where it adds nothing."""
    model = current_model(workspace.root) or shipped_model()
    folders = {"lexicon": workspace.lexicon, "policy": workspace.policy, "sources": workspace.sources, "model": model}
    own = workspace.root / FILE_NAME
    said = _sha256(own.read_bytes()) if own.is_file() else None
    return {FILE_NAME: said, **{name: _folder(path) for name, path in folders.items()}}


def _folder(path: Path) -> str | None:
    return folder_digest(path) if path.is_dir() else None


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
