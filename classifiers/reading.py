"""The text of one listing, and the lexicon at work on it: what is found, before anyone weighs it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from classifiers.context import Evidence, weigh_context
from classifiers.folding import FIELD_BREAK
from classifiers.language import identify
from classifiers.lexicon import Lexicon
from classifiers.matcher import Matcher
from classifiers.repairs import Vocabulary, fold_and_repair

FIELDS = ("title", "description", "price")


@dataclass(frozen=True, slots=True)
class Text:
    """What is assessed: the words of one listing, as stored."""

    title: str | None
    description: str | None
    price: str | None = None
    seller: str | None = None
    language: str | None = None
    images: int = 0

    def joined(self) -> str:
        """All fields in one string, a FIELD_BREAK between them; a break of the text's own becomes a space."""
        fields = (self.title or "", self.description or "", self.price or "")
        return FIELD_BREAK.join(field.replace(FIELD_BREAK, " ") for field in fields)

    def field_at(self, place: int) -> tuple[str, int, str]:
        """The field a place in the joined text lies in: name, where the field begins, its stored text."""
        offset = 0
        for name in FIELDS[:-1]:
            stored = getattr(self, name) or ""
            if place <= offset + len(stored):
                return name, offset, stored
            offset += len(stored) + 1
        return FIELDS[-1], offset, self.price or ""


class Reader:
    """Reads texts with a lexicon."""

    def __init__(self, matcher: Matcher, vocabulary: Vocabulary) -> None:
        self.matcher = matcher
        self.vocabulary = vocabulary

    @classmethod
    def of(cls, lexicon: Lexicon, ordinary: Iterable[str]) -> Reader:
        """A reader with a whole lexicon; ``ordinary`` words are never taken for misspelt terms."""
        matcher = Matcher(lexicon)
        return cls(matcher, matcher.vocabulary(ordinary))

    def read(self, text: Text) -> Evidence:
        """Fold, repair, match and look at the context."""
        joined = text.joined()
        language = _primary(text.language) or identify(f"{text.title or ''} {text.description or ''}")
        folded = fold_and_repair(joined, self.vocabulary, language)
        found = self.matcher.find(folded, language)
        return weigh_context(folded, found, language, has_price=bool(text.price and text.price.strip()))


def _primary(language: str | None) -> str | None:
    """'pt-BR' -> 'pt'; the lexicon is written per language, not per region."""
    if not language:
        return None
    primary = language.replace("_", "-").split("-")[0].lower()
    return {"zho": "zh", "ms": "id", "msa": "id", "ind": "id", "tl": "en", "und": None}.get(primary, primary) or None
