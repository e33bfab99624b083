"""Copies of the practice sources for other ports, so that several practice worlds can run side by side."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from academy.server import BASE_PORT
from academy.world import SITES
from academy.world.items import source_id
from wildtrade.paths import shipped_config

SOURCE_IDS = tuple(source_id(site) for site in SITES)


def write_copies(folder: Path, addresses: Mapping[str, str]) -> list[Path]:
    """Write the three practice sources into ``folder`` (a workspace's ``sources``) with other addresses.

    ``addresses`` is what ``academy.process.running`` gives: site -> ``http://127.0.0.1:port``. Ids and listing keys
    stay the same; picture addresses hold the port, so after a move every listing counts as changed once.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for number, site in enumerate(SITES):
        name = f"{source_id(site)}.yaml"
        text = (shipped_config() / "sources" / name).read_text(encoding="utf-8")
        port = addresses[site].rsplit(":", 1)[1]
        path = folder / name
        path.write_text(text.replace(f":{BASE_PORT + number}", f":{port}"), encoding="utf-8")
        written.append(path)
    return written
