"""The lexicon as files: what is accepted, and what a person is told about a mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from classifiers.lexicon import CUE_COLUMNS, GUARD_COLUMNS, TERM_COLUMNS, load_lexicon
from classifiers.tables import read_table
from wildtrade.errors import ConfigError

TERM = "ivory bangle,en,Elephantidae,family,ivory,IVC,strong,own knowledge,K,"


def write_lexicon(folder: Path, term: str = TERM, guard: str = "", cue: str = "") -> Path:
    (folder / "terms").mkdir(parents=True)
    (folder / "terms" / "ivory.csv").write_text(",".join(TERM_COLUMNS) + f"\n{term}\n", encoding="utf-8")
    (folder / "sources.csv").write_text("key,reference\nK,ours\n", encoding="utf-8")
    (folder / "guards.csv").write_text(",".join(GUARD_COLUMNS) + f"\n{guard}\n", encoding="utf-8")
    (folder / "cues.csv").write_text(",".join(CUE_COLUMNS) + f"\n{cue}\n", encoding="utf-8")
    return folder


def test_shipped_lexicon_loads() -> None:
    lexicon = load_lexicon()
    assert len(lexicon.terms) > 1000
    assert {"en", "es", "pt", "fr", "th", "vi", "zh", "id", "sw", "af", "ar"} <= {t.language for t in lexicon.terms}


@pytest.mark.parametrize(
    ("term", "field", "word"),
    [
        (",en,,,ivory,,strong,own knowledge,K,", "term", "empty"),
        ("x,en,,,ivory,,mighty,own knowledge,K,", "strength", "'mighty'"),
        ("x,en,,tribe,ivory,,strong,own knowledge,K,", "rank", "'tribe'"),
        ("x,en,,,ivory,,strong,hearsay,K,", "status", "'hearsay'"),
        ("x,en,,,ivory,,strong,own knowledge,Z9,", "source", "'Z9'"),
        ("x,en,,,ivory,,strong,own knowledge", None, "8 cells instead of 10"),
    ],
)
def test_mistake_is_named_with_line_and_column(tmp_path: Path, term: str, field: str | None, word: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_lexicon(shipped=write_lexicon(tmp_path / "lexicon", term))
    error = caught.value
    assert error.line == 2
    assert error.field == field
    assert word in error.message
    assert error.file is not None and error.file.endswith("ivory.csv")
    assert error.fix


def test_guard_may_not_raise_a_score(tmp_path: Path) -> None:
    guard = "G1,en,ivory,ivory dress,0,2,colour,own knowledge,K,x"
    with pytest.raises(ConfigError, match="above 0"):
        load_lexicon(shipped=write_lexicon(tmp_path / "lexicon", guard=guard))


def test_wrong_header(tmp_path: Path) -> None:
    path = tmp_path / "cues.csv"
    path.write_text("word,language,kind,status,source\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="header is wrong"):
        list(read_table(path, CUE_COLUMNS))


def test_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "cues.csv"
    path.write_bytes(b"term,language,kind,status,source\n\xff\xfe,en,sell,own knowledge,K\n")
    with pytest.raises(ConfigError, match="UTF-8"):
        list(read_table(path, CUE_COLUMNS))


def test_own_entries_lie_beside_the_shipped_ones(tmp_path: Path) -> None:
    shipped = load_lexicon()
    own = tmp_path / "own"
    (own / "terms").mkdir(parents=True)
    (own / "terms" / "mine.csv").write_text(
        ",".join(TERM_COLUMNS) + "\nzorbu horn,en,,,horn,,strong,own knowledge,K,\n", encoding="utf-8"
    )
    both = load_lexicon(own)
    assert len(both.terms) == len(shipped.terms) + 1
    assert both.version != shipped.version
    assert load_lexicon(own).version == both.version
