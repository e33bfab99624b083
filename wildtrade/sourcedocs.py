"""The table of shipped sources in docs/sources.md, made from the source files.

``python -m wildtrade.sourcedocs`` rewrites the part between the two marks; a test fails when it is stale. What stands
above the first mark is written by hand.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from wildtrade.sources import Source, load_sources

BEGIN = "<!-- sources: begin (python -m wildtrade.sourcedocs) -->"
END = "<!-- sources: end -->"
PAGE = Path(__file__).resolve().parent.parent / "docs" / "sources.md"
_HEAD = (
    "id",
    "site",
    "country",
    "kind",
    "languages",
    "robots",
    "delay",
    "state",
    "last checked",
    "evidence",
    "confidence",
)


def table(sources: Iterable[Source]) -> str:
    """A Markdown table, one row per source, by country (international ones last) and id; a count of them below."""
    ordered = sorted(sources, key=lambda source: (source.country == "INT", source.country, source.id))
    rows = [_HEAD, ("---",) * len(_HEAD), *map(_row, ordered)]
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    on = sum(source.enabled for source in ordered)
    return "\n".join([*lines, "", f"{len(ordered)} sources: {on} on, {len(ordered) - on} off."])


def _row(source: Source) -> tuple[str, ...]:
    return (
        f"`{source.id}`",
        source.site,
        source.country,
        source.kind + (f" ({source.engine})" if source.engine else "") + (", browser" if source.render else ""),
        " ".join(source.languages),
        source.robots,
        f"{source.delay:g} s",
        "on" if source.enabled else f"off: {source.disabled_reason}",
        source.last_checked,
        source.facts.date,
        source.facts.confidence,
    )


def renewed(text: str, sources: Iterable[Source]) -> str:
    """The page with its table made anew. Raises ValueError where a mark is missing."""
    before, mark, rest = text.partition(BEGIN)
    _, end_mark, after = rest.partition(END)
    if not mark or not end_mark:
        raise ValueError(f"the page needs both marks: {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{table(sources)}\n\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8"), load_sources().values()), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")
