"""Near-duplicates: found across scripts, never made of what only looks alike."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from sqlalchemy import select

from storage.clusters import find_duplicates, related, waiting_members
from storage.database import Database
from storage.door import Found
from storage.likeness import bands_of, likeness, minima_of, phones_of
from storage.models import FlagRow
from storage.search.index import catch_up
from tests.storage.helpers import Crawl, listing, opinion

TEXTS = {
    "en": "Hand carved bracelet from my grandfather's collection, 12 cm, sent anywhere in the country, ask for photos",
    "zh": "祖传手镯一只,颜色温润,纹理清楚,可以看视频,全国包邮,有兴趣的朋友请私信,价格可以商量,不议价的请绕道",
    "th": "กำไลเก่าของคุณปู่ สภาพดีมาก ลายสวย ขนาดสิบสองเซนติเมตร ส่งได้ทั่วประเทศ สนใจทักแชทขอรูปเพิ่มได้เลยครับ",
    "ar": "سوار قديم من مجموعة جدي بحالة ممتازة والطول اثنا عشر سنتيمترا ويمكن الشحن الى كل المدن للتواصل على الخاص",
}


@pytest.mark.parametrize("language", TEXTS)
def test_a_changed_word_is_alike_another_text_is_not(language: str) -> None:
    text = TEXTS[language]
    one, edited = minima_of(text), minima_of(text + " !! 99")
    others = [minima_of(other) for name, other in TEXTS.items() if name != language]
    assert one is not None and edited is not None
    assert likeness(one, edited) >= 0.8
    assert set(bands_of(one)) & set(bands_of(edited))
    assert all(other is not None and likeness(one, other) < 0.2 for other in others)


def test_the_likeness_is_the_share_of_common_pieces() -> None:
    chance = np.random.default_rng(5)
    words = ["".join(chr(97 + one) for one in chance.integers(0, 26, 6)) for _ in range(300)]
    errors = []
    for changed in np.linspace(0, 40, 200).astype(int):
        one = [words[at] for at in chance.integers(0, 300, 40)]
        other = [words[at] for at in chance.integers(0, 300, changed)] + one[changed:]
        texts = (" ".join(one), " ".join(other))
        first, second = ({text[at : at + 5] for at in range(len(text) - 4)} for text in texts)
        minima = [minima_of(text) for text in texts]
        assert minima[0] is not None and minima[1] is not None
        errors.append(likeness(minima[0], minima[1]) - len(first & second) / len(first | second))
    assert abs(np.mean(errors)) < 0.02
    assert np.std(errors) < 0.08  # 64 independent minima: 0.06 at most


def test_too_short_to_tell() -> None:
    assert minima_of("ready, DM me") is None
    assert minima_of("") is None


@pytest.mark.parametrize(
    ("text", "phones"),
    [
        ("call 0912 345 678 9", {123456789}),
        ("WA: +84-91-234-5678 now", {912345678}),
        ("โทร ๐๘๑-๒๓๔-๕๖๗๘", {812345678}),
        ("price 12.500.000.000", set()),
        ("000000000000", set()),
        ("2026", set()),
    ],
)
def test_telephone_numbers(text: str, phones: set[int]) -> None:
    assert phones_of(text) == phones


def test_clusters(database: Database, crawl: Crawl) -> None:
    said = TEXTS["en"]
    for key, text, seller in (
        ("a", said, "Bo"), ("b", said + " today only", "Bo"), ("c", TEXTS["th"], "Cy"), ("d", "also " + said, "Dee"),
    ):  # fmt: skip
        own = listing(key, description=text, seller=seller, title="x", images=(f"https://market.example/{key}.jpg",))
        crawl.store(Found(listing=own, assessment=opinion()))
    catch_up(database)
    with database.session() as session:
        assert find_duplicates(session) == 4
        assert find_duplicates(session) == 0
        clusters = {row.id: row.cluster_id for row in session.scalars(select(FlagRow))}
        assert clusters == {1: 1, 2: 1, 3: None, 4: 1}
        found = related(session, 1)
        assert (found.size, found.sellers, found.same_seller) == (3, 2, 1)
        assert {one.flag_id for one in found.members} == {2, 4}
        assert waiting_members(session, 1, [1, 2, 3, 99]) == [2]
        assert related(session, 3).size == 1


def test_a_text_that_changed_leaves_its_cluster(
    database: Database, crawl: Crawl, crawl_of: Callable[..., Crawl]
) -> None:
    for key in ("a", "b"):
        crawl.store(Found(listing=listing(key, description=TEXTS["en"], title="x", images=()), assessment=opinion()))
    with database.session() as session:
        find_duplicates(session)
    later = crawl_of(database, 1)
    later.store(Found(listing=listing("b", description=TEXTS["zh"], title="x", images=()), assessment=opinion()))
    with database.session() as session:
        assert find_duplicates(session) == 1
        assert session.get_one(FlagRow, 2).cluster_id is None
