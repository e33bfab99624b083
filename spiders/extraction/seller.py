"""Who offers it: the seller's name as the page shows it, and the link to the seller."""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborNode

from spiders.extraction.evidence import Evidence
from spiders.extraction.headings import names_site
from spiders.extraction.marks import lies_in, speaks_of
from spiders.extraction.names import clean_name, stated_name
from spiders.extraction.state_item import first_of
from spiders.extraction.structured import as_list, offers, string
from spiders.extraction.text import entries, one_line

_NAMED = speaks_of(r"name|login|nick|title|itemprop=seller|(?<![a-z])fn(?![a-z])|author|username")
_STRONG = speaks_of(
    r"seller|vendor|merchant|advertiser|owner|verkaeufer|anbieter|vendedor|anunciante|penjual|nguoi-ban|sold-?by|user-?card"
)
_ELSEWHERE = speaks_of(
    r"review|rating|comment|feedback|fdbk|related|similar|recommend|carousel|header-?nav|navbar|top-?bar|menu|account|login|sign-?in|footer|cookie|question|"
    r"breadcrumb|form|modal|popup|newsletter|bid-?history|description"
)
# A path segment that stands before a person's or shop's name.
_PEOPLE = frozenset(
    entries(
        "user users u usr profile profil perfil profiles seller sellers vendor vendors member members tienda merchant "
        "vendedor people account accounts "
        "autor author anbieter haendler verkaeufer boutique penjual toko loja usuario usuarios ads-by userads "
        "public-profile bestandsliste s-bestandsliste"
    )
)
_PROFILE = re.compile(
    r"/sch/[^/]{1,80}/m\.html?|/(?:user|usr|u|profile|profil|perfil|seller|vendor|member|vendedor|author)[-=][\w.-]|/(?:user|profile|seller|member|shop)\.\w{2,4}\?|"
    r"[?&](?:seller|user|author|member)(?:_?id)?=\w"
)
# "Sold by Shannon." ends a sentence, "Ann B." and "Works Ltd." do not.
_SENTENCE_END = re.compile(r"(?<=\w{4})\.$")
_STATE_KEYS = entries(
    "seller sellername vendor merchant advertiser owner user username author authorname poster shop shopname store "
    "storename account member marketplacelistingseller"
)
_STATE_NAMES = entries("name displayname nickname nick username shopname storename fullname title login handle")
_OUTSIDE = frozenset({"header", "footer", "nav", "form", "input"})
MAX_LINKS = 400
MAX_DISTANCE = 300


def is_profile(href: str) -> bool:
    """Whether a link leads to the page of a person or a shop."""
    href = href[:400].lower()
    return not _PEOPLE.isdisjoint(href.split("/")[:-1]) or _PROFILE.search(href) is not None


def read_seller(evidence: Evidence) -> tuple[str | None, str | None]:
    """Name and absolute URL of the seller.

    Order: selector, structured data, the page's labels, marked nodes and profile links, embedded state. The site's own
    name counts only where nothing else is found.
    """
    site: str | None = None
    for name, url in _candidates(evidence):
        if names_site(name, evidence.document):
            site = site or name
            continue
        return name, url
    return site, None


def _candidates(evidence: Evidence) -> Iterator[tuple[str, str | None]]:
    for node, attribute in evidence.selected_nodes("seller"):
        text = one_line(node.attributes.get(attribute) if attribute else node.text(separator=" "))
        if text:
            yield text, evidence.document.absolute(node.attributes.get("href"))
    yield from _structured(evidence)
    if not evidence.is_shell:
        yield from _elected(evidence)
    yield from _state(evidence)


def _elected(evidence: Evidence) -> list[tuple[str, str | None]]:
    """Names on the page by the weight of what speaks for them: labels near the title, marked nodes, links."""
    votes: dict[str, float] = {}
    urls: dict[str, str] = {}
    for find in (_labelled, _marked, _linked):
        best: dict[str, float] = {}
        for weight, name, url in find(evidence):
            if name == evidence.heading:
                continue
            best[name] = max(weight, best.get(name, 0.0))
            if url:
                urls.setdefault(name, url)
        for name, weight in best.items():
            votes[name] = votes.get(name, 0.0) + weight
    return [(name, urls.get(name)) for name in sorted(votes, key=lambda name: -votes[name])]


def _structured(evidence: Evidence) -> Iterator[tuple[str, str | None]]:
    for thing in evidence.objects:
        for holder in (*offers(thing), thing):
            for key in ("seller", "offeredBy", "vendor", "provider", "author"):
                for value in as_list(holder.get(key))[:3]:
                    name = stated_name(string(value.get("name") if isinstance(value, dict) else value))
                    if name:
                        yield (
                            name,
                            evidence.document.absolute(string(value.get("url"))) if isinstance(value, dict) else None,
                        )


_Vote = tuple[float, str, str | None]


def _labelled(evidence: Evidence) -> Iterator[_Vote]:
    for label in evidence.labelled("seller"):
        distance = abs(label.line - evidence.start)
        # Far below the title begin other people's offers.
        for line in evidence.after(label, 3) if distance < MAX_DISTANCE else ():
            if name := clean_name(line):
                yield 3.0 - 2.0 * distance / MAX_DISTANCE, _SENTENCE_END.sub("", name), None
                break


def _marked(evidence: Evidence) -> Iterator[_Vote]:
    for order, marked in enumerate(evidence.marked["seller"]):
        node, own = marked.node, marked.marks
        if _ELSEWHERE(own) or _is_elsewhere(node):
            continue
        named = _NAMED(own)
        if found := _name_within(evidence, node, alone=named):
            yield 1.0 + named + _STRONG(own) + (found[1] is not None) - 0.01 * order, *found


def _is_elsewhere(node: LexborNode) -> bool:
    return node.tag in _OUTSIDE or lies_in(node, _OUTSIDE, _ELSEWHERE)


def _name_within(evidence: Evidence, node: LexborNode, *, alone: bool) -> tuple[str, str | None] | None:
    """The first line in the node that can be a name; a node that is called a name holds hardly anything else."""
    text = node.text(separator="\n")
    lines = [line for part in text[:1500].split("\n") if (line := one_line(part))]
    if not lines or len(text) > (200 if alone else 1500):
        return None
    shown = (line for line in lines[: 3 if alone else 8] if line in evidence.own_lines)
    name = next((name for line in shown if (name := clean_name(line))), None)
    return (name, evidence.document.absolute(_href(node))) if name else None


def _href(node: LexborNode) -> str | None:
    """The profile link the node is, lies in, or holds."""
    if node.tag == "a":
        return node.attributes.get("href")
    for tag, parent in ((p.tag, p) for p in _parents(node, 3)):
        if tag == "a":
            return parent.attributes.get("href")
    inner = (link.attributes.get("href") for link in node.css("a[href]")[:10])
    return next((href for href in inner if href and is_profile(href)), None)


def _parents(node: LexborNode, levels: int) -> Iterator[LexborNode]:
    parent = node.parent
    for _ in range(levels):
        if parent is None:
            return
        yield parent
        parent = parent.parent


def _linked(evidence: Evidence) -> Iterator[_Vote]:
    for link in evidence.document.tree.css("a[href]")[:MAX_LINKS]:
        href = link.attrs.get("href") or ""
        if is_profile(href) and not _is_elsewhere(link):
            lines = (one_line(part) for part in link.text(separator="\n")[:400].split("\n"))
            if name := next(
                (name for line in lines if line in evidence.own_lines and (name := clean_name(line))), None
            ):
                yield 2.0, name, evidence.document.absolute(href)


def _state(evidence: Evidence) -> Iterator[tuple[str, str | None]]:
    value = first_of(evidence.state or {}, *_STATE_KEYS)
    url: str | None = None
    if isinstance(value, dict):
        link = first_of(value, "url", "link", "href", "profileurl", "permalink", "path")
        url = evidence.document.absolute(link) if isinstance(link, str) else None
        value = first_of(value, *_STATE_NAMES)
    if isinstance(value, str) and (name := stated_name(value)):
        yield name, url
