"""Whether the cells of an entry say something known: language, taxon, rank, form, code, strength, status, source."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rapidfuzz import process

from classifiers.lexicon import (
    CUE_KINDS,
    FORMS,
    LANGUAGES,
    RANKS,
    REASONS,
    STATUSES,
    STRENGTHS,
    TOPIC_KINDS,
    TRADE_CODES,
    source_keys,
)
from classifiers.lexicons.findings import Finding, about
from classifiers.tables import Row, read_table
from wildtrade.paths import shipped_config

_NEAR = 75  # rapidfuzz ratio from which a name is worth suggesting

_CHOICES: Mapping[str, Collection[str]] = {
    "language": LANGUAGES | {"und"},
    "rank": RANKS,
    "form": FORMS | {""},
    "cites_code": TRADE_CODES | {""},
    "strength": STRENGTHS,
    "status": STATUSES,
    "kind": CUE_KINDS | TOPIC_KINDS,
    "reason": REASONS,
}


@dataclass(frozen=True)
class Known:
    """What cells may refer to: taxa with their ranks (``config/cites``), source keys, words of everyday adverts."""

    taxa: Mapping[str, str]
    sources: Collection[str]
    ordinary: Collection[str] = field(default=frozenset())


def known_taxa(folder: Path | None = None) -> dict[str, str]:
    """Every name of ``config/cites`` with its rank."""
    folder = folder or shipped_config() / "cites"
    return {row.needed("taxon"): row.text("rank") for row in read_table(folder / "hierarchy.csv", _HIERARCHY)}


_HIERARCHY = ("taxon", "rank", "parent")


def check_cells(row: Row, known: Known) -> Iterator[Finding]:
    """All findings about the cells of one term, cue or guard other than its text."""
    for column, allowed in _CHOICES.items():
        if column in row.cells and row.cells[column] not in allowed:
            yield _unknown(row, column, allowed)
    if "taxon" in row.cells:
        yield from _taxon(row, known)
    if "source" in row.cells:
        yield from _source(row, known)


def _unknown(row: Row, column: str, allowed: Collection[str]) -> Finding:
    value = row.cells[column]
    said = f"{column} {value!r} is not known" if value else f"{column} is empty"
    return about(row, column, "error", f"unknown_{column}", said, _suggest(value, allowed))


def _suggest(value: str, allowed: Collection[str]) -> str:
    near = process.extractOne(value, sorted(filter(None, allowed)), score_cutoff=_NEAR) if value else None
    if near:
        return f"did you mean {near[0]!r}?"
    if len(allowed) > 40:
        return "correct the spelling"
    return f"use one of: {', '.join(sorted(filter(None, allowed)))}"


def _taxon(row: Row, known: Known) -> Iterator[Finding]:
    taxon, rank = row.cells["taxon"], row.cells.get("rank")
    if not taxon:
        if rank:
            yield about(
                row, "rank", "error", "rank_alone", "a rank without a taxon", "name the taxon, or empty the rank"
            )
        return
    if taxon not in known.taxa:
        fix = _suggest(taxon, known.taxa.keys())
        if fix == "correct the spelling":
            fix = "correct the spelling, or add the taxon to config/cites/hierarchy.csv and appendices.csv"
        yield about(row, "taxon", "error", "unknown_taxon", f"{taxon!r} is not in config/cites", fix)
    elif rank is not None and rank != known.taxa[taxon]:
        problem = f"{taxon} is a {known.taxa[taxon]}, not {rank or 'without rank'}"
        yield about(row, "rank", "error", "wrong_rank", problem, f"write {known.taxa[taxon]}")


def _source(row: Row, known: Known) -> Iterator[Finding]:
    keys = source_keys(row.cells["source"])
    if not keys:
        fix = "write K for own knowledge, or a key of sources.csv"
        yield about(row, "source", "error", "no_source", "the entry has no source", fix)
    unknown = [key for key in keys if key not in known.sources]
    for key in unknown:
        fix = f"add it there, or use one of: {', '.join(sorted(known.sources))}"
        yield about(row, "source", "error", "unknown_source", f"source {key!r} is not in sources.csv", fix)
    if keys and not unknown and (row.cells["status"] == "sourced") != (keys != ["K"]):
        problem = f"status {row.cells['status']!r} does not fit source {row.cells['source']!r}"
        fix = "sourced entries name where the word was read; K is own knowledge"
        yield about(row, "status", "error", "status_and_source", problem, fix)
