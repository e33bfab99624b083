"""What a page offers to the readers of single fields, worked out once and only when asked for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cached_property

from selectolax.lexbor import LexborNode

from spiders.extraction import headings
from spiders.extraction.document import Document
from spiders.extraction.headings import without_site
from spiders.extraction.labels import Labelled, find_labels
from spiders.extraction.outline import Marked, outline
from spiders.extraction.state import Item, find_item, states
from spiders.extraction.structured import Object, main_objects
from wildtrade.records import Page
from wildtrade.sources import Source

# Headings of other people's offers count as the end of the listing only this far below its title.
LEAST_LISTING = 6
# A heading may be split over lines; this much of it tells where it stands.
MIN_PART = 8


class Evidence:
    """One listing page seen by the field readers."""

    def __init__(self, document: Document, page: Page, source: Source | None) -> None:
        self.document = document
        self.source = source
        self.anchor: datetime | None = page.fetched_at
        known = source.country if source and source.country != "INT" else None
        self.country: str | None = known or document.country
        self.currency_hint: str | None = source.currency if source else None

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """Languages the page may be in, most likely first (two-letter codes)."""
        declared = (self.document.language or "").split("-")[0]
        return tuple(
            dict.fromkeys(code for code in (declared, *(self.source.languages if self.source else ())) if code)
        )

    @cached_property
    def heading_node(self) -> LexborNode | None:
        """The heading that names the offer."""
        return headings.best(self.document)

    @cached_property
    def heading(self) -> str:
        """The visible text of ``heading_node``, "" without one."""
        return headings.visible_text(self.heading_node) if self.heading_node else ""

    @cached_property
    def marked(self) -> dict[str, list[Marked]]:
        """Elements by the field their names speak of."""
        return outline(self.document.tree, self.heading_node)

    @cached_property
    def objects(self) -> list[Object]:
        """The page's own offer in its structured data (JSON-LD before microdata)."""
        return main_objects(self.document, self.heading)

    @cached_property
    def state(self) -> Item | None:
        """The page's own offer in its embedded state."""
        names = [
            self.heading,
            *(str(o.get("name", "")) for o in self.objects),
            *self.document.metas.get("og:title", []),
        ]
        names = [name for name in names if name]
        return find_item(states(self.document.scripts, names), names)

    @cached_property
    def labels(self) -> dict[str, list[Labelled]]:
        """Labels of the whole page by field."""
        return find_labels(self.document.lines)

    @cached_property
    def start(self) -> int:
        """The line of the offer's name; 0 where it is on none."""
        return self._line_of(self.heading or without_site(self.document.page_title, self.document)) or 0

    def _line_of(self, name: str) -> int | None:
        same = (
            number
            for number, line in enumerate(self.document.lines)
            if line == name or (len(line) > MIN_PART and name.endswith(line))
        )
        return next(same, None) if name else None

    @cached_property
    def end(self) -> int:
        """The line where other offers or the page's foot begin, else the number of lines."""
        known = self.heading or self.start
        stops = (label.line for label in self.labels.get("stop", ()) if known and not label.value)
        return next((line for line in stops if line > self.start + LEAST_LISTING), len(self.document.lines))

    def labelled(self, field: str, *, above: int = 8) -> Iterable[Labelled]:
        """Labels of a field within the listing itself: those below its title first, then the few right above."""
        found = self.labels.get(field, [])
        below = [label for label in found if self.start <= label.line < self.end]
        return below + [label for label in found if self.start - above <= label.line < self.start]

    @cached_property
    def own_lines(self) -> frozenset[str]:
        """The lines of the listing itself."""
        return frozenset(self.document.lines[max(0, self.start - 8) : self.end])

    @cached_property
    def visible(self) -> str:
        """All lines in one string."""
        return " ".join(self.document.lines)

    def after(self, label: Labelled, count: int = 3) -> list[str]:
        """What follows a label: the rest of its line, else the next lines."""
        if label.value:
            return [label.value]
        return self.document.lines[label.line + 1 : min(label.line + 1 + count, self.end)]

    def selected(self, field: str) -> list[str]:
        """Texts (or, behind ``::attr(name)``, attribute values) the source's own selector finds for a field."""
        return [self._value(node, attribute) for node, attribute in self.selected_nodes(field)]

    def selected_nodes(self, field: str) -> list[tuple[LexborNode, str]]:
        """Nodes the source's own selector finds, each with the attribute the selector asks for ("" for its text)."""
        selector = self.source.selectors.get(field, "") if self.source else ""
        if not selector:
            return []
        css, _, attribute = selector.partition("::attr(")
        return [(node, attribute.rstrip(") ")) for node in self.document.tree.css(css.replace("::text", ""))[:50]]

    @staticmethod
    def _value(node: LexborNode, attribute: str) -> str:
        return (node.attributes.get(attribute) or "") if attribute else node.text(separator="\n").strip()
