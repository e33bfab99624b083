"""CITES status: by date, by wider group, by members, and mistakes in the table."""

from __future__ import annotations

import csv
import re
from datetime import date
from pathlib import Path

import pytest

from classifiers.cites import COLUMNS, Listing, load_appendices
from wildtrade.errors import ConfigError

ROWS = """
Loxodonta africana,species,I,,1990-01-18,,,S,official,2000-01-01
Loxodonta africana,species,I/II,,1997-09-18,,,S,official,2026-01-01
Psittaciformes,order,II,II,1981-06-06,,,S,official,2026-01-01
Melopsittacus undulatus,species,none,,1981-06-06,,not listed,S,official,2026-01-01
Elephas,genus,I,I,1975-07-01,,,S,official,2026-01-01
"""


def folder(path: Path, rows: str = ROWS) -> Path:
    (path / "appendices.csv").write_text(",".join(COLUMNS) + rows, encoding="utf-8")
    (path / "hierarchy.csv").write_text(
        "taxon,rank,parent\nLoxodonta,genus,Elephantidae\nElephas,genus,Elephantidae\n"
        "Elephantidae,family,Proboscidea\nMelopsittacus,genus,Psittaciformes\nAmazona,genus,Psittaciformes\n",
        encoding="utf-8",
    )
    return path


@pytest.mark.parametrize(
    ("taxon", "day", "appendix"),
    [
        ("Loxodonta africana", "1989-12-31", "I"),  # before its own listing the group's members answer
        ("Loxodonta africana", "1995-01-01", "I"),
        ("Loxodonta africana", "2020-01-01", "I/II"),
        ("Amazona aestiva", "2020-01-01", "II"),
        ("Amazona spp.", "2020-01-01", "II"),
        ("Melopsittacus undulatus", "2020-01-01", None),
        ("Elephas maximus", "2020-01-01", "I"),
        ("Elephantidae", "2020-01-01", "I/II"),
        ("Canis familiaris", "2020-01-01", None),
    ],
)
def test_which_appendix_on_that_day(tmp_path: Path, taxon: str, day: str, appendix: str | None) -> None:
    appendices = load_appendices(folder(tmp_path))
    if day < "1990":
        assert appendices.on(taxon, date.fromisoformat(day)) is None
        return
    assert appendices.taxon(taxon, "", date.fromisoformat(day)).appendix == appendix


def test_date_of_the_list_is_told(tmp_path: Path) -> None:
    found = load_appendices(folder(tmp_path)).taxon("Elephas maximus", "", date(2020, 1, 1))
    assert (found.rank, found.appendix_date) == ("species", "2026-01-01")


def test_history_is_in_order(tmp_path: Path) -> None:
    history = load_appendices(folder(tmp_path)).history("Loxodonta africana")
    assert [fact.appendix for fact in history] == ["I", "I/II"]


@pytest.mark.parametrize(
    ("row", "field"),
    [("X,species,IV,,2000-01-01,,,S,o,2000-01-01", "appendix"), ("X,species,I,,soon,,,S,o,2000-01-01", "in_force")],
)
def test_mistakes(tmp_path: Path, row: str, field: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_appendices(folder(tmp_path, f"\n{row}\n"))
    assert (caught.value.line, caught.value.field) == (2, field)


def test_shipped_table() -> None:
    appendices = load_appendices()
    today = date(2026, 11, 1)
    assert appendices.taxon("Panthera tigris", "species", today).appendix == "I"
    assert appendices.taxon("Python regius", "species", today).appendix == "II"


GROUPS = """
Aves,class,,,1975-07-01,,,S,official,2000-01-01
Rhini,genus,II,II,1980-01-01,,,S,official,1980-01-01
Rhini,genus,I,I,2010-01-01,,,S,official,2010-01-01
Rhini rara,species,I,,1980-01-01,,,S,official,1980-01-01
Rhini libera,species,none,,1980-01-01,,excepted,S,official,1980-01-01
Rhini notata,species,II,,1980-01-01,,own row,S,official,1980-01-01
Rhini notata minor,subspecies,none,,1980-01-01,,,S,official,1980-01-01
Fringa,genus,II,II,2000-01-01,,,S,official,2000-01-01
Fringa,genus,II,II,2015-01-01,,note changed,S,official,2015-01-01
Fringa sola,species,none,,2000-01-01,,excepted,S,official,2000-01-01
Fringa patria,species,III,,1990-01-01,Ghana,,S,official,1990-01-01
Fringa patria,species,none,,2018-01-01,,withdrawn,S,official,2018-01-01
"""


@pytest.mark.parametrize(
    ("taxon", "day", "appendix"),
    [
        ("Rhini ignota", "1979-12-31", "?"),
        ("Rhini ignota", "1980-01-01", "II"),
        ("Rhini ignota", "2010-01-01", "I"),  # the whole genus moved
        ("Rhini rara", "2005-01-01", "I"),  # an exception of the genus
        ("Rhini notata", "2010-01-01", "I"),  # its own older row does not hold it back
        ("Rhini notata minor", "2005-01-01", None),
        ("Rhini libera", "2009-12-31", None),
        ("Fringa sola", "2020-01-01", None),  # a changed note of the genus moves nobody
        ("Fringa patria", "1995-01-01", "III"),
        ("Fringa patria", "2001-01-01", "II"),  # the listing of the genus is later and stricter
        ("Fringa patria", "2020-01-01", None),  # and a later exception wins over it
    ],
)
def test_groups_exceptions_and_transfers(tmp_path: Path, taxon: str, day: str, appendix: str | None) -> None:
    fact = load_appendices(folder(tmp_path, GROUPS)).on(taxon, date.fromisoformat(day))
    assert (fact.appendix if fact else "?") == appendix


def test_history_tells_own_and_inherited_facts(tmp_path: Path) -> None:
    told = load_appendices(folder(tmp_path, GROUPS)).history("Fringa patria")
    assert [(fact.appendix, fact.in_force.year, fact.parties) for fact in told] == [
        ("III", 1990, "Ghana"),
        ("II", 2000, ""),
        ("II", 2015, ""),
        (None, 2018, ""),
    ]
    assert told[1].annotation == "through Fringa"


def listing(taxon: str, appendix: str | None, day: str) -> Listing:
    return Listing(taxon, "species", appendix, date.fromisoformat(day), day, "", "imported", "list")


@pytest.mark.parametrize(
    ("list_date", "day", "appendix"),
    [
        ("2008-01-01", "2020-01-01", "I"),  # the shipped change is newer than the stale list
        ("2008-01-01", "2009-01-01", "III"),
        ("2024-01-01", "2025-01-01", "III"),  # the list is newer than all that was shipped
        ("2024-01-01", "2020-01-01", "I"),
    ],
)
def test_the_newer_of_imported_list_and_shipped_change_answers(
    tmp_path: Path, list_date: str, day: str, appendix: str
) -> None:
    both = load_appendices(folder(tmp_path, GROUPS)).with_index([listing("Rhini rara", "III", list_date)], {})
    fact = both.on("Rhini rara", date.fromisoformat(day))
    assert fact is not None
    assert fact.appendix == appendix
    assert (fact.source == "imported") == (appendix == "III")


def test_a_former_name_has_the_facts_of_the_taxon(tmp_path: Path) -> None:
    where = folder(tmp_path, GROUPS)
    (where / "synonyms.csv").write_text("name,taxon,source,note\nVetus rara,Rhini rara,S,\n", encoding="utf-8")
    appendices = load_appendices(where)
    assert appendices.taxon("Vetus rara", "", date(2020, 1, 1)).appendix == "I"
    late = appendices.with_index([listing("Vetus rara", "II", "2001-01-01")], {})
    assert [fact.in_force.year for fact in late.listings["Rhini rara"]] == [1980, 2001]


@pytest.mark.parametrize(
    ("taxon", "day", "appendix"),
    [
        ("Mobula alfredi", "2020-01-01", "II"),
        ("Mobula alfredi", "2026-11-01", "I"),
        ("Psittacus erithacus", "2020-01-01", "I"),
        ("Tliltocatl vagans", "2018-01-01", "II"),
        ("Phyllurus amnicola", "2018-01-01", None),
        ("Phyllurus amnicola", "2023-01-01", "III"),
        ("Phyllurus amnicola", "2026-11-01", "II"),
        ("Choloepus hoffmanni", "2018-01-01", "III"),
        ("Choloepus hoffmanni", "2021-01-01", None),
        ("Choloepus hoffmanni", "2026-11-01", "II"),
        ("Boa constrictor occidentalis", "2020-01-01", "I"),
        ("Aonyx cinerea", "2018-01-01", "II"),
        ("Aonyx cinerea", "2020-01-01", "I"),
        ("Agapornis roseicollis", "2020-01-01", None),
        ("Agapornis fischeri", "2020-01-01", "II"),
    ],
)
def test_shipped_history(taxon: str, day: str, appendix: str | None) -> None:
    fact = load_appendices().on(taxon, date.fromisoformat(day))
    assert fact is not None
    assert fact.appendix == appendix


def test_every_change_we_know_of_is_in_the_shipped_table(shared: Path) -> None:
    appendices = load_appendices()
    wrong = []
    with (shared / "domain" / "cites_changes.csv").open(encoding="utf-8", newline="") as stream:
        for change in csv.DictReader(stream):
            found = re.search(r"\d{4}-\d\d-\d\d", change["in_force_date"])
            fact = appendices.on(change["taxon"], date.fromisoformat(found[0]) if found else date(2023, 5, 21))
            stands = (fact.appendix or "none") if fact else "?"
            if change["to_appendix"] in ("I", "II", "III", "none") and change["to_appendix"] not in stands.split("/"):
                wrong.append((change["taxon"], change["to_appendix"], stands))
    assert wrong == []


def test_status_of_the_traded_taxa(shared: Path) -> None:
    appendices = load_appendices()
    wrong = []
    with (shared / "domain" / "cites_current_traded.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            fact = appendices.on(row["taxon"], date(2026, 11, 1))
            stands = (fact.appendix or "not listed") if fact else "?"
            if stands != row["current_appendix"]:
                wrong.append((row["taxon"], row["current_appendix"], stands))
    assert wrong == []
