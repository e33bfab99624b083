"""The whole assessment: weights that add up, spans that point at the text, rules that no weight may break."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.assessor import Assessor
from classifiers.folding import fold_words
from classifiers.lexicon import load_lexicon
from classifiers.reading import Text
from wildtrade.records import Assessment, Intent, Label, SignalKind

SAMPLES = [
    Text("Carved elephant ivory bangle", "Old piece, for sale, whatsapp only", "$120"),
    Text("กำไลงาช้างแท้", "ของเก่า ทักแชต", "5,000"),
    Text("象牙手串", "私聊", "3000"),
    Text("Ivory lace wedding dress", "Size 12, faux pearls", "£40"),
    Text(None, "🐘🦷 dm", None),
    Text("", "", ""),
    Text("i.v.o.r.y t u s k", "1v0ry", "call"),
    Text("للبيع عاج فيل أصلي", "واتساب", "3000"),
    Text("Bán ngà voi", "ib", "5tr"),
    Text("tel\x1e0700", "break\x1ein the text: rhino horn", "x"),
]


def check(opinion: Assessment, text: Text) -> None:
    total = opinion.bias + math.fsum(signal.weight for signal in opinion.signals)
    assert opinion.score == pytest.approx(1 / (1 + math.exp(-total)), abs=1e-12)
    for signal in opinion.signals:
        if signal.field is None:
            assert signal.start is None and signal.end is None
            continue
        stored = getattr(text, signal.field)
        assert 0 <= signal.start < signal.end <= len(stored)  # type: ignore[operator]
        assert stored[signal.start : signal.end] == signal.text
        if signal.kind in (SignalKind.TERM, SignalKind.CODE_WORD, SignalKind.FUZZY):
            assert signal.weight >= 0
        if signal.kind is SignalKind.GUARD:
            assert signal.weight <= 0
    models = [signal for signal in opinion.signals if signal.kind is SignalKind.MODEL]
    assert len(models) == 1 and models[0].field is None


@pytest.mark.parametrize("text", SAMPLES)
def test_weights_add_up_and_spans_point_at_the_text(assessor: Assessor, text: Text) -> None:
    check(next(assessor.assess_many([text])), text)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.text(max_size=120), st.none() | st.text(max_size=10))
def test_any_text_is_assessed(assessor: Assessor, title: str, description: str, price: str | None) -> None:
    text = Text(title, description, price)
    check(next(assessor.assess_many([text])), text)


@pytest.mark.parametrize(
    "title",
    [
        "Elephant ivory bangle for sale",
        "Vendo colmillo de elefante",
        "ขายงาช้างแท้",
        "出售象牙手串 真品",
        "Jual gading gajah asli",
        "Bán ngà voi thật",
        "Rhino horn wanted, cash",
    ],
)
def test_plain_offers_are_flagged(assessor: Assessor, title: str) -> None:
    opinion = assessor.assess(title, "WhatsApp", "500")
    assert opinion.label is Label.FLAG
    assert opinion.taxa and opinion.taxa[0].appendix is not None
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", opinion.taxa[0].appendix_date or "")


@pytest.mark.parametrize(
    "title",
    ["Washing machine, 7 kg, works well", "Renta de apartamento amoblado", "ขายมอเตอร์ไซค์มือสอง", "Sofa bed, grey"],
)
def test_household_goods_are_not_flagged(assessor: Assessor, title: str) -> None:
    assert assessor.assess(title, None, "100").label is not Label.FLAG


def test_guard_lowers_but_does_not_blind(assessor: Assessor) -> None:
    dress = assessor.assess("Ivory lace wedding dress size 12", "worn once", "£80")
    both = assessor.assess("Ivory lace wedding dress size 12", "worn once. Also rhino horn, whole, 2 kg", "£80")
    assert dress.label is Label.CLEAR
    assert any(signal.kind is SignalKind.GUARD for signal in dress.signals)
    assert both.label is not Label.CLEAR
    assert any(signal.text.startswith("rhino horn") and signal.weight > 0 for signal in both.signals)


def test_ambiguous_and_code_words_never_flag_alone(assessor: Assessor) -> None:
    terms = load_lexicon().terms
    strong = {fold_words(term.text) for term in terms if term.strength == "strong"}
    others = {fold_words(term.text): term for term in terms if term.strength != "strong"}
    checked = 0
    for spelling, term in sorted(others.items())[::9]:
        signals = assessor.assess(term.text, None, language=term.language)
        if spelling not in strong and all(s.message_key != "term.strong" for s in signals.signals):
            assert signals.label is not Label.FLAG, term.text
            checked += 1
    assert checked > 50


def test_pictures_without_words_have_a_signal_of_their_own(assessor: Assessor) -> None:
    opinion = assessor.assess("dm", "", images=4)
    assert opinion.label is not Label.FLAG
    assert opinion.score >= assessor.policy.pictures_only.score - 1e-9
    assert "context.pictures_only" in {signal.message_key for signal in opinion.signals}
    check(opinion, Text("dm", ""))
    assert "context.pictures_only" not in {s.message_key for s in assessor.assess("dm", "", images=0).signals}


def test_hidden_words_are_found_where_they_stand(assessor: Assessor) -> None:
    text = "old p4ng0lin sc@les here"
    signals = assessor.assess(text, None).signals
    assert "p4ng0lin sc@les" in {signal.text for signal in signals}
    assert "context.hidden" in {signal.message_key for signal in signals}


def test_language_is_found_out_or_taken_as_told(assessor: Assessor) -> None:
    assert assessor.assess("ขายงาช้าง", None).language == "th"
    assert assessor.assess("se vende casa en la playa con piscina", None).language == "es"
    assert assessor.assess("casa", None, language="pt-BR").language == "pt"
    assert assessor.assess("1234", None).language is None


def test_a_few_letters_name_no_language_that_they_do_not_tell(assessor: Assessor) -> None:
    """A wrong language hides the words of the right one: "vendo loro" (es) looks a little more like Portuguese."""
    assert [assessor.assess(title, None).language for title in ("pangolin scales", "vendo loro", "dm")] == [None] * 3
    assert assessor.assess("sisik trenggiling", None).language == "id"
    assert assessor.assess("vendo loro", None).taxa
    assert not assessor.assess("vendo loro", None, language="pt").taxa


def test_intent_and_forms(assessor: Assessor) -> None:
    opinion = assessor.assess("Wanted: rhino horn", "buying, cash")
    assert opinion.intent is Intent.BUY
    assert "horn" in opinion.product_forms


def test_what_was_learned_stays_with_another_lexicon(corrected: Callable[[float, float], Assessor]) -> None:
    learned = corrected(1.0, 12.0)
    other = learned.with_lexicon(load_lexicon()).assess("Plastic chair", "for sale")
    assert other == learned.assess("Plastic chair", "for sale")
    assert other.label is Label.FLAG


def test_same_text_same_opinion_alone_or_in_a_batch(assessor: Assessor) -> None:
    alone = [assessor.assess(text.title, text.description, text.price) for text in SAMPLES]
    assert list(assessor.assess_many(SAMPLES)) == alone


def test_unknown_script_and_huge_text(assessor: Assessor) -> None:
    assert assessor.assess("ᓀᐦᐃᔭᐍᐏᐣ ᐊᓂᔑᓈᐯᒧᐎᓐ", None).label is not Label.FLAG
    opinion = assessor.assess("title", "lorem ipsum dolor " * 60_000 + "rhino horn for sale")
    spot = next(signal for signal in opinion.signals if signal.text.startswith("rhino horn"))
    assert spot.start == len("lorem ipsum dolor ") * 60_000


@pytest.mark.parametrize("piece", ["i.v.o.r.y ", "งาช้าง", "ivory tusk for sale, call ", "faux ivory "])
def test_a_long_text_full_of_terms_is_assessed_quickly(assessor: Assessor, piece: str) -> None:
    started = time.process_time()
    opinion = assessor.assess("x", piece * (1_000_000 // len(piece)))
    assert time.process_time() - started < 10
    assert 0 < len(opinion.signals) < 5000
