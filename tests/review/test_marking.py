"""Marking: offsets hold, overlaps resolve, nothing hidden stays hidden."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from review.marking import mark, reveal


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


def test_hidden_characters_are_spelled_out() -> None:
    assert reveal("iv\u200bory \u202eyrovi") == "iv⟨ZERO WIDTH SPACE⟩ory ⟨RIGHT-TO-LEFT OVERRIDE⟩yrovi"
    assert reveal("👨\u200d👩 ok\n") == "👨\u200d👩 ok\n"
