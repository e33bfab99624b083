"""The generator keeps its promises for any seed: shares, languages, sameness, days."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from academy.pictures import picture_png
from academy.pictures.motifs import motifs
from academy.world import SITES, Answer, Item, World
from academy.world.voices import voices

NOW = date(2026, 11, 24)
SEEDS = (1, 7, 99, 2026)


def items_of(world: World) -> list[Item]:
    return [item for site in SITES for item in world.items[site].values()]


def share(world: World, wanted: str) -> float:
    hits = sum(wanted in answer.tags if wanted != "wildlife" else answer.wildlife for answer in world.key.values())
    return hits / len(world.key)


@pytest.mark.parametrize("seed", SEEDS)
def test_same_arguments_same_world(seed: int) -> None:
    first, second = World(seed, 200, 2, NOW), World(seed, 200, 2, NOW)
    assert first.items == second.items
    assert first.key == second.key
    assert first.gone == second.gone


def test_other_seed_other_world() -> None:
    assert World(1, 100, 0, NOW).items != World(2, 100, 0, NOW).items


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("size", [200, 600, 2400])
def test_shares(seed: int, size: int) -> None:
    world = World(seed, size, 0, NOW)
    assert len(world.key) == len(items_of(world)) == size
    assert 0.02 <= share(world, "wildlife") <= 0.06
    lookalike = sum(bool(a.tags) and not a.wildlife and a.tags not in PLAIN for a in world.key.values()) / size
    assert 0.12 <= lookalike <= 0.18
    assert 0.03 <= share(world, "near_duplicate") <= 0.07
    assert 0.01 <= share(world, "photo_only") <= 0.04


PLAIN = {("near_duplicate",), ("photo_only",), ("photo_only", "near_duplicate")}


def test_languages(world: World) -> None:
    found = Counter(item.language for item in items_of(world))
    assert set(found) == {"af", "ar", "en", "es", "fr", "id", "pt", "sw", "th", "vi", "zh"}
    assert min(found.values()) >= 10
    assert len({a.language for a in world.key.values() if a.wildlife}) >= 8


def test_answers_say_all_there_is_to_know(world: World) -> None:
    for answer in world.key.values():
        known = (answer.taxon, answer.form, answer.appendix, answer.legality)
        assert all(known) if answer.wildlife else not any(known), answer
    legalities = {answer.legality for answer in world.key.values() if answer.wildlife}
    assert {"illegal", "with_papers", "claims_papers"} <= legalities


def test_hard_cases_are_there() -> None:
    tags = Counter(tag for seed in SEEDS for answer in World(seed, 600, 0, NOW).key.values() for tag in answer.tags)
    wanted = (
        "ivory_colour tiger_brand animal_print faux toy cow_horn jaguar_car code_word misspelling emoji legal_trade"
    )
    assert set(wanted.split()) <= set(tags)


@pytest.mark.parametrize("seed", SEEDS)
def test_some_wildlife_shows_in_the_picture_only(seed: int) -> None:
    hidden = [a for a in World(seed, 600, 0, NOW).key.values() if a.wildlife and not a.text_tells]
    assert 1 <= len(hidden) <= 3


@pytest.mark.parametrize("seed", SEEDS)
def test_rings_share_a_telephone(seed: int) -> None:
    world = World(seed, 600, 0, NOW)
    sellers: dict[str, set[tuple[str, str]]] = {}
    for site in SITES:
        for item in world.items[site].values():
            ring = world.key[f"practice_{site}", item.id].ring
            if ring:
                sellers.setdefault(ring, set()).add((item.seller.phone, item.seller.id))
    assert any(len({account for _, account in accounts}) > 1 for accounts in sellers.values())
    assert all(len({phone for phone, _ in accounts}) == 1 for accounts in sellers.values())


def test_texts_look_written_by_different_people(world: World) -> None:
    texts = Counter(f"{item.title}|{item.text}" for item in items_of(world) if item.text and len(item.text) > 20)
    assert max(texts.values()) <= 2
    assert len(texts) >= 0.98 * sum(texts.values())


def test_no_slot_is_left_open() -> None:
    for item in items_of(World(3, 4000, 0, NOW)):
        assert "{" not in item.title + item.text, item


def test_telephone_numbers_are_of_the_kind_kept_for_fiction() -> None:
    for voice in voices().values():
        digits = "".join(char for char in voice.phone if char.isdigit())
        assert digits.endswith("55501")


def test_a_day_later(world: World) -> None:
    before = World(world.seed, world.size, 0, NOW)
    changed = gone = 0
    for site in SITES:
        for item_id, item in before.items[site].items():
            after = world.items[site].get(item_id)
            if after is None:
                gone += 1
                assert item_id in world.gone[site]
                assert world.key[f"practice_{site}", item_id].gone_on == 1
            elif after != item:
                changed += 1
                assert after.price != item.price
                assert after.old_price == item.price
    fresh = sum(len(world.items[site]) for site in SITES) + gone - 600
    assert 0.01 * 600 < gone < 0.06 * 600
    assert 0.03 * 600 < changed < 0.1 * 600
    assert fresh == 12
    assert all(before.items[site].keys() >= world.gone[site] for site in SITES)


def test_posted_before_now_and_newest_first(world: World) -> None:
    for site in SITES:
        dates = [item.posted_at for item in world.items[site].values()]
        assert dates == sorted(dates, reverse=True)
        assert max(dates) <= world.clock


def test_every_topic_has_a_drawing() -> None:
    for voice in voices().values():
        for topic in (*voice.ordinary, *voice.lookalike, *voice.wildlife):
            assert topic.picture in motifs()
            assert (topic.truth is None) != (topic in voice.wildlife)


def test_pictures_are_png_and_vary() -> None:
    from io import BytesIO

    from PIL import Image

    for name in motifs():
        image = Image.open(BytesIO(picture_png(name, 8)))
        image.load()
        assert image.size == (480, 360)
        assert len(image.getcolors() or ()) >= 3
    assert picture_png("sofa", 8) == picture_png("sofa", 8) != picture_png("sofa", 9)


def test_answers_travel_by_file(tmp_path: Path, world: World) -> None:
    from academy.key import read_key, write_key

    few: list[Answer] = list(world.key.values())[:40]
    for name in ("key.yaml", "key.jsonl"):
        path = write_key(few, tmp_path / name)
        assert list(read_key(path).values()) == few
        assert path.stat().st_mode & 0o077 == 0
