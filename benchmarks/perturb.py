"""Names as people mistype and dress them, from a seeded generator: what ``benchmarks.names`` asks about."""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from dataclasses import dataclass

_AUTHORS = ("Linnaeus, 1758", "(Shaw, 1802)", "Gray, 1831", "(L.) Haw.", "Boulenger 1885", "Lindl.", "(Schltr.) Garay")
_BEFORE = ("baby", "adult female", "CB 2023", "1.1 albino", "wild caught", "rare pied", "large proven breeder", "het")
_AFTER = (
    "CB",
    "leucistic male",
    "het albino 66%",
    "10 cm",
    "juvenile",
    "for sale",
    "WC pair",
    "(hypo) 2.1",
    "seedling",
)
_MISREAD = (("rn", "m"), ("m", "rn"), ("cl", "d"), ("o", "0"), ("l", "1"), ("i", "l"), ("e", "c"))


@dataclass(frozen=True, slots=True)
class Question:
    """A written name, names met before it, and the sample names (one, or two parents) it was made from."""

    kind: str
    text: str
    context: tuple[str, ...]
    names: tuple[str, ...]


def edit(name: str, rng: random.Random) -> str:
    """One letter inserted, left out, replaced or swapped with the next, never across the blank."""
    while True:
        at = rng.randrange(len(name))
        letter = rng.choice(string.ascii_lowercase)
        if name[at] == " " or name[at : at + 2].endswith(" "):
            continue
        changed = rng.choice(
            (
                name[:at] + letter + name[at:],
                name[:at] + name[at + 1 :],
                name[:at] + letter + name[at + 1 :],
                name[:at] + name[at : at + 2][::-1] + name[at + 2 :],
            )
        )
        if changed != name:
            return changed


def ending(name: str, rng: random.Random) -> str:
    """Another Latin ending: gender (-us, -a, -um) or genitive (-i, -ii)."""
    for old, news in (("us", ("a", "um")), ("um", ("us", "a")), ("ii", ("i",)), ("i", ("ii",)), ("a", ("us", "um"))):
        if name.endswith(old):
            return name.removesuffix(old) + rng.choice(news)
    return edit(name, rng)


def misread(name: str, rng: random.Random) -> str:
    """A mistake of a machine that reads print."""
    fitting = [(seen, read) for seen, read in _MISREAD if seen in name[1:]]
    if not fitting:
        return edit(name, rng)
    seen, read = rng.choice(fitting)
    return name[0] + name[1:].replace(seen, read, 1)


def dressed(name: str, rng: random.Random) -> str:
    """Morph, age, origin and sex around the name."""
    return f"{rng.choice(_BEFORE)} {name} {rng.choice(_AFTER)}"


WAYS: dict[str, Callable[[str, random.Random], str]] = {
    "as it is": lambda name, rng: name,
    "one edit": edit,
    "two edits": lambda name, rng: edit(edit(name, rng), rng),
    "ending": ending,
    "misread": misread,
    "author": lambda name, rng: f"{name} {rng.choice(_AUTHORS)}",
    "author, one edit": lambda name, rng: f"{edit(name, rng)} {rng.choice(_AUTHORS)}",
    "morph words": dressed,
    "morph words, one edit": lambda name, rng: dressed(edit(name, rng), rng),
    "case": lambda name, rng: rng.choice((name.upper(), name.lower(), name.title())),
}


def questions(names: list[str], rng: random.Random) -> list[Question]:
    """One question for each name, all ways in turn; then hybrids and abbreviations."""
    asked = []
    ways = [*WAYS, "hybrid", "abbreviated, genus met before"]
    for number, name in enumerate(names):
        way = ways[number % len(ways)]
        if way == "hybrid":
            other = rng.choice(names)
            text = f"{name} {rng.choice(('x', 'X', '×', 'cross'))} {other}"
            asked.append(Question(way, text, (), (name, other)))
        elif way in WAYS:
            asked.append(Question(way, WAYS[way](name, rng), (), (name,)))
        else:
            asked.append(Question(way, abbreviated(name), (name.split()[0],), (name,)))
    return asked


def abbreviated(name: str) -> str:
    """ "Python regius" as "P. regius"."""
    genus, epithet = name.split()
    return f"{genus[0]}. {epithet}"
