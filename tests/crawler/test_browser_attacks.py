"""Pages that attack the browser: each ends within its time, and the ordinary pages after it are captured."""

from __future__ import annotations

import pytest

from benchmarks.browser_attacks import ATTACKS, attack


@pytest.mark.browser
@pytest.mark.slow
def test_an_attack_on_the_browser_ends_and_the_next_page_is_captured(chromium: str) -> None:
    """One that nothing in the browser would end, beside two that do what a page may not; the benchmark runs all."""
    names = ("endless script", "dialogs", "service worker")
    figures = attack({name: ATTACKS[name] for name in names}, seconds=10)
    assert figures["wrong"] == {}, figures
    assert "endless script" in figures["failed"]
