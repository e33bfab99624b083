"""CITES status as dated data: which Appendix a taxon stands in on a day, by its own listing or a wider group's."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path

from classifiers.tables import Row, read_table
from wildtrade.paths import shipped_config
from wildtrade.records import Taxon

COLUMNS = (
    *("taxon", "rank", "appendix", "members", "in_force", "parties", "annotation"),
    *("source", "confidence", "list_date"),
)
_HIERARCHY = ("taxon", "rank", "parent")
_SYNONYMS = ("name", "taxon", "source", "note")
_APPENDICES = frozenset({"", "I", "II", "III", "I/II", "I/III", "II/III", "I/II/III", "none", "I/none", "II/none"})
_ONE = frozenset({"", "I", "II", "III", "none"})
_STRICTNESS = ("I", "II", "III")


@dataclass(frozen=True, slots=True)
class Listing:
    """One dated fact: from ``in_force`` on the taxon stands in ``appendix`` (None: in none).

    ``members`` is what a member of a group gets that has no fact of its own ("II" for a parrot nobody names);
    empty where the group is not listed as a whole. ``parties`` names the countries behind Appendix III.
    ``list_date`` (ISO) is the date of the list that says so.
    """

    taxon: str
    rank: str
    appendix: str | None
    in_force: date
    list_date: str
    annotation: str
    source: str
    confidence: str
    members: str = ""
    parties: str = ""

    def for_member(self, name: str) -> Listing:
        """The same fact as it holds for an unnamed member of the group."""
        appendix = self.appendix if self.rank == "species" else _appendix(self.members)
        note = "; ".join(filter(None, (f"through {self.taxon}", self.annotation)))
        return replace(self, taxon=name, rank=rank_of(name), appendix=appendix, members="", annotation=note)


@dataclass(frozen=True)
class Appendices:
    """The dated listings by taxon, oldest first, the wider group of each taxon, and former names."""

    listings: Mapping[str, list[Listing]]
    parents: Mapping[str, str] = field(default_factory=dict)
    synonyms: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def below(self) -> dict[str, list[str]]:
        """Listed taxa by every group they belong to."""
        below: dict[str, list[str]] = defaultdict(list)
        for name in self.listings:
            for group in self._upwards(name)[1:]:
                below[group].append(name)
        return below

    def accepted(self, name: str) -> str:
        """The name under which the facts about a taxon are kept."""
        plain = _plain(name)
        return self.synonyms.get(plain, plain)

    def history(self, taxon: str) -> list[Listing]:
        """What held for the taxon, oldest first: its own facts and those of wider groups, each from its first day."""
        name = self.accepted(taxon)
        chain = self._upwards(name)
        if all(not fact.members for fact in self.listings.get(name, ())):
            chain = [*chain, *self.below.get(name, ())]
        told: list[Listing] = []
        for day in sorted({fact.in_force for each in chain for fact in self.listings.get(each, ())}):
            fact = self.on(name, day)
            if fact and (not told or _says(fact) != _says(told[-1])):
                told.append(fact)
        return told

    def on(self, taxon: str, day: date) -> Listing | None:
        """The fact that holds for the taxon on a day: its own, that of the nearest group listed as a whole, or, for a
        group that is not, what holds for its members ("I/II"). None where nothing is known, as before the record."""
        name = self.accepted(taxon)
        own, *wider = self._upwards(name)
        best = self._exactly(own, day)
        for group in wider:
            fact = self._exactly(group, day)
            if fact and (fact.rank == "species" or fact.members):
                best = self._stronger(name, best, fact)
        if best and (best.appendix or not _is_group(best.rank)):
            return best
        return self._of_members(name, day) or best

    def _stronger(self, name: str, own: Listing | None, group: Listing) -> Listing:
        """A later change of the whole group reaches its members, but takes none of them out of a stricter Appendix."""
        passed_on = group.for_member(name)
        if own is None:
            return passed_on
        later = self._since(group) > own.in_force
        return passed_on if later and _strictness(passed_on.appendix) < _strictness(own.appendix) else own

    def _since(self, fact: Listing) -> date:
        """From which day on the members stand where the fact says; a changed note moves nobody."""
        facts = self.listings[fact.taxon]
        at = facts.index(fact)
        while at and facts[at - 1].members == fact.members:
            at -= 1
        return facts[at].in_force

    def _exactly(self, name: str, day: date) -> Listing | None:
        facts = self.listings.get(name)
        at = bisect_right([fact.in_force for fact in facts], day) if facts else 0
        return facts[at - 1] if facts and at else None

    def _of_members(self, group: str, day: date) -> Listing | None:
        members = [fact for name in self.below.get(group, ()) if (fact := self._exactly(name, day)) and fact.appendix]
        if not members:
            return None
        numerals = sorted({part for fact in members for part in str(fact.appendix).split("/")} - {"none"}, key=len)
        newest = max(members, key=lambda fact: fact.list_date)
        note = "some members only; the species decides"
        appendix = "/".join(numerals)
        return replace(
            newest, taxon=group, rank=rank_of(group), appendix=appendix, annotation=note, members="", parties=""
        )

    def taxon(self, name: str, rank: str, day: date) -> Taxon:
        """The taxon as an assessment shows it: with Appendix and the date of the list that says so."""
        fact = self.on(name, day)
        rank = rank or rank_of(name)
        if fact is None:
            return Taxon(name=name, rank=rank)
        return Taxon(name=name, rank=rank, appendix=fact.appendix, appendix_date=fact.list_date)

    def lineage(self, taxon: str) -> list[str]:
        """The taxon and the groups it belongs to, narrowest first."""
        return self._upwards(self.accepted(taxon))

    def _upwards(self, name: str) -> list[str]:
        names = [name]
        while " " in name:
            name = name.rsplit(" ", 1)[0]
            names.append(name)
        while (parent := self.parents.get(name)) and parent not in names:
            names.append(parent)
            name = parent
        return names

    def with_index(self, facts: Iterable[Listing], parents: Mapping[str, str]) -> Appendices:
        """These facts and those of an imported list. What was shipped with a later date still overrides the list; on
        the same day the imported list wins."""
        together = {name: list(shipped) for name, shipped in self.listings.items()}
        for fact in facts:
            name = self.synonyms.get(fact.taxon, fact.taxon)
            others = [old for old in together.get(name, ()) if old.in_force != fact.in_force]
            together[name] = sorted([*others, fact], key=lambda each: each.in_force) if others else [fact]
        return Appendices(together, {**parents, **self.parents}, self.synonyms)


def load_appendices(folder: Path | None = None) -> Appendices:
    """Read ``config/cites``. Raises ConfigError with file, line, column and fix."""
    folder = folder or shipped_config() / "cites"
    listings: dict[str, list[Listing]] = defaultdict(list)
    for row in read_table(folder / "appendices.csv", COLUMNS):
        fact = _listing(row)
        listings[fact.taxon].append(fact)
    for facts in listings.values():
        facts.sort(key=lambda fact: fact.in_force)
    parents = {
        _plain(row.needed("taxon")): _plain(row.text("parent")) for row in _rows(folder, "hierarchy", _HIERARCHY)
    }
    synonyms = {row.needed("name"): row.needed("taxon") for row in _rows(folder, "synonyms", _SYNONYMS)}
    return Appendices(dict(listings), parents, synonyms)


def _rows(folder: Path, name: str, columns: tuple[str, ...]) -> Iterable[Row]:
    path = folder / f"{name}.csv"
    return read_table(path, columns) if path.is_file() else ()


def _listing(row: Row) -> Listing:
    return Listing(
        taxon=_plain(row.needed("taxon")),
        rank=row.text("rank"),
        appendix=_appendix(row.one_of("appendix", _APPENDICES)),
        in_force=_date(row, "in_force"),
        list_date=_date(row, "list_date").isoformat(),
        annotation=row.text("annotation"),
        source=row.text("source"),
        confidence=row.text("confidence"),
        members=row.one_of("members", _ONE),
        parties=row.text("parties"),
    )


def _date(row: Row, column: str) -> date:
    try:
        return date.fromisoformat(row.needed(column))
    except ValueError:
        row.fail(column, f"{row.text(column)!r} is not a date", "write YYYY-MM-DD")
        raise


def _appendix(text: str) -> str | None:
    return None if text in ("", "none") else text


def _says(fact: Listing) -> tuple[str | None, str, str]:
    return fact.appendix, fact.parties, fact.annotation


def _strictness(appendix: str | None) -> int:
    """0 for Appendix I; a split listing counts as its strictest part."""
    return _STRICTNESS.index(appendix.split("/")[0]) if appendix else len(_STRICTNESS)


def _is_group(rank: str) -> bool:
    return rank not in ("species", "subspecies", "variety")


def _plain(taxon: str) -> str:
    return taxon.removesuffix(" spp.").removesuffix(" sp.").strip()


def rank_of(name: str) -> str:
    """The rank a name has by its form."""
    words = _plain(name).split()
    if len(words) > 1:
        return "species" if len(words) == 2 else "subspecies"
    if name.endswith(("idae", "aceae")):
        return "family"
    return "order" if name.endswith(("formes", "oidea")) else "genus"
