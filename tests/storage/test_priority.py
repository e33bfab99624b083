"""Priority: the formula, its parts, and a policy file that is wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.priority import FILE_NAME, Facts, compute, load_severity, strictest
from tests.storage.helpers import START, opinion
from wildtrade.errors import ConfigError
from wildtrade.paths import shipped_config
from wildtrade.records import Label, Taxon

PLAIN = Facts(
    source="market",
    language="en",
    score=0.8,
    label=Label.FLAG,
    appendix="I",
    last_seen_at=START,
    waiting_since=START,
)


@pytest.mark.parametrize(
    ("changed", "days", "expected"),
    [
        ({}, 0, 80.0),
        ({"appendix": "II"}, 0, 48.0),
        ({"appendix": None}, 0, 16.0),
        ({"live_animal": True}, 0, 100.0),
        ({"live_animal": True, "seller_confirmed": True, "price_drop": True, "new_source": True}, 0, 125.0),
        ({"label": Label.UNSURE}, 0, 75.0),
        ({"waiting_since": START + timedelta(days=14)}, 14, 40.0),
        ({"waiting_since": START + timedelta(days=90)}, 90, 20.0),
        ({"waiting_since": START - timedelta(hours=96)}, 0, 130.0),
        ({"waiting_since": START - timedelta(days=300)}, 0, 180.0),
    ],
)
def test_formula(changed: dict[str, Any], days: int, expected: float) -> None:
    facts = replace(PLAIN, **changed)
    assert compute(facts, START + timedelta(days=days))[0] == pytest.approx(expected)


@given(
    score=st.floats(0, 1),
    appendix=st.sampled_from(["I", "II", "III", None]),
    boosts=st.tuples(*[st.booleans()] * 4),
    days=st.floats(-5, 5000),
    waiting=st.floats(-5, 5000),
)
def test_priority_stays_between_0_and_200_and_says_why(
    score: float, appendix: str | None, boosts: tuple[bool, ...], days: float, waiting: float
) -> None:
    names = ("live_animal", "seller_confirmed", "price_drop", "new_source")
    held: dict[str, Any] = dict(zip(names, boosts, strict=True))
    facts = replace(
        PLAIN,
        score=score,
        appendix=appendix,
        last_seen_at=START - timedelta(days=days),
        waiting_since=START - timedelta(days=waiting),
        **held,
    )
    priority, parts = compute(facts, START)
    assert 0 <= priority <= 200
    raw = 100 * (parts["score"] * parts["severity"] * parts["freshness"] + sum(parts["boosts"].values()))
    assert priority == pytest.approx(min(max(raw, 0), 200), abs=0.05)


@pytest.mark.parametrize(
    ("appendices", "expected"),
    [(("I/II",), "I"), (("III", "II"), "II"), ((None,), None), (("III",), "III"), ((None, "I"), "I")],
)
def test_strictest(appendices: tuple[str | None, ...], expected: str | None) -> None:
    taxa = [Taxon(name="x", rank="species", appendix=one) for one in appendices]
    assert strictest(opinion(Label.FLAG, 0.9, *taxa)) == expected


def test_a_workspace_s_policy_wins(tmp_path: Path) -> None:
    shipped = (shipped_config() / "policy" / FILE_NAME).read_text(encoding="utf-8")
    (tmp_path / FILE_NAME).write_text(shipped.replace("II: 0.6", "II: 0.9"), encoding="utf-8")
    assert load_severity(tmp_path).severity.II == 0.9
    assert load_severity(tmp_path / "none") == load_severity() != load_severity(tmp_path)


@pytest.mark.parametrize(
    ("right", "wrong", "named"),
    [
        ("  I: 1.0", "  I: 7", "severity.I"),
        ("  floor: 0.25", "  flor: 0.25", "freshness.flor"),
        ("  unlisted: 0.2", "", "severity.unlisted"),
        ("boosts:", "boosts: [", "line"),
    ],
)
def test_a_wrong_policy_names_file_and_field(tmp_path: Path, right: str, wrong: str, named: str) -> None:
    shipped = (shipped_config() / "policy" / FILE_NAME).read_text(encoding="utf-8")
    assert right in shipped
    (tmp_path / FILE_NAME).write_text(shipped.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_severity(tmp_path)
    assert named in str(caught.value) and FILE_NAME in str(caught.value.file) and caught.value.fix
