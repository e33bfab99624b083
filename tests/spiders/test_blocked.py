"""Walls are recognised in many makes and languages; ordinary pages are not called blocked."""

from __future__ import annotations

import re

import pytest

from spiders.blocked import blocked_reason, is_gone
from spiders.blocked_cues import SECTIONS
from spiders.reading import read_page
from tests.spiders.pages import BLOCKED, LISTING, SEARCH, cards, page, source, view

WALLS = {
    "cloudflare": (
        "<title>Just a moment...</title><body><h1>shop.example</h1><p>Verify you are human by "
        "completing the action below.</p><script>window._cf_chl_opt={cType:'managed'}</script>"
    ),
    "akamai": (
        "<title>Access Denied</title><h1>Access Denied</h1>You don't have permission to access "
        "this server.<p>Reference #18.2d<p>https://errors.edgesuite.net/18.2d"
    ),
    "datadome": (
        "<html><head><title>shop.example</title></head><body><p id=cmsg>Please enable JS and "
        "disable any ad blocker</p><script>var dd={'rt':'c','host':'geo.captcha-delivery.com'}"
        "</script></body></html>"
    ),
    "perimeterx": (
        "<title>Access to this page has been denied</title><body><div id=px-captcha></div><p>"
        "Press &amp; Hold to confirm you are a human (and not a bot).</p>"
    ),
    "incapsula": (
        "<html><head><meta name=robots content=noindex></head><body><iframe src='/_Incapsula_Resource?CWUDN"
        "SAI=9&incident_id=1'>Request unsuccessful. Incapsula incident ID: 1</iframe></body></html>"
    ),
    "aws": (
        "<html><body><script>window.gokuProps={key:'x'};</script><noscript><h1>JavaScript is "
        "disabled</h1>In order to continue, we need to verify that you're not a robot.</noscript>"
        "</body></html>"
    ),
    "alibaba": (
        "<html><body><script>sessionStorage.x5referer=location.href;location.replace('/_____tmd_____/punish"
        "?x5secdata=1')</script></body></html>"
    ),
    "yandex": (
        "<title>Вы не робот?</title><body><form action='/checkcaptcha'><p>Подтвердите, что запросы "
        "отправляли вы, а не робот</p></form>"
    ),
    "russian ip": (
        "<title>Доступ ограничен: проблема с IP</title><h2>Доступ ограничен: проблема с IP</h2>"
        "<p>Иногда такое случается</p>"
    ),
    "chinese": "<title>百度安全验证</title><body><div>请完成下方验证后继续操作</div>",
    "spanish": (
        "<title>Verificación de seguridad</title><body><h1>Comprueba que eres una persona</h1>"
        "<div class=h-captcha></div>"
    ),
    "thai": "<title>ตรวจสอบความปลอดภัย</title><body><p>กรุณายืนยันว่าคุณเป็นมนุษย์</p>",
    "vietnamese": "<title>Kiểm tra bảo mật</title><body><h1>Xác minh bạn là con người</h1>",
    "indonesian": "<title>Pemeriksaan keamanan</title><body><p>Verifikasi bahwa Anda bukan robot</p>",
    "portuguese": "<title>Atenção</title><body><h1>Verifique que você é humano</h1><p>Acesso bloqueado</p>",
    "french": "<title>Accès refusé</title><body><h1>Accès refusé</h1>",
    "arabic": "<title>التحقق من المتصفح</title><body><h1>تحقق من أنك لست روبوت</h1>",
    "rate": "<title>429 Too Many Requests</title><h1>Too Many Requests</h1>",
    "unavailable": "<title>503 Service Temporarily Unavailable</title><h1>503 Service Temporarily Unavailable</h1>",
    "login": (
        "<title>Log in to continue</title><body><h1>Log in</h1><form action=/login><input name=u>"
        "<input type=password></form><a href=/signup>Sign up</a>"
    ),
    "login th": "<title>เข้าสู่ระบบ | ร้าน</title><body><h1>เข้าสู่ระบบ</h1><form><input type=password></form>",
    "micro-landing": (
        "<html><head><title>Hola</title></head><body><h1>¡Hola! Para continuar, ingresa a tu "
        "cuenta</h1><a href='/account-verification?go=1'>Soy nuevo</a></body></html>"
    ),
    "shell": (
        "<html><head><title>Shop</title><script src=/assets/index.js></script></head><body><div "
        "id=app></div></body></html>"
    ),
    "shell noscript": (
        "<html><head><script src=/a.js></script></head><body><noscript>You need to enable JavaScript "
        "to run this app.</noscript><div id=root></div></body></html>"
    ),
    "cookie script": "<html><body><script>document.cookie='k='+f();window.location.href='/list'</script></body></html>",
    "error": (
        "<title>Shop</title><body><h1>Page Unavailable</h1><p>Sorry, something went wrong. Please "
        "log in and try again.</p><a href=/>Home</a>"
    ),
}
GONE = {
    "en": "<title>Shop</title><body><h1>This ad is no longer available</h1><a href=/>Home</a>",
    "ja": "<title>フリマ</title><body><a href=/login>ログイン</a><p>この商品は存在しません</p><a href=/help>ヘルプ</a>",
    "es": "<title>Anuncio borrado</title><body><h1>Anuncio borrado</h1>",
    "ru": "<title>Ошибка 404</title><body><h1>Объявление снято с публикации</h1>",
    "vi": "<body><h1>Tin đăng không tồn tại</h1><a href=/>Trang chủ</a>",
    "zh": "<title>商品不存在</title><body><p>该商品不存在或已下架</p>",
}
ORDINARY = {
    "results with captcha script": cards(12).replace(
        "<h1>", "<script src='https://www.google.com/recaptcha/api.js'></script><h1>"
    ),
    "results behind cloudflare": cards(12).replace(
        "</body>", "<script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'></script></body>"
    ),
    "no results": (
        "<title>Search</title><body><a href=/login>Log in</a><form><input name=q></form><h1>No "
        "results found for “lamp”</h1><p>Try other words.</p><div class=g-recaptcha></div><a "
        "href=/c/1>Animals</a>"
    ),
    "no results th": "<title>ค้นหา</title><body><a href=/login>เข้าสู่ระบบ</a><h1>ไม่พบผลการค้นหา</h1><p>ลองคำอื่น</p>",
    "short advert": (
        "<html><body><h1>Parrot cage</h1><p>Rp 150.000</p><p>Good as new, call me.</p><a href=/login>"
        "Masuk</a></body></html>"
    ),
    "wanted advert": (
        "<html><head><title>Wanted: oak desk</title></head><body><h1>Wanted: oak desk</h1><p>"
        "Looking for an old oak desk, any condition, I collect it myself.</p><a href=/login>Log "
        "in</a></body></html>"
    ),
    "sold": (
        "<html><body><h1>Brass lamp</h1><p>$ 20</p><p>This item is no longer available</p><img "
        "src=/1.jpg></body></html>"
    ),
    "advert about captcha": (
        "<html><body><h1>Book: are you a robot?</h1><p>$ 5</p><p>Access denied, a novel.</p></body></html>"
    ),
    "plain": "<html><body>ivory bangle</body></html>",
}


@pytest.mark.parametrize("name", WALLS)
def test_walls(name: str) -> None:
    reading = read_page(page(WALLS[name], "https://shop.example/list?q=lamp"))
    assert reading.kind is BLOCKED
    assert reading.blocked_reason
    assert not is_gone(reading.blocked_reason)


@pytest.mark.parametrize("hint", [LISTING, SEARCH])
def test_a_wall_is_one_whatever_was_expected(hint: object) -> None:
    assert read_page(page(WALLS["cloudflare"], "https://shop.example/item/12345", kind_hint=hint)).kind is BLOCKED


@pytest.mark.parametrize("name", GONE)
def test_a_removed_listing_has_its_own_reason(name: str) -> None:
    assert is_gone(blocked_reason(view(GONE[name], "https://shop.example/item/12345")))


def test_in_a_crawl_a_removed_listing_is_gone_and_not_a_refusal() -> None:
    reading = read_page(page(GONE["en"], "https://bazaar.example/item/1", kind_hint=LISTING), source())
    assert reading.kind is LISTING
    assert reading.listings == ()


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_pages_are_not_blocked(name: str) -> None:
    assert blocked_reason(view(ORDINARY[name], "https://shop.example/list?q=lamp")) is None


def test_the_reason_quotes_the_page() -> None:
    reason = blocked_reason(view(WALLS["russian ip"]))
    assert reason is not None
    assert "Доступ ограничен" in reason


def test_bounced_to_the_home_page() -> None:
    home = (
        "<html><head><title>Home - Bazaar</title><link rel=canonical href='https://bazaar.example/'>"
        "</head><body><h1>Welcome</h1></body></html>"
    )
    bounced = read_page(page(home, "https://bazaar.example/list?q=lamp", kind_hint=SEARCH))
    assert bounced.kind is BLOCKED
    assert "home page" in (bounced.blocked_reason or "")
    assert read_page(page(home, "https://bazaar.example/", kind_hint=SEARCH)).kind is SEARCH


@pytest.mark.parametrize(
    "body",
    [
        '{"message": "forbidden", "error": "forbidden", "status": 403, "cause": []}',
        '{"ret": ["FAIL_SYS_USER_VALIDATE"], "data": {"url": "https://x.example/punish?x5secdata=1"}}',
        '{"error": "rate_limit_error"}',
    ],
)
def test_an_api_that_refuses(body: str) -> None:
    reading = read_page(page(body, "https://api.example/search", content_type="application/json"))
    assert reading.kind is BLOCKED


def test_a_post_about_a_wall_is_a_post() -> None:
    post = (
        '<div class="tgme_widget_message" data-post="shop/7"><div class="tgme_widget_message_text">'
        "Access denied: verify you are human</div></div>"
    )
    assert read_page(page(f"<body>{post}</body>", "https://t.me/s/shop")).listings[0].description


def test_a_price_in_the_footer_is_no_content() -> None:
    links = "".join(f"<a href=/c/{n}>Section {n}</a>" for n in range(14))
    text = (
        f"<title>Not found | Bazaar</title><body><nav>{links}</nav><h1>Page not found</h1><p>It may have been sold.</p>"
        "<footer><p>Help</p><p>Terms</p><p>Press</p><p>Jobs</p><p>Safety</p><p>Fees</p><p>App</p>"
        "<p>Boost from $1.99</p></footer>"
    )
    assert is_gone(blocked_reason(view(text, "https://bazaar.example/item/12345")))


def test_every_mark_is_found_by_the_part_it_needs() -> None:
    """A pattern with alternatives outside of brackets would be passed over where its longest part is absent."""
    marks = [
        line for name, lines in SECTIONS.items() if name == "widgets" or name.startswith("mark: ") for line in lines
    ]
    assert len(marks) > 50
    assert not [line for lines in SECTIONS.values() for line in lines if re.search(r"\\[A-Z]", line)]  # lower-cased
    assert not [line for line in marks if "|" in re.sub(r"\(\?:[^)]*\)|\[[^]]*\]", "", line)]
