"""Pictures that look alike are found, others are not, and no file harms whoever looks at it."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image
from sqlalchemy import select

from storage import picture_hash
from storage.cluster_members import cluster_of, read_cluster
from storage.clusters import find_all_duplicates, related
from storage.database import Database
from storage.door import Found
from storage.models import Artifact, ArtifactKind, CaptureRow, FlagRow, Picture
from storage.picture_hash import NEAR, bands_of, distance, look_at
from storage.pictures import STOCK, look_at_new, same_pictures, similar
from tests.storage.helpers import START, Crawl, listing, opinion


def scene(seed: int) -> Image.Image:
    """Something with light and dark places, as a photograph has."""
    colours = np.random.default_rng(seed).integers(0, 255, (9, 12, 3), dtype=np.uint8)
    return Image.fromarray(colours).resize((600, 400), Image.Resampling.BICUBIC)


def saved(folder: Path, image: Image.Image, name: str, **options: int) -> Path:
    path = folder / name
    image.save(path, **options)
    return path


def claimed(width: int, height: int) -> bytes:
    """A small file that is a grey PNG of this size."""
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(bytes(width + 1)) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", data), (b"IEND", b""))
    written = (struct.pack(">I", len(b)) + a + b + struct.pack(">I", zlib.crc32(a + b)) for a, b in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(written)


def test_copies_are_near_and_others_far(tmp_path: Path) -> None:
    paths = []
    for seed in range(25):
        image = scene(seed)
        paths += [
            saved(tmp_path, image, f"{seed}.jpg", quality=90),
            saved(tmp_path, image.resize((160, 107)), f"{seed}s.jpg", quality=35),
            saved(tmp_path, image.point(lambda value: min(255, value * 6 // 5)), f"{seed}b.png"),
            saved(tmp_path, image.convert("P"), f"{seed}p.gif"),
            saved(tmp_path, image.convert("RGBA"), f"{seed}a.webp"),
        ]
    hashes = [look.hash for look in look_at(paths)]
    groups = [hashes[at : at + 5] for at in range(0, len(hashes), 5)]
    assert None not in hashes
    assert all(distance(group[0], copy) <= NEAR for group in groups for copy in group)  # type: ignore[arg-type]
    firsts = [group[0] for group in groups]
    assert min(distance(a, b) for a in firsts for b in firsts if a != b) > 2 * NEAR  # type: ignore[arg-type]


def test_what_differs_in_seven_bits_meets_in_a_band() -> None:
    chance = np.random.default_rng(7)
    for _ in range(500):
        number = int(chance.integers(-(2**63), 2**63 - 1))
        other = number
        for bit in chance.choice(64, NEAR, replace=False):
            other ^= 1 << int(bit)
        assert distance(number, other) == NEAR
        assert set(bands_of(number)) & set(bands_of(other, flips=True))


def test_no_file_harms_whoever_looks(tmp_path: Path) -> None:
    files = {
        "bomb.png": claimed(20_000, 20_000), "junk.jpg": b"\xff\xd8\xff\xe0" + b"x" * 300, "none.png": b"",
        "text.svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    }  # fmt: skip
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    good = saved(tmp_path, scene(1), "good.jpg")
    cut = tmp_path / "cut.jpg"
    cut.write_bytes(good.read_bytes()[:2000])
    white = saved(tmp_path, Image.new("RGB", (300, 300), "white"), "white.png")
    before = psutil.Process().memory_info().rss
    paths = [*(tmp_path / name for name in files), cut, white, tmp_path / "nowhere.jpg", good]
    looks = look_at(paths)
    assert [look.hash is None for look in looks] == [True] * 7 + [False]
    assert (looks[0].width, "20,000 x 20,000" in looks[0].problem) == (20_000, True)
    assert all(look.problem for look in looks[:-1])
    assert psutil.Process().memory_info().rss - before < 50_000_000


def test_a_child_that_dies_costs_one_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child = tmp_path / "fragile.py"
    child.write_text(
        "import json, os, sys\n"
        "for line in sys.stdin:\n"
        "    if 'killer' in line: os._exit(9)\n"
        "    print(json.dumps({'hash': 5}), flush=True)\n"
    )
    monkeypatch.setattr(picture_hash, "__name__", "fragile")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    looks = look_at([Path("a"), Path("killer"), Path("b"), Path("c")])
    assert [look.hash for look in looks] == [5, None, 5, 5]
    assert "limits" in looks[1].problem


class Shop:
    """Flagged listings with captured pictures."""

    def __init__(self, database: Database, crawl: Crawl, evidence: Path) -> None:
        self.database, self.crawl, self.evidence = database, crawl, evidence

    def offer(self, key: str, seller: str, *images: Image.Image | None, quality: int = 90) -> None:
        """A listing of this seller that shows these; None is one that was not captured."""
        urls = tuple(f"https://market.example/{key}-{at}.jpg" for at in range(len(images)))
        words = f"{key} " * 3
        found = listing(key, title=words, description=words, seller=seller, images=urls)
        self.crawl.store(Found(listing=found, assessment=opinion()))
        with self.database.session() as session:
            page = session.scalars(select(CaptureRow.page_id).order_by(CaptureRow.id.desc())).first()
            for url, image in zip(urls, images, strict=True):
                if image is not None:
                    path = saved(self.evidence, image, "new.jpg", quality=quality)
                    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
                    path = path.rename(self.evidence / f"{sha256}.jpg")
                    session.add(
                        Artifact(
                            page_id=page,
                            kind=ArtifactKind.MEDIA,
                            url=url,
                            media_type="image/jpeg",
                            path=path.name,
                            sha256=sha256,
                            size=path.stat().st_size,
                            captured_at=START,
                        )
                    )

    def work(self) -> int:
        """What the job beside the app does; returns how many pictures were looked at."""
        looked = look_at_new(self.database, self.evidence)
        find_all_duplicates(self.database)
        return looked

    def clusters(self) -> dict[int, int | None]:
        """The cluster of each flag."""
        with self.database.session(read_only=True) as session:
            return {row.id: row.cluster_id for row in session.scalars(select(FlagRow))}


@pytest.fixture
def shop(database: Database, crawl: Crawl, tmp_path: Path) -> Shop:
    return Shop(database, crawl, tmp_path)


def test_same_photo_three_listings_two_sellers(shop: Shop, database: Database) -> None:
    shop.offer("a", "Bo", scene(1))
    shop.offer("b", "Bo", scene(1).resize((300, 200)), quality=40)
    shop.offer("c", "Cy", scene(1), quality=70)
    shop.offer("d", "Di", scene(2))
    assert shop.work() == 4
    assert shop.work() == 0
    assert shop.clusters() == {1: 1, 2: 1, 3: 1, 4: None}
    with database.session(read_only=True) as session:
        (photo,) = related(session, 1).pictures
        assert (len(photo.listings), photo.sellers, photo.captured, photo.stock) == (3, 2, True, False)
        assert same_pictures(session, 4) == []
        assert set(session.scalars(similar(2))) == {1, 2, 3}
        assert set(session.scalars(similar(4))) == {4}
        cluster = read_cluster(session, 1)
        assert cluster is not None
        assert (len(cluster.members), cluster.sellers) == (3, 2)
        assert all(one.bits is not None and one.bits <= NEAR for one in cluster.members)
        assert cluster_of(session, 3) == 1
        assert cluster_of(session, 4) is None
        assert read_cluster(session, 1, 4) is None


def test_a_photo_of_many_sellers_is_a_stock_photo_and_holds_nothing_together(shop: Shop, database: Database) -> None:
    for number in range(STOCK):
        shop.offer(f"s{number}", f"Seller {number}", scene(3))
        shop.work()
    assert set(shop.clusters().values()) == {1}
    shop.offer("more", "One more", scene(3))
    shop.work()
    assert set(shop.clusters().values()) == {None}
    with database.session(read_only=True) as session:
        (photo,) = related(session, 1).pictures
        assert (photo.sellers, photo.stock) == (STOCK + 1, True)
        assert len(set(session.scalars(similar(1)))) == STOCK + 1


def test_a_shops_mark_in_every_listing_makes_no_two_alike(shop: Shop) -> None:
    for number in range(3):
        shop.offer(f"m{number}", "Bo", scene(90), *(scene(100 + 10 * number + at) for at in range(3)))
    shop.work()
    assert set(shop.clusters().values()) == {None}


def test_the_same_address_is_the_same_picture_until_too_many_name_it(
    database: Database, crawl: Crawl, crawl_of: Callable[..., Crawl]
) -> None:
    for number in range(STOCK + 1):
        words = f"n{number} " * 3
        one = listing(
            str(number), title=words, description=words, seller=f"S{number}", images=("https://x.example/p.png",)
        )
        crawl.store(Found(listing=one, assessment=opinion()))
        find_all_duplicates(database)
        with database.session(read_only=True) as session:
            clusters = {row.cluster_id for row in session.scalars(select(FlagRow))}
            assert clusters == ({1} if 0 < number < STOCK else {None})
            if number == 1:
                (photo,) = related(session, 1).pictures
                assert (photo.captured, photo.sellers) == (False, 2)
                cluster = read_cluster(session, 1)
                assert cluster is not None
                assert [one.address for one in cluster.members] == [True, True]


def test_groups_that_a_new_picture_connects_become_one(shop: Shop, database: Database) -> None:
    with database.session() as session:
        from storage.pictures import _add

        for number, bits in enumerate((0, 2**10 - 1, 0b11111)):  # 10 bits apart, then one between them
            _add(session, str(number) * 64, picture_hash.Look(hash=bits))
        assert {one.group_id for one in session.scalars(select(Picture))} == {1}


def test_files_that_are_not_here_wait(shop: Shop) -> None:
    shop.offer("a", "Bo", scene(1))
    (path,) = shop.evidence.glob("*.jpg")
    away = path.rename(shop.evidence / "away")
    assert shop.work() == 0
    away.rename(path)
    assert shop.work() == 1
