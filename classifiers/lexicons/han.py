"""Traditional and simplified Chinese, told apart by the national character sets: GB 2312 has one, Big5 the other."""

from __future__ import annotations

from functools import lru_cache

from classifiers.folding import fold_words

_ALSO_SIMPLIFIED = "异"  # an old character that Big5 kept
_WRITTEN_ALIKE = frozenset("魟鵟蝰")  # one form serves both scripts


@lru_cache(maxsize=8192)
def script_of(character: str) -> str:
    """ "simplified" or "traditional" for a Han character only one of them has, "rare" for one that neither has, "" for
    what both share (and for other scripts)."""
    if not "\u3400" <= character <= "\u9fff" or character in _WRITTEN_ALIKE:
        return ""
    if character in _ALSO_SIMPLIFIED:
        return "simplified"
    kinds = {(True, True): "", (True, False): "simplified", (False, True): "traditional", (False, False): "rare"}
    return kinds[_in(character, "gb2312"), _in(character, "big5")]


def _in(character: str, charset: str) -> bool:
    return bool(character.encode(charset, "ignore"))


@lru_cache(maxsize=1)
def _folds_to() -> frozenset[str]:
    """Simplified characters that folding derives from a traditional one."""
    han = (chr(code) for code in range(0x4E00, 0xA000))
    return frozenset(fold_words(c) for c in han if script_of(c) == "traditional" and fold_words(c) != c)


def has_other_script(term: str) -> bool:
    """Whether the other script writes the term differently, and folding does not know how."""
    for character in term:
        script = script_of(character)
        if script == "simplified" and character not in _folds_to():
            return True
        if script == "traditional" and fold_words(character) == character:
            return True
    return False


def is_variant(term: str, other: str) -> bool:
    """Whether two terms of the same length are one word in the two scripts: each differing pair is one character in
    its two forms, of which folding may know some."""
    if term == other:
        return False
    pairs = [(a, b) for a, b in zip(term, other, strict=True) if fold_words(a) != fold_words(b)]
    forms = [{script_of(a), script_of(b)} for a, b in pairs]
    if all(len(form) == 2 and "" not in form for form in forms):
        return True
    # Both scripts know the simplified form of some (面 for 麵) and both forms of a few (干 and 乾), and neither set has
    # the rare ones (獁); then a character that the terms share must vouch.
    plausible = all(form != {"simplified", ""} for form in forms) and any(form != {""} for form in forms)
    return plausible and len(pairs) < len(term)
