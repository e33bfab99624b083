"""Bytes become text whatever their labels say."""

from __future__ import annotations

import gzip

import pytest

from spiders.decoding import decode
from tests.spiders.pages import page

TEXTS = {
    "cp1251": "Продаётся шкура, в хорошем состоянии, звоните после шести вечера",
    "koi8-r": "Продаётся шкура, в хорошем состоянии, звоните после шести вечера",
    "cp874": "ขายแหวนแกะสลัก สวยมาก สนใจติดต่อได้เลยครับ ราคาสองพันบาท",
    "gbk": "出售手镯，老料，品相好，价格面议，非诚勿扰，请电话联系",
    "cp932": "古い印鑑を売ります。状態はとても良いです。よろしくお願いします",
    "euc_jp": "古い印鑑を売ります。状態はとても良いです。よろしくお願いします",
    "cp949": "도장 팝니다 상태 좋습니다 연락 주세요 감사합니다",
    "cp1252": "Écaille à vendre, très bon état, téléphoner après six heures",
    "cp1256": "خاتم قديم للبيع بحالة ممتازة والسعر قابل للتفاوض",
    "utf-16-le": "Carved ring, резное кольцо",
    "utf-16-be": "Carved ring, резное кольцо",
    "utf-8": "Nhẫn chạm khắc cổ, còn tốt",
}
LABELS = [
    "",
    "text/html",
    "text/html; charset=utf-8",
    *(f"text/html; charset={x}" for x in ("idna", "hex", "utf-7", "rot13", "no-such")),
]


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("codec", TEXTS)
def test_wrong_and_odd_labels_lose_nothing(codec: str, label: str) -> None:
    body = f"<html><body><p>{TEXTS[codec]}</p></body></html>".encode(codec)
    assert TEXTS[codec] in decode(page(body, content_type=label)).text


@pytest.mark.parametrize(
    ("codec", "label"),
    [("iso8859-15", "iso-8859-15"), ("cp1251", "windows-1251"), ("gbk", "GB2312"), ("cp874", "tis-620")],
)
@pytest.mark.parametrize("where", ["header", "meta"])
def test_right_labels_are_followed(codec: str, label: str, where: str) -> None:
    text = {"iso8859-15": "für 50 € zu verkaufen"}.get(codec) or TEXTS[codec]
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={label}">' if where == "meta" else ""
    header = f"text/html; charset={label}" if where == "header" else "text/html"
    assert text in decode(page(f"{meta}<p>{text}".encode(codec), content_type=header)).text


def test_utf8_is_believed_over_a_latin_label() -> None:
    assert TEXTS["utf-8"] in decode(page(f"<p>{TEXTS['utf-8']}" * 3, content_type="text/html; charset=iso-8859-1")).text


def test_byte_order_marks_and_nuls() -> None:
    assert decode(page("<p>ivory".encode("utf-16"))).text == "<p>ivory"
    decoded = decode(page(b"<p>iv\0ory</p>"))
    assert "ivory" in decoded.text
    assert decoded.warnings


def test_a_few_bad_bytes_do_not_change_the_charset() -> None:
    body = ("<p>" + TEXTS["utf-8"] * 40).encode() + b"\xff\xfe bad"
    assert TEXTS["utf-8"] in decode(page(body)).text


def test_a_saved_file_with_http_headers() -> None:
    inner = gzip.compress("<p>цена".encode("cp1251"))
    body = (
        b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html; charset=windows-1251\r\nContent-Encoding: gzip\r\n\r\n"
        + inner
    )
    decoded = decode(page(body))
    assert (decoded.text, decoded.status, decoded.charset) == ("<p>цена", 404, "cp1251")


def test_a_chunked_saved_file() -> None:
    body = b"HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5\r\n<p>iv\r\n3\r\nory\r\n0\r\n\r\n"
    assert decode(page(body)).text == "<p>ivory"


def test_mhtml_gives_its_main_part_and_address() -> None:
    body = (
        b"From: <Saved by Blink>\nSnapshot-Content-Location: https://forum.example/t/1\nMIME-Version: 1.0\n"
        b'Content-Type: multipart/related;\n\ttype="text/html";\n\tboundary="--B"\n\n\n----B\n'
        b"Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n"
        b'Content-Location: https://forum.example/t/1\n\n<p class=3D"x">ivo=\nry =E2=82=AC</p>\n----B\n'
        b"Content-Type: text/css\n\np{}\n----B--\n"
    )
    decoded = decode(page(body, "https://forum.example/"))
    assert '<p class="x">ivory €</p>' in decoded.text
    assert decoded.url == "https://forum.example/t/1"


def test_gzip_that_breaks_off_keeps_its_start() -> None:
    whole = gzip.compress(("<p>ivory</p>" + "".join(f"<i>{n * 7919}</i>" for n in range(9000))).encode())
    assert decode(page(whole[: len(whole) // 2])).text.startswith("<p>ivory</p>")


def test_torn_tags_are_mended() -> None:
    assert '<div class="x">ivory</div>' in decode(
        page('< div class="x">ivory</ div >< p>a</ p>< p>b</ p >')
    ).text.replace(" >", ">")
