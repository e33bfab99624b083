"""The training texts are data people write by hand: this is what keeps them usable and the locked sets apart."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import pytest

from classifiers.training.data import locked_files, training_files

INTENTS = {"sell", "buy", "ask", "news", "other"}
CATEGORIES = {
    "ivory",
    "horn",
    "scale",
    "live_bird",
    "live_reptile",
    "live_mammal",
    "skin",
    "tooth_claw",
    "bone",
    "meat",
    "medicine",
    "coral_shell",
    "fish_shark",
    "insect",
    "amphibian",
    "timber",
    "plant",
    "agarwood",
    "other",
    "none",
}
DIFFICULTIES = {
    "plain",
    "code_word",
    "misspelling",
    "emoji",
    "lookalike_material",
    "colour",
    "brand",
    "place",
    "surname",
    "toy_print",
    "faux",
    "news_or_awareness",
    "pet_supplies",
    "food",
    "domestic_animal",
    "legal_lookalike",
    "wanted",
    "cover_story",
    "short",
    "long",
    "mixed_language",
    "photo_only",
}
TEXT_FIELDS = ("id", "language", "title", "description", "intent", "category", "difficulty", "note")
FILES = training_files() + locked_files()


def rows(path: Path) -> list[dict[str, str | int | None]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


ALL = [(path.name, row) for path in FILES for row in rows(path)]


def shingles(row: Mapping[str, str | int | None], size: int = 5) -> frozenset[str]:
    """Runs of `size` letters or digits, so that scripts without spaces between words count as well."""
    text = unicodedata.normalize("NFKC", f"{row['title']} {row['description']}").casefold()
    letters = "".join(character for character in text if character.isalnum())
    return frozenset(letters[start : start + size] for start in range(max(1, len(letters) - size + 1)))


def near_duplicates(sets: list[frozenset[str]], limit: float) -> list[tuple[int, int]]:
    """Pairs whose Jaccard similarity reaches `limit`; only texts that share a shingle are compared."""
    holders: dict[str, list[int]] = defaultdict(list)
    pairs = []
    for number, own in enumerate(sets):
        shared = Counter(other for shingle in own for other in holders[shingle])
        pairs += [
            (other, number) for other, count in shared.items() if count / (len(own) + len(sets[other]) - count) >= limit
        ]
        for shingle in own:
            holders[shingle].append(number)
    return pairs


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_line_has_the_agreed_fields(path: Path) -> None:
    for number, row in enumerate(rows(path), 1):
        where = f"{path.name}:{number}"
        assert set(row) == {*TEXT_FIELDS, "price", "label"}, where
        assert all(isinstance(row[field], str) for field in TEXT_FIELDS), where
        assert row["id"] and row["language"] and row["note"], where
        assert row["price"] is None or isinstance(row["price"], str), where
        assert row["intent"] in INTENTS, where
        assert row["category"] in CATEGORIES, where
        assert row["difficulty"] in DIFFICULTIES, where
        assert str(row["title"]).strip() or str(row["description"]).strip(), f"{where}: says nothing"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_label_agrees_with_category_and_intent(path: Path) -> None:
    for number, row in enumerate(rows(path), 1):
        where = f"{path.name}:{number}"
        assert row["label"] in (0, 1) and not isinstance(row["label"], bool), where
        assert (row["label"] == 0) == (row["category"] == "none"), where
        assert row["label"] == 0 or row["intent"] != "news", where


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_both_labels_are_well_represented(path: Path) -> None:
    labels = [row["label"] for row in rows(path)]
    if path.stem.startswith("ordinary_"):  # what sellers of everything say: no wildlife at all
        assert not any(labels)
    else:
        assert 0.35 <= labels.count(1) / len(labels) <= 0.6


def test_ids_are_unique_over_all_files() -> None:
    counts = Counter(row["id"] for _, row in ALL)
    assert [name for name, count in counts.items() if count > 1] == []


def test_no_text_is_a_near_duplicate_of_another_and_locked_texts_stay_fresh() -> None:
    pairs = near_duplicates([shingles(row) for _, row in ALL], limit=0.6)
    assert [(ALL[one][1]["id"], ALL[other][1]["id"]) for one, other in pairs] == []


def test_near_duplicates_are_found_where_there_are_some() -> None:
    one = {"title": "Carved tusk, old", "description": "From a house clearance in Bath, collect only please"}
    two = {"title": "Carved tusk, OLD!", "description": "from a house clearance in Bath; collect only, please"}
    three = {"title": "Garden bench", "description": "Recycled plastic, will fade in the sun"}
    assert near_duplicates([shingles(row) for row in (one, three, two)], limit=0.6) == [(0, 2)]


def test_ids_follow_one_another_in_a_file() -> None:
    for path in FILES:
        numbers: dict[str, list[int]] = defaultdict(list)
        for row in rows(path):
            prefix, _, number = str(row["id"]).rpartition("-t")
            numbers[prefix].append(int(number))
        for prefix, found in numbers.items():
            assert all(later > earlier for earlier, later in pairwise(found)), f"{path.name}: {prefix}"


def test_look_alikes_outweigh_ordinary_adverts_among_the_innocent() -> None:
    innocent = [row["difficulty"] for _, row in ALL if row["label"] == 0]
    assert innocent.count("plain") / len(innocent) < 0.4
