"""The shipped lexicon and CITES facts: what a biologist's edit may break without noticing."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from classifiers.lexicon import CUE_KINDS, FORMS, LANGUAGES, RANKS, REASONS, STRENGTHS, TERM_COLUMNS, TRADE_CODES
from classifiers.lexicons.stats import MAIN_LANGUAGES

CONFIG = Path(__file__).resolve().parents[2] / "config"
LEXICON, CITES = CONFIG / "lexicon", CONFIG / "cites"
TERM_FILES = sorted((LEXICON / "terms").glob("*.csv"))

words = str.split

# Animals and plants that are lawful everywhere must never be terms: they would flag every pet shop.
INNOCENT = {
    "en": words("budgie budgerigar cockatiel goldfish dog cat chicken rabbit hamster cattle cow horse goat sheep"),
    "es": words("perro gato gallina conejo vaca caballo"),
    "fr": words("chien chat poule lapin vache cheval"),
    "id": words("ayam kucing anjing sapi kambing parkit"),
    "zh": ["虎皮鹦鹉", "玄凤", "金鱼", "牛角", "蝴蝶兰"],
}


def rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream, strict=True)


def header(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").split("\n", 1)[0].split(",")


@pytest.fixture(scope="module")
def terms() -> list[dict[str, str]]:
    return [row for path in TERM_FILES for row in rows(path)]


@pytest.fixture(scope="module")
def sources() -> set[str]:
    return {row["key"] for row in rows(LEXICON / "sources.csv")}


@pytest.fixture(scope="module")
def appendices() -> list[dict[str, str]]:
    return list(rows(CITES / "appendices.csv"))


@pytest.mark.parametrize("path", TERM_FILES, ids=lambda path: path.stem)
def test_a_term_file_has_its_columns_codes_and_no_word_twice(path: Path, sources: set[str]) -> None:
    assert header(path) == list(TERM_COLUMNS)
    seen: Counter[tuple[str, str]] = Counter()
    for row in rows(path):
        seen[row["term"].casefold(), row["language"]] += 1
        assert row["term"] == " ".join(row["term"].split()) != "", row
        assert row["language"] in LANGUAGES, row
        assert row["rank"] in RANKS and bool(row["rank"]) == bool(row["taxon"]), row
        assert row["form"] in FORMS, row
        assert row["cites_code"] in TRADE_CODES | {""}, row
        assert row["strength"] in STRENGTHS, row
        assert row["source"] in sources, row
        assert (row["status"] == "sourced") == (row["source"] != "K"), row
    assert [word for word, count in seen.items() if count > 1] == []


def test_no_word_of_one_language_stands_in_two_groups(terms: list[dict[str, str]]) -> None:
    counts = Counter((row["term"].casefold(), row["language"]) for row in terms)
    assert [word for word, count in counts.items() if count > 1] == []


def test_every_main_language_names_most_groups(terms: list[dict[str, str]]) -> None:
    assert len(TERM_FILES) >= 30
    found = Counter(row["language"] for row in terms)
    assert {language for language in MAIN_LANGUAGES if found[language] < 300} == set()
    assert {language for language in ("yo", "ha", "lg", "zu", "xh") if found[language] < 30} == set()


def test_one_character_or_one_letter_never_flags_alone(terms: list[dict[str, str]]) -> None:
    short = [row for row in terms if row["strength"] == "strong" and len(row["term"]) < 2]
    assert short == []


def test_words_of_lawful_animals_are_not_terms(terms: list[dict[str, str]]) -> None:
    known = {(row["language"], row["term"].casefold()) for row in terms}
    lawful = {(language, word) for language, list_ in INNOCENT.items() for word in list_}
    assert lawful & known == set()


def test_ambiguous_head_words_are_weak(terms: list[dict[str, str]]) -> None:
    strengths = {(row["language"], row["term"]): row["strength"] for row in terms}
    heads = (
        "en ivory",
        "es tigre",
        "en coral",
        "es loro",
        "fr ivoire",
        "id gading",
        "zh 象牙",
        "th เสือ",
        "ar فهد",
        "sw simba",
    )
    assert {head: strengths.get((head.split()[0], head.split()[1])) for head in heads} == dict.fromkeys(heads, "weak")


def test_scientific_names_name_their_own_taxon(terms: list[dict[str, str]]) -> None:
    for row in terms:
        if row["language"] == "la":
            assert row["term"] == row["taxon"], row
            assert re.fullmatch(r"[A-Z][a-z]+( [a-z-]+){0,2}", row["term"]), row


def test_cues_are_known_kinds_and_written_once(sources: set[str]) -> None:
    seen: Counter[tuple[str, str, str]] = Counter()
    found: Counter[tuple[str, str]] = Counter()
    for row in rows(LEXICON / "cues.csv"):
        assert row["kind"] in CUE_KINDS and row["language"] in LANGUAGES and row["source"] in sources, row
        seen[row["term"].casefold(), row["language"], row["kind"]] += 1
        found[row["language"], row["kind"]] += 1
    assert [word for word, count in seen.items() if count > 1] == []
    assert {(one, kind) for one in MAIN_LANGUAGES for kind in CUE_KINDS if not found[one, kind]} == set()


def test_guards_point_at_something_and_only_lower(terms: list[dict[str, str]], sources: set[str]) -> None:
    targets = {"*"} | {path.stem for path in TERM_FILES} | {row["term"] for row in terms}
    ids: Counter[str] = Counter()
    for row in rows(LEXICON / "guards.csv"):
        ids[row["id"]] += 1
        assert row["target"] in targets, row["id"]
        assert row["language"] in LANGUAGES and row["reason"] in REASONS and row["source"] in sources, row["id"]
        assert -4 <= float(row["weight"]) <= -0.5 and int(row["window"]) >= 0, row["id"]
        assert all(row["phrases"].split("|")) and row["example"], row["id"]
    assert max(ids.values()) == 1


def test_pictures_name_known_taxa_and_a_single_one_is_weak(appendices: list[dict[str, str]]) -> None:
    known = {row["taxon"] for row in appendices} | {""}
    for row in rows(LEXICON / "emoji.csv"):
        assert row["taxon"] in known and row["form"] in FORMS, row
        pictures = [sign for sign in row["emoji"] if sign not in " \ufe0f\u200d❄"]
        assert row["strength"] == "weak" or len(pictures) > 1, row


def test_every_taxon_has_a_dated_fact_or_is_said_to_be_unlisted(
    terms: list[dict[str, str]], appendices: list[dict[str, str]]
) -> None:
    facts = {row["taxon"] for row in appendices}
    assert {row["taxon"] for row in terms if row["taxon"]} - facts == set()


def test_facts_are_dated_sourced_and_in_order(appendices: list[dict[str, str]], sources: set[str]) -> None:
    days: dict[str, list[date]] = {}
    for row in appendices:
        assert row["appendix"] in {"I", "II", "III", "I/II", "I/III", "II/III", "I/II/III", "none"}, row
        assert row["source"] in sources and row["confidence"] and row["rank"] in RANKS - {""} | {"subspecies"}, row
        date.fromisoformat(row["list_date"])
        days.setdefault(row["taxon"], []).append(date.fromisoformat(row["in_force"]))
    assert [taxon for taxon, list_ in days.items() if list_ != sorted(set(list_))] == []


@pytest.mark.parametrize(
    ("taxon", "appendix"),
    [
        ("Psittaciformes", "I/II"),
        ("Primates", "I/II"),
        ("Felidae", "I/II"),
        ("Cactaceae", "I/II"),
        ("Orchidaceae", "I/II"),
        ("Carcharhinus longimanus", "I"),
        ("Psittacula krameri", "none"),
        ("Panthera tigris", "I"),
        ("Mammuthus primigenius", "none"),
        ("Sporophila maximiliani", "I"),
        ("Falco peregrinus", "I"),
        ("Khaya", "II"),
    ],
)
def test_the_last_fact_of_well_known_taxa(taxon: str, appendix: str, appendices: list[dict[str, str]]) -> None:
    assert [row["appendix"] for row in appendices if row["taxon"] == taxon][-1] == appendix


def test_the_hierarchy_climbs_to_the_top_without_a_circle(terms: list[dict[str, str]]) -> None:
    parents = {row["taxon"]: row["parent"] for row in rows(CITES / "hierarchy.csv")}
    assert {row["taxon"] for row in terms if row["taxon"]} - set(parents) == set()
    for taxon in parents:
        steps, at = 0, taxon
        while at:
            assert at in parents, f"{taxon}: {at} has no row"
            at, steps = parents[at], steps + 1
            assert steps <= 5, taxon
