"""What is in a lexicon, and what is missing."""

from __future__ import annotations

from collections import Counter
from typing import Any

from classifiers.lexicon import Lexicon, Pack, Term, source_keys

MAIN_LANGUAGES = ("en", "es", "pt", "fr", "th", "vi", "zh", "id", "sw", "af", "ar")
AIM_TAXA = 500


def summarise(lexicon: Lexicon) -> dict[str, Any]:
    """Counts of entries and taxa, the matrix of languages and groups, and the packs: JSON types only."""
    terms = [term for term in lexicon.terms if term.group != "emoji"]
    taxa = {term.taxon: term.rank for term in terms if term.taxon}
    sources = Counter(key for term in terms for key in source_keys(term.source))
    return {
        "version": lexicon.version,
        "entries": {
            "terms": len(terms),
            "pictures": len(lexicon.terms) - len(terms),
            "cues": len(lexicon.cues),
            "guards": len(lexicon.guards),
            "guard_phrases": sum(len(guard.phrases) for guard in lexicon.guards),
        },
        "by_language": _count(term.language for term in terms),
        "by_group": _count(term.group for term in terms),
        "by_form": _count(term.form for term in terms),
        "by_strength": _count(term.strength for term in terms),
        "by_status": _count(_status(term) for term in terms),
        "by_source": dict(sources.most_common()),
        "taxa": {"all": len(taxa), "aim": AIM_TAXA, "by_rank": _count(taxa.values())},
        "coverage": coverage(terms),
        "missing": missing(terms),
        "packs": [describe(pack) for pack in lexicon.packs],
    }


def _count(values: Any) -> dict[str, int]:
    return dict(Counter(values).most_common())


def _status(term: Term) -> str:
    return "own knowledge" if source_keys(term.source) in (["K"], []) else "sourced"


def coverage(terms: list[Term]) -> dict[str, dict[str, int]]:
    """How many terms each group has in each language."""
    matrix: dict[str, Counter[str]] = {}
    for term in terms:
        matrix.setdefault(term.group, Counter())[term.language] += 1
    return {group: dict(counts) for group, counts in sorted(matrix.items())}


def missing(terms: list[Term]) -> dict[str, list[str]]:
    """The main languages that have no word for a group."""
    matrix = coverage(terms)
    gaps = {group: [one for one in MAIN_LANGUAGES if one not in counts] for group, counts in matrix.items()}
    return {group: languages for group, languages in gaps.items() if languages}


def describe(pack: Pack) -> dict[str, Any]:
    """A pack as it is named wherever the lexicon is shown: its licence asks for that."""
    return {
        "name": pack.name,
        "version": pack.version,
        "licence": pack.licence,
        "source": pack.source,
        "sha256": pack.sha256,
        "names": len(pack.names),
    }
