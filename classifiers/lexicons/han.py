"""Traditional and simplified Chinese, told apart by the national character sets: GB 2312 has one, Big5 the other."""

from __future__ import annotations

from functools import lru_cache

from classifiers.folding import fold_words

_WRITTEN_ALIKE = frozenset("魟鵟")  # their simplified forms are in no common font, so everyone writes these


@lru_cache(maxsize=8192)
def script_of(character: str) -> str:
    """ "simplified" or "traditional" for a Han character only one of them has; "" for what both share."""
    simplified, traditional = _in(character, "gb2312"), _in(character, "big5")
    if not "\u3400" <= character <= "\u9fff" or simplified == traditional or character in _WRITTEN_ALIKE:
        return ""
    return "simplified" if simplified else "traditional"


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
    # Of some pairs (干 and 乾) both scripts know one form; then the other characters must tell.
    unlike = [script_of(a) != script_of(b) for a, b in pairs]
    return all(unlike) or (len(pairs) < len(term) and any(unlike))
