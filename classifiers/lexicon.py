"""The trade lexicon as data: terms, cues, guards and pictures, read from ``config/lexicon`` and a user's own folder."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from classifiers.tables import Row, read_table
from wildtrade.errors import ConfigError
from wildtrade.paths import shipped_config

TERM_COLUMNS = ("term", "language", "taxon", "rank", "form", "cites_code", "strength", "status", "source", "note")
CUE_COLUMNS = ("term", "language", "kind", "status", "source")
GUARD_COLUMNS = ("id", "language", "target", "phrases", "window", "weight", "reason", "status", "source", "example")
EMOJI_COLUMNS = ("emoji", "language", "meaning", "taxon", "form", "strength")

PACK = "pack:"  # begins the group of every entry that comes from a pack

_words = str.split
LANGUAGES = frozenset(_words("en es pt fr th vi zh id sw af ar yo ha lg zu xh la"))  # la: scientific names
FORMS = frozenset(
    _words(
        "ivory horn tusk scale live skin fur tooth claw bone skull shell meat egg feather bile musk medicine fin coral "
        "carving leather wood log plant seed oil resin chips trophy any"
    )
)
TRADE_CODES = frozenset(  # of the CITES annual report guidelines
    _words(
        "IVC IVP TUS SKI LIV BON CLA TEE SCA HOR MEA SKU SHE EGG FEA BIL GAL MUS MED FIN COR CAR LPL TIM LOG SEE OIL "
        "EXT CHP TRO"
    )
)
STRENGTHS = frozenset({"strong", "weak", "code"})
STATUSES = frozenset({"sourced", "own knowledge"})
RANKS = frozenset({"", "species", "genus", "family", "order", "class"})
CUE_KINDS = frozenset(
    {"sell", "buy", "ask", "news", "awareness", "contact", "price", "quantity", "permit", "wild", "captive"}
    | {"negation", "imitation", "antique", "genuine"}
)
# What a text is about besides wildlife, in every language the same few subjects: what carries from one to the next.
TOPIC_KINDS = frozenset(
    {"live", "domestic", "part", "wood", "plant", "craft", "toy", "print", "clothing", "household", "supplies"}
    | {"food", "secrecy", "remedy", "hunt"}
)
REASONS = frozenset(
    {"colour", "brand", "place", "surname", "toy", "print", "faux", "news", "awareness", "pet_supplies", "food"}
    | {"legal_lookalike", "game", "team", "plant_name", "scent", "other"}
)


@dataclass(frozen=True, slots=True)
class Term:
    """A word that names wildlife. ``strong`` may flag alone; ``weak`` (ambiguous) and ``code`` words never do."""

    text: str
    language: str
    taxon: str
    rank: str
    form: str
    cites_code: str
    strength: str
    group: str
    source: str

    @property
    def key(self) -> str:
        """How a signal names this entry."""
        return f"lexicon:{self.group}/{self.text}"

    @property
    def packed(self) -> bool:
        """Whether it comes from a pack: it may name a taxon, it never flags."""
        return self.group.startswith(PACK)


@dataclass(frozen=True, slots=True)
class Cue:
    """A word that tells what the author wants or claims (``kind`` one of CUE_KINDS) or speaks of (TOPIC_KINDS)."""

    text: str
    language: str
    kind: str


@dataclass(frozen=True, slots=True)
class Guard:
    """Context that makes a term innocent.

    It fires where one of ``phrases`` stands within ``window`` tokens (characters in scripts without spaces) of a
    term of ``target`` (a group, a term, or "*"); with window 0, where the phrase itself contains the term.
    ``weight`` is in log-odds, never above 0.
    """

    id: str
    language: str
    target: str
    phrases: tuple[str, ...]
    window: int
    weight: float
    reason: str


@dataclass(frozen=True, slots=True)
class Pack:
    """Names from elsewhere, by the hundred thousand: they name a taxon in a text and never flag alone.

    ``names`` are (text, language, taxon, rank); ``sha256`` is over the file they were read from.
    """

    name: str
    version: str
    licence: str
    source: str
    sha256: str
    names: Sequence[tuple[str, str, str, str]]

    @property
    def group(self) -> str:
        """How a signal names where an entry came from."""
        return f"{PACK}{self.name}"

    def term(self, index: int) -> Term:
        """One name as a term: weak, whatever it says."""
        text, language, taxon, rank = self.names[index]
        return Term(text, language, taxon, rank, "any", "", "weak", self.group, self.source)


@dataclass(frozen=True)
class Lexicon:
    """All entries, and the version: the number in ``version.txt`` with a fingerprint of the files."""

    terms: tuple[Term, ...]
    cues: tuple[Cue, ...]
    guards: tuple[Guard, ...]
    version: str
    groups: frozenset[str] = field(default=frozenset())
    packs: tuple[Pack, ...] = ()


def shipped_lexicon() -> Path:
    """The folder of the shipped lexicon."""
    return shipped_config() / "lexicon"


def load_lexicon(extra: Path | None = None, shipped: Path | None = None) -> Lexicon:
    """Read the shipped lexicon and lay the entries of ``extra`` (same layout, every file optional) beside it.

    Raises ConfigError that names file, line, column and fix at the first mistake.
    """
    shipped = shipped or shipped_lexicon()
    if not (shipped / "terms").is_dir():
        raise ConfigError("the lexicon is missing", file=str(shipped), fix="restore config/lexicon")
    folders = [shipped] + ([extra] if extra is not None and extra.is_dir() else [])
    sources = {
        row.needed("key") for folder in folders for row in _optional(folder / "sources.csv", ("key", "reference"))
    }
    terms: list[Term] = []
    cues: list[Cue] = []
    guards: list[Guard] = []
    for folder in folders:
        for path in sorted((folder / "terms").glob("*.csv")):
            terms += [_term(row, path.stem, sources) for row in read_table(path, TERM_COLUMNS)]
        terms += [_picture(row) for row in _optional(folder / "emoji.csv", EMOJI_COLUMNS)]
        cues += [_cue(row, sources, CUE_KINDS) for row in _optional(folder / "cues.csv", CUE_COLUMNS)]
        cues += [_cue(row, sources, TOPIC_KINDS) for row in _optional(folder / "topics.csv", CUE_COLUMNS)]
        guards += [_guard(row, sources) for row in _optional(folder / "guards.csv", GUARD_COLUMNS)]
    groups = frozenset(term.group for term in terms)
    return Lexicon(tuple(terms), tuple(cues), tuple(guards), _version(folders), groups)


def _optional(path: Path, columns: tuple[str, ...]) -> Iterator[Row]:
    return read_table(path, columns) if path.is_file() else iter(())


def source_keys(cell: str) -> list[str]:
    """The keys of a source cell: one, or several joined by ``;`` or ``+``."""
    return [key.strip() for key in cell.replace("+", ";").split(";") if key.strip()]


def _source(row: Row, sources: set[str]) -> str:
    for key in source_keys(row.text("source")):
        if sources and key not in sources:
            row.fail("source", f"{key!r} is not in sources.csv", "add it there, or correct the key")
    return row.text("source")


def _term(row: Row, group: str, sources: set[str]) -> Term:
    row.one_of("status", STATUSES)
    return Term(
        text=row.needed("term"),
        language=row.needed("language"),
        taxon=row.text("taxon"),
        rank=row.one_of("rank", RANKS),
        form=row.text("form") or "any",
        cites_code=row.text("cites_code"),
        strength=row.one_of("strength", STRENGTHS),
        group=group,
        source=_source(row, sources),
    )


def _picture(row: Row) -> Term:
    return Term(
        text=row.needed("emoji"),
        language="und",
        taxon=row.text("taxon"),
        rank="",
        form=row.text("form") or "any",
        cites_code="",
        strength=row.one_of("strength", STRENGTHS),
        group="emoji",
        source="",
    )


def _cue(row: Row, sources: set[str], kinds: frozenset[str]) -> Cue:
    row.one_of("status", STATUSES)
    _source(row, sources)
    return Cue(row.needed("term"), row.needed("language"), row.one_of("kind", kinds))


def _guard(row: Row, sources: set[str]) -> Guard:
    row.one_of("status", STATUSES)
    _source(row, sources)
    window, weight = row.number("window"), row.number("weight")
    if weight > 0:
        row.fail("weight", "is above 0", "a guard only lowers a score: write a negative number")
    if window < 0 or window != int(window):
        row.fail("window", "is not a whole number", "write 0 or a number of tokens")
    phrases = tuple(phrase.strip() for phrase in row.needed("phrases").split("|") if phrase.strip())
    return Guard(
        id=row.needed("id"),
        language=row.needed("language"),
        target=row.needed("target"),
        phrases=phrases,
        window=int(window),
        weight=weight,
        reason=row.one_of("reason", REASONS),
    )


def _version(folders: list[Path]) -> str:
    number = folders[0] / "version.txt"
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted([*folder.glob("*.csv"), *folder.glob("terms/*.csv")]):
            if path.name != "messages.csv":
                digest.update(path.name.encode() + b"\0" + path.read_bytes())
    written = number.read_text(encoding="utf-8").strip() if number.is_file() else "0"
    return f"{written}+{digest.hexdigest()[:8]}"
