"""Finding the taxon in a run of words: full names, abbreviations, misspellings, genera, in this order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from classifiers.taxonomy.names import NameIndex
from classifiers.taxonomy.spelling import allowed, near, sound
from classifiers.taxonomy.wording import Word

_TIE = 0.45  # costs nearer than this are as near
_FUZZY_WORDS = 10  # a misspelt name is looked for among the first words only
_SHORTEST_GENUS = 3


@dataclass(frozen=True, slots=True)
class Found:
    """The taxa that are as near as any, how near (``confidence``) and by what way."""

    taxa: tuple[int, ...] = ()
    kind: str = "none"
    confidence: float = 0.0
    how: str = ""


@dataclass(frozen=True, slots=True)
class _Candidate:
    cost: float
    name: str  # folded
    taxa: tuple[int, ...]


def match_words(names: NameIndex, words: Sequence[Word], genera: Sequence[str], inherit: bool) -> Found:
    """The best reading of the words. ``genera`` were met before; with ``inherit`` the last of them may be the genus of
    an epithet that stands alone ("Apalone ferox x spinifera")."""
    texts = [word.text for word in words]
    ways: tuple[Callable[[], Found], ...] = (
        lambda: _exact(names, texts),
        lambda: _abbreviated(names, words, genera),
        lambda: _inherited(names, texts, genera) if inherit else Found(),
        lambda: _misspelt(names, texts, genera),
        lambda: _glued(names, texts),
        lambda: _moved(names, texts),
        lambda: _genus(names, texts, alone=len(texts) == 1),
    )
    return next((found for way in ways if (found := way()).taxa), Found())


def _exact(names: NameIndex, texts: Sequence[str]) -> Found:
    for at in range(len(texts) - 1):
        for length in (3, 2):
            run = texts[at : at + length]
            if len(run) == length and (taxa := names.find(*run)):
                if len(taxa) > 1 and length == 3:
                    continue
                accepted = names.is_accepted(taxa[0], *run)
                if length == 2:
                    taxa = _subspecies(names, taxa, texts[at : at + 3]) or taxa
                return Found(taxa, *(("exact", 1.0, "accepted name") if accepted else ("synonym", 0.97, "synonym")))
    return Found()


def _subspecies(names: NameIndex, taxa: tuple[int, ...], run: Sequence[str]) -> tuple[int, ...]:
    """A listed subspecies whose third word is misspelt."""
    if len(run) < 3 or len(taxa) > 1:
        return ()
    for third in names.subspecies_of(taxa[0]):
        if near(run[2], [third.split()[2]], min(1, allowed(run[2]))):
            return names.find(third)
    return ()


def _abbreviated(names: NameIndex, words: Sequence[Word], genera: Sequence[str]) -> Found:
    """ "P. regius": the genus met before, else the only genus with this initial and epithet, where it is in trade."""
    for word, following in pairwise(words):
        if not word.short or following.short or len(following.text) < 3:
            continue
        known = [genus for genus in genera if genus.startswith(word.text)]
        if known:
            pairs = ((genus, following.text) for genus in dict.fromkeys(reversed(known)))
            found = next((found for pair in pairs if (found := _pair(names, *pair, exact_genus=True)).taxa), Found())
            if found.taxa:
                return found
        fitting = [genus for genus in names.genera_of.get(following.text, ()) if genus.startswith(word.text)]
        taxa = tuple(dict.fromkeys(_all(names, [(genus, following.text) for genus in fitting])))
        if taxa:
            first = sorted(taxa, key=lambda number: not names.genus_of(number).startswith(word.text))
            in_trade = first[0] < names.traded and names.genus_of(first[0]).startswith(word.text)
            kind = "fuzzy" if in_trade else "ambiguous"  # else it may as well be a species of no list
            return Found(tuple(first), kind, 0.8, "abbreviated genus")
    return Found()


def _inherited(names: NameIndex, texts: Sequence[str], genera: Sequence[str]) -> Found:
    """The second parent of a hybrid named by its epithet alone."""
    if not genera or not texts or texts[0] in names.epithets:
        return Found()
    return _pair(names, genera[-1], texts[0], exact_genus=True)


def _misspelt(names: NameIndex, texts: Sequence[str], genera: Sequence[str]) -> Found:
    pairs = pairwise(texts[:_FUZZY_WORDS])
    found = [_pair(names, genus, epithet) for genus, epithet in pairs if len(genus) >= _SHORTEST_GENUS]
    best = max(found, key=lambda each: each.confidence, default=Found())
    if len(best.taxa) > 1 and genera:
        here = tuple(number for number in best.taxa if names.genus_of(number) in genera)
        if len(here) == 1:
            return Found(here, best.kind, best.confidence, f"{best.how}, genus met before")
    return best


def _pair(names: NameIndex, genus: str, epithet: str, exact_genus: bool = False) -> Found:
    """The names spelt like genus and epithet; the nearest, and those as near as it."""
    candidates = sorted(_candidates(names, genus, epithet, exact_genus), key=lambda each: each.cost)
    if not candidates:
        return Found()
    best = candidates[0].cost
    close = [each for each in candidates if each.cost - best < _TIE]
    taxa = tuple(dict.fromkeys(number for each in close for number in each.taxa))
    exact = best == 0
    confidence = 0.95 if exact else max(0.5, 0.96 - 2 * best / (len(genus) + len(epithet)))
    how = "genus met before" if exact else f"spelling, {best:g} from {close[0].name}"
    return Found(taxa, "fuzzy", round(confidence, 3), how)


def _candidates(names: NameIndex, genus: str, epithet: str, exact_genus: bool) -> Iterator[_Candidate]:
    limit = _limit(genus + epithet)
    for near_genus, genus_cost in [(genus, 0.0)] if exact_genus else names.near_genera(genus):
        room = min(limit - genus_cost, allowed(epithet))
        if room < 0 or (genus_cost and len(genus) < 5 and room > 0):
            room = 0
        for near_epithet, cost in near(epithet, names.epithets.get(near_genus, []), int(room)):
            if genus_cost + cost <= limit:
                taxa = names.find(near_genus, near_epithet)
                yield _Candidate(genus_cost + cost, f"{near_genus} {near_epithet}", taxa)


def _limit(letters: str) -> int:
    return 1 if len(letters) < 10 else 2 if len(letters) < 18 else 3


def _glued(names: NameIndex, texts: Sequence[str]) -> Found:
    """ "pythonregius": the blank is missing."""
    for text in texts[:_FUZZY_WORDS]:
        for at in range(_SHORTEST_GENUS, len(text) - 2):
            if text[:at] in names.epithets and (taxa := names.find(text[:at], text[at:])):
                return Found(taxa, "fuzzy", 0.9, "missing blank")
    return Found()


def _moved(names: NameIndex, texts: Sequence[str]) -> Found:
    """A species written under a genus whose other species have moved: the epithet is looked for where they went."""
    for genus, epithet in pairwise(texts[:_FUZZY_WORDS]):
        went = names.moved.get(genus, ())
        stem = sound(epithet)
        fitting = [(new, word) for new in went for word in names.epithets.get(new, ()) if sound(word) == stem]
        taxa = tuple(dict.fromkeys(_all(names, fitting)))
        if taxa:
            how = f"perhaps moved: species of {genus} now stand in {fitting[0][0]}"
            return Found(taxa, "ambiguous", 0.5, how)
    return Found()


def _all(names: NameIndex, pairs: Iterable[tuple[str, str]]) -> Iterator[int]:
    for pair in pairs:
        yield from names.find(*pair)


def _genus(names: NameIndex, texts: Sequence[str], alone: bool) -> Found:
    """A genus without a species that is known; at the front of the text it is meant as one, later it may be a word
    of a common name ("sand boa")."""
    for at, text in enumerate(texts):
        if text in names.epithets:
            unknown = at + 1 < len(texts)
            taxa = names.find(text) if unknown else names.genus_taxa(text)
            how = "genus; the species is not known" if unknown else "genus"
            return Found(taxa, "genus_only", 0.9 if at == 0 else 0.4, how)
    if alone and len(texts[0]) >= 6:
        close = [genus for genus, cost in names.near_genera(texts[0]) if cost <= 1]
        taxa = tuple(dict.fromkeys(number for genus in close for number in names.genus_taxa(genus)))
        return Found(taxa, "genus_only", 0.7, "genus, misspelt") if taxa else Found()
    return Found()
