"""What the seller says about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from selectolax.lexbor import LexborNode

from spiders.extraction.blocks import block_text, is_flat
from spiders.extraction.evidence import Evidence
from spiders.extraction.marks import lies_in, marks, speaks_of
from spiders.extraction.names import is_label
from spiders.extraction.state_item import first_of
from spiders.extraction.structured import as_list
from spiders.extraction.text import one_line, paragraphs, plain

_ELSEWHERE = speaks_of(
    r"related|similar|recommend|carousel|header-?nav|navbar|menu|footer|cookie|modal|popup|review|comment|breadcrumb|meta-desc|category-desc|seller-desc|seller-card|seller-info|about-seller|store-info|shop-info|"
    r"shipping|payment|banner|teaser|site-desc|list-item|tile|card__desc|suggest|upsell|rating"
)
_EXACT = speaks_of(
    r"(?<![a-z])(?:description|descripcion|beschreibung|opis|descrizione|descriere|leiras)(?:-(?:text|content|body|p|value))?(?![a-z-])"
)
_SELLER = speaks_of(
    r"(?<![a-z])(?:seller|vendor|merchant|advertiser|verkaeufer|anbieter|vendedor|anunciante|vendeur|penjual|nguoi-ban|user-?card)(?![a-z])"
)
_SAYS = speaks_of(r"desc|text|comment|note|message")
MAX_BLOCKS = 5
MAX_NODES = 80
MAX_TEXT = 20_000
_LEAST = 12
# A field for it holds a description however short, but "n/a" is none.
_LEAST_STATED = 6
LEAST_SHOWN = 80
LONG = 320
# So many of one name are a list of other offers.
MANY = 4
_OUTSIDE = frozenset({"header", "footer", "nav"})
_HEADINGS = frozenset({"h2", "h3", "h4", "h5", "h6"})
_NO_CONTAINER = frozenset({"h1", "meta", "a", "input", "img"})


def read_description(evidence: Evidence) -> str | None:
    """The longest text that begins as the best evidence says. Order: selector, structured data, marked nodes, the lines
    below a label, embedded state, meta data."""
    found = next(_candidates(evidence), None)
    return found[:MAX_TEXT].strip() if found else None


def _candidates(evidence: Evidence) -> Iterator[str]:
    yield from (text for raw in evidence.selected("description") if (text := paragraphs(raw)))
    stated = _structured(evidence)
    if stated and len(stated) > LONG and _is_visible(evidence, stated):
        yield stated
    if evidence.is_shell:
        yield from (text for text in (_state(evidence),) if text)
    labelled = _labelled(evidence)
    marked = _marked(evidence)
    if stated:
        # A summary made for search engines is not what the seller wrote, where the page shows that.
        shown = _is_visible(evidence, stated) or len(labelled) < LEAST_SHOWN
        yield _fuller(stated, marked, labelled) if shown else labelled
    state = _state(evidence)
    meta = plain(evidence.document.meta("og:description", "description", "twitter:description") or "")
    # Where the meta data quotes the beginning of a text on the page, that text is the description.
    for quoted in (state, meta):
        if quoted and (fuller := _fuller(quoted, marked, labelled)) != quoted:
            yield fuller
    if len(labelled) >= LEAST_SHOWN / 2:
        yield labelled
    texts = [text for node in marked[:5] if (text := _without_heading(block_text(node)))]
    exact = [text for text, node in zip(texts, marked, strict=False) if _EXACT(marks(node))]
    yield from (text for text in exact if len(text) >= LEAST_SHOWN / 2)
    yield from (text for text in (state, meta, *texts, labelled) if text)


def _is_visible(evidence: Evidence, text: str) -> bool:
    start = one_line(text[:400])
    # The title at the beginning proves nothing: it stands in the heading.
    return start.removeprefix(evidence.heading).strip()[:30] in evidence.visible


def _fuller(text: str, marked: list[LexborNode], labelled: str) -> str:
    """The text on the page that contains the beginning of ``text`` near its own beginning and goes on longer."""
    start = _letters(text[:200])[:30]
    if len(start) < 12:
        return text
    for node in marked:
        raw = node.text()
        if len(raw) > len(text) and start in _letters(raw[:800])[:260]:
            return max(text, _without_heading(block_text(node)), key=len)
    return labelled if len(labelled) > len(text) and start in _letters(labelled[:600])[:260] else text


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def _structured(evidence: Evidence) -> str:
    for thing in evidence.objects:
        texts = [plain(v) for v in as_list(thing.get("description")) if isinstance(v, str)]
        if texts and _says(best := max(texts[:5], key=len), _LEAST_STATED):
            return best
    return ""


def _marked(evidence: Evidence) -> list[LexborNode]:
    """Containers that call themselves a description, best first."""
    ranked: list[tuple[float, int, LexborNode]] = []
    times = Counter(marked.marks for marked in evidence.marked["description"])
    for order, marked in enumerate(evidence.marked["description"][:MAX_NODES]):
        node, own = marked.node, marked.marks
        if (
            times[own] >= MANY
            or _ELSEWHERE(own)
            or lies_in(node, _OUTSIDE, _ELSEWHERE)
            or node.tag in _NO_CONTAINER
            or node.css_first("h1") is not None
        ):
            continue
        size = len(node.text(strip=True).encode()) - _headings(node)
        if size >= _LEAST:
            score = (
                3.0 * ("itemprop=description" in own) + 2.0 * _EXACT(own) + 1.0 * marked.below + min(size, 1500) / 500
            )
            ranked.append((score, -order, node))
    return [node for _, _, node in sorted(ranked, reverse=True, key=lambda entry: entry[:2])]


def _headings(node: LexborNode) -> int:
    """How many bytes of a node are short headings: alone they describe nothing (the text may be in a frame)."""
    if is_flat(node) or node.tag in _HEADINGS:
        return 0
    sizes = (len(heading.text(strip=True).encode()) for heading in node.css("h2,h3,h4,h5,h6")[:5])
    return sum(size for size in sizes if size < LEAST_SHOWN)


def _without_heading(text: str) -> str:
    first, _, rest = text.partition("\n")
    return rest.strip() if rest and is_label(first) else text


def _labelled(evidence: Evidence) -> str:
    """The lines below "Description" up to the next label that starts a section, the seller's block, other offers."""
    lines = evidence.document.lines
    seller: frozenset[int] | None = None
    for label in evidence.labelled("description"):
        seller = _seller_lines(evidence) if seller is None else seller
        if label.value or label.line < evidence.start:
            continue
        taken: list[str] = []
        for number in range(label.line + 1, min(label.line + 200, evidence.end, len(lines))):
            line = lines[number]
            ended = number in evidence.foreign or (taken and number in seller)
            if ended or (is_label(line) and len(line) > 2):
                break
            taken.append(line)
        text = "\n".join(taken)
        if _says(text):
            return text
    return ""


def _seller_lines(evidence: Evidence) -> frozenset[int]:
    """Where blocks about the seller begin below the title."""
    blocks = [
        marked.node
        for marked in evidence.marked["seller"]
        if marked.below and _SELLER(marked.marks) and not _SAYS(marked.marks)
    ]
    return frozenset(lines[0] for node in blocks[:MAX_BLOCKS] if (lines := evidence.lines_of(node)))


def _state(evidence: Evidence) -> str:
    value = first_of(
        evidence.state or {}, "description", "descriptiontext", "body", "content", "redacteddescription", "desc", "text"
    )
    if isinstance(value, dict):
        value = first_of(value, "text", "value", "content")
    return plain(value) if isinstance(value, str) and _says(one_line(value), _LEAST_STATED) else ""


def _says(text: str, least: int = _LEAST) -> bool:
    """Whether a text is long enough: in bytes, as a Chinese character says as much as several Latin ones."""
    return len(text.encode()) >= least and any(map(str.isalnum, text))
