"""The address of the next page: what the page says in the words of many languages, else its pager's next number."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from selectolax.lexbor import LexborNode

from spiders.extraction.document import Document
from spiders.links import ancestors, site_of

_WORDS = (
    "next|next page|older|older posts|load more|show more|siguiente|página siguiente|"
    "próxima|próximo|próxima página|seguinte|suivant|suivante|page suivante|weiter|"
    "nächste|nächste seite|vor|successiva|successivo|avanti|volgende|następna|następne|"
    "dalej|další|ďalej|следующая|следующая страница|вперед|вперёд|далее|дальше|"
    "наступна|далі|следваща|sonraki|ileri|keyingi|келесі|următoarea|înainte|következő|"
    "seuraava|nästa|neste|næste|επόμενη|הבא|التالي|التالية|بعدی|بعد|अगला|পরবর্তী|ถัดไป|"
    "หน้าถัดไป|trang sau|tiếp|tiếp theo|trang tiếp|berikutnya|selanjutnya|seterusnya|"
    "下一页|下一頁|下页|次へ|次のページ|다음|nākamā|tālāk|kitas|järgmine|susunod|inayofuata|"
    "volgende bladsy"
)
_SIGN = r"[\s›»>→▶❯⟩)]*"
_SAYS_NEXT = re.compile(rf"^[\s(]*(?:(?:{_WORDS}){_SIGN}|[›»→▶❯⟩]|>{{1,2}})$", re.I)
_NAMED_NEXT = re.compile(r"(?:^|[\s_-])next(?:$|[\s_-]|page)|pagination.{0,20}next|next.{0,12}page", re.I)
_NOT_PAGE = re.compile(r"slide|carousel|swiper|slick|gallery|month|photo|image|lightbox|thread|topic", re.I)
_PAGER = re.compile(r"pag(?:e|ing|er|ination|inate)|pages|seite|числ", re.I)


def next_page(document: Document) -> str | None:
    """The absolute URL of the next page, or None where this is the last or only one."""
    for find in (_declared, _worded, _numbered):
        url = find(document)
        if (
            url
            and url != document.url
            and urlsplit(url).path + urlsplit(url).query not in ("", "/")
            and site_of(url) == (site_of(document.url) or site_of(url))
        ):
            return url
    return None


def _declared(document: Document) -> str | None:
    """``rel=next``; on an image viewer or a thread it may mean something else, so the pager's own comes first."""
    nodes = document.tree.css("a[rel~=next], link[rel~=next]")
    anchors = [node for node in nodes if node.tag == "a"]
    node = next(iter(anchors or nodes), None)
    return document.absolute(node.attributes.get("href")) if node else None


def _worded(document: Document) -> str | None:
    for node in document.tree.css("a[href]")[:3000]:
        attributes = node.attributes
        label = (attributes.get("aria-label") or attributes.get("title") or "").strip()
        named = " ".join(
            filter(
                None,
                (
                    attributes.get("class"),
                    attributes.get("id"),
                    attributes.get("data-testid"),
                    attributes.get("data-marker"),
                ),
            )
        )
        if _NOT_PAGE.search(named):
            continue
        text = _short_text(node)
        if (
            _SAYS_NEXT.match(label)
            or _NAMED_NEXT.search(named)
            or (text and _SAYS_NEXT.match(text) and _in_pager(node, text))
        ):
            url = document.absolute(attributes.get("href"))
            if url and url.partition("#")[0] != document.url.partition("#")[0]:
                return url
    return None


def _short_text(node: LexborNode) -> str:
    text = node.text(separator=" ").strip() if node.child is not None else ""
    return text if len(text) <= 30 else ""


def _in_pager(node: LexborNode, text: str) -> bool:
    """Words as plain as "next" count anywhere, mere signs only inside a pager."""
    if any(map(str.isalpha, text)):
        return True
    return any(
        _PAGER.search(f"{a.attributes.get('class') or ''} {a.attributes.get('id') or ''}") or a.tag == "nav"
        for a in ancestors(node, 4)
    )


def _numbered(document: Document) -> str | None:
    """Of a row of page numbers, the link that shows one more than this page's."""
    rows: dict[int, dict[int, str]] = {}
    for node in document.tree.css("a[href]")[:3000]:
        text = _short_text(node)
        if not text.isdecimal() or len(text) > 4:
            continue
        url = document.absolute(node.attributes.get("href"))
        if url and re.search(rf"(?<!\d)0*{int(text)}(?!\d)|\d", url):
            for above in ancestors(node, 3):
                rows.setdefault(above.mem_id, {})[int(text)] = url
    row = max(rows.values(), key=len, default={})
    if len(row) < 1 or not _is_row(row):
        return None
    return row.get(_current(document, row) + 1)


def _is_row(row: dict[int, str]) -> bool:
    """Whether numbers and URLs go together like pages: one path or query, the number changing."""
    templates = {re.sub(r"\d+", "#", urlsplit(url).path + "?" + urlsplit(url).query) for url in row.values()}
    return min(row) <= 3 and len(templates) <= 2


def _current(document: Document, row: dict[int, str]) -> int:
    """This page's number: the one the row does not link to, or links to here."""
    here = next(
        (number for number, url in row.items() if url.partition("#")[0] == document.url.partition("#")[0]), None
    )
    if here is not None:
        return here
    return next((number for number in range(1, max(row)) if number not in row), max(row))
