"""Matching on a small lexicon of our own: boundaries, forms, overlaps, guards, denials."""

from __future__ import annotations

import pytest

from classifiers.context import Evidence, weigh_context
from classifiers.inflection import forms
from classifiers.lexicon import Cue, Guard, Lexicon, Term
from classifiers.matcher import Matcher
from classifiers.repairs import fold_and_repair
from wildtrade.records import Intent


def term(text: str, language: str, strength: str = "strong", form: str = "any", group: str = "g") -> Term:
    return Term(text, language, "Taxon", "family", form, "", strength, group, "K")


LEXICON = Lexicon(
    terms=(
        term("ivory", "en", "weak", "ivory", "ivory"),
        term("ivory bangle", "en", form="ivory", group="ivory"),
        term("rhino horn", "en", form="horn"),
        term("marfil", "es", form="ivory", group="ivory"),
        term("colmillo de elefante", "es", form="ivory"),
        term("งาช้าง", "th", form="ivory", group="ivory"),
        term("งา", "th", "weak", "ivory", "ivory"),
        term("象牙", "zh", form="ivory"),
        term("牙", "zh", "weak"),
        term("عاج", "ar", form="ivory"),
        term("vượn", "vi", form="live"),
        term("erin", "yo"),
        term("Panthera leo", "la"),
        term("xy", "zh", "code"),
    ),
    cues=(
        Cue("for sale", "en", "sell"),
        Cue("wanted", "en", "buy"),
        Cue("no es", "es", "negation"),
        Cue("not", "en", "negation"),
        Cue("faux", "en", "imitation"),
        Cue("fake", "en", "imitation"),
        Cue("ไม่ใช่", "th", "negation"),
        Cue("arrested", "en", "news"),
        Cue("court", "en", "news"),
    ),
    guards=(
        Guard("G1", "en", "ivory", ("dress", "lace"), 3, -2, "colour"),
        Guard("G2", "th", "ivory", ("งาน", "งาดำ"), 0, -3, "food"),
    ),
    version="test",
    groups=frozenset({"ivory", "g"}),
)
MATCHER = Matcher(LEXICON)
WORDS = MATCHER.vocabulary()


def read(text: str, language: str | None, *, price: bool = False) -> Evidence:
    folded = fold_and_repair(text, WORDS, language)
    return weigh_context(folded, MATCHER.find(folded, language), language, price)


def found(text: str, language: str | None) -> list[str]:
    evidence = read(text, language)
    return [text[slice(*evidence.folded.span(one.hit.start, one.hit.end))] for one in evidence.seen]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("an ivory bangle.", "en", ["ivory bangle"]),
        ("two Ivory Bangles!", "en", ["Ivory Bangles"]),
        ("#ivorybangle", "en", ["ivorybangle"]),
        ("survivory", "en", []),
        ("ivory, bangle", "en", ["ivory, bangle"]),
        ("rhino's horn", "en", ["rhino's horn"]),
        ("colmillos de elefante", "es", ["colmillos de elefante"]),
        ("กำไลงาช้างแท้", "th", ["งาช้าง"]),
        ("卖象牙手串", "zh", ["象牙"]),
        ("العاج الأصلي", "ar", ["العاج"]),
        ("بالعاج", "ar", ["بالعاج"]),
        ("p leo panthera leo", "la", ["panthera leo"]),
    ],
)
def test_terms(text: str, language: str, expected: list[str]) -> None:
    assert found(text, language) == expected


def test_vietnamese_accents_tell_words_apart() -> None:
    assert found("bán vượn con", "vi") == ["vượn"]
    assert found("nhà vườn", "vi") == []
    assert found("ban vuon con", "vi") == ["vuon"]  # typed without accents altogether


def test_short_foreign_words_are_left_out() -> None:
    assert found("erin", "yo") == ["erin"]
    assert found("erin brockovich", "en") == []


def test_single_foreign_words_are_ambiguous() -> None:
    hit = read("marfil", "en").seen[0].hit
    assert hit.foreign and hit.strength == "weak"
    assert read("marfil", "es").seen[0].hit.strength == "strong"


def test_thai_syllables_are_not_cut() -> None:
    assert found("งาม", "th") == ["งา"]  # a boundary between consonants needs a guard
    assert found("งำ", "th") == []
    assert found("เงา", "th") == []


def test_guard_covers_its_term_only() -> None:
    evidence = read("ivory lace gown and a rhino horn", "en")
    by_term = {one.hit.term.text: one for one in evidence.seen}
    assert [g.guard.id for g in by_term["ivory"].guards] == ["G1"]
    assert by_term["rhino horn"].clear


def test_guard_has_a_reach() -> None:
    assert not read("ivory and many words stand here before lace", "en").seen[0].guards


def test_guard_phrase_containing_the_term() -> None:
    assert [g.guard.id for g in read("งาดำคั่ว", "th").seen[0].guards] == ["G2"]
    assert read("งาช้าง", "th").seen[0].clear


@pytest.mark.parametrize(
    ("text", "language", "clear"),
    [
        ("no es marfil", "es", False),
        ("no es caro. marfil", "es", True),
        ("ไม่ใช่งาช้าง", "th", False),
        ("faux ivory bangle", "en", False),
        ("ivory bangle, faux", "en", False),
        ("not fake ivory bangle", "en", False),
        ("ivory bangle, not plastic", "en", True),
    ],
)
def test_denial_and_imitation(text: str, language: str, clear: bool) -> None:
    assert read(text, language).seen[0].clear is clear


def test_denied_imitation_is_no_imitation() -> None:
    assert read("not fake: ivory bangle", "en").seen[0].imitation is None


@pytest.mark.parametrize(
    ("text", "price", "intent"),
    [
        ("ivory for sale", False, Intent.SELL),
        ("wanted ivory", False, Intent.BUY),
        ("man arrested, in court over ivory", False, Intent.NEWS),
        ("ivory", False, Intent.OTHER),
        ("ivory", True, Intent.SELL),
    ],
)
def test_intent(text: str, price: bool, intent: Intent) -> None:
    assert read(text, "en", price=price).intent is intent


def test_forms() -> None:
    assert "wolves" in forms("wolf", "en")
    assert "marfiles" in forms("marfil", "es")
    assert {"tatus", "leoes"} <= forms("tatu", "pt") | forms("leao", "pt")
    assert "p regius" not in forms("ball python", "en")
    assert "p regius" in forms("python regius", "la", "species")
    assert {"والعاج", "بالعاج", "للعاج"} <= forms("عاج", "ar")
    assert forms("象牙", "zh") == {"象牙"}
    assert forms("", "en") == set()
