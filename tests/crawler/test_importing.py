"""Bringing in files: what is read, what is refused with its line, and what becomes of the rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from crawler.importing import bring_in
from crawler.plan import first_units
from crawler.scheduler import Scheduler
from crawler.workspace import create
from storage.database import Database, open_database
from storage.imports import by_source, files, keep_file, parse
from storage.models import CaptureRow, FlagRow, ImportState, ListingRow, PageCapture, Revision, RunRequest
from storage.requests import recent_requests
from wildtrade.cli import run
from wildtrade.errors import UsageError
from wildtrade.settings import Workspace
from wildtrade.sources import load_sources

CSV = (
    "Link,Title,Text,Price,Currency,Seller,Place\n"
    "https://example.org/a,Ivory bangle,Old ivory bangle,1250.50,usd,Ana,Lima\n"
    ",Plastic chair,\"two lines\nof text\",,,,\n"
    "ftp://example.org/b,x,y,,,,\n"
    ",,,,,,\n"
    ",Shell,,many,,,\n"
)  # fmt: skip


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return create(tmp_path / "home")


@pytest.fixture
def database(workspace: Workspace) -> Iterator[Database]:
    with closing(open_database(workspace.database_url)) as opened:
        yield opened


def test_a_csv_is_read_by_its_head_and_each_bad_line_is_named() -> None:
    parsed = parse("tips.csv", CSV.encode())
    first, second = (line.listing for line in parsed.lines)
    assert (first.title, str(first.price.amount), first.price.currency) == ("Ivory bangle", "1250.50", "USD")
    assert (second.description, second.url[:11]) == ("two lines\nof text", "urn:sha256:")
    assert [number for number, _ in parsed.problems] == [5, 6, 7]
    assert "http" in parsed.problems[0][1] and "price" in parsed.problems[2][1]


@pytest.mark.parametrize(
    ("name", "text", "titles"),
    [
        ("a.jsonl", '{"title": "one"}\n\n{"url": "https://a.example/1"}\n', ["one", None]),
        ("a.txt", "https://a.example/1\nhttps://a.example/2?utm_source=x\n", [None, None]),
        ("a.csv", "title;description\nIvoire;Défense\n", ["Ivoire"]),
        ("a.csv", "\ufefftitle\tprice\nงาช้าง\t5\n", ["งาช้าง"]),
    ],
)
def test_three_kinds_of_files(name: str, text: str, titles: list[str | None]) -> None:
    parsed = parse(name, text.encode())
    assert [line.listing.title for line in parsed.lines] == titles
    assert parsed.problems == []


@pytest.mark.parametrize(
    ("data", "line"), [(b"", None), (b"colour,size\n1,2\n", 1), (b"title\nok\n\xff\xfe\n", 3), (b"PK\x03\x04\xff", 1)]
)
def test_what_is_no_such_file_is_refused(data: bytes, line: int | None) -> None:
    with pytest.raises(UsageError) as refused:
        parse("x.bin", data)
    assert (refused.value.file, refused.value.line) == ("x.bin", line)
    assert refused.value.fix


@pytest.mark.parametrize("junk", ['{"title": {"a": 1}}', "[1]\n{", '{"price": "1e999", "title": "x"}', '{"a":' * 5000])
def test_odd_json_is_a_problem_of_its_line(junk: str) -> None:
    parsed = parse("x.jsonl", ('{"title": "fine"}\n' + junk).encode())
    assert len(parsed.lines) == 1
    assert parsed.problems[0][0] == 2


def test_addresses_go_to_the_source_that_reads_them(workspace: Workspace) -> None:
    sources = load_sources(workspace.sources)
    one = next(source for source in sources.values() if source.enabled)
    lines = parse("a.txt", f"https://www.{one.site}/item/1\nhttps://nobody.example/2\n".encode()).lines
    found, problems = by_source(lines, sources)
    assert list(found.values()) == [[f"https://www.{one.site}/item/1"]]
    assert problems == [(2, "url: no source reads nobody.example")]
    units = first_units(one, urls=[f"https://{one.site}/item/1", "https://nobody.example/2"])
    assert [unit.url for unit in units] == [f"https://{one.site}/item/1"]


def test_rows_become_flagged_listings_with_evidence(workspace: Workspace, database: Database) -> None:
    site = next(source.site for source in load_sources(workspace.sources).values() if source.enabled)
    text = CSV + f"https://{site}/item/9,,,,,,\n"
    with database.session() as session:
        kept = keep_file(session, "tips.csv", text.encode(), "mara", "tip line, 24 November")
    report = bring_in(workspace, database, kept.id)
    assert (report["listings"], sum(report["requests"].values()), len(report["problems"])) == (2, 1, 3)
    with database.session(read_only=True) as session:
        rows = session.execute(
            select(ListingRow, Revision, FlagRow, PageCapture)
            .join(Revision, Revision.id == ListingRow.revision_id)
            .join(FlagRow, FlagRow.listing_id == ListingRow.id)
            .join(CaptureRow, CaptureRow.listing_id == ListingRow.id)
            .join(PageCapture, PageCapture.id == CaptureRow.page_id)
            .order_by(ListingRow.id)
        ).all()
        assert [row.Revision.title for row in rows] == ["Ivory bangle", "Plastic chair"]
        assert {row.ListingRow.source for row in rows} == {"import"}
        assert files(session)[0].state is ImportState.DONE
        assert [(one.addresses, one.requested_by) for one in recent_requests(session)] == [(1, "mara")]
        sealed = rows[0].PageCapture
    record = (workspace.evidence / sealed.file).read_bytes()[sealed.offset :][: sealed.length]
    import gzip

    said = json.loads(gzip.decompress(record).split(b"\r\n\r\n", 1)[1].strip())
    assert said["origin"] | {"sha256": ""} == {
        "file": "tips.csv", "sha256": "", "line": 2, "by": "mara", "note": "tip line, 24 November",
    }  # fmt: skip
    assert said["row"]["price"]["amount"] == "1250.50"


def test_the_same_file_twice_makes_no_second_listing(workspace: Workspace, database: Database) -> None:
    for _ in range(2):
        with database.session() as session:
            kept = keep_file(session, "tips.csv", CSV.encode(), "mara")
        bring_in(workspace, database, kept.id)
    with database.session(read_only=True) as session:
        assert len(session.scalars(select(FlagRow)).all()) == 2


def test_the_scheduler_brings_in_what_waits_and_starts_what_is_asked(workspace: Workspace, database: Database) -> None:
    with database.session() as session:
        keep_file(session, "tips.csv", b"title\nIvory bangle\n", "mara")
        session.add(
            RunRequest(sources=["no_such_source"], options={"urls": ["https://x.example/1"]}, requested_by="mara")
        )
    Scheduler(workspace, database).run(once=True)
    with database.session(read_only=True) as session:
        assert files(session)[0].state is ImportState.DONE
        (asked,) = recent_requests(session)
        assert asked.ended_at is not None
        assert "no_such_source" in asked.reason


def test_the_command(workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "tips.csv"
    file.write_text(CSV, encoding="utf-8")
    home = ["--home", str(workspace.root)]
    assert run([*home, "import", str(file), "--dry-run", "--json"]) == 6
    assert json.loads(capsys.readouterr().out)["listings"] == 2
    assert run([*home, "import", str(file)]) == 6
    assert "line 5: " in (said := capsys.readouterr().out) and "to review: 2" in said
    assert run([*home, "import", str(tmp_path / "none.csv")]) == 2
    assert run([*home, "import"]) == 4
    listed = tmp_path / "urls.txt"
    listed.write_text("https://nobody.example/1\n", encoding="utf-8")
    assert run([*home, "crawl", "mercadolibre_co", "--urls", str(listed)]) == 2
