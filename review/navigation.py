"""Where one may go: each page module names its own entries (``LINKS``); nobody sees one they may not use."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from types import ModuleType

from review.text import later

# The groups of the main navigation, each with the place its entries begin at.
_GROUPS = ((0, later("Work")), (50, later("Overview")), (70, later("Operations")), (90, later("Administration")))


@dataclass(frozen=True, slots=True)
class Link:
    """An entry of the main navigation, for those with the right (empty: everybody).

    ``place`` orders the entries and says in which group they are; ``key`` is a single key that leads there.
    """

    words: str
    path: str
    right: str
    place: int = 50
    key: str = ""

    @property
    def group(self) -> str:
        """The words of the group it is in."""
        return [words for begin, words in _GROUPS if begin <= self.place][-1]


def page_modules() -> list[ModuleType]:
    """Every module of ``review.pages``; each has a ``router``, and may have ``LINKS``."""
    import review.pages

    names = sorted(module.name for module in pkgutil.iter_modules(review.pages.__path__))
    return [importlib.import_module(f"review.pages.{name}") for name in names]


def all_links(modules: Iterable[ModuleType]) -> tuple[Link, ...]:
    """The entries of the modules, in order."""
    found = [link for module in modules for link in getattr(module, "LINKS", ())]
    return tuple(sorted(found, key=lambda link: (link.place, link.path)))


def grouped(links: Iterable[Link]) -> list[tuple[str, list[Link]]]:
    """The groups that hold any of these links, which are in order, with their links."""
    return [(words, list(group)) for words, group in groupby(links, key=lambda link: link.group)]
