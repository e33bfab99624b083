"""Forms a term takes in running text: plurals, glued words, Arabic prefixes, abbreviated scientific names.

Works on canonical spellings (``folding.fold_words``). Forms are generated generously: a form nobody writes costs
nothing, a missing one costs a listing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from classifiers.folding import HAS_UNSPACED

_ROMANCE_LINK = re.compile("de|del|la|el|los|las|da|do|das|dos|du|des|le|les|d|l|en|a|e|y|con|com|sem|sin|para")


def forms(term: str, language: str, rank: str = "") -> set[str]:
    """All canonical forms of a canonical term, itself included."""
    if not term or HAS_UNSPACED.search(term):
        return {term} - {""}
    if language == "la":
        return {term, *_scientific(term, rank)}
    words = term.split(" ")
    inflect = _LANGUAGES.get(language, _as_is)
    found = {term, *inflect(words)}
    if len(words) == 2 and len(term) >= 8 and term.isascii():
        found |= {form.replace(" ", "") for form in tuple(found) if form.count(" ") == 1}
    return found


def _scientific(term: str, rank: str) -> Iterable[str]:
    genus, _, rest = term.partition(" ")
    if rank == "species" and rest and len(rest) >= 5:
        yield f"{genus[0]} {rest}"


def _as_is(words: list[str]) -> Iterable[str]:
    return ()


def _english(words: list[str]) -> Iterable[str]:
    for plural in _english_plurals(words[-1]):
        yield " ".join([*words[:-1], plural])
    yield " ".join([*words, "s"])  # possessive: the apostrophe folds to a space
    if len(words) > 1:
        yield " ".join([words[0], "s", *words[1:]])
        for plural in _english_plurals(words[0]):
            yield " ".join([plural, *words[1:]])


def _english_plurals(word: str) -> Iterable[str]:
    if len(word) < 3 or not word.isalpha():
        return
    if word.endswith(("s", "x", "ch", "sh", "z")):
        yield f"{word}es"
        return
    if word.endswith("y") and word[-2] not in "aeiou":
        yield f"{word[:-1]}ies"
    if word.endswith("fe") or word.endswith("f"):
        yield f"{word.removesuffix('fe').removesuffix('f')}ves"
    if word.endswith("o"):
        yield f"{word}es"
    yield f"{word}s"


def _romance(plural: Callable[[str], str]) -> Callable[[list[str]], Iterable[str]]:
    def inflect(words: list[str]) -> Iterable[str]:
        yield " ".join([plural(words[0]), *words[1:]])
        yield " ".join(word if _ROMANCE_LINK.fullmatch(word) else plural(word) for word in words)
        for at, word in enumerate(words):
            if _ROMANCE_LINK.fullmatch(
                word
            ):  # head and its adjectives, what follows the link stays: "colmillos de elefante"
                yield " ".join([*map(plural, words[:at]), *words[at:]])
                break

    return inflect


def _spanish_plural(word: str) -> str:
    if len(word) < 3 or word.endswith("s") or not word.isalpha():
        return word
    if word.endswith("z"):
        return f"{word[:-1]}ces"
    return f"{word}s" if word[-1] in "aeiou" else f"{word}es"


def _portuguese_plural(word: str) -> str:
    if len(word) < 3 or word.endswith("s") or not word.isalpha():
        return word
    if word.endswith("ao"):
        return f"{word[:-2]}oes"
    if word.endswith("m"):
        return f"{word[:-1]}ns"
    if word.endswith("il"):
        return f"{word[:-2]}is"
    if word.endswith("l"):
        return f"{word[:-1]}is"
    return f"{word}s" if word[-1] in "aeiou" else f"{word}es"


def _french_plural(word: str) -> str:
    if len(word) < 3 or word[-1] in "sxz" or not word.isalpha():
        return word
    if word.endswith("al") and word not in {"chacal", "serval", "narval"}:
        return f"{word[:-2]}aux"
    return f"{word}x" if word.endswith(("eau", "eu")) else f"{word}s"


def _afrikaans(words: list[str]) -> Iterable[str]:
    last, head = words[-1], words[:-1]
    for ending in ("e", "s", "tjie", "tjies", "jie", "jies", "le", "ke"):
        yield " ".join([*head, last + ending])
    if len(last) > 3 and last[-2] == last[-3] and last[-2] in "aeou":  # horing stays, tand -> tande, been -> bene
        yield " ".join([*head, f"{last[:-3]}{last[-2]}{last[-1]}e"])


def _indonesian(words: list[str]) -> Iterable[str]:
    yield " ".join([*words[:-1], f"{words[-1]}nya"])
    yield " ".join([words[0], *words])  # reduplicated plural: the hyphen folds to a space


def _arabic(words: list[str]) -> Iterable[str]:
    """Article, "and" and "with" are written onto the noun; the second noun of a pair takes the article alone."""
    bare, rest = words[0].removeprefix("ال"), words[1:]
    heads = [bare, f"ال{bare}", f"و{bare}", f"وال{bare}", f"ب{bare}", f"بال{bare}", f"لل{bare}"]
    if bare.endswith("ه"):
        heads += [f"{bare[:-1]}ات", f"ال{bare[:-1]}ات"]
    tails = [rest] if not rest or rest[-1].startswith("ال") else [rest, [*rest[:-1], f"ال{rest[-1]}"]]
    for tail in tails:
        yield from (" ".join([head, *tail]) for head in heads)
    if rest:  # a noun with its adjective, both definite
        yield " ".join(f"ال{word.removeprefix('ال')}" for word in words)


def _swahili(words: list[str]) -> Iterable[str]:
    yield " ".join([*words[:-1], f"{words[-1]}ni"])


def _nguni(words: list[str]) -> Iterable[str]:
    first, rest = words[0], words[1:]
    for singular, plural in (
        ("isi", "izi"),
        ("um", "aba"),
        ("um", "imi"),
        ("in", "izin"),
        ("im", "izim"),
        ("i", "ama"),
    ):
        if first.startswith(singular) and len(first) > len(singular) + 2:
            yield " ".join([plural + first[len(singular) :], *rest])
            yield (
                " ".join([first[len(singular) :], *rest]) if len(singular) == 1 and len(first) > 6 else " ".join(words)
            )


_LANGUAGES: dict[str, Callable[[list[str]], Iterable[str]]] = {
    "en": _english,
    "es": _romance(_spanish_plural),
    "pt": _romance(_portuguese_plural),
    "fr": _romance(_french_plural),
    "af": _afrikaans,
    "id": _indonesian,
    "ar": _arabic,
    "sw": _swahili,
    "zu": _nguni,
    "xh": _nguni,
}
