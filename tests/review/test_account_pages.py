"""Signing in, passkeys, one's account, users and languages in a real browser; axe-core on every page of this scope."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from review.auth import passwords, totp
from storage.database import Database
from storage.models import User
from storage.sessions import end_session
from storage.users import find_user
from tests.review.conftest import Person, Watched, fill, watching

pytestmark = pytest.mark.browser
PASSWORD = "seven pangolins in a boat"


def give_password(database: Database, person: Person) -> None:
    with database.session() as session:
        session.get_one(User, person.user_id).password_hash = passwords.hash_of(PASSWORD)


def sign_in_by_keyboard(page: Page, code: str = "") -> None:
    page.locator("#name").fill("")
    page.keyboard.type("mara")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    page.keyboard.type(code)
    page.keyboard.press("Enter")


def test_sign_in_by_keyboard_leads_back(database: Database, stranger: Watched, reviewer: Person) -> None:
    give_password(database, reviewer)
    fill(database, 2)
    page = stranger.page
    page.goto("/review/2")
    expect(page).to_have_title(re.compile("Sign in"))
    sign_in_by_keyboard(page)
    expect(page).to_have_title(re.compile("Item 2 of 2"))


def test_an_expired_session_keeps_the_note(database: Database, watched: Watched, reviewer: Person) -> None:
    give_password(database, reviewer)
    fill(database, 2)
    page = watched.page
    page.goto("/review/1")
    page.locator("#note").fill("looks like bone")
    with database.session() as session:
        end_session(session, reviewer.secret)
    page.get_by_role("button", name="Unsure").click()
    expect(page).to_have_title(re.compile("Sign in"))
    sign_in_by_keyboard(page)
    expect(page).to_have_title(re.compile("Item 1 of 2"))
    expect(page.locator("#note")).to_have_value("looks like bone")
    page.get_by_role("button", name="Unsure").click()
    expect(page).to_have_title(re.compile("Item 1 of 1"))
    watched.complaints[:] = [line for line in watched.complaints if "401" not in line]


def test_an_authenticator_app_from_set_up_to_sign_in(
    database: Database, watched: Watched, stranger: Watched, reviewer: Person
) -> None:
    give_password(database, reviewer)
    page = watched.page
    page.goto("/account")
    secret = page.locator("input[name=secret]").get_attribute("value") or ""
    page.get_by_label("Code the app shows").fill("000000")
    page.get_by_role("button", name="Turn it on").click()
    expect(page.locator("[role=alert]")).to_contain_text("This code does not fit")
    page.get_by_label("Code the app shows").fill(totp.code_at(secret, int(time.time()) // totp.STEP))
    page.get_by_role("button", name="Turn it on").click()
    expect(page.locator(".codes code")).to_have_count(10)
    code = page.locator(".codes code").first.inner_text()
    stranger.page.goto("/login")
    sign_in_by_keyboard(stranger.page)
    expect(stranger.page.locator("[role=alert]")).to_contain_text("wrong")
    sign_in_by_keyboard(stranger.page, code)
    expect(stranger.page).to_have_title(re.compile("My work"))
    watched.complaints[:] = [line for line in watched.complaints if "400" not in line]
    stranger.complaints[:] = [line for line in stranger.complaints if "401" not in line]


def test_a_passkey_from_set_up_to_sign_in(
    database: Database, browser: Browser, site: str, reviewer: Person, signed_in: Callable[..., Person]
) -> None:
    named = site.replace("127.0.0.1", "localhost")
    mara = Person(named, reviewer.name, reviewer.user_id, reviewer.secret)
    with watching(browser, named, mara) as watched:
        page = watched.page
        devtools = page.context.new_cdp_session(page)
        devtools.send("WebAuthn.enable")
        options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
        always = {"isUserVerified": True, "automaticPresenceSimulation": True}
        devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options | always})
        page.goto("/account")
        page.get_by_role("button", name="Add a passkey").click()
        expect(page.locator("#notice")).to_contain_text("The passkey is kept")
        page.get_by_role("button", name="Sign out").click()
        expect(page).to_have_title(re.compile("Sign in"))
        page.goto("/login?next=/account")
        page.get_by_role("button", name="Sign in with a passkey").click()
        expect(page).to_have_title(re.compile("Your account"))
        page.get_by_role("button", name=re.compile("Remove the passkey")).click()
        expect(page.locator("#notice")).to_contain_text("The passkey is removed")
        page.get_by_role("button", name="Sign out").click()
        page.get_by_role("button", name="Sign in with a passkey").click()
        expect(page.locator("#passkey-problem")).to_contain_text("No passkey was used")
        watched.complaints[:] = [line for line in watched.complaints if "401" not in line]


def test_passkeys_are_hidden_where_browsers_refuse_them(watched: Watched) -> None:
    watched.page.goto("/account")
    expect(watched.page.get_by_role("button", name="Add a passkey")).to_have_count(0)


def test_an_administrator_adds_somebody_who_signs_in(
    database: Database, as_role: Callable[..., Watched], stranger: Watched
) -> None:
    page = as_role("admin").page
    page.goto("/")
    page.get_by_text("Administration", exact=True).click()
    page.get_by_role("link", name="Users").click()
    page.get_by_label("Name").fill("joe")
    page.get_by_label("reviewer").check()
    page.get_by_role("button", name="Add").click()
    link = page.locator("#page code").inner_text()
    stranger.page.goto(link)
    stranger.page.get_by_label("New password").fill(PASSWORD)
    stranger.page.get_by_role("button", name="Keep it and sign in").click()
    expect(stranger.page.locator("header")).to_contain_text("joe")
    expect(stranger.page.locator("nav a[href='/admin/users']")).to_have_count(0)
    page.get_by_role("button", name="Disable").click()
    expect(page.locator("main")).to_contain_text("disabled")
    stranger.page.reload()
    expect(stranger.page).to_have_title(re.compile("Sign in"))
    with database.session(read_only=True) as session:
        joe = find_user(session, "joe")
        assert joe
        assert joe.disabled_at


def test_language_and_keys_are_the_persons_own(database: Database, watched: Watched) -> None:
    fill(database, 2)
    page = watched.page
    page.goto("/account")
    page.get_by_label("Language of the pages").select_option("th")
    page.locator("form[action='/account/language'] button").click()
    expect(page.locator("html")).to_have_attribute("lang", "th")
    expect(page.locator("h1")).to_have_text("บัญชีของคุณ")
    page.locator("input[name=keys]").uncheck()
    page.locator("form[action='/account/preferences'] button").click()
    expect(page.locator("#notice")).to_contain_text("บันทึก")
    page.goto("/review/1")
    page.keyboard.press("1")
    page.wait_for_timeout(200)
    expect(page).to_have_url(re.compile("/review/1$"))


def test_work_is_shown_and_undone(database: Database, watched: Watched) -> None:
    fill(database, 3)
    page = watched.page
    page.goto("/")
    page.keyboard.press("Enter")
    expect(page).to_have_title(re.compile("Item 1 of 3"))
    page.keyboard.press("2")
    expect(page).to_have_title(re.compile("Item 1 of 2"))
    page.keyboard.press("g")
    page.keyboard.press("h")
    expect(page.locator("ol.rows li")).to_contain_text("Not wildlife")
    page.keyboard.press("u")
    expect(page).to_have_title(re.compile("Item 1 of 3"))
    page.keyboard.press("g")
    page.keyboard.press("h")
    expect(page.locator("ol.rows li")).to_contain_text("taken back")


def test_axe_signed_out(stranger: Watched, axe: Callable[..., None]) -> None:
    page = stranger.page
    page.goto("/login")
    axe(page, "/login")
    axe(page, "/about", languages=["th"])
    page.goto("/login?language=th")
    page.locator("#name").fill("x")
    page.locator("#password").fill("x")
    page.locator("main button.main").click()
    expect(page.locator("[role=alert]")).to_be_visible()
    axe(page)
    stranger.complaints[:] = [line for line in stranger.complaints if "401" not in line]


@pytest.mark.parametrize("path", ["/", "/account", "/about", "/queue", "/review/2", "/nowhere"])
def test_axe_signed_in(database: Database, watched: Watched, axe: Callable[..., None], path: str) -> None:
    fill(database, 3)
    watched.page.goto("/review/1")
    watched.page.keyboard.press("1")
    expect(watched.page).to_have_title(re.compile("Item 1 of 2"))
    axe(watched.page, path)
    watched.complaints[:] = [line for line in watched.complaints if "404" not in line]


@pytest.mark.parametrize("path", ["/admin/users", "/admin/users/1"])
def test_axe_as_administrator(as_role: Callable[..., Watched], axe: Callable[..., None], path: str) -> None:
    page = as_role("admin").page
    page.goto("/")
    axe(page, path)
