"""The pictures of an item: hidden until a person asks for one, and then a copy of what was captured."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from storage.custody import CustodyLog
from storage.database import Database
from storage.models import Artifact, ArtifactKind, CaptureRow, User
from storage.pictures import look_at_new
from storage.users import preferences, set_preferences
from tests.review.conftest import Person, ask, listing, opinion, served, sign_in, store, watching

URLS = tuple(f"https://market.example/{number}.jpg" for number in (1, 2, 3))


def photo(seed: int) -> bytes:
    """A JPEG of 2400 x 1600 that tells where it was taken."""
    colours = np.random.default_rng(seed).integers(0, 255, (9, 12, 3), dtype=np.uint8)
    exif = Image.Exif()
    exif[0x010E] = "Lima, 12 Main Street"
    file = io.BytesIO()
    Image.fromarray(colours).resize((2400, 1600), Image.Resampling.BICUBIC).save(file, "JPEG", exif=exif)
    return file.getvalue()


def capture(database: Database, evidence: Path) -> list[Path]:
    """Two flags; of the first one three pictures were captured, the last of which is no picture."""
    offers = (replace(listing("0"), images=URLS), replace(listing("1"), images=()))
    store(database, [(offer, opinion(0.9 - at / 10)) for at, offer in enumerate(offers)])
    files = []
    with database.session() as session:
        page = session.scalars(select(CaptureRow.page_id).order_by(CaptureRow.id)).first()
        for url, content in zip(URLS, (photo(1), photo(2), b"<svg onload='alert(1)'/>"), strict=True):
            sha256 = hashlib.sha256(content).hexdigest()
            files.append(evidence / f"{sha256}.jpg")
            files[-1].write_bytes(content)
            session.add(
                Artifact(
                    page_id=page, kind=ArtifactKind.MEDIA, url=url, media_type="image/jpeg", path=files[-1].name,
                    sha256=sha256, size=len(content), captured_at=datetime.now(UTC),
                )
            )  # fmt: skip
    assert look_at_new(database, evidence) == 3
    return files


@dataclass(frozen=True)
class Shown:
    site: str
    files: list[Path]
    person: Callable[..., Person]


@pytest.fixture
def shown(database: Database, tmp_path: Path) -> Iterator[Shown]:
    evidence = tmp_path / "evidence"
    evidence.mkdir()
    files = capture(database, evidence)
    with served(database, custody=CustodyLog(evidence)) as site:
        yield Shown(site, files, lambda *roles, name="mara": sign_in(database, site, *roles, name=name))


def size_of(answer: tuple[int, dict[str, str], bytes]) -> tuple[int, int]:
    """The size of the picture that was sent, which tells nothing else."""
    status, headers, body = answer
    assert (status, headers["content-type"], headers["cache-control"]) == (200, "image/webp", "no-store")
    picture = Image.open(io.BytesIO(body))
    assert not picture.getexif()
    assert b"Main Street" not in body
    return picture.size


def test_what_is_sent_is_a_copy_without_what_else_the_file_holds(shown: Shown) -> None:
    mara = shown.person("reviewer")
    assert size_of(mara.ask("GET", "/review/1/pictures/1")) == (640, 427)
    assert size_of(mara.ask("GET", "/review/1/pictures/2?zoomed=1")) == (2000, 1333)
    for nothing in ("/review/1/pictures/3", "/review/1/pictures/4", "/review/1/pictures/0", "/review/2/pictures/1"):
        assert mara.ask("GET", nothing)[0] in (400, 404), nothing
    shown.files[0].write_bytes(shown.files[1].read_bytes())
    assert mara.ask("GET", "/review/1/pictures/1")[0] == 404  # it is not what was captured


def test_who_may_not_open_pictures_gets_none(shown: Shown, database: Database) -> None:
    for role in ("data_viewer", "operator"):
        assert shown.person(role, name=role).ask("GET", "/review/1/pictures/1")[0] == 403
    assert ask(shown.site, "GET", "/review/1/pictures/1")[0] == 303
    with served(database) as bare:  # a database without its evidence
        assert sign_in(database, bare, "reviewer").ask("GET", "/review/1/pictures/1")[0] == 404


@pytest.mark.browser
def test_pictures_and_text_by_keyboard(
    shown: Shown, database: Database, browser: Browser, axe: Callable[..., None]
) -> None:  # fmt: skip
    mara = shown.person("reviewer")
    with watching(browser, shown.site, mara) as watched:
        page, fetched = watched.page, list[str]()
        page.on("request", lambda one: fetched.append(one.url) if "/pictures/" in one.url else None)
        page.goto("/review/1")
        place, pictures = page.locator("#picture-place"), page.locator("#pictures .shots img")
        expect(place).to_have_text("No picture is shown.")
        page.locator("#note").press("i")
        page.keyboard.press("Escape")
        page.keyboard.press("z")
        expect(page.locator("#zoom")).to_be_hidden()
        assert fetched == []
        page.keyboard.press("i")
        expect(place).to_have_text("Picture 1 of 3, as captured")
        expect(pictures.first).to_be_visible()
        assert "blur" in pictures.first.evaluate("one => getComputedStyle(one).filter")
        page.keyboard.press("]")
        expect(pictures.nth(1)).to_be_visible()
        expect(pictures.first).to_be_hidden()
        page.keyboard.press("[")
        expect(place).to_have_text("Picture 1 of 3, as captured")
        axe(page)
        page.keyboard.press("z")
        large = page.locator("#zoom img")
        expect(large).to_be_visible()
        assert large.evaluate("async one => (await one.decode(), one.naturalWidth)") == 2000
        assert large.evaluate("one => getComputedStyle(one).filter") == "none"
        axe(page)
        page.keyboard.press("Escape")
        expect(page.locator("#zoom")).to_be_hidden()
        page.get_by_role("button", name="Zoom z").click()
        page.get_by_role("button", name="Close Esc").click()
        page.keyboard.press("i")
        with page.expect_response(lambda one: one.url.endswith("/3")):
            page.keyboard.press("i")
        expect(page.locator("#notice")).to_contain_text("This picture cannot be shown.")
        watched.complaints.clear()  # the browser says that the last one is not there
        page.keyboard.press("i")
        expect(place).to_have_text("No picture is shown.")
        assert all(one.startswith(shown.site) for one in fetched)
        with database.session() as session:
            user = session.scalars(select(User).where(User.name == "mara")).one()
            set_preferences(user, replace(preferences(user), blur=False, keymap={"pictures": "y"}))
        page.goto("/review/1")
        page.keyboard.press("i")
        expect(place).to_have_text("No picture is shown.")
        page.get_by_role("button", name="Show the pictures one by one y").press("y")
        assert pictures.first.evaluate("one => getComputedStyle(one).filter") == "none"
        page.goto("/review/2")
        expect(page.locator("#pictures")).to_have_count(0)
        page.keyboard.press("o")
        expect(page.locator("#as-read")).to_contain_text("old ivory bangle shipped anywhere")
        axe(page)
        page.keyboard.press("o")
        expect(page.locator("#as-read")).to_be_hidden()
        page.keyboard.press("g")
        page.keyboard.press("m")
        expect(page.locator("h1")).to_contain_text("Map")
