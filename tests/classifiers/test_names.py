"""Resolving written names: what is dressed, misspelt, shortened, crossed, and what stands on no list."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.taxonomy import Checklist, Kind
from classifiers.taxonomy.names import NameIndex
from classifiers.taxonomy.resolver import Resolver
from classifiers.taxonomy.spelling import fold, near, sound
from wildtrade.cli import run
from wildtrade.errors import Exit


@pytest.fixture(scope="module")
def checklist() -> Checklist:
    """The shipped taxa alone."""
    return Checklist.load().prepare()


@pytest.mark.parametrize(
    ("text", "kind", "taxa"),
    [
        ("Python regius", Kind.EXACT, ["Python regius"]),
        ("PYTHON REGIUS (Shaw, 1802)", Kind.EXACT, ["Python regius"]),
        ("Baby albino ball python (Python regius) CB 2019 het pied", Kind.EXACT, ["Python regius"]),
        ("2.1 Python albino regius male", Kind.EXACT, ["Python regius"]),
        ("Varanus (Odatria) acanthurus", Kind.EXACT, ["Varanus acanthurus"]),
        ("Varanus cf. prasinus", Kind.EXACT, ["Varanus prasinus"]),
        ("Varanus sp.", Kind.GENUS_ONLY, ["Varanus"]),
        ("Varanus inventus", Kind.GENUS_ONLY, ["Varanus"]),
        ("Chondropython viridis", Kind.SYNONYM, ["Morelia viridis"]),
        ("Panthera tigris ssp. altaica", Kind.EXACT, ["Panthera tigris"]),
        ("Boa constrictor occidentails", Kind.EXACT, ["Boa constrictor occidentalis"]),
        ("Pyton reguis", Kind.FUZZY, ["Python regius"]),
        ("Pyth0n reg1us", Kind.FUZZY, ["Python regius"]),
        ("pythonregius", Kind.FUZZY, ["Python regius"]),
        ("Furcifer pardalus", Kind.FUZZY, ["Furcifer pardalis"]),
        ("Testudo hermanii boettgeri", Kind.FUZZY, ["Testudo hermanni"]),
        ("Phyllobates terribllis", Kind.FUZZY, ["Phyllobates terribilis"]),
        ("Python regius x Python bivittatus", Kind.EXACT, ["Python regius", "Python bivittatus"]),
        ("Salvator merianae X RUFESCENS", Kind.FUZZY, ["Salvator merianae", "Salvator rufescens"]),
        ("grey parrot", Kind.SYNONYM, ["Psittacus erithacus"]),
        ("ivory bangle", Kind.NONE, []),
        ("", Kind.NONE, []),
        ("x", Kind.NONE, []),
    ],
)
def test_resolved(checklist: Checklist, text: str, kind: Kind, taxa: list[str]) -> None:
    found = checklist.resolve(text)
    assert (found.kind, [taxon.name for taxon in found.taxa]) == (kind, taxa)
    assert all(taxon.appendix_date for taxon in found.taxa)
    assert found.hybrid == (len(taxa) == 2)


@pytest.mark.parametrize(
    "text",
    [
        "Pantherophis guttatus",
        "Eublepharis macularius",
        "Bos taurus",
        "Turdus pilaris",
        "Papilio machaon",
        "P. guttatus",
        "Lampropeltis getula x Pantherophis guttatus",
        "furrowed wood turtle",
        "Anguis fragilis",
        "Hyla arborea",
    ],
)
def test_what_stands_on_no_list_is_not_taken_for_what_does(checklist: Checklist, text: str) -> None:
    assert not checklist.resolve(text).is_sure


def test_doubt_is_told(checklist: Checklist) -> None:
    assert checklist.resolve("Varanus cf. prasinus").confidence < checklist.resolve("Varanus prasinus").confidence
    assert checklist.resolve("Pyton reguis").confidence < checklist.resolve("Pyton regius").confidence


def test_names_met_before_settle_abbreviations_and_epithets(checklist: Checklist) -> None:
    alone = checklist.resolve("F. pardalis")
    assert alone.kind is Kind.AMBIGUOUS
    assert "Furcifer pardalis" in [taxon.name for taxon in alone.taxa]
    met = checklist.resolve("F. pardalis ambilobe", context=["Furcifer lateralis"])
    assert (met.kind, met.taxa[0].name) == (Kind.FUZZY, "Furcifer pardalis")


def test_a_name_as_near_to_two_taxa_names_both() -> None:
    names = NameIndex()
    for name in ("Rana alpina", "Rana albina", "Rana viridis"):
        names.add(name, "species")
    resolver = Resolver(names, {}, {})
    found = resolver.resolve("Rana alkina")
    assert (found.kind, [taxon.name for taxon in found.taxa]) == (Kind.AMBIGUOUS, ["Rana alpina", "Rana albina"])
    assert resolver.resolve("Rana viridus").kind is Kind.FUZZY


@given(text=st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_no_text_breaks_it(checklist: Checklist, text: str) -> None:
    found = checklist.resolve(text)
    assert 0 <= found.confidence <= 1
    assert bool(found.taxa) == (found.kind is not Kind.NONE)


def test_a_long_text_costs_no_more_than_a_moment(checklist: Checklist) -> None:
    started = time.process_time()
    checklist.resolve("Pithon " * 200_000)
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("one", "other"),
    [("albus", "alba"), ("kingii", "kingi"), ("sylvestris", "silvestre"), ("philippensis", "filipensis")],
)
def test_spelling_variants_sound_alike(one: str, other: str) -> None:
    assert sound(one) == sound(other)


def test_folding_and_costs() -> None:
    assert fold("Sa1vátor-") == "salvator"
    assert near("regius", ["regius", "regina", "rex"], 1) == [("regius", 0)]
    assert near("pardalls", ["pardalis"], 1)[0][1] < 1  # misread, not mistyped


def test_search_while_typing(checklist: Checklist) -> None:
    assert checklist.search("pyth")[0].taxon.name == "Python"
    assert "Python regius" in [one.taxon.name for one in checklist.search("ball pyt")]
    spanish = checklist.search("loro g", language="es")
    assert spanish[0].taxon.name == "Psittacus erithacus"
    assert spanish[0].language == "es"
    assert len(checklist.search("ca", limit=3)) == 3
    assert checklist.search("p") == checklist.search("") == checklist.search("zzzz") == []


def test_search_is_quick(checklist: Checklist) -> None:
    started = time.process_time()
    for prefix in ("py", "var", "chamae", "loro", "ca"):
        checklist.search(prefix)
    assert (time.process_time() - started) / 5 < 0.02


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "wildtrade.toml").write_text("", encoding="utf-8")
    monkeypatch.setenv("WILDTRADE_HOME", str(tmp_path))
    return tmp_path


def test_commands(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = workspace / "list_2025-02-07.csv"
    source.write_text(
        "Scientific Name,Rank,Listing\nZorra prima,SPECIES,II\nPython regius,SPECIES,I\n", encoding="utf-8"
    )
    assert run(["taxa", "import", str(source), "--json"]) == Exit.OK
    assert json.loads(capsys.readouterr().out)["taxa"] == 2
    assert run(["taxa", "status"]) == Exit.OK
    assert "list of 2025-02-07" in capsys.readouterr().out
    assert run(["taxa", "show", "Python regius", "--on", "2024-01-01"]) == Exit.OK
    shown = capsys.readouterr().out
    assert "on 2024-01-01: Appendix II, list of 2017-04-21" in shown
    assert "list of 2025-02-07" in shown
    assert run(["taxa", "resolve", "Zorra primma", "nothing at all", "--json"]) == Exit.OK
    names = json.loads(capsys.readouterr().out)["names"]
    assert [(name["kind"], len(name["taxa"])) for name in names] == [("fuzzy", 1), ("none", 0)]
    assert run(["taxa", "search", "zorr"]) == Exit.OK
    assert "list of 2025-02-07" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["show", "nothing at all"], Exit.NOTHING),
        (["show", "Python regius", "--on", "yesterday"], Exit.USAGE),
        (["resolve"], Exit.USAGE),
        (["resolve", "--input", "missing.txt"], Exit.USAGE),
        (["import", "missing_2020-01-01.csv"], Exit.PROBLEM),
        (["search", "zzzz"], Exit.NOTHING),
    ],
)
def test_commands_say_what_is_wrong(workspace: Path, words: list[str], code: Exit) -> None:
    assert run(["taxa", *words]) == code


def test_names_in_a_file(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (workspace / "names.txt").write_text("Python regius\n\nVaranus sp.\n", encoding="utf-8")
    assert run(["taxa", "resolve", "--input", str(workspace / "names.txt"), "--on", "2020-01-01", "--json"]) == Exit.OK
    told = json.loads(capsys.readouterr().out)
    assert told["on"] == "2020-01-01"
    assert [name["kind"] for name in told["names"]] == ["exact", "genus_only"]
