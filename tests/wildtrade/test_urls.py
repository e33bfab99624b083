"""Canonical URLs: one spelling for one page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wildtrade.urls import canonical_url

SAME = [
    ("HTTPS://Shop.Example:443/a/../b/?b=2&a=1&utm_source=mail#top", "https://shop.example/b/?a=1&b=2"),
    ("http://shop.example", "http://shop.example/"),
    ("http://shop.example/a%7Eb?q=%E0%B8%87", "http://shop.example/a~b?q=%E0%B8%87"),
    ("http://shop.example/x?fbclid=1&id=7", "http://shop.example/x?id=7"),
    ("http://shop.example/#!/item/5", "http://shop.example/#!/item/5"),
    ("http://[2001:DB8::1]:8080/", "http://[2001:db8::1]:8080/"),
]


@pytest.mark.parametrize(("url", "expected"), SAME)
def test_one_spelling(url: str, expected: str) -> None:
    assert canonical_url(url) == expected


@pytest.mark.parametrize("url", ["", "ftp://a.example/", "javascript:alert(1)", "/relative", "http:///path"])
def test_refuses_what_is_no_page(url: str) -> None:
    with pytest.raises(ValueError, match="not an http"):
        canonical_url(url)


@given(st.text(max_size=60), st.text(max_size=30))
def test_is_stable(path: str, query: str) -> None:
    try:
        once = canonical_url(f"https://shop.example/{path}?{query}")
    except ValueError:
        return
    assert canonical_url(once) == once
