"""What the seller says about it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from spiders.extraction.blocks import block_text
from spiders.extraction.evidence import Evidence
from spiders.extraction.marks import above, marks
from spiders.extraction.names import is_label
from spiders.extraction.state import first_of
from spiders.extraction.structured import as_list
from spiders.extraction.text import one_line, paragraphs, plain

_WORDS = (
    "description descripcion descricao beschreibung beskrivning descrizione omschrijving opis popis leiras descriere apraksts aciklama deskripsi "
    "mo-ta mota detail-content product-detail adcontent ad-content ad-body ad-text adtext item-text body-text productdesc product-desc prod-desc item-desc "
    "msg postingbody post-body longdesc overview"
).split()
_SELECTOR = ",".join(
    ["[itemprop=description]"]
    + [f"[{attribute}*={word} i]" for word in _WORDS for attribute in ("class", "id")]
    + [f"[{attribute}*=description i]" for attribute in ("data-testid", "data-qa", "data-cy", "data-aut-id", "data-marker", "data-test")]
)
_TOKEN = re.compile(
    r"(?:description|descripcion|descricao|beschreibung|beskrivning|descrizione|omschrijving|(?<![a-z])opis|popis|leiras|descriere|apraksts|aciklama|deskripsi|"
    r"mo-?ta|detail-content|ad-?(?:content|body|text)|item-(?:text|desc)|body-text|prod(?:uct)?-?desc|(?<![a-z])msg(?![a-z])|posting-?body|post-body|long-?desc|overview)"
)
_ELSEWHERE = re.compile(
    r"related|similar|recommend|carousel|header-?nav|navbar|menu|footer|cookie|modal|popup|review|comment|breadcrumb|meta-desc|category-desc|seller-desc|"
    r"shipping|payment|banner|teaser|site-desc|list-item|tile|card__desc|suggest|upsell|rating"
)
_EXACT = re.compile(r"(?<![a-z])(?:description|descripcion|beschreibung|opis|descrizione|descriere|leiras)(?:-(?:text|content|body|p|value))?(?![a-z-])")
MAX_NODES = 80
MAX_TEXT = 20_000
_LEAST = 12


def read_description(evidence: Evidence) -> str | None:
    """The longest text that begins as the best evidence says. Order: selector, structured data, marked nodes, the lines
    below a label, embedded state, meta data."""
    found = next(_candidates(evidence), None)
    return found[:MAX_TEXT].strip() if found else None


def _candidates(evidence: Evidence) -> Iterator[str]:
    yield from (text for raw in evidence.selected("description") if (text := paragraphs(raw)))
    marked = list(_marked(evidence))
    labelled = _labelled(evidence)
    shown = [text for text in (*marked, labelled) if text]
    for text in _structured(evidence):
        # A summary made for search engines is not what the seller wrote, where the page shows that.
        own_words = one_line(text[:60])[:30] in evidence.visible
        yield _fuller(text, shown) if own_words or len(labelled) < 80 else labelled
    state = _state(evidence)
    meta = plain(evidence.document.meta("og:description", "description", "twitter:description") or "")
    # Where the meta data quotes the beginning of a text on the page, that text is the description.
    for stated in (state, meta):
        if stated and (fuller := _fuller(stated, shown)) != stated:
            yield fuller
    if labelled and len(labelled) >= 40:
        yield labelled
    yield from (text for text in marked if len(text) >= 40)
    yield from (text for text in (state, meta, *marked, labelled) if text)


def _fuller(text: str, shown: list[str]) -> str:
    """The shown text that contains the beginning of ``text`` near its own beginning and goes on longer."""
    start = _letters(text[:200])[:30]
    if len(start) < 12:
        return text
    longer = [s for s in shown if len(s) > len(text) and start in _letters(s[:600])[:260]]
    return max(longer, key=len, default=text)


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def _structured(evidence: Evidence) -> Iterator[str]:
    for thing in evidence.objects:
        texts = [plain(v) for v in as_list(thing.get("description")) if isinstance(v, str)]
        if texts and len(best := max(texts[:5], key=len)) >= _LEAST:
            yield best


def _marked(evidence: Evidence) -> Iterator[str]:
    ranked: list[tuple[float, int, str]] = []
    for order, node in enumerate(evidence.document.tree.css(_SELECTOR)[:MAX_NODES]):
        own = marks(node)
        if not _TOKEN.search(own) and "itemprop=description" not in own or _ELSEWHERE.search(own):
            continue
        if any(tag in {"header", "footer", "nav"} or _ELSEWHERE.search(text) for tag, text in above(node, 7)):
            continue
        if node.tag == "h1" or node.css_first("h1") is not None:
            continue
        text = _without_heading(block_text(node))
        if len(text) >= _LEAST and any(c.isalpha() for c in text):
            score = 3.0 * ("itemprop=description" in own) + 2.0 * bool(_EXACT.search(own)) + min(len(text), 1500) / 500
            ranked.append((score, -order, text))
    for _, _, text in sorted(ranked, reverse=True):
        yield text


def _without_heading(text: str) -> str:
    first, _, rest = text.partition("\n")
    return rest.strip() if rest and is_label(first) else text


def _labelled(evidence: Evidence) -> str:
    """The lines below "Description" up to the next label that starts a section."""
    lines = evidence.document.lines
    for label in evidence.labelled("description"):
        if label.value or label.line < evidence.start:
            continue
        taken: list[str] = []
        for line in lines[label.line + 1 : min(label.line + 200, evidence.end)]:
            if is_label(line) and len(line) > 2:
                break
            taken.append(line)
        text = "\n".join(taken)
        if len(text) >= _LEAST:
            return text
    return ""


def _state(evidence: Evidence) -> str:
    value = first_of(evidence.state or {}, "description", "descriptiontext", "body", "content", "redacted_description", "desc")
    if isinstance(value, dict):
        value = first_of(value, "text", "value", "content")
    return plain(value) if isinstance(value, str) and len(one_line(value)) >= _LEAST else ""
