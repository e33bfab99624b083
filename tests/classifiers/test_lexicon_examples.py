"""The lexicon keeps its own examples; an example that fails is named with what was found instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from classifiers.assessor import Assessor
from classifiers.lexicon import shipped_lexicon
from classifiers.lexicons.examples import COLUMNS, check, look, read_examples
from classifiers.reading import Reader
from wildtrade.errors import ConfigError


@pytest.fixture(scope="module")
def reader(assessor: Assessor) -> Reader:
    return assessor.reader


def test_the_shipped_examples_hold(reader: Reader) -> None:
    rows = list(read_examples(shipped_lexicon()))
    assert len(rows) >= 200
    assert [str(failure) for row in rows if (failure := check(reader, row))] == []


def test_the_examples_speak_every_language_and_name_nearly_every_group(reader: Reader) -> None:
    rows = list(read_examples(shipped_lexicon()))
    languages = {row.text("language") for row in rows}
    assert languages >= set("en es pt fr th vi zh id sw af ar yo ha lg zu xh".split())  # noqa: SIM905
    named = {name for row in rows for name in row.text("hit").split("|")}
    groups = {path.stem for path in (shipped_lexicon() / "terms").glob("*.csv")}
    assert len(groups - named) <= 2


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("Ivory bangle for sale,en,rhino,,", "must show 'rhino'"),
        ("Ivory bangle for sale,en,,elephant_ivory,", "must not show 'elephant_ivory'"),
        ("Ivory bangle for sale,en,,Elephantidae,", "must not show 'Elephantidae'"),
        ("Ivory bangle for sale,en,,ivory bangle,", "must not show 'ivory bangle'"),
        ("Ivory bangle for sale,en,,*,", "must not show '*'"),
        ("Plastic chair for sale,en,*,,", "must show '*'"),
        ("Ivory bangle for sale,en,elephant_ivory|Elephantidae|ivory bangle|*,rhino,", ""),
        ("Plush pangolin toy,en,,pangolin,", ""),
    ],
)
def test_an_example_is_checked(reader: Reader, tmp_path: Path, row: str, problem: str) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "mine.csv").write_text(f"{','.join(COLUMNS)}\n{row}\n", encoding="utf-8")
    failures = [failure for one in read_examples(tmp_path) if (failure := check(reader, one))]
    assert [failure.problem for failure in failures] == ([problem] if problem else [])
    assert all(failure.line == 2 and failure.file.endswith("mine.csv") for failure in failures)


@pytest.mark.parametrize("row", [",en,pangolin,,", "some text,xx,pangolin,,", "some text,en,,,"])
def test_a_broken_example_is_named(tmp_path: Path, row: str) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "mine.csv").write_text(f"{','.join(COLUMNS)}\n{row}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        list(read_examples(tmp_path))
    assert caught.value.line == 2
    assert caught.value.fix


def test_the_test_box_shows_places_in_the_text_as_given(reader: Reader) -> None:
    text = "Selling R.h.i.n.o horn, not ivory, plush pangolin"
    seen = look(reader, text, "en")
    assert {hit["group"] for hit in seen["hits"]} == {"rhino", "elephant_ivory", "pangolin"}
    for part in (*seen["hits"], *seen["cues"], *seen["guards"]):
        assert text[part["start"] : part["end"]].replace("\u200b", "") != ""
    ivory = next(hit for hit in seen["hits"] if hit["group"] == "elephant_ivory")
    assert text[ivory["start"] : ivory["end"]] == "ivory"
    assert ivory["denied"] and not ivory["clear"]
    assert {cue["kind"] for cue in seen["cues"]} >= {"sell", "negation"}


def test_a_word_inside_a_name_is_no_imitation(reader: Reader) -> None:
    eels = look(reader, "Glass eels, live, by the kilo", "en")["hits"]
    assert [hit["clear"] for hit in eels if hit["term"] == "glass eel"] == [True]
