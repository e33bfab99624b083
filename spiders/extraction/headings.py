"""Which H1 names the offer: not the site's slogan, not a dialog's title, not "Details"."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborNode

from spiders.extraction.blocks import is_flat
from spiders.extraction.document import Document
from spiders.extraction.text import one_line, words

_HIDDEN = re.compile(
    r"(?:^|[\s_-])(?:is-hidden|hidden|visually-?hidden|sr-only|screen-?reader(?:-text)?|a-offscreen|offscreen|d-none|hide|clipped)(?:$|\s)"
)
_NO_DISPLAY = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_OUTSIDE = re.compile(
    r"(?<!has-)(?<!with-)(?<!no-)(?:modal|popup|pop-up|dialog|lightbox|cookie|consent|overlay|logo|newsletter|related|similar|reviews?\b|question)"
)
_GENERIC = frozenset(
    [
        "details",
        "full details",
        "product details",
        "product",
        "item",
        "listing",
        "ad",
        "advert",
        "advertisement",
        "description",
        "home",
        "about this item",
        "classifieds",
        "full ad",
        "item details",
        "listing details",
        "marketplace",
        "for sale",
        "detalle",
        "detalles",
        "descripción",
        "descripcion",
        "producto",
        "anuncio",
        "anuncios",
        "artikel",
        "anzeige",
        "anzeigen",
        "beschreibung",
        "détails",
        "annonce",
        "annonces",
        "produit",
        "annuncio",
        "annunci",
        "dettagli",
        "detail",
        "produk",
        "iklan",
        "chi tiết",
        "sản phẩm",
        "รายละเอียด",
        "ประกาศ",
        "รายละเอียดสินค้า",
        "商品详情",
        "商品詳細",
        "描述",
        "описание",
        "объявление",
        "объявления",
        "sludinājumi",
        "ogłoszenie",
        "ogłoszenia",
        "menu",
        "search",
        "login",
        "sign in",
        "share",
        "cart",
        "welcome",
        "404",
        "error",
        "reviews",
        "shop",
        "store",
        "contact seller",
        "chat",
    ]
)
_SEPARATORS = re.compile(r"\s+[|\-–—·•»/:<]{1,2}\s+|\s*[｜]\s*|:\s+")


def best(document: Document) -> LexborNode | None:
    """The H1 that most resembles the page's title; None where none names an offer."""
    titles = [words(t) for t in (document.page_title, document.meta("og:title", "twitter:title") or "") if t]
    scored: list[tuple[float, int, LexborNode]] = []
    for number, node in enumerate(document.headings):
        text = visible_text(node)
        if (
            not 1 <= len(text) <= 400
            # A lone sign may be a dialog's cross, or all that a seller wrote.
            or (len(text) == 1 and not document.page_title.startswith(text))
            or text.lower().strip(" :.!") in _GENERIC
            or _is_outside(node)
            or names_site(text, document)
        ):
            continue
        own = words(text)
        likeness = max((len(own & title) / len(own) for title in titles if own), default=0.0)
        scored.append((round(likeness, 2), -number, node))
    return max(scored, key=lambda entry: entry[:2])[2] if scored else None


def visible_text(node: LexborNode) -> str:
    """The node's text without what is hidden from the reader."""
    if not is_flat(node) and any(is_hidden(child) for child in node.css("[class],[style],[hidden]")[:20]):
        node = node.clone()
        for child in node.css("[class],[style],[hidden]")[:20]:
            if is_hidden(child):
                child.decompose()
    return one_line(node.text(separator=" "))


def is_hidden(node: LexborNode) -> bool:
    """Whether the node itself says that it is not shown."""
    attributes = node.attributes
    if "hidden" in attributes:
        return True
    return bool(
        _HIDDEN.search((attributes.get("class") or "").lower()) or _NO_DISPLAY.search(attributes.get("style") or "")
    )


def _is_outside(node: LexborNode) -> bool:
    parent: LexborNode | None = node
    for _ in range(6):
        if parent is None or parent.tag in {"body", "main", "article"}:
            return False
        if parent.tag in {"nav", "footer", "dialog"}:
            return True
        attributes = parent.attributes
        if attributes.get("role") == "dialog" or _OUTSIDE.search(
            f"{attributes.get('class')} {attributes.get('id')}".lower()
        ):
            return True
        parent = parent.parent
    return False


def names_site(text: str, document: Document) -> bool:
    """Whether a text is the site's name or slogan: its host, og:site_name, or the tail of the page's title."""
    folded = "".join(words(text))
    site = (document.meta("og:site_name", "application-name") or "").lower()
    host = document.host.split(".")[0]
    if text.lower() == site or (host and folded == host):
        return True
    parts = _SEPARATORS.split(document.page_title)
    return len(parts) > 1 and words(text) == words(parts[-1]) and words(text) != words(parts[0])


def without_site(title: str, document: Document) -> str:
    """The page's title without the parts that name the site ("Blue parrot | Example" -> "Blue parrot")."""
    host = document.host.split(".")[0].replace("-", "")
    site = "".join(sorted(words(document.meta("og:site_name", "application-name") or "")))

    def is_site(part: str) -> bool:
        own = words(part)
        joined = "".join(part.lower().split()).replace("-", "")
        return bool(own) and (
            "".join(sorted(own)) == site or (bool(host) and (host in joined and len(joined) <= len(host) + 16))
        )

    spans = list(_SEPARATORS.finditer(title))
    while spans and is_site(title[spans[-1].end() :]):
        title = title[: spans.pop().start()]
    if spans and is_site(title[: spans[0].start()]):
        title = title[spans[0].end() :]
    return title.strip()
