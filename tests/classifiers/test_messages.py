"""Every reason that can be given has its sentence in the reviewers' languages."""

from __future__ import annotations

import pytest

from classifiers.lexicon import CUE_KINDS, REASONS, STRENGTHS
from classifiers.messages import load_messages
from classifiers.repairs import HIDING
from classifiers.scoring import NAMES

LANGUAGES = ("en", "es", "fr", "pt", "th")
_EXCUSES = {"negation", "imitation"}  # cues that are told as guards
KEYS = (
    {f"term.{kind}" for kind in (*HIDING, *STRENGTHS, "misspelt", "glued")}
    | {f"guard.{reason}" for reason in (*REASONS, *_EXCUSES)}
    | {f"cue.{kind}" for kind in CUE_KINDS - _EXCUSES}
    | {"context.hidden", "context.beside_excused", "context.pictures_only", "context.ambiguous_alone"}
    | {"model.text", "model.decisions"}
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_has_its_sentence(language: str) -> None:
    messages = load_messages(language)
    assert messages.keys() >= KEYS
    english = load_messages("en")
    if language != "en":
        assert not [key for key in KEYS if messages[key] == english[key]]


def test_every_weight_belongs_to_a_reason_with_a_sentence() -> None:
    told = {key.partition(".")[2] for key in KEYS}
    unnamed = {"bias", "model", "strong_excused", "weak_excused", "fuzzy", "hidden", "guard"}
    assert set(NAMES) - unnamed <= told


def test_unknown_language_reads_english() -> None:
    assert load_messages("xx") == load_messages("en")
