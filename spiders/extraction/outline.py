"""Elements by what their names say they hold, in one pass over the page."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from spiders.extraction.marks import Names, names, spelled

MAX_NODES = 8000
MAX_EACH = 200

# Field -> words within class, id or test names. A word counts only where no letter stands before it.
_NAMES: dict[str, str] = {
    "price": (
        r"price|prices|pricing|precio|preco|prix|preis|preise|prezzo|prijs|cena|ceny|harga|fiyat|kaina|hinta|tsena|stoimost|gia-?ban|amount|money|cost|"
        r"ads-price|prod-cost|valor"
    ),
    "seller": (
        r"seller|vendor|merchant|advertiser|user-?(?:card|name|info|profile)?|usercard|username|profile|owner|poster|author|contact-?(?:name|person)|"
        r"shop-?name|store-?name|dealer|agent|member|verkaeufer|anbieter|vendedor|anunciante|penjual|nguoi-ban|sold-?by|breeder|fn"
    ),
    "location": (
        r"location|locality|address|city|region|district|place|geo|standort|ubicacion|localidad|lokasi|khu-vuc|dia-?chi|mesto|gorod|lieu|luogo|"
        r"lokalizacja|area"
    ),
    "description": (
        r"[a-z]{0,12}description|descripcion|descricao|beschreibung|beskrivning|descrizione|omschrijving|opis|popis|leiras|descriere|apraksts|aciklama|"
        r"deskripsi|mo-?ta|detail-content|ad-?(?:content|body|text)|item-desc|body-text|prod(?:uct)?-?desc|msg|posting-?body|post-body|"
        r"long-?desc|overview"
    ),
    "posted": r"dates?|posted|publish(?:ed)?|created|creation|time-?ago|calendar|fecha|datum|postdate|adddate|"
    r"date-added",
    "status": r"sold|reserved|status|badge|ribbon",
    "others": (
        r"(?:related|similar|recommend(?:ed|ation)?s?|suggested|sponsored)(?:items|ads|products|listings|posts|offers)?|"
        r"(?:also|people|customers)-(?:like|bought|viewed)|you-may|you-might|up-?sells?|cross-?sells?|"
        r"(?:more|other)-(?:from|items|ads|products|listings|offers)|recently-viewed|(?<!-)footer|(?:site|page|main|global)-footer|colophon"
    ),
}
_TOKENS = {
    field: re.compile(rf"(?<![a-z])(?:{names})(?:s|name|value|text|info|details?|block|box|label)?(?![a-z])")
    for field, names in _NAMES.items()
}
_ITEMPROPS = {
    "price": "price",
    "seller": "seller",
    "description": "description",
    "addresslocality": "location",
    "address": "location",
}
_BY_TAG = {"time": ("posted",), "address": ("location",), "footer": ("others",)}
_SPECIAL = "h1,time,address,footer"
_ANY = f"{_SPECIAL},[class],[id],[itemprop]"


class Marked(NamedTuple):
    """An element, its marks, and whether it stands below the title."""

    node: LexborNode
    marks: str
    below: bool


def outline(tree: LexborHTMLParser, heading: LexborNode | None) -> dict[str, list[Marked]]:
    """Elements by field in page order, at most 200 each; of the page the first 8,000 named elements are looked at."""
    found: dict[str, list[Marked]] = {field: [] for field in _NAMES}
    title = heading.mem_id if heading is not None else None
    below = title is None
    special = {node.mem_id: node.tag for node in tree.css(_SPECIAL)}
    # Most elements say nothing, and that with the same names again and again: one look-up is all they cost.
    silent: set[Names] = set()
    for node in tree.css(_ANY)[:MAX_NODES]:
        own = names(node.attributes)
        if own in silent and node.mem_id not in special:
            continue
        marks = spelled(own)
        fields = _fields(marks) if marks else ()
        if tag := special.get(node.mem_id):
            below = below or node.mem_id == title
            fields = (*fields, *_BY_TAG.get(tag, ()))
        elif not fields:
            silent.add(own)
        for field in fields:
            if len(found[field]) < MAX_EACH:
                found[field].append(Marked(node, marks, below))
    return found


@lru_cache(maxsize=20_000)
def _fields(marks: str) -> tuple[str, ...]:
    named = [field for field, pattern in _TOKENS.items() if pattern.search(marks)]
    _, _, prop = marks.partition("itemprop=")
    if prop and (field := _ITEMPROPS.get(prop.replace("-", ""))) and field not in named:
        named.append(field)
    return tuple(named)
