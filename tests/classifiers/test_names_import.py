"""Importing the official list: layouts, bad files, the swap, and what the list then answers."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path

import pytest

from classifiers.taxonomy import Checklist, Kind, load_statuses
from classifiers.taxonomy.speciesplus import read_export, synonyms
from classifiers.taxonomy.store import FILE_NAME, ImportedList, import_list
from wildtrade.errors import ParseError, StorageError, UsageError

INDEX = (
    "TaxonId,Kingdom,Phylum,Class,Order,Family,Genus,Species,Subspecies,FullName,AuthorYear,RankName,CurrentListing,"
    "FullAnnotationEnglish,AnnotationEnglish,SynonymsWithAuthors,EnglishNames,SpanishNames,FrenchNames\n"
    '1,Animalia,Chordata,Reptilia,Sauria,Zorridae,Zorra,,,Zorra,"Gray, 1838",GENUS,I/II,,'
    'Appendix II:Except <i>Zorra prima</i> ,"","","",""\n'
    '2,Animalia,Chordata,Reptilia,Sauria,Zorridae,Zorra,prima,,Zorra prima,"Gray, 1838",SPECIES,I,,Appendix I: ,'
    '"Lacertus primus van der Horst, 1802, Zorra primigenia (Gray, 1831)","First Zorra, Royal Zorra",Zorra real,\n'
    '3,Animalia,Chordata,Reptilia,Sauria,Zorridae,Zorra,altera,,Zorra altera,"Gray, 1838",SPECIES,II/NC,,,"","","",""\n'
)
LISTINGS = (
    "Id;Phylum;Class;Order;Family;Genus;Species;Subspecies;Scientific Name;Author;"
    "Rank;Listing;Party;Full note;# Full note\n"
    "7;Chordata;Aves;Passeriformes;Zaridae;Zara;rubra;;Zara rubra;L.;SPECIES;III;Ghana;;\n"
    "7;Chordata;Aves;Passeriformes;Zaridae;Zara;rubra;;Zara rubra;L.;SPECIES;III;Mali;;\n"
    "8;Chordata;Aves;Passeriformes;Zaridae;Zara;alba;;Zara alba;L.;SPECIES;I;;Populations of <i>Z. alba</i> of Mali;\n"
    "8;Chordata;Aves;Passeriformes;Zaridae;Zara;alba;;Zara alba;L.;SPECIES;II;;All other populations;\n"
)


def written(folder: Path, text: str, name: str = "index_2020-02-03.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_index_layout(tmp_path: Path) -> None:
    manifest = import_list(written(tmp_path, INDEX), tmp_path / "taxa")
    assert (manifest.taxa, manifest.synonyms, manifest.common_names) == (3, 2, 3)
    assert manifest.list_date == "2020-02-03"
    assert len(manifest.sha256) == 64
    assert "Species+" in manifest.attribution
    checklist = Checklist.load(tmp_path / "taxa")
    assert checklist.manifest == manifest
    assert [taxon.name for taxon in checklist.resolve("Lacertus primus").taxa] == ["Zorra prima"]
    assert checklist.taxon("Zorra tertia").appendix == "II"  # a member nobody names, through the genus
    assert checklist.taxon("Zorra prima").appendix_date == "2020-02-03"
    found = checklist.search("roy")[0]
    assert (found.taxon.name, found.matched, found.taxon.appendix) == ("Zorra prima", "Royal Zorra", "I")


def test_the_listings_layout_joins_the_lines_of_a_taxon(tmp_path: Path) -> None:
    import_list(written(tmp_path, LISTINGS, "cites_listings.csv"), tmp_path / "taxa", date(2025, 2, 7))
    statuses = load_statuses(tmp_path / "taxa")
    red = statuses.on("Zara rubra", date(2025, 3, 1))
    white = statuses.on("Zara alba", date(2025, 3, 1))
    assert red is not None
    assert white is not None
    assert (red.appendix, red.parties, red.list_date) == ("III", "Ghana, Mali", "2025-02-07")
    assert (white.appendix, white.annotation) == ("I/II", "Populations of Z. alba of Mali")
    assert statuses.on("Zara rubra", date(2025, 2, 6)) is None


def test_gzip_and_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "list.csv.gz"
    path.write_bytes(gzip.compress(b"\xef\xbb\xbf" + INDEX.encode()))
    assert [row.name for row in read_export(path)] == ["Zorra", "Zorra prima", "Zorra altera"]


@pytest.mark.parametrize(
    ("data", "line", "field", "words"),
    [
        (b"a,b,c\n1,2,3\n", 1, "name", "no column for name, rank, appendix"),
        (b"", 1, "name", "no column"),
        (INDEX.encode() + b"4,,,\n", 5, None, "cells"),
        (INDEX.replace("II/NC", "IV").encode(), 4, "appendix", "'IV' is no Appendix"),
        (INDEX.replace("SPECIES,I,", "SPEZIES,I,").encode(), 3, "rank", "'SPEZIES' is not a rank"),
        (INDEX.replace("Zorra real", "Zorra r\xe9al").encode("latin-1"), None, None, "not UTF-8"),
        (gzip.compress(INDEX.encode())[:-40], None, None, "cannot be unpacked"),
        (INDEX.splitlines()[0].encode(), 1, None, "holds no taxon"),
    ],
)
def test_bad_files_end_with_one_message_and_leave_the_list_in_use(
    tmp_path: Path, data: bytes, line: int | None, field: str | None, words: str
) -> None:
    target = tmp_path / "taxa"
    kept = import_list(written(tmp_path, INDEX), target)
    bad = tmp_path / "bad_2021-01-01.csv"
    bad.write_bytes(data)
    with pytest.raises(ParseError, match=words) as caught:
        import_list(bad, target)
    assert caught.value.file == str(bad)
    assert caught.value.fix
    assert caught.value.line == line or (line is None and caught.value.line)
    assert caught.value.field == field
    assert [path.name for path in target.iterdir()] == [FILE_NAME]
    imported = ImportedList.find(target)
    assert imported is not None
    assert imported.manifest == kept


def test_a_list_needs_its_day(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no date"):
        import_list(written(tmp_path, INDEX, "list.csv"), tmp_path / "taxa")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ParseError, match="cannot be read"):
        import_list(tmp_path / "missing_2020-01-01.csv", tmp_path / "taxa")


def test_a_damaged_store_says_so(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database")
    with pytest.raises(StorageError, match="cannot be read"):
        Checklist.load(tmp_path)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Psittacus aestivus Linnaeus, 1758", ["Psittacus aestivus"]),
        ("Boa a van der Horst, 1922, Rana bona (Semper, 1872)", ["Rana bona"]),
        ("Crocodilus vulgaris indicus Cuvier, 1807; Rana bona Gray", ["Crocodilus vulgaris indicus", "Rana bona"]),
        ("Cycas spina J.Y.Liang, Y.C. Zhong & Z.F. Lu., Cycas alta Hung T.Chang", ["Cycas spina", "Cycas alta"]),
        ("Ara var. alba L., Ara minor var. rubra (L.) DC.", ["Ara minor rubra"]),
    ],
)
def test_synonyms_lose_their_authors(text: str, names: list[str]) -> None:
    assert list(synonyms(text)) == names


def test_the_real_index(shared: Path, tmp_path: Path) -> None:
    source = shared / "data" / "index_of_cites_species_2017-04-21.csv.gz"
    manifest = import_list(source, tmp_path)
    assert (manifest.taxa, manifest.list_date) == (38_079, "2017-04-21")
    checklist = Checklist.load(tmp_path)
    stale, newer = checklist.history("Manta alfredi")[-2:]
    assert (newer.appendix, newer.list_date) == ("I", "2026-03-05")  # shipped, and under the present name
    assert stale.appendix == "II"
    assert checklist.resolve("Vandopsis kupperiana").kind is Kind.SYNONYM
