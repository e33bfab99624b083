"""Patterns of source files: RE2's syntax, linear in time, whatever a page says."""

from __future__ import annotations

import pickle
import time

import pytest

from wildtrade.patterns import UrlPattern


def test_group_1_and_the_exception() -> None:
    pattern = UrlPattern(r"^https://shop\.example/[^/]+/(\d+)", r"^https://shop\.example/(?:help|find)")
    for again in (pattern, pickle.loads(pickle.dumps(pattern))):  # a child process is sent it
        found = again.search("https://shop.example/lamps/17")
        assert found and (found.group(1), found.groups(), found.end()) == ("17", ("17",), 29)
        assert again.search("https://shop.example/help/17") is None
        assert again.search("https://other.example/lamps/17") is None


def test_a_page_cannot_make_it_run_long() -> None:
    hostile = "https://shop.example/" + "a" * 4000 + "!"
    began = time.process_time()
    assert UrlPattern(r"/(?:a+)+(?:a+)+$").search(hostile) is None  # Python's own would take until the sun is cold
    assert time.process_time() - began < 1


def test_half_a_surrogate_pair_is_no_error() -> None:
    found = UrlPattern(r"/item/(\d+)").search("https://ví.example/\ud800/item/5?x")
    assert found and (found.group(1), found.end()) == ("5", 27)


@pytest.mark.parametrize("text", ["(", "(?!search)x", "(?<=x)y", r"(a)\1"])
def test_what_it_does_not_know_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="not a regular expression of RE2"):
        UrlPattern(text)
