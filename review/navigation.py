"""Where one may go: each page module names its own entries (``LINKS``); nobody sees one they may not use."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from dataclasses import dataclass
from types import ModuleType


@dataclass(frozen=True, slots=True)
class Link:
    """An entry of the main navigation, for those with the right (empty: everybody).

    ``place`` orders the entries; ``key`` is a single key that leads there.
    """

    words: str
    path: str
    right: str
    place: int = 50
    key: str = ""


def page_modules() -> list[ModuleType]:
    """Every module of ``review.pages``; each has a ``router``, and may have ``LINKS``."""
    import review.pages

    names = sorted(module.name for module in pkgutil.iter_modules(review.pages.__path__))
    return [importlib.import_module(f"review.pages.{name}") for name in names]


def all_links(modules: Iterable[ModuleType]) -> tuple[Link, ...]:
    """The entries of the modules, in order."""
    found = [link for module in modules for link in getattr(module, "LINKS", ())]
    return tuple(sorted(found, key=lambda link: (link.place, link.path)))
