"""What entries say about each other: repeats, conflicts, guards that excuse always or never, Chinese spellings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import combinations

from classifiers.folding import fold_words
from classifiers.lexicons.findings import Finding, about
from classifiers.lexicons.han import has_other_script, is_variant
from classifiers.patterns import TONAL
from classifiers.tables import Row

_MEANING = ("taxon", "form")


def place(row: Row) -> str:
    """Where an entry stands, short: file and line."""
    return f"{row.file.name}:{row.line}"


def check_overlaps(terms: Sequence[Row], ordinary: Collection[str]) -> Iterator[Finding]:
    """Findings about terms that say the same, or contradict one another."""
    by_text: dict[str, list[Row]] = defaultdict(list)
    for row in terms:
        by_text[fold_words(row.cells["term"])].append(row)
    for text, rows in by_text.items():
        for first, second in combinations(rows, 2):
            if not _told_apart(first, second):
                yield from _pair(first, second)
        if text in ordinary:
            yield from (_ordinary(row) for row in rows if row.cells["strength"] == "strong")
    yield from _chinese([row for row in terms if row.cells["language"] == "zh"])


def _told_apart(first: Row, second: Row) -> bool:
    """Accents tell the words of a tonal language apart, though they fold alike."""
    one, other = (row.cells["term"].casefold().replace("-", " ") for row in (first, second))
    return one != other and first.cells["language"] == second.cells["language"] in TONAL


def _pair(first: Row, second: Row) -> Iterator[Finding]:
    """The later of two entries that fold to the same text is the one to mend."""
    a, b = first.cells, second.cells
    same_language = a["language"] == b["language"]
    if same_language and a["term"].casefold() == b["term"].casefold():
        problem = f"{b['term']!r} stands already in {place(first)}"
        yield about(second, "term", "error", "twice", problem, "delete one of the two")
    elif {a["strength"], b["strength"]} == {"strong", "code"} or (same_language and a["strength"] != b["strength"]):
        problem = f"{b['strength']} here, {a['strength']} in {place(first)} ({a['term']!r} reads the same when folded)"
        fix = "give both the same strength; where in doubt, the weaker"
        yield about(second, "strength", "error" if same_language else "warning", "conflict", problem, fix)
    elif same_language and any(a[column] != b[column] for column in _MEANING):
        problem = f"means {_meaning(b)} here, {_meaning(a)} in {place(first)}; a text shows only one of the two"
        yield about(
            second, "term", "warning", "two_meanings", problem, "keep the likelier, or name the rank both share"
        )


def _meaning(cells: dict[str, str]) -> str:
    return f"{cells['taxon'] or 'no taxon'} ({cells['form'] or 'any'})"


def _ordinary(row: Row) -> Finding:
    problem = f"{row.cells['term']!r} is a word of everyday adverts (classifiers/model/words.txt)"
    return about(row, "strength", "warning", "ordinary_word", problem, "make it weak, or write a longer expression")


def _chinese(rows: Sequence[Row]) -> Iterator[Finding]:
    """Each term in both scripts: the other one is given, or folding derives it."""
    shelves: dict[tuple[str, int], list[str]] = defaultdict(list)
    for row in rows:
        shelves[row.cells["taxon"], len(row.cells["term"])].append(row.cells["term"])
    for row in rows:
        term = row.cells["term"]
        if has_other_script(term) and not any(
            is_variant(term, other) for other in shelves[row.cells["taxon"], len(term)]
        ):
            fix = "add the term as the other script writes it, with the same taxon"
            yield about(row, "term", "warning", "one_script", f"{term!r} is given in one Chinese script only", fix)


def check_guards(guards: Sequence[Row], terms: Sequence[Row], groups: Iterable[str]) -> Iterator[Finding]:
    """Findings about guards whose target is unknown, whose phrase is a term, or that excuse nothing."""
    by_group: dict[str, set[str]] = defaultdict(set)
    strong: dict[str, Row] = {}
    for row in terms:
        text = fold_words(row.cells["term"])
        by_group[row.file.stem].add(text)
        if row.cells["strength"] == "strong":
            strong.setdefault(text, row)
    every = set().union(*by_group.values())
    groups = set(groups)
    for guard in guards:
        target = guard.cells["target"]
        if target != "*" and target not in groups and fold_words(target) not in every:
            fix = f"name a term, a group ({', '.join(sorted(groups))}) or *"
            yield about(guard, "target", "error", "unknown_target", f"{target!r} is no term and no group", fix)
            continue
        aims_at = every if target == "*" else by_group[target] if target in groups else {fold_words(target)}
        yield from _phrases(guard, aims_at, strong)


def _phrases(guard: Row, aims_at: set[str], strong: dict[str, Row]) -> Iterator[Finding]:
    phrases = [phrase.strip() for phrase in guard.cells["phrases"].split("|") if phrase.strip()]
    for phrase in phrases:
        text = fold_words(phrase)
        if text in strong and text in aims_at and not _told_apart(strong[text], _as_term(guard, phrase)):
            problem = f"{phrase!r} is the strong term of {place(strong[text])}: it would always be excused"
            yield about(
                guard, "phrases", "error", "guard_is_term", problem, "make the term weak, or lengthen the phrase"
            )
        elif not text:
            yield about(guard, "phrases", "error", "no_letters", f"{phrase!r} has no letters", "delete it")
    if guard.cells["window"] == "0" and not any(_holds(fold_words(phrase), aims_at) for phrase in phrases):
        problem = "window 0 excuses a term inside a phrase, and no phrase holds one: it only tells the model something"
        yield about(
            guard, "phrases", "warning", "excuses_nothing", problem, "write the term into a phrase, or a window"
        )


def _as_term(guard: Row, phrase: str) -> Row:
    return Row(guard.file, guard.line, {**guard.cells, "term": phrase})


def _holds(phrase: str, texts: set[str]) -> bool:
    """Whether any run of words (or, without spaces, of characters) of the phrase is one of the texts."""
    words = phrase.split(" ")
    runs = {" ".join(words[i:j]) for i in range(len(words)) for j in range(i + 1, len(words) + 1)}
    if not phrase.isascii():
        runs |= {phrase[i:j] for i in range(len(phrase)) for j in range(i + 1, len(phrase) + 1)}
    return any(run in texts or run.removesuffix("s") in texts for run in runs)
