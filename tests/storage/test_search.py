"""Search finds the same on SQLite and on PostgreSQL, in every script, and follows what the write door stores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import text

from storage.database import Database
from storage.door import Found
from storage.queue import decide, undo
from storage.search import finding
from storage.search.finding import count, documents, facets, find
from storage.search.index import catch_up, is_behind, rebuild
from storage.search.query import QueryError, parse
from tests.storage.helpers import Crawl, listing, opinion
from wildtrade.records import Assessment, DecisionLabel, Intent, Label, Money, Taxon

TEXTS = {
    "es": "Colmillo de marfil tallado antiguo, envío gratis a Bogotá",
    "th": "งาช้างแกะสลัก เครื่องราง เขี้ยวเสือ",
    "zh": "鱼翅 象牙手镯 老料",
    "vi": "Ngà voi thật, vòng tay đẹp",
    "en": "Pangolin scales powder traditional",
    "fr": "Pêle-mêle: écailles de pangolin séchées",
    "sw": "pembe za ndovu zinauzwa",
    "dress": "ivory coloured wedding dress, not a tiger",
    "ar": "عَاج فيل قديم للبيع",
    "ru": "бивень слона, чай",
    "ja": "アイボリー 象牙の印鑑",
    "hidden": "iv\u200bory tus\u00adk 🐘 O'Reilly's \"best\" 12.5kg",
}


def found(database: Database, query: str) -> set[str]:
    """Keys of what is found, after indexing."""
    assert catch_up(database)
    with database.session(read_only=True) as session:
        hits = find(session, parse(query)).hits
        assert count(session, parse(query)) == len(hits)
        return {(hit.title or "").rsplit("|", 1)[-1] for hit in hits}


@pytest.fixture
def filled(database: Database, crawl: Crawl) -> Database:
    crawl.store(*(listing(key, title=None, description=f"{said} |{key}") for key, said in TEXTS.items()))
    with database.session() as session:  # the key is kept where the tests look for it, outside of the words
        session.execute(text("UPDATE revision SET title = '|' || (SELECT key FROM listing WHERE id = listing_id)"))
    return database


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("marfil", {"es"}),
        ("BOGOTÁ", {"es"}),
        ("bogota envio", {"es"}),
        ("งาช้าง", {"th"}),
        ("เขี้ยวเสือ", {"th"}),
        ("งา", {"th"}),
        ("象牙", {"zh", "ja"}),
        ("象牙手镯", {"zh"}),
        ("象", {"zh", "ja"}),
        ("镯", {"zh"}),
        ("鱼翅", {"zh"}),
        ("牙象", set()),
        ("翅象", set()),
        ("印鑑", {"ja"}),
        ("ngà voi", {"vi"}),
        ("nga voi", {"vi"}),
        ("NGA VOI", {"vi"}),
        ("dep", {"vi"}),
        ("đẹp", {"vi"}),
        ('"voi nga"', set()),
        ("voi nga", {"vi"}),
        ("ecailles", {"fr"}),
        ("pangolin", {"en", "fr"}),
        ("pangolin -scales", {"en", "fr"} - {"en"}),
        ("-pangolin -ivory", set(TEXTS) - {"en", "fr", "dress", "hidden"}),
        ("ndovu", {"sw"}),
        ("عاج", {"ar"}),
        ("فيل عاج", {"ar"}),
        ("бивень", {"ru"}),
        ("чаи", {"ru"}),
        ("ivo*", {"dress", "hidden"}),
        ("ivory", {"dress", "hidden"}),
        ("tusk", {"hidden"}),
        ("🐘", {"hidden"}),
        ("o'reilly", {"hidden"}),
        ("ivor", set()),
        ("งาม", set()),
        ("象鼻", set()),
        ('"scales pangolin"', set()),
        ("' OR 1=1 --", set()),
        ('") OR words MATCH ("x', set()),
        ("NEAR(pangolin scales)", set()),
    ],
)
def test_words_in_every_script(filled: Database, query: str, expected: set[str]) -> None:
    assert found(filled, query) == expected


def _offer(key: str, assessment: Assessment, **fields: object) -> Found:
    return Found(listing=listing(key, title=f"thing |{key}", **fields), assessment=assessment)


@pytest.fixture
def offers(database: Database, crawl: Crawl) -> Database:
    manis = Taxon(name="Manis javanica", rank="species", appendix="I", appendix_date="2026-03-05")
    second = Taxon(name="Python regius", rank="species", appendix="II", appendix_date="2026-03-05")
    crawl.store(
        _offer("a", opinion(Label.FLAG, 0.9, manis), price=Money(amount=Decimal("99.50"), currency="USD")),
        _offer("b", opinion(Label.UNSURE, 0.5, second), seller="Béla Á", price=None, images=()),
        replace(_offer("c", replace(opinion(Label.CLEAR, 0.1), taxa=()), location="Hà Nội"), assessment=None),
        _offer("d", replace(opinion(), intent=Intent.NEWS), description="call +84 901-234-567", seller=None),
    )
    return database


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "abcd"),
        ("thing", "abcd"),
        ("app:I", "ad"),
        ("app:none", "c"),
        ("taxon:Manis", "a"),
        ('taxon:"python regius"', "b"),
        ("taxon:javanica -taxon:manis", ""),
        ("price>100", "cd"),
        ("price<=99.50", "a"),
        ("-price>1", "b"),
        ("seller:bela", "b"),
        ("seller:ana", "ac"),
        ("seller:#1", "ac"),
        ("has:image", "acd"),
        ("-has:price", "b"),
        ("has:contact", "d"),
        ("contact:0901234567", "d"),
        ("0901234567", "d"),
        ("901 234", ""),
        ('"call +84"', ""),
        ("lang:en", "abcd"),
        ("lang:xx", ""),
        ("place:hanoi", ""),
        ("place:noi", "c"),
        ("source:market is:flagged", "ad"),
        ("-is:flagged", "bc"),
        ("is:unsure", "b"),
        ("is:gone", ""),
        ("is:online thing", "abcd"),
        ("is:waiting", "abd"),
        ("intent:news", "d"),
        ("currency:usd thing", "acd"),
        ("decided:wildlife", ""),
        ("posted:2026", ""),
        ("seen:9999d", "abcd"),
        ("seen<2020", ""),
        ("seen:2026-11-01", "abcd"),
        ("appendix：I", "ad"),
    ],
)
def test_fields(offers: Database, query: str, expected: str) -> None:
    assert found(offers, query) == set(expected)


def test_decisions_and_undo_are_seen_at_once(offers: Database) -> None:
    with offers.session() as session:
        waiting = session.execute(text("SELECT id, assessment_id FROM flag ORDER BY id")).first()
        assert waiting
        decide(session, waiting.id, DecisionLabel.WILDLIFE, "mara", assessment_id=waiting.assessment_id)
    assert len(found(offers, "decided:wildlife")) == 1
    assert found(offers, "is:decided thing") == found(offers, "decided:wildlife")
    with offers.session() as session:
        undo(session, "mara")
    assert found(offers, "decided:wildlife") == set()


def test_a_change_replaces_and_moves_to_the_front(
    database: Database, crawl_of: Callable[..., Crawl], crawl: Crawl
) -> None:
    crawl.store(listing("1", title="tiger |1"), listing("2", title="lion |2"))
    assert found(database, "tiger") == {"1"}
    later = crawl_of(database, 1.0)
    later.store(listing("1", title="leopard |1"), listing("2", title="lion |2"))
    with database.session(read_only=True) as session:
        assert is_behind(session)
    assert found(database, "tiger") == set()
    assert found(database, "leopard") == {"1"}
    with database.session(read_only=True) as session:
        assert not is_behind(session)
        assert [hit.title for hit in find(session, parse("bangle")).hits] == ["leopard |1", "lion |2"]
    crawl_of(database, 2.0).store(gone_key="2")
    assert found(database, "is:gone") == {"2"}


def test_pages_and_counts(database: Database, crawl: Crawl, monkeypatch: pytest.MonkeyPatch) -> None:
    crawl.store(*(listing(str(n), title=f"tusk |{n}") for n in range(25)))
    catch_up(database)
    with database.session(read_only=True) as session:
        seen, after = [], None
        while True:
            page = find(session, parse("tusk"), limit=10, after=after)
            seen += [hit.title for hit in page.hits]
            if page.after is None:
                break
            after = page.after
        assert seen == [f"tusk |{n}" for n in reversed(range(25))]
        assert dict(facets(session, parse("tusk"))["source"]) == {"market": 25}
        monkeypatch.setattr(finding, "MOST", 10)
        assert count(session, parse("tusk")) == 11


def test_what_was_there_before_is_noted_by_the_migration(database: Database, crawl: Crawl) -> None:
    crawl.store(listing("1", title="old tusk |1"))
    with database.session() as session:
        session.execute(text("DELETE FROM search_pending"))
        session.execute(text("INSERT INTO search_pending (listing_id) SELECT id FROM listing ORDER BY id"))
    assert found(database, "tusk") == {"1"}


def test_hits_are_walked_backwards_and_never_sorted(database: Database, crawl: Crawl) -> None:
    crawl.store(listing("1", title="tusk |1"))
    assert found(database, "tusk") == {"1"}
    if database.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL chooses by its statistics; benchmarks/review.py tells")
    with database.session(read_only=True) as session:
        for query in ("tusk", "tusk app:I -dress", "is:flagged tusk", "is:gone tusk"):
            statement = documents(session, parse(query)).limit(51)
            words = str(statement.compile(session.get_bind(), compile_kwargs={"literal_binds": True}))
            plan = [str(row) for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {words}")]
            assert "search_words" in plan[0], query
            assert not any("TEMP B-TREE" in step for step in plan), query


def test_an_index_made_anew_finds_the_same(database: Database, crawl: Crawl) -> None:
    crawl.store(listing("1", title="ancient tusk |1"), listing("2", title="tusk |2"))
    assert found(database, "tusk") == {"1", "2"}
    with database.session() as session:
        session.execute(text("UPDATE revision SET title = 'erased |1' WHERE title LIKE 'ancient%'"))
    rebuild(database)
    assert found(database, "tusk") == {"2"}
    assert found(database, "ancient") == set()


def test_a_huge_text_and_a_hostile_one_are_indexed(database: Database, crawl: Crawl) -> None:
    crawl.store(
        listing("1", title="begin |1", description="ngà voi งาช้าง 象牙 " * 60_000),
        listing("2", title="x |2", description="a'b\\c \"d\" \x00 \ud800 ' ''" + "é" * 3000 + " end"),
    )
    assert found(database, "begin 象牙") == {"1"}
    assert found(database, "end") == {"2"}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("sller:x", "did you mean seller"),
        ("colour:red", "fields are"),
        ("app:IV", "one of I, II, III"),
        ("price>cheap", "price>100"),
        ("price:", "price"),
        ("seen:yesterday", "seen:7d"),
        ("posted:2026-13", "posted"),
        ("posted:2026-01-01-01", "posted"),
        ("seen:99999y", "seen"),
        ("lang>vi", "lang:vi"),
        ("is:pretty", "flagged"),
        ("seller:#x", "seller"),
        ("!!!", "letters or digits"),
        ("x " * 31, "at most 30"),
        ("y" * 501, "at most 500"),
    ],
)
def test_what_is_not_understood_says_what_to_write(query: str, said: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(query)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("query", "tells"),
    [("ivory", False), ("seller:ana", True), ("seller:#17", False), ("0901234567", True), ("a@b.example", True),
     ("price>100000000", False), ("contact:x", True)],
)  # fmt: skip
def test_what_asks_for_identity_is_known(query: str, tells: bool) -> None:
    assert parse(query).tells_identity is tells


def test_a_query_is_kept_as_typed() -> None:
    query = parse('  ngà   voi "tiger claw"  -seller:ana https://x.example/a ')
    assert query.text == 'ngà voi "tiger claw" -seller:ana https://x.example/a'
    assert query.without(2) == "ngà voi -seller:ana https://x.example/a"
