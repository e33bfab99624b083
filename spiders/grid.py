"""Which links of a page are its results: groups of same-shaped links that stand in cards of the same make."""

from __future__ import annotations

import math
import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from selectolax.lexbor import LexborNode

from spiders.extraction.document import Document
from spiders.extraction.signs import signs_beside
from spiders.links import Link, Shape, ancestors, identity, page_links, shape_of, unique

_LEVELS = 14
_CARD_TEXT = 1500
_MEASURED = 40
_NUMBER = re.compile(r"\d+")
# Three capitals beside a number are a currency more often than not.
_CODED = re.compile(r"(?<![A-Za-z])[A-Z]{3} ?\d|\d ?[A-Z]{3}(?![A-Za-z])")
_APART = re.compile(
    r"(?:^|[\s_-])(?:nav\w*|menu\w*|breadcrumb\w*|footer\w*|pagination|pager|tabs?|filter\w*|facet\w*|sidebar)(?:$|[\s_-])",
    re.I,
)
_LAST_NUMBER = re.compile(r"/(\d{3,})/?$")
_NOT_LISTING = re.compile(
    r"/(?:log-?in|sign-?(?:in|up)|register|account|help|faq|about|terms|privacy|policy|contact|cart|checkout|"
    r"user|users|profile|member|members|seller|sellers|shop|shops|store|stores|str|closet|category|categories|tag|"
    r"tags|brand|brands|search|compare|wishlist|feedback|review|reviews|blog|news|article|city|download|app)(?:/|$)",
    re.I,
)


@dataclass(eq=False)
class Group:
    """Links of one shape, and the cards they stand in."""

    shape: Shape
    links: list[Link]
    cards: dict[str, LexborNode] = field(default_factory=dict)

    @cached_property
    def urls(self) -> list[str]:
        """One URL for each listing, in page order."""
        first: dict[str, str] = {}
        for link in self.links:
            first.setdefault(identity(link.url), link.url)
        return list(first.values())

    @cached_property
    def sample(self) -> list[LexborNode]:
        """Up to 40 cards, spread over the page."""
        cards = list(self.cards.values())
        return cards[:: max(1, len(cards) // _MEASURED)]

    @cached_property
    def texts(self) -> list[str]:
        """The visible text of the sampled cards, whitespace tidied."""
        return [" ".join(card.text(separator=" ")[: 3 * _CARD_TEXT].split())[:_CARD_TEXT] for card in self.sample]

    @cached_property
    def prices(self) -> float:
        """Share of cards that show a price."""
        return sum(map(shows_price, self.texts)) / max(1, len(self.texts))

    @cached_property
    def pictures(self) -> float:
        """Share of cards that show a picture."""
        return sum(card.css_first("img, picture, [style*=background]") is not None for card in self.sample) / max(
            1, len(self.sample)
        )

    @cached_property
    def score(self) -> float:
        """How much these look like the results of the page; 0 for navigation."""
        count = len(self.urls)
        length = sum(map(len, self.texts)) / max(1, len(self.texts))
        if count < 3 or length < 8:
            return 0.0
        apart = sum(_is_apart(card) for card in self.sample) / max(1, len(self.sample))
        wrong = sum(bool(_NOT_LISTING.search(url.partition("?")[0])) for url in self.urls) / count
        likeness = 1.2 * self.prices + 0.5 * self.pictures + 0.7 * self.shape.has_id + 0.3 * min(1.0, length / 60)
        return likeness * math.log2(count + 1) * (1 - 0.8 * apart) * (1 - 0.7 * wrong)

    @cached_property
    def makes(self) -> Counter[str]:
        """How the cards are made: tag and class of the card and of what is above it."""
        return Counter(make_of(card) for card in self.cards.values())


def shows_price(text: str) -> bool:
    """Whether a number with a currency stands in a text of single spaces; a lone letter is no currency here."""
    if _CODED.search(text):
        return True
    beside = (sign for number in _NUMBER.finditer(text) for sign in signs_beside(text, *number.span()))
    return any(len(sign.form) > 1 or not sign.form.isascii() or sign.form == "$" for sign in beside)


def make_of(node: LexborNode) -> str:
    """Tag and classes of a node and its parent, numbers left out."""
    parts = [node, *list(ancestors(node, 1))]
    return ">".join(re.sub(r"\d+", "", f"{n.tag}.{n.attributes.get('class') or ''}") for n in parts)


def _is_apart(card: LexborNode) -> bool:
    """Whether a card stands in navigation, header or footer."""
    for above in [card, *ancestors(card, _LEVELS)]:
        if above.tag in ("nav", "footer", "header", "aside"):
            return True
        attributes = above.attributes
        name = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"
        if len(name) < 200 and _APART.search(name):
            return True
    return False


def results(document: Document) -> list[str]:
    """The addresses of the page's results, in page order, each once; empty where the page has none."""
    links = page_links(document)
    best = best_group(document, links)
    if best is None or not is_grid(best):
        return []
    inside = {card.mem_id for card in best.cards.values()}
    found = {link.url for link in best.links}
    found |= set(_beside(best, inside, document))
    for group in _groups(links, document):
        if group.shape != best.shape and _belongs(group, best, inside):
            found |= {link.url for link in group.links}
    return list(_without_ghosts(unique(link.url for link in links if link.url in found)))


def best_group(document: Document, links: list[Link]) -> Group | None:
    """The group that looks most like results, or None where there are no links."""
    return max(_groups(links, document), key=lambda group: group.score, default=None)


def _groups(links: list[Link], document: Document) -> list[Group]:
    here = identity(document.url) if document.url else ""
    return [_with_cards(Group(*pair)) for pair in _by_shape(link for link in links if identity(link.url) != here)]


def _beside(best: Group, inside: set[int], document: Document) -> Iterator[str]:
    """Links of further cards: elements of the same make under the same parents, whatever shape their link has."""
    makes = {make for make, count in best.makes.items() if count >= 3}
    parents = {
        card.parent.mem_id: card.parent for card in best.cards.values() if card.parent and make_of(card) in makes
    }
    for parent in parents.values():
        for child in parent.iter():
            if child.mem_id in inside or make_of(child) not in makes:
                continue
            urls = (document.absolute(a.attributes.get("href")) for a in child.css("a[href]")[:10])
            url = next((u for u in urls if u and shape_of(u).has_id == best.shape.has_id), None)
            if url:
                yield url.partition("#")[0]


def _without_ghosts(urls: Sequence[str]) -> Iterator[str]:
    """Leave out placeholders: a number far shorter than those of all the others."""
    numbers = {url: len(match.group(1)) for url in urls if (match := _LAST_NUMBER.search(url.partition("?")[0]))}
    usual = statistics.median(numbers.values()) if len(numbers) >= 5 else 0
    yield from (url for url in urls if usual < 9 or numbers.get(url, usual) > usual - 4)


def is_grid(group: Group) -> bool:
    """Whether a group is good enough to be called results: several cards, most with a price, or with picture and id."""
    enough = 0.35 if group.shape.has_id else 0.6
    return len(group.urls) >= 3 and (group.prices >= enough or (group.shape.has_id and group.pictures >= 0.5))


def _belongs(group: Group, best: Group, inside: set[int]) -> bool:
    """Results of another shape: cards of the same make beside those of the best group, not links within them."""
    shared = sum(count for make, count in group.makes.items() if make in best.makes)
    if shared < 0.6 * len(group.cards) or group.shape.has_id != best.shape.has_id:
        return False
    if any(node.mem_id in inside for link in group.links for node in ancestors(link.node, _LEVELS)):
        return False
    return group.prices >= 0.6 * best.prices


def _by_shape(links: Iterable[Link]) -> list[tuple[Shape, list[Link]]]:
    """Links by shape; a segment that only takes a few words over the group tells sections apart."""
    rough: dict[tuple[object, ...], list[tuple[Shape, Link]]] = defaultdict(list)
    for link in links:
        shape = shape_of(link.url)
        if shape.pattern or shape.query:
            rough[(shape.pattern, shape.query)].append((shape, link))
    return [group for members in rough.values() for group in _by_section(members, 0)]


def _by_section(members: list[tuple[Shape, Link]], position: int) -> list[tuple[Shape, list[Link]]]:
    shape = members[0][0]
    if position >= len(shape.pattern) - (not shape.query):
        return [(shape, [link for _, link in members])]
    if not shape.pattern[position].startswith("*"):
        return _by_section(members, position + 1)
    sections: dict[str, list[tuple[Shape, Link]]] = defaultdict(list)
    for member in members:
        sections[member[0].words[position]].append(member)
    kept = {word for word, section in sections.items() if len(section) >= max(5, len(members) // 5)}
    rest = [member for word, section in sections.items() if word not in kept for member in section]
    found = [group for word in kept for group in _by_section(sections[word], position + 1)]
    return found + (_by_section(rest, position + 1) if rest else [])


def _with_cards(group: Group) -> Group:
    """A link's card is the largest element around it that holds no other listing of the group."""
    holds: dict[int, set[str]] = defaultdict(set)
    chains: list[tuple[str, list[LexborNode]]] = []
    for link in group.links:
        chain = [link.node, *ancestors(link.node, _LEVELS)]
        chains.append((identity(link.url), chain))
        for node in chain:
            holds[node.mem_id].add(chains[-1][0])
    for name, chain in chains:
        card = chain[0]
        for node in chain[1:]:
            if len(holds[node.mem_id]) > 1:
                break
            card = node
        group.cards.setdefault(name, card)
    return group
