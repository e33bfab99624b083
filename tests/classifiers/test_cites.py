"""CITES status: by date, by wider group, by members, and mistakes in the table."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from classifiers.cites import COLUMNS, load_appendices
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
