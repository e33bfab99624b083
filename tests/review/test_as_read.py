"""The text as the machine reads it shows what a seller hid, and tells nobody who the seller is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from storage.database import Database
from tests.review.conftest import Person, listing, opinion, store


def test_what_is_hidden_is_read_and_who_it_is_stays_masked(
    database: Database, signed_in: Callable[..., Person]
) -> None:  # fmt: skip
    offer = replace(
        listing("1"), title="\u0406V\u041eRY\u200b B\u00e0ngle <b>", seller="Anaconda Shop",
        description="Ｏｌｄ tusk, Anaconda Shop, call +51 987 654 321",
    )  # fmt: skip
    store(database, [(offer, opinion())])
    status, _, body = signed_in("reviewer", "investigator").ask("GET", "/review/1/as-read")
    shown = body.decode()
    assert status == 200
    assert "ivory bangle" in shown
    assert "old tusk" in shown
    assert "<b>" not in shown
    assert not any(word in shown for word in ("anaconda", "987", "654"))
    assert "no text" in signed_in("viewer", name="vic").ask("GET", "/review/1/as-read?part=2")[2].decode()
