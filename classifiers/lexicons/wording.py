"""Whether a term is written as it should be: normalised, in the script of its language, long enough to stand alone."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from classifiers.folding import fold_words
from classifiers.lexicons.findings import Finding, about
from classifiers.tables import Row

_SCRIPT_OF = {"th": "THAI", "zh": "CJK", "ar": "ARABIC"}  # every other language here is written in Latin letters
_LOOK_ALIKE = frozenset({"LATIN", "CYRILLIC", "GREEK", "CHEROKEE", "ARMENIAN", "COPTIC"})
# The shortest strong term of a script: below it, other words contain it or happen to be it.
_SHORTEST = {"LATIN": 3, "ARABIC": 3, "THAI": 3, "CJK": 2}


def check_wording(row: Row) -> Iterator[Finding]:
    """All findings about the text of one term."""
    term = row.cells["term"]
    if not term:
        yield about(row, "term", "error", "empty", "the term is empty", "write the word, or delete the line")
        return
    yield from _characters(row, term)
    yield from _scripts(row, term)
    yield from _length(row, term)


def _characters(row: Row, term: str) -> Iterator[Finding]:
    if term != (tidy := " ".join(term.split())):
        yield about(row, "term", "error", "spaces", "spaces that do not belong there", f"write {tidy!r}")
    if term != (normal := unicodedata.normalize("NFC", term)):
        yield about(row, "term", "error", "not_nfc", "letters and accents stored apart (not NFC)", f"write {normal!r}")
    if hidden := [c for c in term if unicodedata.category(c) in ("Cf", "Cc", "Co", "Cn")]:
        names = ", ".join(f"U+{ord(c):04X}" for c in hidden)
        clean = "".join(c for c in term if c not in hidden)
        yield about(row, "term", "error", "invisible", f"invisible characters: {names}", f"write {clean!r}")
    elif not fold_words(term):
        yield about(row, "term", "error", "no_letters", f"{term!r} has no letters", "write a word")


def scripts_of(text: str) -> set[str]:
    """The scripts of the letters of a text, as the first word of their Unicode names: LATIN, CJK, THAI, ..."""
    return {unicodedata.name(c, "?").split(" ")[0] for c in text if unicodedata.category(c)[0] == "L"}


def _scripts(row: Row, term: str) -> Iterator[Finding]:
    for word in term.split():
        mixed = sorted(scripts_of(word) & _LOOK_ALIKE)
        if len(mixed) > 1:
            problem = f"{word!r} mixes letters that look alike: {', '.join(mixed)}"
            yield about(
                row, "term", "error", "mixed_scripts", problem, "write it in one script; folding finds the others"
            )
    expected = _SCRIPT_OF.get(row.cells["language"], "LATIN")
    found = scripts_of(term)
    if not found or expected in found:
        if strangers := sorted(found - _LOOK_ALIKE - {expected, "MODIFIER"}):
            problem = f"{', '.join(strangers)} letters in a term of language {row.cells['language']}"
            yield about(row, "term", "warning", "mixed_scripts", problem, "split it into one term per script")
    elif row.cells["strength"] != "code" or "LATIN" not in found:  # codes such as XJ are written in Latin everywhere
        problem = f"no {expected} letter in a term of language {row.cells['language']}"
        yield about(row, "term", "error", "wrong_script", problem, "correct the language, or the term")


def _length(row: Row, term: str) -> Iterator[Finding]:
    if row.cells["strength"] != "strong":
        return
    shortest = min((_SHORTEST.get(script, 1) for script in scripts_of(term)), default=1)
    letters = len(fold_words(term).replace(" ", ""))
    if letters < shortest:
        problem = f"{term!r} is too short to flag alone ({letters} letters, {shortest} at least)"
        yield about(row, "strength", "error", "too_short", problem, "make it weak, or write the whole expression")
