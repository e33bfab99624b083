"""Topics, titles, and texts that say nothing."""

from __future__ import annotations

import pytest

from classifiers.assessor import Assessor
from classifiers.features import signal_tokens
from classifiers.reading import Text
from classifiers.silence import says_nothing
from wildtrade.records import Label


@pytest.mark.parametrize(
    ("title", "topic"),
    [
        ("plush toy for children", "toy"),
        ("peluche infantil", "toy"),
        ("ตุ๊กตา ของเล่น", "toy"),
        ("毛绒玩具", "toy"),
        ("toma biberón, come solo", "live"),
        ("phone charger", "household"),
        ("planches et grumes", "wood"),
        ("الحذاء مقاس 42", "clothing"),
    ],
)
def test_topics_are_the_same_in_every_language(assessor: Assessor, title: str, topic: str) -> None:
    assert topic in assessor.reader.read(Text(title, None)).topics


def test_a_word_of_a_term_is_no_topic(assessor: Assessor) -> None:
    evidence = assessor.reader.read(Text("tiger tooth", "with a steel box"))
    assert evidence.seen and all(hit.start >= evidence.seen[0].hit.end for hit in evidence.found.topics)


@pytest.mark.parametrize(("title", "language", "head"), [("ivory print dress", "en", "clothing")])
def test_what_the_title_names(assessor: Assessor, title: str, language: str, head: str) -> None:
    tokens = signal_tokens(assessor.reader.read(Text(title, "new", language=language)))
    assert f"§head={head}" in tokens
    assert len(tokens) == len(set(tokens))


@pytest.mark.parametrize(
    "text", [Text("ready", ""), Text(None, "👆 available"), Text("", ""), Text(None, "看图", "$ 40")]
)
def test_texts_that_say_nothing(assessor: Assessor, text: Text) -> None:
    assert says_nothing(assessor.reader.read(text), 8)


@pytest.mark.parametrize(
    "text", [Text("Nokia 3310", None), Text("phone", "available"), Text("tiger", None), Text(None, "กล้อง พร้อมส่ง")]
)
def test_one_word_of_its_own_says_something(assessor: Assessor, text: Text) -> None:
    assert not says_nothing(assessor.reader.read(text), 8)


def test_pictures_without_words_stay_in_the_queue(assessor: Assessor) -> None:
    assert assessor.assess("ready", "available", images=3).label is Label.UNSURE
    assert assessor.assess("ready", "available", images=0).label is Label.CLEAR
    assert assessor.assess("Nokia 3310", "available", images=3).label is Label.CLEAR
