"""What one run of one source carries with it; the spider holds it, pipelines and handlers read it there."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Protocol, cast

from wildtrade.addresses import AddressGuard
from wildtrade.errors import StorageError
from wildtrade.records import Assessment, Change, Listing, Page, PageReading
from wildtrade.sources import Source

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.frontier import Frontier
    from crawler.known import Known
    from crawler.reader import Reader
    from storage.database import Database
    from storage.evidence import Attachment, Exchange, Sealed
    from storage.runs import Task
    from storage.writer import Writer


@dataclass(kw_only=True)
class RunContext:
    """One run: where its work comes from, who reads and assesses its pages, where its results go."""

    run_id: int
    source: Source
    database: Database
    frontier: Frontier
    known: Known
    reader: Reader
    writer: Writer
    guard: AddressGuard
    since: date | None = None
    chains: set[str] = field(default_factory=set)  # certificate chains that the evidence of this run holds, by SHA-256
    counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    stop_reason: str = ""
    storage_failed: bool = False
    interrupted: bool = False

    def storage_refuses(self, error: StorageError) -> None:
        """End the run where disk or database refuse: nothing more is handed out, and it stays open to be resumed."""
        self.stop_reason, self.storage_failed = str(error), True
        self.frontier.close()

    def note_problem(self, text: str) -> None:
        """Keep the first problems for the summary; the units hold all of them."""
        self.counts["problems"] += 1
        if len(self.problems) < 20:
            self.problems.append(text)


@dataclass(kw_only=True)
class Visited:
    """One fetched page on its way through the pipelines; each of them fills its part.

    ``page`` is None where nothing was fetched (``failed`` says why). ``changes`` and ``assessments`` are by listing
    key; ``attachments`` are files to be kept beside the WARC, ``note`` says which could not be had.
    """

    task: Task
    page: Page | None = None
    exchange: Exchange | None = None
    reading: PageReading | None = None
    failed: str | None = None
    gone_key: str | None = None
    next_url: str | None = None
    sealed: Sealed | None = None
    attachments: tuple[Attachment, ...] = ()
    note: str = ""
    changes: dict[str, Change] = field(default_factory=dict)
    assessments: dict[str, Assessment] = field(default_factory=dict)

    @property
    def listings(self) -> tuple[Listing, ...]:
        """What was read off the page, if anything."""
        return self.reading.listings if self.reading else ()


class HasRun(Protocol):
    """A spider that works for a run."""

    run: RunContext


def run_of(crawler: Crawler) -> RunContext:
    """The run that a Scrapy crawler works for."""
    return cast("HasRun", crawler.spider).run
