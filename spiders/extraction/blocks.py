"""The text of an element as a browser lays it out: inline pieces joined, blocks on lines of their own."""

from __future__ import annotations

from selectolax.lexbor import LexborNode

from spiders.extraction.text import INLINE, paragraphs

MAX_NODES = 3000
MAX_TEXT = 20_000
_INLINE = INLINE | {"-text"}


def is_flat(node: LexborNode) -> bool:
    """Whether an element holds no other element: a text at most."""
    first = node.first_child
    return first is None or (first.next is None and first.tag == "-text")


def block_text(node: LexborNode) -> str:
    """Visible text with line breaks at block elements; at most 3,000 nodes and 20,000 characters are read."""
    pieces: list[str] = []
    size = 0
    for visited, current in enumerate(node.traverse(include_text=True)):
        if visited >= MAX_NODES or size >= MAX_TEXT:
            break
        if current.tag == "-text":
            text = current.text_content or ""
            size += len(text)
            # Line breaks within source text are spaces to a browser.
            pieces.append(" ".join(text.split("\n")) if "\n" in text else text)
        elif current.tag not in _INLINE:
            pieces.append("\n")
    return paragraphs("".join(pieces))
