"""The one box: words, "phrases", fields and -negation, read into terms. The text stays what the person sees."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from storage.search.contacts import contacts
from storage.search.words import phrase, starts_only
from wildtrade.errors import UsageError
from wildtrade.records import DecisionLabel, Intent

LONGEST = 500  # characters of a query
_MOST_TERMS = 30
_LONG_NUMBER = 7  # digits that may be part of a phone number


class Kind(StrEnum):
    """How a field is looked up."""

    WORD = "word"  # a word of the index, kept as field=word
    STATE = "state"  # a fact that changes without the listing's text
    NUMBER = "number"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the box. ``values`` are all it takes, where they are few."""

    kind: Kind
    example: str
    values: tuple[str, ...] = ()
    identity: bool = False  # needs the right to identities


FIELDS: dict[str, Field] = {
    "seller": Field(Kind.WORD, "seller:ana, seller:#17", identity=True),
    "taxon": Field(Kind.WORD, "taxon:Manis"),
    "app": Field(Kind.WORD, "app:I", ("I", "II", "III", "none")),
    "lang": Field(Kind.WORD, "lang:vi"),
    "source": Field(Kind.WORD, "source:olx_br"),
    "place": Field(Kind.WORD, "place:Lima"),
    "form": Field(Kind.WORD, "form:carving"),
    "intent": Field(Kind.WORD, "intent:sell", tuple(Intent)),
    "currency": Field(Kind.WORD, "currency:USD"),
    "contact": Field(Kind.WORD, "contact:0700000000", identity=True),
    "has": Field(Kind.WORD, "has:image", ("image", "price", "place", "seller", "contact", "text")),
    "is": Field(
        Kind.STATE,
        "is:flagged",
        ("flagged", "unsure", "clear", "gone", "offline", "online", "waiting", "decided", "undecided"),
    ),
    "decided": Field(Kind.STATE, "decided:wildlife", tuple(DecisionLabel)),
    "image": Field(Kind.STATE, "image:similar(17)"),
    "price": Field(Kind.NUMBER, "price>100"),
    "seen": Field(Kind.DATE, "seen:7d, seen>=2026-01-31"),
    "posted": Field(Kind.DATE, "posted:2026-01"),
}
_OTHER_NAMES = {"appendix": "app", "language": "lang", "species": "taxon", "location": "place"}
_TERM = re.compile(
    r"""(?P<minus>-?)
    (?:(?P<field>[a-z_]+)(?P<op>[:：]|[<>]=?|=)(?!//)(?:"(?P<quoted>[^"]*)"?|(?P<value>[^\s"]*))
      |"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))""",
    re.VERBOSE | re.IGNORECASE,
)
_SIMILAR = re.compile(r"similar\(#?(\d{1,18})\)", re.IGNORECASE | re.ASCII)
_AGE = re.compile(r"(\d{1,5})([hdwmy])")
_DAYS = {"h": 1 / 24, "d": 1, "w": 7, "m": 30, "y": 365}


class QueryError(UsageError):
    """A query that cannot be understood; the message says which word and what to write instead."""

    code = "query"


@dataclass(frozen=True, slots=True)
class Term:
    """One part of a query. ``text`` is as typed; ``words`` is what to look for in the index, ``begins`` whether the
    last of them is only the beginning of a word."""

    text: str
    field: str = ""
    op: str = ":"
    value: str = ""
    negated: bool = False
    words: tuple[str, ...] = ()
    begins: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A query that is understood. Every term must hold."""

    terms: tuple[Term, ...] = ()

    @property
    def text(self) -> str:
        """The query as one line, as it would be typed."""
        return " ".join(term.text for term in self.terms)

    def without(self, place: int) -> str:
        """The text without one term."""
        return " ".join(term.text for at, term in enumerate(self.terms) if at != place)

    @property
    def tells_identity(self) -> bool:
        """Whether its answer tells who somebody is: needs the right to identities."""
        return any(map(_tells, self.terms))


def _tells(term: Term) -> bool:
    if term.field:
        return FIELDS[term.field].identity and not term.value.startswith("#")
    numbers = any(len(word) >= _LONG_NUMBER and word.isdigit() for word in term.words)
    return numbers or "@" in term.text or any(map(_is_contact, term.words))


def _is_contact(word: str) -> bool:
    return word.startswith("contact=")


def parse(text: str, now: datetime | None = None) -> Query:
    """Read a query. Raises QueryError for what is not understood."""
    text = " ".join(text.split())
    if len(text) > LONGEST:
        raise QueryError(f"the query has {len(text):,} characters", fix=f"use at most {LONGEST}")
    terms = tuple(_term(match, now or datetime.now(UTC)) for match in _TERM.finditer(text))
    if len(terms) > _MOST_TERMS:
        raise QueryError(f"the query has {len(terms)} parts", fix=f"use at most {_MOST_TERMS}")
    kept = tuple(term for term in terms if term.field or term.words)
    if text and not kept:
        raise QueryError("there is no word to look for", field=text[:40], fix="use letters or digits")
    return Query(kept)


def _term(match: re.Match[str], now: datetime) -> Term:
    negated = match["minus"] == "-"
    if match["field"] is None:
        said = match["phrase"] if match["phrase"] is not None else match["word"]
        begins = match["word"] is not None and said.endswith("*")
        found = _contact_words(said) or phrase(said)
        return Term(match[0], negated=negated, value=said, words=found, begins=begins or starts_only(said))
    value = match["quoted"] if match["quoted"] is not None else match["value"]
    name = match["field"].lower()
    name = _OTHER_NAMES.get(name, name)
    if name not in FIELDS:
        raise _unknown(match[0], name)
    op = {"：": ":", "=": ":"}.get(match["op"], match["op"])
    return _checked(Term(match[0], name, op, value.strip(), negated), now)


def _contact_words(said: str) -> tuple[str, ...]:
    """A phone number, mail or web address, or handle is found however it is written, and only so."""
    found = contacts(said)
    if len(found) != 1 or (found[0].end - found[0].start) < len(said):
        return ()
    return tuple(f"contact={word}" for word in phrase(found[0].value))


def _unknown(text: str, name: str) -> QueryError:
    near = difflib.get_close_matches(name, FIELDS, n=1)
    hint = f"did you mean {near[0]}: ?" if near else f"fields are {', '.join(FIELDS)}"
    return QueryError(
        f"there is no field {name}:", field=text[:60], fix=f'{hint} To find the words, write "{text[:60]}"'
    )


def _checked(term: Term, now: datetime) -> Term:
    field = FIELDS[term.field]
    wrong = QueryError(f"{term.field}: cannot be {term.value or 'empty'}", field=term.text[:60], fix=_help(field))
    if not term.value or (field.kind in (Kind.WORD, Kind.STATE) and term.op != ":"):
        raise wrong
    if field.values:
        known = {value.casefold(): value for value in field.values}
        if term.value.casefold() not in known:
            raise wrong
        term = _with(term, value=known[term.value.casefold()])
    if term.field == "image" and not _SIMILAR.fullmatch(term.value):
        raise wrong
    if field.kind is Kind.WORD:
        return _as_words(term, wrong)
    readers: dict[Kind, Callable[[Term, datetime], object]] = {Kind.NUMBER: _number, Kind.DATE: between}
    if field.kind in readers:
        try:
            readers[field.kind](term, now)
        except (ValueError, OverflowError) as error:
            raise wrong from error
    return term


def _help(field: Field) -> str:
    return f"one of {', '.join(field.values)}" if field.values else f"write e.g. {field.example}"


def _with(term: Term, *, value: str | None = None, words: tuple[str, ...] = ()) -> Term:
    return Term(term.text, term.field, term.op, term.value if value is None else value, term.negated, words)


def _as_words(term: Term, wrong: QueryError) -> Term:
    if term.field == "seller" and term.value.startswith("#"):
        if not term.value[1:].isascii() or not term.value[1:].isdigit():
            raise wrong
        return _with(term, words=(f"seller#{int(term.value[1:])}",))
    found = phrase(_contact(term.value) if term.field == "contact" else term.value)
    if not found:
        raise wrong
    return _with(term, words=tuple(f"{term.field}={word}" for word in found))


def _contact(value: str) -> str:
    found = contacts(value)
    return found[0].value if found else value.strip("@")


def _number(term: Term, now: datetime) -> float:
    return float(term.value.replace(",", ""))


def similar_to(term: Term) -> int:
    """The listing that ``image:similar(17)`` names."""
    found = _SIMILAR.fullmatch(term.value)
    return int(found[1]) if found else 0


def between(term: Term, now: datetime) -> tuple[datetime | None, datetime | None]:
    """The stretch of time a term means: from, and up to but without. ``7d``: the last seven days; a year, month or
    day: within it, or before or after it. Raises ValueError where it is none."""
    if age := _AGE.fullmatch(term.value.lower()):
        since = now - timedelta(days=int(age[1]) * _DAYS[age[2]])
        return (None, since) if term.op in (">", ">=") else (since, None)
    start, end = _calendar(term.value)
    stretches = {
        ":": (start, end),
        ">": (end, None),
        ">=": (start, None),
        "<": (None, start),
        "<=": (None, end),
    }
    return stretches[term.op]


def _calendar(text: str) -> tuple[datetime, datetime]:
    parts = [int(part) for part in text.split("-")]
    if len(parts) > 3:
        raise ValueError(text)
    start = date(*[*parts, 1, 1][:3])
    if len(parts) == 1:
        end = date(start.year + 1, 1, 1)
    elif len(parts) == 2:
        end = date(start.year + start.month // 12, start.month % 12 + 1, 1)
    else:
        end = start + timedelta(days=1)
    return _midnight(start), _midnight(end)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
