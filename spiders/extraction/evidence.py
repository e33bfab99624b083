"""What a page offers to the readers of single fields, worked out once and only when asked for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from itertools import takewhile

from selectolax.lexbor import LexborNode

from spiders.extraction import headings
from spiders.extraction.document import Document, tidy_lines
from spiders.extraction.headings import without_site
from spiders.extraction.labels import Labelled, find_labels
from spiders.extraction.marks import lies_in
from spiders.extraction.outline import Marked, outline
from spiders.extraction.state import states
from spiders.extraction.state_item import Item, find_item, find_only_item, may_hold_item, own_ids
from spiders.extraction.structured import Object, main_objects
from wildtrade.records import Page
from wildtrade.sources import Source

# Headings of other people's offers count as the end of the listing only this far below its title.
LEAST_LISTING = 6
# A page of so few lines may be a shell that a script fills.
SHELL_LINES = 60
# Sections of other offers: so many are looked at; with fewer links they hold none.
MAX_SECTIONS = 30
MIN_LINKS = 2
# A heading may be split over lines; this much of it tells where it stands.
MIN_PART = 8
_ARTICLE = frozenset({"article", "li"})


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
    def number(self) -> str | None:
        """The listing's id as the source's URL pattern tells it (group 1), or None."""
        pattern = self.source.listing_pattern if self.source else None
        match = pattern.search(self.document.url) if pattern else None
        return match.group(1) if match and match.groups() else None

    @cached_property
    def state(self) -> Item | None:
        """The page's own offer in its embedded state: by its name, by its id, else the only one of a page that shows
        none."""
        scripts, names = self.document.scripts, self._names
        ids = own_ids(self.document.url, self.number)
        found = find_item(states(scripts, names, may_hold_item), names, ()) if names else None
        if found is None and ids:
            found = find_item(states(scripts, list(ids), may_hold_item), (), ids)
        if found is None and not self.heading and not self.objects and len(self.document.lines) <= SHELL_LINES:
            found = find_only_item(states(scripts, [""], may_hold_item))
        return found

    @property
    def _names(self) -> list[str]:
        declared = self.document.metas.get("og:title", [])
        return [name for name in (self.heading, *(str(o.get("name", "")) for o in self.objects), *declared) if name]

    @cached_property
    def is_shell(self) -> bool:
        """Whether nothing but its embedded state says what the page offers: a script fills it in the browser."""
        return not self.heading and not self.objects and self.state is not None

    @cached_property
    def labels(self) -> dict[str, list[Labelled]]:
        """Labels of the whole page by field."""
        return find_labels(self.document)

    @cached_property
    def start(self) -> int:
        """The line of the offer's name; 0 where it is on none."""
        name = self.heading or without_site(self.document.page_title, self.document)
        # A heading's last part stands nearest to the offer; behind a page's title may stand the site's name.
        is_part = name.endswith if self.heading else name.startswith
        same = (
            number
            for number, line in enumerate(self.document.lines)
            if line == name or (len(line) > MIN_PART and is_part(line))
        )
        return next(same, 0) if name else 0

    @cached_property
    def end(self) -> int:
        """The line where other offers or the page's foot begin, else the number of lines."""
        known = self.heading or self.start
        stops = (label.line for label in self.labels.get("stop", ()) if known and not label.value)
        return next((line for line in stops if line > self.start + LEAST_LISTING), len(self.document.lines))

    @cached_property
    def foreign(self) -> frozenset[int]:
        """Numbers of the lines of other people's offers and of the page's foot."""
        found: set[int] = set()
        for marked in self.marked["others"][:MAX_SECTIONS]:
            # An article has a foot of its own, with its date and author.
            is_foot = marked.node.tag == "footer" and not lies_in(marked.node, _ARTICLE)
            if marked.below and (is_foot or len(marked.node.css("a[href]")) >= MIN_LINKS):
                found.update(self.lines_of(marked.node))
        return frozenset(found)

    def lines_of(self, node: LexborNode) -> range:
        """The numbers of a node's lines, found by its first three below the title; empty where it shows none."""
        own = tidy_lines(node.text(separator="\n", strip=True, skip_empty=True))
        lines, first = self.document.lines, own[:3]
        for number in self._places.get(first[0], ()) if own else ():
            if number > self.start and lines[number : number + len(first)] == first:
                return range(number, number + len(own))
        return range(0)

    @cached_property
    def _places(self) -> dict[str, list[int]]:
        """The numbers of the lines with a text."""
        places: dict[str, list[int]] = {}
        for number, line in enumerate(self.document.lines):
            places.setdefault(line, []).append(number)
        return places

    def labelled(self, field: str, *, above: int = 8) -> Iterable[Labelled]:
        """Labels of a field within the listing itself: those below its title first, then the few right above."""
        found = self.labels.get(field, [])
        below = [label for label in found if self.start <= label.line < self.end and label.line not in self.foreign]
        return below + [label for label in found if self.start - above <= label.line < self.start]

    @cached_property
    def own_lines(self) -> frozenset[str]:
        """The lines of the listing itself."""
        lines, first = self.document.lines, max(0, self.start - 8)
        return frozenset(
            lines[number] for number in range(first, min(self.end, len(lines))) if number not in self.foreign
        )

    @cached_property
    def visible(self) -> str:
        """All lines in one string."""
        return " ".join(self.document.lines)

    def after(self, label: Labelled, count: int = 3) -> list[str]:
        """What follows a label: the rest of its line, else the next lines."""
        if label.value:
            return [label.value]
        lines = self.document.lines
        following = range(label.line + 1, min(label.line + 1 + count, self.end, len(lines)))
        return [lines[number] for number in takewhile(lambda number: number not in self.foreign, following)]

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
