"""Reading the CSV exports of Species+ and the Checklist of CITES Species, as they come (also gzipped), line by line."""

from __future__ import annotations

import csv
import gzip
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from wildtrade.errors import ParseError

# what a field is called in the "Index of CITES Species" of the Checklist and in the listings export of Species+
_HEADINGS: dict[str, tuple[str, ...]] = {
    "name": ("fullname", "scientificname", "taxon", "fulltaxonname"),
    "rank": ("rankname", "rank"),
    "appendix": ("currentlisting", "listing", "citeslisting", "appendix", "citesappendix"),
    "author": ("authoryear", "author"),
    "kingdom": ("kingdom",),
    "class": ("class",),
    "order": ("order",),
    "family": ("family",),
    "annotation": ("annotationenglish", "fullnote", "note", "fullannotationenglish"),
    "full_annotation": ("fullannotationenglish", "fullnote"),
    "hash_note": ("#annotationsymbol", "#fullnote"),
    "parties": ("party", "parties"),
    "synonyms": ("synonymswithauthors", "synonyms"),
    "en": ("englishnames", "englishcommonnames", "commonnamesenglish"),
    "es": ("spanishnames", "spanishcommonnames", "commonnamesspanish"),
    "fr": ("frenchnames", "frenchcommonnames", "commonnamesfrench"),
}
_NEEDED = ("name", "rank", "appendix")
_RANKS = frozenset(
    {"kingdom", "phylum", "class", "order", "suborder", "superfamily", "family", "subfamily", "tribe"}
    | {"genus", "species", "subspecies", "variety"}
)
_APPENDIX = re.compile(r"I{1,3}|NC|none", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>|Appendix I{1,3}:")
_NEW_NAME = re.compile(r"([A-Z][a-zë-]+) (?:\([A-Z][a-z]+\) )?(?:(?:x|×) ?)?([a-zë-]{3,})((?: [^,]*)?)$")
_PARTICLES = frozenset(
    {"and", "auct", "bin", "cf", "den", "der", "des", "del", "dos", "ined", "non", "sensu", "van", "von"}
)
_FURTHER = re.compile(r"^ (?:(?:var|subsp|ssp|f)\.? )?([a-z-]{3,})(?= |$)")
_LONGEST_CELL = 1_000_000


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One taxon of the list. ``appendix`` is "I", "II", "III", "I/II" ... or "" (not listed); ``names`` are common
    names by language; ``line`` is where it stands in the file."""

    line: int
    name: str
    rank: str
    appendix: str
    author: str
    kingdom: str
    order: str
    family: str
    annotation: str
    parties: str
    synonyms: tuple[str, ...]
    names: dict[str, tuple[str, ...]]


def read_export(path: Path) -> Iterator[IndexRow]:
    """The taxa of an export file, one at a time. Raises ParseError with file, line and field for a file that is cut
    short, is not UTF-8 text, lacks a needed column or holds a rank or Appendix nobody knows."""
    at = [0]
    try:
        with _open(path) as stream:
            yield from _rows(path, stream, at)
    except UnicodeDecodeError as error:
        fix = "export the file as UTF-8; a spreadsheet may have re-saved it"
        raise ParseError("is not UTF-8 text", file=str(path), line=at[0] + 1, fix=fix) from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        fix = "the download is cut short or damaged: fetch it again"
        raise ParseError(f"cannot be unpacked: {error}", file=str(path), line=at[0] + 1, fix=fix) from error
    except csv.Error as error:
        raise ParseError(f"is not CSV: {error}", file=str(path), line=at[0] + 1, fix="check the quotes") from error
    except OSError as error:
        raise ParseError(f"cannot be read: {error.strerror}", file=str(path), fix="check the path") from error


@contextmanager
def _open(path: Path) -> Iterator[IO[str]]:
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
    if packed:
        with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as stream:
            yield stream
    else:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            yield stream


def _rows(path: Path, stream: IO[str], at: list[int]) -> Iterator[IndexRow]:
    csv.field_size_limit(_LONGEST_CELL)
    first = stream.readline()
    delimiter = max(",;\t", key=first.count)
    places = _columns(path, next(csv.reader([first], delimiter=delimiter), []))
    width = max(places.values()) + 1
    reader = csv.reader(stream, delimiter=delimiter, strict=True)
    for cells in reader:
        line = reader.line_num + 1
        at[0] = line
        if not any(cells):
            continue
        if len(cells) < width:
            problem = f"{len(cells)} cells where at least {width} are needed"
            raise ParseError(problem, file=str(path), line=line, fix="the line is cut short: export the file again")
        yield _row(path, line, {field: cells[place].strip() for field, place in places.items()})


def _columns(path: Path, header: list[str]) -> dict[str, int]:
    """Where each field stands: the first of its headings that the file has."""
    plain = [re.sub(r"[^a-z#]", "", heading.casefold()) for heading in header]
    places = {}
    for field, headings in _HEADINGS.items():
        found = next((heading for heading in headings if heading in plain), None)
        if found:
            places[field] = plain.index(found)
    if missing := [field for field in _NEEDED if field not in places]:
        problem = f"no column for {', '.join(missing)}; the header has: {', '.join(header)[:300] or 'nothing'}"
        fix = "give the CSV of the Index of CITES Species (checklist.cites.org) or of Species+ CITES listings"
        raise ParseError(problem, file=str(path), line=1, field=missing[0], fix=fix)
    return places


def _row(path: Path, line: int, cells: dict[str, str]) -> IndexRow:
    rank = cells["rank"].casefold()
    if rank not in _RANKS:
        fix = f"a rank is one of: {', '.join(sorted(_RANKS))}"
        raise ParseError(f"{cells['rank']!r} is not a rank", file=str(path), line=line, field="rank", fix=fix)
    if not cells["name"]:
        raise ParseError("the scientific name is empty", file=str(path), line=line, field="name", fix="export again")
    return IndexRow(
        line=line,
        name=" ".join(cells["name"].removesuffix(" spp.").split()),
        rank=rank,
        appendix=_appendix(path, line, cells["appendix"]),
        author=cells.get("author", ""),
        kingdom=cells.get("kingdom", ""),
        order=cells.get("order", ""),
        family=cells.get("family", ""),
        annotation=_note(cells),
        parties=cells.get("parties", ""),
        synonyms=tuple(synonyms(cells.get("synonyms", ""))),
        names={language: _list(cells.get(language, "")) for language in ("en", "es", "fr")},
    )


def _appendix(path: Path, line: int, text: str) -> str:
    parts = [part.strip() for part in re.split(r"[/,|]", text) if part.strip()]
    if wrong := [part for part in parts if not _APPENDIX.fullmatch(part)]:
        fix = "a listing is made of I, II, III and NC, such as I/II"
        raise ParseError(f"{wrong[0]!r} is no Appendix", file=str(path), line=line, field="appendix", fix=fix)
    return "/".join(sorted({part.upper() for part in parts if part.upper().startswith("I")}, key=len))


def _note(cells: dict[str, str]) -> str:
    sign = cells.get("hash_note", "")
    sign = sign if len(sign) < 8 else ""
    note = cells.get("annotation", "")
    return "; ".join(filter(None, (sign, " ".join(_TAG.sub(" ", note).split()))))


def _list(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for part in re.split(r"[,;]", text) if (name := part.strip())))


def synonyms(text: str) -> Iterator[str]:
    """The names in a list such as "Ornismya abeillei Lesson & DeLattre, 1839, Boa tatarica (Pallas, 1773)", without
    their authors: the commas between names and those inside authors look alike."""
    for part in re.split(r"[,;]", text):
        found = _NEW_NAME.match(part.strip())
        if found is None or found[2] in _PARTICLES:
            continue
        rest = _FURTHER.match(found[3])
        third = f" {rest[1]}" if rest and rest[1] not in _PARTICLES else ""
        yield f"{found[1]} {found[2]}{third}"
