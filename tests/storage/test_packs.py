"""Review packs hold their items for one person, on either database, and are known by their signature."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from storage.audit import COMMAND
from storage.custody import CustodyLog
from storage.database import Database
from storage.door import Found
from storage.leases import Wanted, claim, hold, release_all
from storage.models import FlagRow, ReviewPack, utcnow
from storage.packs import Order, find_pack, items_of, list_packs, make_pack, pack_of, withdraw
from storage.rights import install_rights, load_rights
from storage.users import add_user, get_user
from tests.storage.helpers import Crawl, listing, opinion
from wildtrade.errors import UsageError
from wildtrade.records import Label


@pytest.fixture
def log(tmp_path: Path) -> CustodyLog:
    return CustodyLog(tmp_path / "evidence")


def fill(database: Database, crawl: Crawl, count: int) -> None:
    """So many flags, the first the most urgent, and Mara."""
    for number in range(count):
        said = opinion(Label.FLAG, 0.99 - number / (2 * count))
        crawl.store(Found(listing=listing(str(number)), assessment=said))
    with database.session() as session:
        install_rights(session, load_rights())
        add_user(session, "Mara", ["reviewer"])


def made(database: Database, log: CustodyLog, count: int) -> int:
    order = Order(queue="", wanted=Wanted(), count=count, days=7, language="en")
    with database.session() as session:
        return make_pack(session, log.signer, get_user(session, "Mara"), order, COMMAND).id


def given(database: Database, name: str) -> list[int]:
    """All that the queue gives somebody, one after the other."""
    found: list[int] = []
    with database.session() as session:
        while (flag := claim(session, name, Wanted())) is not None:
            found.append(flag)
            session.get_one(FlagRow, flag).lease_until = utcnow() + timedelta(hours=1)
            session.get_one(FlagRow, flag).holder = "aside"
            session.flush()
        for row in session.scalars(select(FlagRow).where(FlagRow.holder == "aside")):
            row.holder = row.lease_until = None
    return found


def test_nobody_is_given_what_a_pack_holds(database: Database, crawl: Crawl, log: CustodyLog) -> None:
    fill(database, crawl, 8)
    with database.session() as session:
        hold(session, 2, "joe")  # at work on the screen: left out of the pack
    number = made(database, log, 4)
    with database.session() as session:
        assert [item.flag_id for item in items_of(session, find_pack(session, number))] == [1, 3, 4, 5]
        held = session.get_one(FlagRow, 1)
        assert held.holder == "Mara\N{NO-BREAK SPACE}(pack 1)"
        assert hold(session, 1, "Mara").holder == held.holder  # type: ignore[union-attr]
        release_all(session, "Mara")  # signing out ends no hold of the pack
        release_all(session, "joe")
    assert given(database, "Mara") == given(database, "joe") == [2, 6, 7, 8]
    with database.session() as session:
        withdraw(session, find_pack(session, number), COMMAND)
        withdraw(session, find_pack(session, number), COMMAND)
    assert given(database, "joe") == [1, 2, 3, 4, 5, 6, 7, 8]


def test_what_is_past_its_day_goes_to_others(database: Database, crawl: Crawl, log: CustodyLog) -> None:
    fill(database, crawl, 2)
    made(database, log, 500)
    assert given(database, "joe") == []
    with pytest.raises(UsageError, match="nothing waits there for Mara"):
        made(database, log, 1)
    with database.session(read_only=True) as session:
        (line,) = list_packs(session)
        assert (line.name, line.items, line.back) == ("Mara", 2, 0)
        assert line.pack.until - line.pack.made_at == timedelta(days=7)
    with database.session() as session:
        for row in session.scalars(select(FlagRow)):
            row.lease_until = utcnow() - timedelta(seconds=1)
    assert given(database, "joe") == [1, 2]


@pytest.mark.parametrize(
    ("count", "days", "field"), [(0, 7, "count"), (501, 7, "count"), (5, 0, "days"), (5, 61, "days")]
)
def test_no_pack_beyond_measure(
    database: Database, crawl: Crawl, log: CustodyLog, count: int, days: int, field: str
) -> None:
    fill(database, crawl, 1)
    order = Order(queue="", wanted=Wanted(), count=count, days=days, language="en")
    with database.session() as session, pytest.raises(UsageError) as refused:
        make_pack(session, log.signer, get_user(session, "Mara"), order, COMMAND)
    assert refused.value.field == field
    with database.session(read_only=True) as session:
        assert session.scalars(select(ReviewPack)).all() == []


def test_only_what_was_signed_here_is_known(database: Database, crawl: Crawl, log: CustodyLog, tmp_path: Path) -> None:
    fill(database, crawl, 3)
    first, second = made(database, log, 1), made(database, log, 1)
    with database.session() as session:
        one, other = find_pack(session, first), find_pack(session, second)
        assert pack_of(session, log, one.manifest, one.signature).id == first
        stranger = CustodyLog(tmp_path / "elsewhere" / "evidence").signer
        longer = one.manifest.replace('"items":[[1,1]', '"items":[[1,1],[3,3]')
        assert longer != one.manifest
        signed = stranger.sign(longer.encode()).hex()
        for manifest, signature, field in (
            (longer, one.signature, "signature"),
            (longer, signed, "signature"),
            (longer, log.signer.sign(longer.encode()).hex(), "manifest"),  # ours, and still another list
            (one.manifest, other.signature, "signature"),
            (one.manifest, "", "signature"),
            (one.manifest, "é", "signature"),
            (one.manifest.replace(one.token, "0" * 32), one.signature, "manifest"),
            ("[" * 100_000, one.signature, "manifest"),
            ('{"pack": 7}', one.signature, "manifest"),
            ("\ud800", one.signature, "manifest"),
        ):
            with pytest.raises(UsageError) as refused:
                pack_of(session, log, manifest, signature)
            assert refused.value.field == field, manifest[:80]
