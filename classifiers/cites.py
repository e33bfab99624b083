"""CITES status as dated data: which Appendix a taxon stands in on a day, by its own listing or a wider group's."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path

from classifiers.tables import Row, read_table
from wildtrade.paths import shipped_config
from wildtrade.records import Taxon

COLUMNS = ("taxon", "rank", "appendix", "in_force", "annotation", "source", "confidence", "list_date")
_HIERARCHY = ("taxon", "rank", "parent")
_APPENDICES = frozenset({"", "I", "II", "III", "I/II", "I/III", "II/III", "I/II/III", "none", "I/none", "II/none"})


@dataclass(frozen=True, slots=True)
class Listing:
    """One dated fact: from ``in_force`` on the taxon stands in ``appendix`` (None: in none)."""

    taxon: str
    rank: str
    appendix: str | None
    in_force: date
    list_date: str
    annotation: str
    source: str
    confidence: str


@dataclass(frozen=True)
class Appendices:
    """The dated listings by taxon, oldest first, and the wider group of each taxon."""

    listings: dict[str, list[Listing]]
    parents: dict[str, str] = field(default_factory=dict)

    @cached_property
    def _below(self) -> dict[str, list[str]]:
        """Listed taxa by every group they belong to."""
        below: dict[str, list[str]] = defaultdict(list)
        for name in self.listings:
            for group in self._upwards(name)[1:]:
                below[group].append(name)
        return below

    def history(self, taxon: str) -> list[Listing]:
        """All facts about exactly this taxon, oldest first."""
        return list(self.listings.get(_plain(taxon), ()))

    def on(self, taxon: str, day: date) -> Listing | None:
        """The fact that holds for the taxon on a day: its own, that of the nearest listed group it belongs to, or, for
        a group that is not listed as a whole, what holds for its members ("I/II")."""
        facts = [fact for name in self._upwards(taxon) if (fact := self._exactly(name, day))]
        listed = next((fact for fact in facts if fact.appendix), None)
        if facts and facts[0].appendix is None and facts[0].taxon == _plain(taxon) and facts[0].rank == "species":
            return facts[0]
        return listed or self._of_members(_plain(taxon), day) or next(iter(facts), None)

    def _exactly(self, name: str, day: date) -> Listing | None:
        facts = self.listings.get(name)
        at = bisect_right([fact.in_force for fact in facts], day) if facts else 0
        return facts[at - 1] if facts and at else None

    def _of_members(self, group: str, day: date) -> Listing | None:
        members = [fact for name in self._below.get(group, ()) if (fact := self._exactly(name, day)) and fact.appendix]
        if not members:
            return None
        numerals = sorted({part for fact in members for part in str(fact.appendix).split("/")}, key=len)
        newest = max(members, key=lambda fact: fact.list_date)
        return replace(newest, taxon=group, rank="", appendix="/".join(numerals), annotation="some members only")

    def taxon(self, name: str, rank: str, day: date) -> Taxon:
        """The taxon as an assessment shows it: with Appendix and the date of the list that says so."""
        fact = self.on(name, day)
        rank = rank or _rank(name)
        if fact is None:
            return Taxon(name=name, rank=rank)
        return Taxon(name=name, rank=rank, appendix=fact.appendix, appendix_date=fact.list_date)

    def _upwards(self, taxon: str) -> list[str]:
        name = _plain(taxon)
        names = [name]
        while " " in name:
            name = name.rsplit(" ", 1)[0]
            names.append(name)
        while (parent := self.parents.get(name)) and parent not in names:
            names.append(parent)
            name = parent
        return names


def load_appendices(folder: Path | None = None) -> Appendices:
    """Read ``config/cites``. Raises ConfigError with file, line, column and fix."""
    folder = folder or shipped_config() / "cites"
    listings: dict[str, list[Listing]] = defaultdict(list)
    for row in read_table(folder / "appendices.csv", COLUMNS):
        fact = _listing(row)
        listings[fact.taxon].append(fact)
    for facts in listings.values():
        facts.sort(key=lambda fact: fact.in_force)
    path = folder / "hierarchy.csv"
    rows = read_table(path, _HIERARCHY) if path.is_file() else iter(())
    return Appendices(dict(listings), {_plain(row.needed("taxon")): _plain(row.text("parent")) for row in rows})


def _listing(row: Row) -> Listing:
    appendix = row.one_of("appendix", _APPENDICES)
    return Listing(
        taxon=_plain(row.needed("taxon")),
        rank=row.text("rank"),
        appendix=None if appendix in ("", "none") else appendix,
        in_force=_date(row, "in_force"),
        list_date=_date(row, "list_date").isoformat(),
        annotation=row.text("annotation"),
        source=row.text("source"),
        confidence=row.text("confidence"),
    )


def _date(row: Row, column: str) -> date:
    try:
        return date.fromisoformat(row.needed(column))
    except ValueError:
        row.fail(column, f"{row.text(column)!r} is not a date", "write YYYY-MM-DD")
        raise


def _plain(taxon: str) -> str:
    return taxon.removesuffix(" spp.").removesuffix(" sp.").strip()


def _rank(name: str) -> str:
    if " " in _plain(name):
        return "species"
    if name.endswith(("idae", "aceae")):
        return "family"
    return "order" if name.endswith(("formes", "oidea")) else "genus"
