"""Search, listing and seller pages: what they show, to whom, and that nothing in them does anything."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from io import BytesIO
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest
from PIL import Image
from playwright.sync_api import expect
from sqlalchemy import select

from review.archived import read_archived
from review.differences import differences
from review.graph_files import write_png, write_svg
from storage.database import Database
from storage.evidence import seal
from storage.models import AuditRow, PageCapture, SearchDocument
from storage.search.index import catch_up
from storage.search.links import Graph, Node
from tests.review.conftest import Person, Watched, listing, opinion, store
from tests.review.test_hostile import ATTACKS
from tests.storage.helpers import exchange

TEXTS = {
    "象牙": "鱼翅 象牙手镯 老料",
    "nga voi": "Ngà voi thật, vòng tay",
    "งาช้าง": "ขายงาช้างแกะสลัก",
    "عاج": "عاج فيل قديم للبيع",
    "ecailles": "écailles de pangolin",
}


def offers(database: Database) -> None:
    """Five scripts, two sellers who share a phone number, three places."""
    store(
        database,
        [
            (
                listing(
                    str(at),
                    title=text,
                    description=f"{text} call +84 901-234-567",
                    seller=f"Seller Name {at % 2}",
                    location=("Lima, Peru", "Hà Nội, Việt Nam", "nowhere")[at % 3],
                ),
                opinion(0.9 - at / 10),
            )
            for at, text in enumerate(TEXTS.values())
        ],
    )
    catch_up(database)


def text_of(person: Person, path: str, status: int = 200) -> str:
    """A page as the person gets it."""
    answer = person.ask("GET", path)
    assert answer[0] == status, answer[2][:2000]
    return answer[2].decode()


@pytest.mark.browser
def test_a_search_from_the_box_to_the_listing(database: Database, watched: Watched) -> None:
    offers(database)
    page = watched.page
    page.goto("/listings")
    expect(page.locator("#found")).to_contain_text("5 listings")
    for query, text in TEXTS.items():
        page.locator("#q").fill(query)
        page.locator("#q").press("Enter")
        expect(page.locator("table.hits tbody tr")).to_have_count(1)
        expect(page.locator("table.hits tbody")).to_contain_text(text)
        expect(page.locator("#found")).to_contain_text("1 listing")
    page.locator("#q").fill("pangolin -ivory app:I")
    page.locator("#q").press("Enter")
    chips = page.locator(".chips li")
    expect(chips).to_have_count(3)
    chips.filter(has_text="pangolin").get_by_role("link").click()
    expect(page.locator("#q")).to_have_value("-ivory app:I")
    expect(page.locator("table.hits tbody tr")).to_have_count(5)
    page.get_by_role("link", name="Gallery").click()
    expect(page.locator(".gallery li.card")).to_have_count(5)
    assert page.locator("img").count() == 0
    page.locator(".facets summary").click()
    page.locator(".facets").get_by_role("link", name="market").click()
    expect(page.locator("#q")).to_have_value("-ivory app:I source:market")
    page.locator(".gallery a").first.click()
    expect(page.get_by_role("heading", name="Captures")).to_be_visible()
    page.get_by_role("link", name="Seller #").click()
    expect(page.locator("h1")).to_contain_text("Seller #")
    page.get_by_role("link", name="Links").click()
    expect(page.get_by_role("img")).to_be_visible()
    expect(page.locator("table")).to_contain_text("Seller #")


@pytest.mark.browser
def test_a_wrong_field_is_explained_in_the_box(database: Database, watched: Watched) -> None:
    offers(database)
    page = watched.page
    answer = page.goto("/listings?q=sller:x")
    assert answer
    assert answer.status == 400
    expect(page.get_by_role("alert")).to_contain_text("did you mean seller")
    expect(page.locator("#q")).to_have_value("sller:x")
    watched.complaints.clear()  # the browser says that the address answered 400


@pytest.mark.browser
@pytest.mark.parametrize(
    "path",
    ["/listings?q=-none", "/listings?view=gallery", "/listings/1", "/sellers", "/sellers/1", "/searches?q=x",
     "/graph?seller=1", "/map", "/timeline", "/listings/1/pages/1"],
)  # fmt: skip
def test_accessibility(
    database: Database, as_role: Callable[..., Watched], axe: Callable[..., None], path: str
) -> None:
    offers(database)
    page = as_role("senior", "investigator").page
    page.goto(path)
    axe(page, path)


@pytest.mark.browser
@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_texts_do_nothing(database: Database, watched: Watched, attack: str) -> None:
    text = ATTACKS[attack]
    everywhere = {"title": text, "description": text, "seller": text, "location": text, "url": text, "images": (text,)}
    store(database, [(listing("1", **everywhere), opinion()), (listing("2"), opinion(0.5))])
    page = watched.page
    page.set_viewport_size({"width": 390, "height": 800})
    for path in ("/listings", "/listings?view=gallery", "/listings/1", "/sellers/1", "/graph?seller=1", "/timeline"):
        page.goto(path)
        expect(page.locator("#page > header")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
        assert page.evaluate("window.canary") is None, path
        assert page.locator("img, iframe").count() == 0


@pytest.mark.parametrize("query", ["%22%3E%3Csvg/onload=alert(1)%3E", "%00", "{{7*7}}", "%E2%80%AEabc", "'%20OR%201=1"])
def test_hostile_queries_are_shown_as_text(database: Database, reviewer: Person, query: str) -> None:
    offers(database)
    for path in ("/listings", "/map", "/timeline", "/searches"):
        status, _, body = reviewer.ask("GET", f"{path}?q={query}")
        assert status in (200, 400), path
        assert b"<svg/onload" not in body, path
        if query == "{{7*7}}":
            assert b"{{7*7}}" in body, path


def test_who_it_is_is_hidden_and_each_view_is_logged(
    database: Database, reviewer: Person, signed_in: Callable[..., Person]
) -> None:
    offers(database)
    investigator = signed_in("investigator", name="ivy")
    for path in ("/listings", "/listings/1", "/sellers/1", "/sellers", "/graph?seller=1", "/timeline"):
        for person in (reviewer, investigator):
            shown = text_of(person, path)
            assert "901-234-567" not in shown, path
            assert "901234567" not in shown, path
            assert "Seller Name" not in shown, path
    assert "⟨phone⟩" in text_of(reviewer, "/listings/1")
    assert reviewer.ask("POST", "/sellers/1/identity")[0] == 403
    assert reviewer.ask("GET", "/listings?q=seller:name")[0] == 403
    assert reviewer.ask("GET", "/listings?q=0901234567")[0] == 403
    assert reviewer.ask("GET", "/listings?q=seller:%231")[0] == 200
    status, _, body = investigator.ask("POST", "/sellers/1/identity")
    assert status == 200
    assert b"Seller Name" in body
    assert b"901234567" in body
    assert b"901-234-567" in investigator.ask("POST", "/listings/1/identity")[2]
    assert b"5 listings" in investigator.ask("GET", "/found?q=0901234567")[2]
    with database.session(read_only=True) as session:
        rows = session.scalars(select(AuditRow).where(AuditRow.action == "view_identity").order_by(AuditRow.seq)).all()
        told = [(row.actor, row.object_kind, row.object_id) for row in rows]
    assert told == [("ivy", "seller", "1"), ("ivy", "listing", "1"), ("ivy", "search", "0901234567")]


def test_sellers_who_share_a_number_are_linked(database: Database, reviewer: Person) -> None:
    offers(database)
    assert 'href="/sellers/2"' in text_of(reviewer, "/sellers/1")
    graph = text_of(reviewer, "/graph?seller=1")
    assert "shares 2 contacts or pictures with 1 sellers" in graph  # the number and the picture
    assert text_of(reviewer, "/sellers/99", 404)
    assert text_of(reviewer, "/graph?seller=99", 404)


def test_a_graph_opens_further_and_is_a_file(database: Database, signed_in: Callable[..., Person]) -> None:
    """Two sellers share a number; the second shares another with a third, who is met when the second is opened."""
    said = ["call +84 901-234-567", "call +84 901-234-567 or +84 907-777-888", "call +84 907-777-888"]
    store(
        database,
        [(listing(str(at), description=text, seller=f"S{at}", images=()), opinion()) for at, text in enumerate(said)],
    )
    catch_up(database)
    person = signed_in("investigator")
    assert "/sellers/3" not in text_of(person, "/graph?seller=1")
    assert "Open here" in text_of(person, "/graph?seller=1")
    wider = text_of(person, "/graph?seller=1&opened=2")
    assert "/sellers/3" in wider
    assert "opened=2&amp;opened=3" in wider  # the next step keeps the last
    assert "/sellers/3" not in text_of(person, "/graph?seller=1&opened=3")  # not there yet: nothing to open
    status, headers, body = person.ask("POST", "/graph/csv?seller=1&opened=2", {})
    lines = body.decode("utf-8-sig").splitlines()
    assert (status, headers["content-disposition"]) == (200, 'attachment; filename="links-1.csv"')
    assert lines[0] == "from_kind,from,to_kind,to"
    assert "phone,phone2,seller,s3" in lines
    assert b"901" not in body
    tree = fromstring(person.ask("POST", "/graph/graphml?seller=1&opened=2", {})[2])
    names = {one.get("id") for one in tree.iter("{http://graphml.graphdrawing.org/xmlns}node")}
    edges = list(tree.iter("{http://graphml.graphdrawing.org/xmlns}edge"))
    assert {"s1", "s2", "s3", "phone1", "phone2"} <= names
    assert len(edges) == len(lines) - 1
    assert {one.get(end) for one in edges for end in ("source", "target")} <= names
    svg = fromstring(person.ask("POST", "/graph/svg?seller=1&opened=2", {})[2])
    drawn = [one.text for one in svg.iter("{http://www.w3.org/2000/svg}text")]
    assert {"#1", "#2", "#3", "phone1", "phone2"} <= set(drawn)
    assert (len(drawn), len(list(svg.iter("{http://www.w3.org/2000/svg}line")))) == (len(names), len(edges))
    status, headers, body = person.ask("POST", "/graph/png?seller=1&opened=2", {})
    assert (status, headers["content-type"]) == (200, "image/png")
    with Image.open(BytesIO(body)) as image:
        assert (image.size, image.text) == ((1800, 1600), {"Title": "Links of seller #1"})  # type: ignore[attr-defined]
        assert len(image.getcolors(9999) or ()) > 20  # lines, circles, words
    with database.session(read_only=True) as session:
        assert [one.object_kind for one in session.scalars(select(AuditRow).where(AuditRow.action == "export"))] == [
            "graph"
        ] * 4


def test_a_drawing_is_xml_whatever_stands_in_it() -> None:
    hostile = "</text><script>alert(1)</script>&\"'\0\ud800]]>"
    drawn = Graph(1)
    drawn.add(Node("s1", "seller", hostile, 0, 1))
    drawn.add(Node(hostile, hostile, hostile, 1), "s1")
    svg = fromstring(write_svg(drawn, hostile))
    said = "</text><script>alert(1)</script>&\"'\ufffd\ufffd]]>"
    assert [one.text for one in svg.iter("{http://www.w3.org/2000/svg}text")] == ["#1", said]
    assert svg.findtext("{http://www.w3.org/2000/svg}title") == said
    assert {one.tag.partition("}")[2] for one in svg.iter()} == {
        "svg",
        "title",
        "style",
        "rect",
        "line",
        "circle",
        "text",
    }
    assert write_png(drawn, hostile.replace("\ud800", "")).startswith(b"\x89PNG")


def test_versions_are_compared(database: Database, reviewer: Person) -> None:
    store(database, [(listing("1", title="Ivory bangle", description="old ivory bangle"), opinion())])
    later = replace(listing("1"), title="Bone bangle", description="old bone bangle", price=None)
    store(database, [(later, opinion())])
    shown = text_of(reviewer, "/listings/1")
    assert "<ins>Bone</ins>" in shown
    assert "<del>Ivory</del>" in shown
    assert "2 versions" in shown
    assert "new price" not in text_of(reviewer, "/timeline")
    assert differences("a b", "a b") == []
    assert [(one.kind, one.text) for one in differences("象牙", "象骨")] == [
        ("same", "象"), ("removed", "牙"), ("added", "骨"),
    ]  # fmt: skip


def test_the_archived_page_is_text_and_its_hash_is_compared(tmp_path: Path) -> None:
    body = b"<html><style>p{}</style><script>x = 1</script><p>Ng\xc3\xa0 voi</p><p onclick='x()'>b<br>c</p></html>"
    sealed = seal(exchange(body))
    (tmp_path / "a.warc.gz").write_bytes(b"before" + sealed.data + b"after")
    page = PageCapture(**asdict(sealed.capture("a.warc.gz", 6)))
    found = read_archived(tmp_path, page)
    assert found
    assert found.whole
    assert found.text == "Ngà voi\nb\nc"
    (tmp_path / "a.warc.gz").write_bytes(b"before" + sealed.data[:-1] + b"xafter")
    changed = read_archived(tmp_path, page)
    assert changed is None or not changed.whole
    for file in ("../a.warc.gz", "/etc/passwd", "none.warc.gz"):
        page.file = file
        assert read_archived(tmp_path / "inside", page) is None
        assert read_archived(tmp_path, page) is None
    assert read_archived(None, page) is None


def test_a_saved_search_is_an_alert_and_a_feed(database: Database, site: str, reviewer: Person) -> None:
    offers(database)
    assert reviewer.ask("POST", "/searches", {"name": "ivory <b>", "q": "pangolin"})[0] == 303
    assert reviewer.ask("POST", "/searches", {"name": "", "q": "pangolin"})[0] == 400
    assert reviewer.ask("POST", "/searches", {"name": "x", "q": "nofield:1"})[0] == 400
    assert reviewer.ask("POST", "/searches/1", {"alert": "instant", "shared": "true"})[0] == 303
    assert reviewer.ask("GET", "/queues/new?search=1")[0] == 403
    assert "0 new since" in text_of(reviewer, "/searches")
    store(database, [(listing("9", title="pangolin again", description="mail me@x.example"), opinion())])
    catch_up(database)
    shown = text_of(reviewer, "/searches")
    assert "1 new since" in shown
    assert "<strong>Alert:</strong>" in shown
    assert "ivory &lt;b&gt;" in shown
    assert reviewer.ask("GET", "/searches/1")[1]["location"] == "/listings?q=pangolin"
    assert "0 new since" in text_of(reviewer, "/searches")
    made = reviewer.ask("POST", "/searches/1/feed")[2].decode()
    address = made.split("/feeds/")[1].split("/")[0]
    for form in ("atom", "json"):
        status, headers, body = _plain(site, f"/feeds/{address}/{form}")
        assert status == 200
        assert form in headers["content-type"] or "feed+json" in headers["content-type"]
        assert b"pangolin again" in body
        assert b"x.example" not in body
        assert b"Seller Name" not in body
        if form == "json":
            assert len(json.loads(body)["items"]) == 2
        else:
            assert fromstring(body).tag.endswith("feed")
    assert _plain(site, "/feeds/wrong/atom")[0] == 404
    reviewer.ask("POST", "/searches/1", {"remove": "true"})
    assert _plain(site, f"/feeds/{address}/atom")[0] == 404


def _plain(site: str, path: str) -> tuple[int, dict[str, str], bytes]:
    from tests.review.conftest import ask

    return ask(site, "GET", path)


def test_the_history_of_a_person_is_their_own(
    database: Database, reviewer: Person, signed_in: Callable[..., Person]
) -> None:
    offers(database)
    other = signed_in("reviewer", name="joe")
    text_of(reviewer, "/found?q=pangolin+scales")
    assert "pangolin scales" in text_of(reviewer, "/searches")
    assert "pangolin scales" in text_of(reviewer, "/listings")
    assert "pangolin scales" not in text_of(other, "/searches")


def test_what_is_new_is_found_at_once(database: Database, reviewer: Person) -> None:
    store(database, [(listing("1", title="Rhino horn"), opinion())])
    with database.session(read_only=True) as session:
        assert session.scalar(select(SearchDocument.id)) is None
    assert "Rhino horn" in text_of(reviewer, "/listings?q=rhino")


def test_pages_go_on_where_the_last_one_ended(database: Database, reviewer: Person) -> None:
    store(database, [(listing(str(n), title=f"tusk number {n}"), opinion()) for n in range(60)])
    first = text_of(reviewer, "/listings?q=tusk")
    assert "tusk number 59<" in first
    assert "tusk number 9<" not in first
    following = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = text_of(reviewer, following)
    assert "tusk number 9<" in second
    assert "tusk number 10<" not in second
