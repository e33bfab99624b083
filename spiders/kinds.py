"""Whether a page of unknown origin names many listings or describes one."""

from __future__ import annotations

import re

from spiders import grid, items
from spiders.extraction import structured
from spiders.extraction.document import Document
from spiders.extraction.money import find_amounts
from spiders.extraction.state import states
from spiders.links import page_links, shape_of
from spiders.view import View

_SEARCH_URL = re.compile(
    r"[?&](?:q|query|keywords?|search|search_?text|_nkw|kw|k|term|wd|p?ftsearch)=|/(?:search|sch|buscar|busca|suche|recherche|"
    r"ricerca|szukaj|poisk|tim-kiem|cari|jual|listado|catalog|category|categories|c|listings|browse|items/q-)(?:[/?.-]|$)|/s-[\w-]+/k\d|//(?:listado|lista)\.",
    re.I,
)
_SAYS_RESULTS = re.compile(
    r"\bresults?\b|search|resultad|ergebnis|suchergebnis|résultat|risultat|wynik|результат|найден|знайден|"
    r"kết quả|hasil pencarian|ผลการค้นหา|搜索结果|搜尋結果|検索結果|一覧|검색 결과|نتائج|نتایج|sonuç|eredmény|"
    r"resultaten|výsledk|rezultat|matokeo",
    re.I,
)
_COUNTED = re.compile(
    r"results?\b|found|\bads\b|listings|resultad|anuncios|anúncios|annonces|annunci|ergebnis|anzeigen|wynik|"
    r"ogłosze|результат|объявлени|оголошен|найден|знайден|kết quả|tin đăng|hasil|iklan|รายการ|"
    r"结果|件|개|نتيجة|إعلان|آگهی|ilan|találat|resultaten|výsledk|matangazo",
    re.I,
)
_LISTS = frozenset({"itemlist", "searchresultspage", "collectionpage", "offercatalog"})
_FEW, _MANY = 3, 8


def is_search(view: View) -> bool:
    """True for a page of results, False for one offer's page."""
    document = view.document
    heading = document.headings[0].text(separator=" ", strip=True) if document.headings else ""
    group = grid.best_group(document, page_links(document))
    if group is not None and _is_sibling(view.url, group):
        return False
    says_search = (
        _SEARCH_URL.search(view.url.partition("://")[2])
        or _SAYS_RESULTS.search(heading)
        or _counts_results(document, heading)
    )
    if says_search:
        return not _is_product(document, heading) or (
            group is not None and len(group.urls) > _MANY and grid.is_grid(group)
        )
    if _is_product(document, heading):
        return False
    if _lists(document):
        return True
    if group is None or not grid.is_grid(group):
        return len(document.lines) < 20 and _state_lists(document)
    # An address with an item's number in it asks for more proof.
    enough = 3 * _MANY if shape_of(view.url).has_id else _MANY
    if (
        not shape_of(view.url).has_id
        and group.prices >= 0.8
        and sum(map(len, group.texts)) > 0.5 * sum(map(len, document.lines))
    ):
        enough = _FEW  # cards with prices are most of what the page says
    return len(group.urls) >= enough and not _offers_first(document, group, heading)


def _is_sibling(url: str, group: grid.Group) -> bool:
    """Whether the page's own address has the shape of the listings it links to."""
    here = shape_of(url)
    if not here.has_id or here.pattern != group.shape.pattern or here.query != group.shape.query:
        return False
    fixed = [
        n
        for n, part in enumerate(here.pattern)
        if part == "*" and len({shape_of(u).words[n] for u in group.urls[:20]}) == 1
    ]
    return all(here.words[n] == group.shape.words[n] for n in fixed)


def _is_product(document: Document, heading: str) -> bool:
    """Whether the page's own data says that it is one thing for sale."""
    if "product" in (document.meta("og:type") or "").lower() or document.meta(
        "product:price:amount", "og:price:amount"
    ):
        return True
    for thing in structured.main_objects(document, heading):
        offers = [offer for offer in structured.offers(thing) if structured.kind(offer) != "aggregateoffer"]
        if (
            offers
            and len(offers) <= _FEW
            and not any(key in offer for offer in offers for key in ("lowPrice", "offerCount"))
        ):
            return True
    return False


def _lists(document: Document) -> bool:
    """Whether the page's own data holds a list of items."""
    for entry in document.json_ld:
        elements = entry.get("itemListElement") or (entry.get("mainEntity") or {})
        if isinstance(elements, dict):
            elements = elements.get("itemListElement")
        if structured.kind(entry) in _LISTS and isinstance(elements, list) and len(elements) >= _FEW:
            return True
    return False


def _state_lists(document: Document) -> bool:
    return len(items.find_items(states(document.scripts, ["price", "title", "url"])[:4])) >= _FEW


def _offers_first(document: Document, group: grid.Group, heading: str) -> bool:
    """Whether, between its heading and its first card, the page names a price: the offer itself.
    Three prices or more there are a filter's."""
    lines = document.lines
    start = _heading_line(document, heading)
    if start is None:
        return False
    firsts = {text[:30] for text in group.texts if len(text) > 3}
    between = []
    for line in lines[start + 1 :]:
        if len(line) > 8 and any(first.startswith(line[:30]) for first in firsts):
            break
        between.append(line)
    prices = sum(any(a.signed for a in find_amounts(line)) for line in between[:14])
    return 0 < prices < _FEW


def _heading_line(document: Document, heading: str) -> int | None:
    """Where the main heading stands in the page's lines."""
    places = [
        n
        for n, line in enumerate(document.lines)
        if heading and (line.startswith(heading[:20]) or (len(line) > 8 and heading.endswith(line)))
    ]
    return places[0] if places else None


def _counts_results(document: Document, heading: str) -> bool:
    """Whether a number of results stands beside the heading."""
    start = _heading_line(document, heading)
    near = [] if start is None else document.lines[max(0, start - 2) : start + 5]
    return any(len(line) < 70 and any(map(str.isdigit, line)) and _COUNTED.search(line) for line in near)
