"""Marking: offsets hold, overlaps resolve, nothing hidden stays hidden."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.marking import blotted, mark, reveal


def signal(start: int | None, end: int | None, weight: float = 1.0, field: str = "title") -> dict[str, Any]:
    return {"start": start, "end": end, "weight": weight, "field": field, "kind": "term", "source": "x"}


def test_marks_hits_and_guards_by_code_points() -> None:
    text = "ขายงาช้าง ivory dress"
    pieces = mark(text, "title", [signal(3, 9), signal(10, 21, -1.5)])
    assert [(p.text, p.kind) for p in pieces] == [
        ("ขาย", None),
        ("งาช้าง", "hit"),
        (" ", None),
        ("ivory dress", "guard"),
    ]


def test_other_fields_and_whole_text_signals_mark_nothing() -> None:
    pieces = mark("ivory", "title", [signal(0, 5, field="description"), signal(None, None)])
    assert [(p.text, p.kind) for p in pieces] == [("ivory", None)]


def test_spans_beyond_the_text_are_ignored() -> None:
    assert [p.kind for p in mark("ivory", "title", [signal(2, 50), signal(4, 4)])] == [None]


spans = st.tuples(st.integers(0, 30), st.integers(0, 30))


@given(
    st.text(alphabet=st.characters(codec="utf-8", categories=["L", "N", "Z"]), max_size=25), st.lists(spans, max_size=6)
)
def test_the_text_is_never_changed(text: str, ends: list[tuple[int, int]]) -> None:
    pieces = mark(text, "title", [signal(*sorted(pair)) for pair in ends])
    assert "".join(piece.text for piece in pieces) == reveal(text)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("iv\u200bory \u202eyrovi", "iv⟨ZERO WIDTH SPACE⟩ory ⟨RIGHT-TO-LEFT OVERRIDE⟩yrovi"),
        ("iv\u200dory i\u200cvory", "iv⟨ZERO WIDTH JOINER⟩ory i⟨ZERO WIDTH NON-JOINER⟩vory"),
        ("i\u034fv\u2060o\u3164ry", "i⟨COMBINING GRAPHEME JOINER⟩v⟨WORD JOINER⟩o⟨HANGUL FILLER⟩ry"),
        ("\x1b[31m\x00", "⟨U+001B⟩[31m⟨U+0000⟩"),
        ("می\u200cخواهم", "می\u200cخواهم"),  # Persian is written with it
        ("क्\u200dष", "क्\u200dष"),
        ("👨\u200d👩 ❤\ufe0f\u200d🔥 ok\r\n\t", "👨\u200d👩 ❤\ufe0f\u200d🔥 ok\r\n\t"),
    ],
)
def test_hidden_characters_are_spelled_out(written: str, shown: str) -> None:
    assert reveal(written) == shown


@given(st.text(max_size=40), st.integers(1, 12))
def test_parts_add_up(text: str, length: int) -> None:
    hits = [signal(2, 9), signal(11, 14, -1)]
    parts = [mark(text, "title", hits, start, length) for start in range(0, len(text), length)]
    marked = [piece.text for part in parts for piece in part if piece.kind]
    whole = [piece.text for piece in mark(text, "title", hits) if piece.kind]
    assert len("".join(marked)) >= len("".join(whole))
    assert all(piece.text for part in parts for piece in part)


def test_a_span_over_the_edge_of_a_part_is_marked_in_both() -> None:
    pieces = [mark("my ivory", "title", [signal(3, 8)], start, 5) for start in (0, 5)]
    assert [(p.text, p.kind) for part in pieces for p in part] == [("my ", None), ("iv", "hit"), ("ory", "hit")]


def test_contacts_are_blotted_out_and_marks_stay_where_they_are() -> None:
    text = "Ana Lima: call +84 912 345 678 for ivory, or @ana.lima"
    blot = blotted(text, ("Ana Lima", "a"))
    assert len(blot) == len(text)
    assert "912" not in blot and "ana" not in blot.casefold() and blot.startswith("••••••••: call •")
    start = text.index("ivory")
    assert [piece.text for piece in mark(blot, "title", [signal(start, start + 5)]) if piece.kind] == ["ivory"]
