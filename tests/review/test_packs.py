"""Review packs as people use them: decided from a file, brought back once; what others did is never overwritten."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect
from sqlalchemy import func, select

from review.text import LANGUAGES
from storage import queue
from storage.custody import CustodyLog
from storage.custody.workspace import custody_of
from storage.database import Database
from storage.decisions import decide
from storage.drafts import draft_of
from storage.models import (
    Artifact,
    ArtifactKind,
    AuditRow,
    CaptureRow,
    DecisionRow,
    FlagRow,
    FlagState,
    PackOutcome,
    utcnow,
)
from storage.pictures import look_at_new
from storage.rights import set_roles
from storage.thumbnails import thumbnails
from storage.undoing import undo
from storage.users import disable, find_user
from tests.review.conftest import Person, ask, axe_finds, fill, listing, opinion, served, sign_in, store
from tests.review.test_hostile import ATTACKS
from wildtrade.cli import run
from wildtrade.errors import Exit
from wildtrade.records import DecisionLabel
from wildtrade.settings import open_workspace

SECRET = "Call +51 999 123 456 or write to ana.r@mail.example"


@dataclass
class Class:
    """A served workspace with a senior and Mara, who is going where there is no network."""

    database: Database
    log: CustodyLog
    site: str
    senior: Person
    mara: Person
    folder: Path
    packs: list[int] = field(default_factory=list)

    def pack(self, **form: Any) -> dict[str, Any]:
        """Make a pack for Mara and unpack it: what its page will put into the file, without decisions."""
        status, headers, body = self.senior.ask("POST", "/packs", {"person": "mara", "count": 50, **form})
        assert status == 303, body.decode()
        number = int(re.findall(r"/packs/(\d+)\?done=made", headers["location"])[0])
        self.packs.append(number)
        status, _, data = self.mara.ask("POST", f"/packs/{number}/file")
        assert status == 200, data[:500].decode()
        path = self.folder / "pack.zip"
        path.write_bytes(data)
        with zipfile.ZipFile(path) as opened:
            opened.extractall(self.folder)
        page = self.page
        said = dict(re.findall(r'data-(form|manifest|signature)="([^"]*)"', page))
        return {name: value.replace("&#34;", '"') for name, value in said.items()} | {"decisions": []}

    @property
    def inside(self) -> Path:
        """The folder of the last pack."""
        return self.folder / f"pack-{self.packs[-1]}"

    @property
    def page(self) -> str:
        return (self.inside / "index.html").read_text("utf-8")

    def bring(self, file: dict[str, Any] | bytes, who: Person | None = None) -> tuple[int, str]:
        """Send a file on the page; the status, and the page one is led to, or the reason."""
        data = file if isinstance(file, bytes) else json.dumps(file).encode()
        who, edge = who or self.mara, "edge-7f3a"
        head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="back.json"\r\n\r\n'
        body = head + data.decode("latin-1") + f"\r\n--{edge}--\r\n"
        status, headers, answer = ask(
            self.site, "POST", "/packs/take", body, Cookie="=".join(who.cookie), Origin=self.site,
            X_CSRF_Token=who.csrf, Content_Type=f"multipart/form-data; boundary={edge}",
        )  # fmt: skip
        if status == 303:
            answer = who.ask("GET", headers["location"])[2]
        return status, " ".join(answer.decode().split())

    def counts(self) -> tuple[int, int, int, int, int]:
        """Of the last file: taken, conflict, decided, not allowed, taken before."""
        with self.database.session(read_only=True) as session:
            said = session.scalars(select(AuditRow).where(AuditRow.action == "pack_take")).all()[-1].after
        taken, conflict, decided, not_allowed = (said["counts"][outcome] for outcome in PackOutcome)
        return taken, conflict, decided, not_allowed, said["again"]

    def events(self) -> int:
        with self.database.session(read_only=True) as session:
            return session.scalar(select(func.count()).select_from(DecisionRow)) or 0

    def flag(self, number: int) -> FlagRow:
        with self.database.session(read_only=True) as session:
            return session.get_one(FlagRow, number)


def said(flag: int, label: str = "unsure", at: str = "", **more: Any) -> dict[str, Any]:
    """What the page says of an item."""
    return {"flag": flag, "action": "decide", "label": label, "at": at or datetime.now(UTC).isoformat(), **more}


@pytest.fixture
def school(database: Database, tmp_path: Path) -> Iterator[Class]:
    log = CustodyLog(tmp_path / "data" / "evidence")
    (tmp_path / "away").mkdir()
    with served(database, custody=log, home=tmp_path) as site:
        senior, mara = sign_in(database, site, "senior", name="sam"), sign_in(database, site, "reviewer", name="mara")
        yield Class(database, log, site, senior, mara, tmp_path / "away")


def test_the_zip_is_signed_as_a_whole_and_tells_nobody_who_sells(school: Class) -> None:
    seller = {"description": SECRET, "seller": "Ana Rojas"}
    store(school.database, [(listing("1", title="Ivory of Ana Rojas", **seller), opinion())])
    school.pack()
    page, folder = school.page, school.inside
    for hidden in ("Ana Rojas", "999 123 456", "ana.r@mail", "market.example"):
        assert hidden not in page
    assert '<mark class="hit" title="term L1">Ivory</mark>' in page
    for name in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        for line in (folder / name).read_text().splitlines():
            sha256, _, path = line.partition("  ")
            assert hashlib.sha256((folder / path).read_bytes()).hexdigest() == sha256, path
    words = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "key.pub", "-rawin", "-in", "tagmanifest-sha256.txt"]
    checked = subprocess.run([*words, "-sigfile", "tagmanifest-sha256.sig"], cwd=folder, capture_output=True, text=True)
    assert "Verified Successfully" in checked.stdout, checked
    with school.database.session(read_only=True) as session:
        actions = session.scalars(select(AuditRow.action).order_by(AuditRow.seq)).all()
    assert actions[-2:] == ["pack_make", "pack_write"]


def test_sellers_are_named_to_those_who_may_know_them(school: Class) -> None:
    store(school.database, [(listing("1", description=SECRET, seller="Ana Rojas"), opinion())])
    form = {"person": "mara", "count": 5, "identities": "true"}
    assert school.senior.ask("POST", "/packs", form)[0] == 403  # whoever makes it needs the right
    with school.database.session() as session:
        set_roles(session, school.senior.user_id, ["senior", "investigator"])
    status, _, body = school.senior.ask("POST", "/packs", form)
    assert (status, b"mara may not see who sellers are" in body) == (400, True)
    with school.database.session() as session:
        set_roles(session, school.mara.user_id, ["reviewer", "investigator"])
    school.pack(identities="true")
    assert "Ana Rojas" in school.page
    assert "999 123 456" in school.page
    with school.database.session() as session:
        set_roles(session, school.mara.user_id, ["reviewer"])
    assert school.mara.ask("POST", f"/packs/{school.packs[-1]}/file")[0] == 403  # the right is gone, and so is the file


def test_decisions_go_the_way_of_the_screen_and_once(school: Class) -> None:
    fill(school.database, 6)
    file = school.pack(count=5)
    stated = (datetime.now(UTC) - timedelta(minutes=3)).replace(microsecond=0)
    file["decisions"] = [
        said(1, "wildlife", stated.isoformat(), taxon="Loxodonta africana", note="two of them", tags="old, carved"),
        said(2, "not_wildlife", "2020-01-01T10:00:00+02:00", reason="colour_name"),
        {"flag": 3, "action": "escalate", "at": stated.isoformat(), "note": "who knows?"},
        {"flag": 4, "action": "skip", "at": stated.isoformat(), "skip_reason": "language"},
    ]
    status, page = school.bring(file)
    assert status == 303
    assert "Taken: 4. Conflict, nothing overwritten: 0." in page
    assert "the clock of that machine was wrong" in page
    assert school.counts() == (4, 0, 0, 0, 0)
    first, fourth, fifth = school.flag(1), school.flag(4), school.flag(5)
    assert (first.state, first.second_because, first.first_by) == (FlagState.SECOND, "appendix_i", "mara")
    assert (school.flag(3).state, fourth.state, fourth.holder) == (FlagState.ESCALATED, FlagState.OPEN, None)
    assert fifth.holder == "mara\N{NO-BREAK SPACE}(pack 1)"
    with school.database.session(read_only=True) as session:
        row = session.scalars(select(DecisionRow).where(DecisionRow.listing_id == first.listing_id)).one()
        assert (row.actor, row.note, row.tags, row.appendix) == ("mara", "two of them", ["old", "carved"], "I/II")
        assert (row.pack_id, row.stated_at, row.seconds) == (1, stated, None)
        assert row.decided_at > utcnow() - timedelta(minutes=1)
        told = session.scalars(select(AuditRow).where(AuditRow.action == "decide").order_by(AuditRow.seq)).first()
        assert told
        assert (told.actor, told.object_id, told.after["pack"], told.after["label"]) == ("mara", "1", 1, "wildlife")
    before = school.events()
    assert school.bring(file)[0] == 303
    assert (school.counts(), school.events()) == ((0, 0, 0, 0, 4), before)
    file["decisions"][1]["label"] = "wildlife"  # what was taken stays
    _, page = school.bring(file)
    assert (school.counts(), school.events()) == ((0, 1, 0, 0, 3), before)
    assert "A file taken before says otherwise; that stands." in page
    with school.database.session() as session:
        assert undo(session, "mara") is not None
    file["decisions"] = file["decisions"][2:3]
    school.bring(file)  # what the person has taken back since does not come back with the file
    assert (school.counts(), school.flag(3).state) == ((0, 0, 0, 0, 1), FlagState.OPEN)
    assert f"by whose clock it was {stated:%Y-%m-%d %H:%M} UTC" in school.mara.ask("GET", "/review/3")[2].decode()


def test_what_others_did_meanwhile_stays(school: Class) -> None:
    fill(school.database, 5)
    file = school.pack()
    file["decisions"] = [said(number, "wildlife", note=f"seen {number}") for number in range(1, 6)]
    with school.database.session() as session:
        for row in session.scalars(select(FlagRow)):
            row.lease_until = utcnow() - timedelta(seconds=1)  # its day is over
        item = queue.item(session, 1)
        assert item
        decide(session, 1, DecisionLabel.NOT_WILDLIFE, "joe", assessment_id=item.assessment_id)
        taken = session.get_one(FlagRow, 2)
        taken.holder, taken.held_at, taken.lease_until = "joe", utcnow(), utcnow() + timedelta(minutes=9)
        second = session.get_one(FlagRow, 4)
        second.state, second.first_by = FlagState.SECOND, "joe"  # what was a first decision is no second one
    store(school.database, [(listing("2", title="Ivory bangle, cheaper"), opinion())])  # flag 3 has changed
    before = school.events()
    status, page = school.bring(file)
    assert status == 303
    assert school.counts() == (1, 2, 2, 0, 0)
    assert school.events() == before + 1
    assert (school.flag(1).state, school.flag(2).holder) == (FlagState.DECIDED, "joe")
    for words in ("This item is decided. <bdi>joe</bdi>", "Somebody else holds it. <bdi>joe</bdi>",
                  "The listing has changed since you opened it.", "This item is decided.</td>"):  # fmt: skip
        assert words in page
    with school.database.session(read_only=True) as session:
        assert draft_of(session, "mara", 2) == {"note": "seen 2"}
    assert school.bring(file)[0] == 303
    assert (school.counts(), school.events()) == ((0, 2, 2, 0, 1), before + 1)


CHANGES: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (lambda file: file.update(form="x"), "[form]"),
    (lambda file: file.update(extra=1), "[extra]"),
    (lambda file: file.update(signature="00" * 64), "[signature]"),
    (lambda file: file.update(manifest=file["manifest"].replace('"items":[[1,', '"items":[[2,')), "[signature]"),
    (lambda file: file["decisions"].append(said(3)), "[decisions[2].flag]"),
    (lambda file: file["decisions"].append(said(1)), "[decisions[2].flag]"),
    (lambda file: file["decisions"][1].update(flag="x"), "[decisions[1].flag]"),
    (lambda file: file["decisions"][1].update(label="perhaps"), "[decisions[1].label]"),
    (lambda file: file["decisions"][1].pop("label"), "[decisions[1].label]"),
    (lambda file: file["decisions"][1].update(action="skip"), "[decisions[1].label]"),
    (lambda file: file["decisions"][1].update(at="yesterday"), "[decisions[1].at]"),
    (lambda file: file["decisions"][1].update(at="2026-11-24T10:00:00"), "[decisions[1].at]"),
    (lambda file: file["decisions"][1].update(reason="a whim"), "[decisions[1]]"),
    (lambda file: file["decisions"][1].update(note="x" * 5000), "[decisions[1]]"),
    (lambda file: file["decisions"][1].update(also=[3]), "[decisions[1].also]"),
    (lambda file: file.pop("decisions"), "[decisions]"),
]


def test_a_bad_file_is_named_by_its_field_and_nothing_is_stored(school: Class) -> None:
    fill(school.database, 3)
    clean = school.pack(count=2)
    for change, names in CHANGES:
        file = clean | {"decisions": [said(1), said(2)]}
        change(file)
        status, page = school.bring(file)
        assert (status, names in page.split('role="alert"')[1].split("</div>")[0]) == (400, True), names
    assert school.events() == 0
    assert school.flag(1).holder == "mara\N{NO-BREAK SPACE}(pack 1)"


def test_who_may_bring_it(school: Class) -> None:
    fill(school.database, 2)
    file = school.pack() | {"decisions": [said(1)]}
    joe = sign_in(school.database, school.site, "reviewer", name="joe")
    assert school.bring(file, school.senior)[0] == school.bring(file, joe)[0] == 400  # nobody decides as somebody else
    assert joe.ask("GET", "/packs/1")[0] == joe.ask("POST", "/packs/1/file")[0] == 404
    assert b'href="/packs/1"' not in joe.ask("GET", "/packs")[2]
    for data in (b"", b"{", b"[" * 50_000, b"\xff\xfe\x00", b"null", b"x" * (8 * 2**20 + 1)):
        assert school.bring(data)[0] == 400
    with school.database.session() as session:
        set_roles(session, school.mara.user_id, ["viewer"])
    assert school.bring(file)[0] == 403
    with school.database.session() as session:
        set_roles(session, school.mara.user_id, ["reviewer"])
    assert school.senior.ask("POST", "/packs/1/withdraw")[0] == 303
    status, page = school.bring(file)
    assert (status, "pack 1 was withdrawn by sam" in page) == (400, True)
    assert school.mara.ask("POST", "/packs/1/file")[0] == 400
    assert school.flag(1).holder is None
    assert school.events() == 0


def test_what_a_pack_is_made_of(school: Class) -> None:
    fill(school.database, 3)
    for form, words in (
        ({"person": "nobody"}, "there is no user"),
        ({"person": "mara", "queue": "second"}, "mara may not take such decisions"),
        ({"person": "mara", "queue": "77"}, "there is no such queue"),
        ({"person": "mara", "queue": "x"}, "there is no queue"),
        ({"person": "mara", "count": 501}, "501 count cannot be"),
    ):
        status, _, body = school.senior.ask("POST", "/packs", form)
        assert (status, words in body.decode()) == (400, True), form
    assert school.mara.ask("POST", "/packs", {"person": "mara"})[0] == 403
    with school.database.session() as session:
        set_roles(session, school.mara.user_id, ["senior"])
        for number, why in ((1, "random"), (2, "appendix_i")):
            flag = session.get_one(FlagRow, number)
            flag.state, flag.first_by, flag.second_because = FlagState.SECOND, "joe", why
    file = school.pack(queue="second", edition="th") | {"decisions": [said(1), said(2, "wildlife")]}
    page = school.page
    assert ('<html lang="th">' in page, "joe" in page) == (True, False)
    drawn, other = page.split("<article ")[1:]
    assert "0.95" not in drawn
    assert "<mark" not in drawn  # the score is hidden, and what would tell it
    assert "<mark" in other
    with school.database.session() as session:
        set_roles(session, school.mara.user_id, ["reviewer"])
    assert "This item waits for somebody else." in school.bring(file)[1]
    assert (school.counts(), school.events()) == ((0, 0, 0, 2, 0), 0)


def test_small_copies_hold_pixels_only_and_no_file_harms(tmp_path: Path) -> None:
    picture, secret = Image.new("RGB", (1000, 500), "red"), b"GPS of a home"
    exif = Image.Exif()
    exif[0x010E] = secret.decode()
    exif[0x0112] = 6  # lies on its side
    files = {name: tmp_path / name for name in ("a.jpg", "bomb.png", "text.png", "missing.png", "clear.png")}
    picture.save(files["a.jpg"], exif=exif)
    Image.new("1", (6_500, 6_500)).save(files["bomb.png"])
    files["text.png"].write_text("<svg onload='alert(1)'>")
    Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(files["clear.png"])
    made = thumbnails(files)
    assert set(made) == {"a.jpg", "clear.png"}
    assert secret in files["a.jpg"].read_bytes()
    assert secret not in made["a.jpg"]
    (tmp_path / "a.webp").write_bytes(made["a.jpg"])
    with Image.open(tmp_path / "a.webp") as copy:
        assert (copy.format, copy.size) == ("WEBP", (160, 320))


def test_by_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from storage.database import open_database
    from storage.migrate import upgrade

    (tmp_path / "wildtrade.toml").write_text("", encoding="utf-8")
    upgrade(f"sqlite:///{tmp_path}/data/wildtrade.db", tmp_path / "backups")
    monkeypatch.setenv("WILDTRADE_HOME", str(tmp_path))
    monkeypatch.delenv("WILDTRADE_DATABASE_URL", raising=False)
    database, target, back = open_database(open_workspace().database_url), tmp_path / "p.zip", tmp_path / "d.json"
    fill(database, 3)
    assert run(["users", "add", "Mara", "--role", "reviewer"]) == Exit.OK
    capsys.readouterr()
    words = ["pack", "make", "--for", "mara", "--count", "2", "--lang", "fr", "--out"]
    assert run([*words, str(tmp_path / "nowhere" / "p.zip"), "--json"]) == Exit.PROBLEM  # and it holds nothing
    assert run([*words, str(target), "--json"]) == Exit.OK
    told = json.loads(capsys.readouterr().out)
    assert (told["pack"], told["items"], told["sha256"]) == (2, 2, hashlib.sha256(target.read_bytes()).hexdigest())
    with zipfile.ZipFile(target) as opened:
        manifest, page = opened.read("pack-2/data/pack.json").decode(), opened.read("pack-2/index.html").decode()
    assert '<html lang="fr">' in page
    signature = re.findall(r'data-signature="(\w+)"', page)[0]
    file = {"form": "wildtrade review decisions 1", "manifest": manifest, "signature": signature}
    back.write_text(json.dumps(file | {"decisions": [said(1), said(2)]}), encoding="utf-8")
    assert run(["pack", "take", str(back), "--json"]) == Exit.OK
    assert json.loads(capsys.readouterr().out)["counts"]["taken"] == 2
    back.write_text(json.dumps(file | {"decisions": [said(1, "wildlife")]}), encoding="utf-8")
    assert run(["pack", "take", str(back)]) == Exit.PARTIAL
    assert "1 conflict" in capsys.readouterr().out
    with database.session() as session:
        told_of = session.scalars(select(AuditRow).where(AuditRow.action == "decide")).first()
        assert told_of
        assert (told_of.actor, told_of.after["of"]) == ("command line", "Mara")
        user = find_user(session, "Mara")
        assert user
        disable(session, user)
    assert run(["pack", "take", str(back)]) == Exit.USAGE
    assert "Mara is disabled" in capsys.readouterr().err
    assert run(["pack", "list"]) == run(["pack", "withdraw", "2"]) == Exit.OK
    assert run(["pack", "withdraw", "9"]) == run(["pack", "take", str(tmp_path / "none.json")]) == Exit.USAGE
    assert custody_of(open_workspace()).state().seq >= 1
    database.close()


def _hold_a_picture(school: Class) -> None:
    """The first listing's picture is among the files we hold."""
    path = school.log.evidence / "artifacts" / "one.png"
    path.parent.mkdir(parents=True)
    Image.linear_gradient("L").resize((900, 600)).save(path)
    with school.database.session() as session:
        page = session.scalars(select(CaptureRow.page_id).where(CaptureRow.listing_id == 1)).one()
        session.add(
            Artifact(
                page_id=page, kind=ArtifactKind.MEDIA, url="https://market.example/1.jpg", media_type="image/png",
                path="artifacts/one.png", sha256="5" * 64, size=path.stat().st_size, captured_at=utcnow(),
            )
        )  # fmt: skip
    assert look_at_new(school.database, school.log.evidence) == 1


@pytest.mark.browser
def test_a_day_without_a_network(school: Class, browser: Browser, tmp_path: Path) -> None:
    """Opened from a folder, by keyboard, among hostile texts; then brought back."""
    markup = " ".join(attack for name, attack in ATTACKS.items() if len(attack) < 400 and name != "controls")
    hostile = dict.fromkeys(("title", "description", "location", "seller"), markup)
    found = [(listing("1"), opinion(0.9)), (listing("2", **hostile), opinion(0.8)), (listing("3"), opinion(0.7))]
    store(school.database, [*found, (listing("4"), opinion(0.6))])
    _hold_a_picture(school)
    school.pack(edition="es")
    context = browser.new_context(viewport={"width": 1366, "height": 768}, offline=True, accept_downloads=True)
    page, wrong = context.new_page(), list[str]()
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda one: None if one.url.startswith(("file:", "blob:")) else wrong.append(one.url))
    page.goto(school.inside.joinpath("index.html").as_uri())
    expect(page.get_by_role("heading", level=1)).to_have_text("Ivory bangle 1")
    assert page.locator("img").count() == 0  # hidden until shown
    page.get_by_role("button", name="Mostrar la imagen 1 de 1").click()
    expect(page.get_by_role("img", name="Imagen 1 de 1")).to_be_visible()
    assert page.evaluate("document.images[0].naturalWidth") == 320
    page.keyboard.press("n")
    page.keyboard.type("1 2 visto")  # keys do nothing in a field
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    assert page.evaluate("document.activeElement.tagName") == "H1"
    expect(page.locator("#live")).to_contain_text("Elemento 2 de 4")
    assert wrong == []
    for width in (1366, 390, 320):  # at the hostile item
        page.set_viewport_size({"width": width, "height": 768})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert width == 320 or axe_finds(page) == []
    page.emulate_media(color_scheme="dark")
    assert axe_finds(page) == []
    assert page.evaluate("window.canary") is None
    assert page.locator("form").count() == 1
    assert all("pack.css" in one or "ProgressEvent" in one for one in wrong)  # axe reads the style sheet; it may not
    wrong.clear()
    page.keyboard.press("2")
    page.keyboard.press("u")  # back at it, and again
    page.locator("#reason").select_option("toy_or_print")
    page.locator("#reason").press("Escape")
    page.keyboard.press("2")
    page.keyboard.press("5")
    page.reload()  # what was decided is kept
    expect(page.locator("#progress")).to_contain_text("Decididos: 3 de 4")
    page.keyboard.press("6")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Guardar mis decisiones").click()
    back = tmp_path / saved.value.suggested_filename
    saved.value.save_as(back)
    assert wrong == []
    other = browser.new_context(offline=True).new_page()  # another machine goes on from the file
    other.goto(school.inside.joinpath("index.html").as_uri())
    other.locator("#load").set_input_files(back)
    expect(other.locator("#progress")).to_have_text("Decididos: 4 de 4")
    for one in browser.contexts:
        one.close()
    context = browser.new_context(base_url=school.site)
    school.mara.enter(context)
    page = context.new_page()
    page.goto("/packs")
    page.get_by_label("File with decisions (.json)").set_input_files(back)
    page.get_by_role("button", name="Bring in").click()
    expect(page.locator("#notice")).to_contain_text("Taken: 4. Conflict, nothing overwritten: 0.")
    context.close()
    with school.database.session(read_only=True) as session:
        rows = session.execute(
            select(DecisionRow.action, DecisionRow.label, DecisionRow.reason, DecisionRow.note).order_by(DecisionRow.id)
        ).all()
    assert [tuple(row) for row in rows] == [
        ("decide", "wildlife", None, "1 2 visto"), ("decide", "not_wildlife", "toy_or_print", None),
        ("escalate", None, None, None), ("skip", None, None, None),
    ]  # fmt: skip


def test_its_page_is_in_the_persons_language(school: Class) -> None:
    fill(school.database, len(LANGUAGES))
    for language in LANGUAGES:
        assert school.mara.ask("POST", "/account/language", {"language": language})[0] == 303
        school.pack(count=1)
        assert f'<html lang="{language}">' in school.page
        assert ("Save my decisions to a file" in school.page) is (language == "en")
