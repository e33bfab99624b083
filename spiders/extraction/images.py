"""Pictures of the offer, the main one first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from selectolax.lexbor import LexborNode

from spiders.extraction.evidence import Evidence
from spiders.extraction.marks import above, joined, speaks_of
from spiders.extraction.state_item import first_of
from spiders.extraction.structured import as_list
from spiders.extraction.text import entries, words

MAX_RANKED = 25  # pictures that may be the offer's; behind so many come other people's
MAX_IMAGES = 40
MAX_NODES = 300
# Words in the file names of what is no picture of an offer.
_NO_PICTURE = frozenset(
    entries(
        "logo logos icon icons favicon sprite sprites placeholder blank pixel spacer loading loader spinner avatar "
        "noimage nophoto nopic default dummy transparent clear flag flags badge badges button btn banner star stars "
        "rating payment visa paypal captcha ogimage share social qr qrcode emoji header footer bg background "
        "arrow trust"
    )
)
_NO_PICTURE_NAME = re.compile(
    r"(?<![a-z])(?:no-(?:image|photo|pic)|1x1|og[-_]image)(?![a-z])|doubleclick|analytics|\.svg$"
)
_WORD = re.compile("[a-z]+")
_GALLERY = speaks_of(
    r"gallery|galerie|galeria|slider|slide|swiper|carousel|photo|photos|foto|fotos|picture|image|images|img|zoom|media|magnif|main|primary|product|viewer|big|large|lightbox"
)
_ELSEWHERE = speaks_of(
    r"related|similar|recommend|also|upsell|cross-?sell|footer|header|nav\b|navbar|menu|cart|basket|recent|suggest|promo|sponsor|banner|popular|seller|avatar|"
    r"profile|user|review|comment|logo|payment|social|brand|teaser|tile|thumb-?list|listing-?item|product-?item|advert|partner|trust|rating|breadcrumb"
)
_SOURCES = entries(
    "data-zoom-image data-large data-large-image data-large_image data-full data-original data-hi-res "
    "data-old-hires data-src data-lazy-src data-lazy data-imgsrc data-img data-image data-url content src "
    "data-srcset srcset"
)
_OUTSIDE = frozenset({"header", "footer", "nav"})
_PICTURE_LINK = re.compile(r"\.(?:jpe?g|png|webp|gif|avif)(?:$|\?)", re.IGNORECASE)


def read_images(evidence: Evidence) -> tuple[str, ...]:
    """Absolute URLs without doubles. Order: selector, structured data, og:image, gallery on the page, state."""
    document = evidence.document
    selected = [
        node.attributes.get(attribute) if attribute else _source(node, node.attributes)
        for node, attribute in evidence.selected_nodes("images")
    ]
    declared = (
        document.metas.get("og:image", [])
        + document.metas.get("og:image:url", [])
        + document.metas.get("twitter:image", [])
    )
    stated = list(_structured(evidence))
    agree = len(stated) > 1 and (not declared or _file(stated[0]) == _file(declared[0]))
    shown = [] if selected or agree else list(_shown(evidence))
    pictures = _usable(evidence, [*selected, *stated, *declared])
    if stated and declared and not selected:
        pictures = _seen_first(pictures, shown)
    # Without a statement the best image of the page leads; with one, the gallery only completes it.
    pictures = list(dict.fromkeys([*pictures, *_usable(evidence, shown)]))
    if not pictures:
        pictures = _usable(
            evidence,
            _strings(
                first_of(evidence.state or {}, "images", "photos", "pictures", "image", "photo", "picture", "gallery")
            ),
        )
    return tuple(pictures[:MAX_IMAGES])


def _seen_first(pictures: list[str], shown: list[str]) -> list[str]:
    """Where JSON-LD and og:image name different pictures, the one that the page shows first is the main one."""
    order = {_file(link): n for n, link in reversed(list(enumerate(shown[:10])))}
    return sorted(pictures, key=lambda link: order.get(_file(link), 99))


def _file(link: str) -> str:
    return link.split("?", maxsplit=1)[0].rsplit("/", 1)[-1]


def _usable(evidence: Evidence, links: Iterable[str | None]) -> list[str]:
    found: dict[str, None] = {}
    for link in links:
        url = evidence.document.absolute(link)
        if url and _may_be_picture(url.partition("?")[0]):
            found.setdefault(url)
    return list(found)


def _may_be_picture(path: str) -> bool:
    name = path.rpartition("/")[2].lower()
    return bool(name) and _NO_PICTURE.isdisjoint(_WORD.findall(name)) and not _NO_PICTURE_NAME.search(name)


def _structured(evidence: Evidence) -> Iterator[str]:
    for thing in evidence.objects:
        for key in ("image", "images", "photo", "primaryImageOfPage", "thumbnailUrl"):
            yield from _strings(thing.get(key))


def _strings(value: Any) -> Iterator[str]:
    """URLs within a value: strings, lists, ImageObjects."""
    for item in as_list(value)[:MAX_IMAGES]:
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            url = first_of(
                item,
                "contenturl",
                "url",
                "src",
                "uri",
                "href",
                "large",
                "original",
                "full",
                "thumbnailurl",
                "image",
                "@id",
            )
            if isinstance(url, str):
                yield url
            elif isinstance(url, dict | list):
                yield from (u for u in _strings(url))


def _shown(evidence: Evidence) -> Iterator[str]:
    ranked: list[tuple[float, int, str]] = []
    title = words(evidence.heading or evidence.document.page_title)
    main = evidence.heading_node.mem_id if evidence.heading_node else None
    near_title = main is None
    for order, node in enumerate(evidence.document.tree.css("h1,img,link[rel=image_src]")[:MAX_NODES]):
        if node.tag == "h1":
            near_title = near_title or node.mem_id == main
            continue
        if len(ranked) >= MAX_RANKED:
            break
        attributes = node.attributes
        link = attributes.get("href") if node.tag == "link" else _source(node, attributes)
        if link and not link.startswith("data:") and (score := _score(node, attributes, title, near=near_title)) > 0:
            ranked.append((score - order * 0.02, -order, link))
    for _, _, link in sorted(ranked, reverse=True):
        yield link


def _source(node: LexborNode, attributes: dict[str, str | None]) -> str | None:
    """The best URL of an image node: its large or lazy source, else its source, else the picture it links to."""
    for name in _SOURCES:
        value = attributes.get(name)
        if value and not value.startswith(("data:", "{", "[")) and len(value) > 3:
            return _largest(value) if "srcset" in name else value
    parent = node.parent
    link = parent.attributes.get("href") if parent is not None and parent.tag == "a" else None
    return link if link and _PICTURE_LINK.search(link) else None


def _largest(srcset: str) -> str | None:
    """The last candidate of a srcset is by custom the largest."""
    parts = [part.strip().split() for part in srcset[:8000].split(", ")]
    links = [part[0] for part in parts if part]
    return links[-1] if links else None


def _score(node: LexborNode, attributes: dict[str, str | None], title: set[str], *, near: bool) -> float:
    score = 1.0 + 0.5 * near
    for distance, (tag, text) in enumerate(above(node, 8)):
        if tag in _OUTSIDE or _ELSEWHERE(text):
            score -= 4
            break
        if distance < 4 and _GALLERY(text):
            score += 0.7
    own = joined(attributes)
    score += 2.0 * _GALLERY(own) + 3.0 * ("itemprop=image" in own) + _size(attributes)
    alt = f"{attributes.get('alt') or ''} {attributes.get('title') or ''}"[:300]
    return score + (4.0 * len(words(alt) & title) / len(title) if title and len(alt) > 1 else 0.0)


def _size(attributes: dict[str, str | None]) -> float:
    stated = (attributes.get("width") or "", attributes.get("height") or "")
    if stated == ("", ""):
        return 0.0
    sides = [int(side) for text in stated if (side := text.removesuffix("px")).isdecimal() and len(side) < 6]
    if not sides:
        return 0.0
    return 1.5 if min(sides) >= 200 else -2.0 if max(sides) < 80 else 0.0
