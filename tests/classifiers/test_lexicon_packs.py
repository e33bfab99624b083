"""Packs: what is kept of them, that they say where they come from, and that they never decide anything."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from classifiers.assessor import Assessor
from classifiers.lexicons.names import Name, Origin, sift
from classifiers.lexicons.pack_readers import read_origin
from classifiers.lexicons.packs import add_pack, load_packs, read_manifest, remove_pack
from classifiers.lexicons.workspace import load_in_use
from wildtrade.errors import ConfigError, UsageError, WildtradeError

ROWS = "name,language,taxon,rank\nZorbu Warbler,en,Zorbus minor,species\nzorbu,en,Zorbus minor,species\n"


def name(text: str, taxon: str = "Zorbus minor", language: str = "en") -> Name:
    return Name(text, language, taxon, "species")


def origin(*names: Name) -> Origin:
    return Origin(list(names), "0" * 64, name="birds", version="1", licence="CC-BY-SA-4.0", source="somewhere")


def tarball(path: Path, files: dict[str, object]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for file, content in files.items():
            data = json.dumps(content).encode()
            entry = tarfile.TarInfo(f"package/{file}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return path


def test_what_could_only_disturb_is_left_out() -> None:
    sifted = sift(
        [
            name("Great Zorbu"),
            name("great zorbu"),
            name("Great Zorbu", "Zorbus major"),
            name("Tit"),
            name("table"),
            name("<small>Zorbu"),
            name("123"),
            name("鹦"),
            name("灰鹦"),
        ],
        ordinary={"table"},
    )
    assert [(one.text, one.taxon, one.rank) for one in sifted.kept] == [
        ("Great Zorbu", "Zorbus", "genus"),
        ("灰鹦", "Zorbus minor", "species"),
    ]
    assert sifted.left_out == {
        "the same name again": 2,
        "too short": 2,
        "an everyday word": 1,
        "markup or a whole sentence": 1,
        "no letters": 1,
    }


def test_a_csv_pack_is_kept_with_licence_and_source_and_can_be_removed(tmp_path: Path) -> None:
    path = tmp_path / "birds.csv"
    path.write_text(ROWS, encoding="utf-8")
    read = read_origin(path)
    with pytest.raises(UsageError, match="licence"):
        add_pack(tmp_path, read)
    manifest = add_pack(tmp_path, replace(read, licence="CC0-1.0", source="https://example.org", version="7"))
    assert (manifest.name, manifest.version, manifest.licence, manifest.names) == ("birds", "7", "CC0-1.0", 2)
    (pack,) = load_packs(tmp_path)
    assert (pack.licence, pack.source) == ("CC0-1.0", "https://example.org")
    assert read_manifest(tmp_path / "packs" / "birds") == manifest
    remove_pack(tmp_path, "birds")
    assert load_packs(tmp_path) == ()
    with pytest.raises(UsageError, match="no pack"):
        remove_pack(tmp_path, "birds")


def test_the_npm_layout_is_read_from_tarball_and_folder(tmp_path: Path) -> None:
    genus = [
        {
            "scientific_name": "Zorbus minor",
            "common_names": [{"lang": "en", "name": "Lesser Zorbu", "synonyms": ["Small Zorbu"]}],
        },
        {"scientific_name": "Zorbus major", "common_names": []},
    ]
    files: dict[str, object] = {
        "package.json": {"name": "zoo-names", "version": "0.2", "license": "CC-BY-SA-4.0", "homepage": "https://z"},
        "data/Aves/Zorbus.json": genus,
        "json-schema.json": {"type": "array"},
    }
    read = read_origin(tarball(tmp_path / "zoo.tgz", files))
    assert (read.name, read.version, read.licence, read.source) == ("zoo-names", "0.2", "CC-BY-SA-4.0", "https://z")
    assert [(one.text, one.language) for one in read.names] == [
        ("Zorbus minor", "la"),
        ("Lesser Zorbu", "en"),
        ("Small Zorbu", "en"),
        ("Zorbus major", "la"),
    ]
    with tarfile.open(tmp_path / "zoo.tgz") as archive:
        archive.extractall(tmp_path / "out", filter="data")
    assert read_origin(tmp_path / "out" / "package").names == read.names


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("a.csv", b"word,language\nx,en\n"),
        ("a.csv", b"name,language,taxon,rank\n,en,Zorbus,genus\n"),
        ("a.tgz", b"not a tarball"),
        ("a.xlsx", b"PK"),
    ],
)
def test_a_file_that_is_no_pack_is_refused(tmp_path: Path, file: str, content: bytes) -> None:
    path = tmp_path / file
    path.write_bytes(content)
    with pytest.raises(WildtradeError) as caught:
        read_origin(path)
    assert caught.value.file and caught.value.fix


def test_a_broken_genus_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="species names") as caught:
        read_origin(tarball(tmp_path / "zoo.tgz", {"data/Aves/Zorbus.json": [{"name": "x"}]}))
    assert str(caught.value.file).endswith("data/Aves/Zorbus.json")


def test_a_changed_pack_is_refused(tmp_path: Path) -> None:
    add_pack(tmp_path, origin(name("Great Zorbu")))
    path = tmp_path / "packs" / "birds" / "names.csv"
    path.write_text(path.read_text(encoding="utf-8") + "x,en,y,genus\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="changed"):
        load_packs(tmp_path)


def test_a_pack_names_taxa_and_neither_makes_nor_takes_a_flag(
    tmp_path: Path, assessor: Assessor, corrected: Callable[[float, float], Assessor]
) -> None:
    longer = name("african grey parrot with papers", "Zorbus minor")
    add_pack(tmp_path, origin(name("Great Zorbu"), name("Lesser Zorbu"), longer, name("ivory bangle")))
    lexicon = load_in_use(tmp_path)
    assert "packs1" in lexicon.version
    packed = assessor.with_lexicon(lexicon)
    pairs = [(one, one.with_lexicon(lexicon)) for one in (corrected(1.0, 12.0), corrected(1.0, -12.0))]
    pairs.append((assessor, packed))
    for text in (
        "Selling great zorbu and lesser zorbu, wild caught, $200, whatsapp only",
        "Great zorbu great zorbu live, for sale, price 100",
        "Ivory bangle for sale, old",
        "African grey parrot with papers, talks",
        "Plastic chair for sale",
    ):
        for plain, with_pack in pairs:
            assert with_pack.assess("", text, "20 USD").label == plain.assess("", text, "20 USD").label
    seen = packed.assess("", "Great Zorbu for sale")
    assert [taxon.name for taxon in seen.taxa] == ["Zorbus minor"]
    assert "lexicon:pack:birds/Great Zorbu" in {signal.source for signal in seen.signals}
    # What the lexicon knows itself is never shadowed by a longer name of a pack.
    assert "Psittacus erithacus" in {t.name for t in packed.assess("", "African grey parrot with papers").taxa}


def test_a_pack_of_a_hundred_thousand_names_costs_little(tmp_path: Path, assessor: Assessor) -> None:
    syllables = ("ka", "lu", "mi", "ro", "te", "zu", "ba", "ne", "vo", "xi")
    parts = [a + b + c for a in syllables for b in syllables for c in syllables]
    names = [name(f"{first}{second} {second}", f"Zorbus {first}") for first in parts[:330] for second in parts[:330]]
    manifest = add_pack(tmp_path, origin(*names))
    assert manifest.names > 100_000
    matcher = assessor.with_lexicon(load_in_use(tmp_path)).reader.matcher
    assert matcher.patterns - assessor.reader.matcher.patterns == manifest.names
    assert matcher.words == assessor.reader.matcher.words  # no word of a pack is ever "repaired" to
