"""The practice sources are valid, are the only shipped ones with open addresses, and move to other ports."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from academy.sources import SOURCE_IDS, write_copies
from academy.world import SITES, World
from wildtrade.sources import get_source, load_source, load_sources


def test_only_the_practice_world_opens_addresses() -> None:
    opened = {name for name, source in load_sources().items() if source.allow_addresses}
    assert opened == set(SOURCE_IDS)


@pytest.mark.parametrize("site", SITES)
def test_listing_addresses_match(site: str, world: World) -> None:
    source = get_source(f"practice_{site}")
    base = f"http://{source.allow_addresses[0]}"
    path = {"market": "/ad/{}/some-title", "shop": "/p/{}", "feed": "/post/{}"}[site]
    for item_id in world.items[site]:
        match = re.match(source.listing_url, base + path.format(item_id))
        assert match
        assert match[1] == item_id


def test_copies_for_other_ports(tmp_path: Path) -> None:
    addresses = {site: f"http://127.0.0.1:{9000 + n}" for n, site in enumerate(SITES)}
    for path, site in zip(write_copies(tmp_path, addresses), SITES, strict=True):
        copy, shipped = load_source(path), get_source(f"practice_{site}")
        assert copy.allow_addresses == [addresses[site].removeprefix("http://")]
        assert copy.search
        assert copy.search.url.startswith(addresses[site])
        assert "84" not in copy.listing_url
        assert copy.id == shipped.id
