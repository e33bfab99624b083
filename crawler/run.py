"""One crawl: open or resume a run for each source, let Scrapy work, close the runs, add up."""

from __future__ import annotations

import gc
import logging
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from crawler.context import RunContext
from crawler.outcome import Outcome, judge, unfinished
from storage.database import Database, open_database
from storage.flags import keep_in_order
from storage.models import RunState
from storage.priority import load_severity
from storage.runs import finish_run, open_run, pending
from storage.summary import summary
from wildtrade import __version__
from wildtrade.addresses import AddressGuard
from wildtrade.errors import Exit, RefusedError
from wildtrade.personal import load_allow_list
from wildtrade.settings import Workspace
from wildtrade.sources import Source, get_source


@dataclass(frozen=True, kw_only=True)
class CrawlOptions:
    """What a person asked for.

    ``urls``: the pages of these listings and nothing else. ``limit``: most listing pages per source. ``since``: ignore
    what was posted before. ``fresh``: close an unfinished run instead of resuming it. ``scrapy``: further Scrapy
    settings (tests name their resolver here).
    """

    queries: Sequence[str] = ()
    urls: Sequence[str] = ()
    limit: int | None = None
    since: date | None = None
    fresh: bool = False
    scrapy: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """What the run's row keeps."""
        return {
            "queries": list(self.queries),
            "urls": len(self.urls),
            "limit": self.limit,
            "since": self.since.isoformat() if self.since else None,
            "version": __version__,
        }


@dataclass(kw_only=True)
class CrawlReport:
    """What came of a crawl. ``data`` is the last line of ``crawl --json``."""

    data: dict[str, Any]
    outcomes: list[Outcome]
    skipped: dict[str, str]

    @property
    def exit_code(self) -> Exit:
        """The exit code of docs/operators.md for these outcomes."""
        if any(outcome.interrupted for outcome in self.outcomes):
            return Exit.INTERRUPTED
        bad = [outcome for outcome in self.outcomes if outcome.exit_code is not Exit.OK]
        if not bad:
            return Exit.PARTIAL if self.skipped else Exit.OK
        if any(outcome.storage_failed for outcome in bad):
            return Exit.PROBLEM
        return bad[0].exit_code if len(bad) == len(self.outcomes) else Exit.PARTIAL


Watch = Callable[[list[RunContext]], Any]


def crawl(
    workspace: Workspace, source_ids: Sequence[str], options: CrawlOptions, watch: Watch | None = None
) -> CrawlReport:
    """Crawl sources and return the report. Can be called once per process (the reactor starts only once).

    ``watch`` is called with the runs before Scrapy starts; it may schedule progress output. Raises UsageError for an
    unknown source, RefusedError for a disabled one or one that is still running, StorageError, ConfigError.
    """
    started = time.monotonic()
    sources = [get_source(source_id, workspace.sources) for source_id in dict.fromkeys(source_ids)]
    for source in sources:
        if not source.enabled:
            fix = f"`wildtrade sources show {source.id}` tells more; your own sources/ folder may overrule it"
            raise RefusedError(f"source {source.id} is disabled: {source.disabled_reason}", field=source.id, fix=fix)
    browser, skipped = _browser_for(workspace, sources)
    sources = [source for source in sources if source.id not in skipped]
    with closing(open_database(workspace.database_url)) as database:
        runs = _open_runs(workspace, database, sources, options, browser)
        try:
            _work(workspace, runs, options, browser, watch)
        finally:
            worked = time.monotonic() - min((run.began for run in runs), default=time.monotonic())
            outcomes = [_close(database, run) for run in runs]
        keep_in_order(database, load_severity(workspace.policy))
        with database.session(read_only=True) as session:
            data = {"run_ids": [run.run_id for run in runs], **summary(session, [run.run_id for run in runs])}
    data |= {
        "seconds": round(time.monotonic() - started, 2),
        "work_seconds": round(worked, 2),
        "stopped_because": "; ".join(f"{one.source}: {one.reason}" for one in outcomes) or "nothing to do",
        "problems": [problem for run in runs for problem in run.problems],
        "skipped": skipped,
        "browser": browser,
    }
    return CrawlReport(data=data, outcomes=outcomes, skipped=skipped)


def _browser_for(workspace: Workspace, sources: Sequence[Source]) -> tuple[str | None, dict[str, str]]:
    """A browser's path where a source needs one, and the sources that go without, with the reason."""
    needing = [source.id for source in sources if source.render is not None]
    if not needing:
        return None, {}
    from crawler.browser import find

    path = find(workspace.settings.crawl.browser)
    reason = "it is built by script and there is no Chromium here; `wildtrade doctor` says how to get one"
    return path, {} if path else dict.fromkeys(needing, reason)


def _open_runs(
    workspace: Workspace,
    database: Database,
    sources: Sequence[Source],
    options: CrawlOptions,
    browser: str | None = None,
) -> list[RunContext]:
    from crawler.frontier import Frontier
    from crawler.known import Known
    from crawler.plan import first_units
    from crawler.provenance import crawl_event
    from crawler.reader import Reader
    from storage.custody.workspace import authority_of, custody_of
    from storage.writer import Writer

    if not sources:
        return []
    floor = workspace.settings.storage.free_space_floor_mb
    reader, runs = Reader(workspace, sources), []
    policy = load_severity(workspace.policy)
    log, authority = custody_of(workspace), authority_of(workspace)
    kept = load_allow_list(workspace.policy)
    writer = Writer(database, workspace.evidence, floor, policy, log=log, authority=authority, kept=kept)
    for source in sources:
        with database.session() as session:
            units = first_units(source, options.queries, options.urls)
            opened = open_run(session, source.id, units, options.to_dict(), fresh=options.fresh)
        log.append_all([crawl_event(workspace, source, opened.id, browser, resumed=opened.resumed)])
        window = 6 * workspace.settings.crawl.concurrency
        run = RunContext(
            run_id=opened.id,
            source=source,
            database=database,
            frontier=Frontier(
                database,
                opened.id,
                window=window,
                limit=options.limit,
                recheck=not options.urls and (source.follow if source.recheck is None else source.recheck),
            ),
            known=Known(database, source.id),
            reader=reader,
            writer=writer,
            guard=AddressGuard(source.allow_addresses),
            since=options.since,
        )
        runs.append(run)
    return runs


def _work(
    workspace: Workspace, runs: list[RunContext], options: CrawlOptions, browser: str | None, watch: Watch | None
) -> None:
    if not runs:
        return
    from scrapy.crawler import AsyncCrawlerProcess, Crawler

    from crawler.logs import hide_secrets
    from crawler.settings import COMMON, check_hardening, scrapy_settings
    from crawler.spider import SourceSpider

    # What the process is given wins over what a crawler brings, so it gets only what all have in common.
    process = AsyncCrawlerProcess({**COMMON, **options.scrapy})
    hide_secrets()
    try:
        for run in runs:
            settings = scrapy_settings(workspace.settings.crawl, run.source, browser if run.source.render else None)
            settings.update(dict(options.scrapy), priority="cmdline")
            check_hardening(settings)
            process.crawl(Crawler(SourceSpider, settings), run=run)
        if watch is not None:
            watch(runs)
        # What these two say about a site that does not answer stands in the summary, without their tracebacks.
        for name in ("retry", "robotstxt"):
            logging.getLogger(f"scrapy.downloadermiddlewares.{name}").setLevel(logging.CRITICAL)
        # The thread that stores holds the interpreter for at most this long while a download waits (seconds).
        sys.setswitchinterval(0.0005)
        gc.collect()
        gc.set_threshold(20_000, 20, 20)  # a page makes thousands of objects, hardly any of them in cycles
        gc.freeze()  # what is loaded by now stays: the collector need not look at it again
        process.start()
    finally:
        runs[0].writer.close()
        runs[0].reader.close()


def _close(database: Database, run: RunContext) -> Outcome:
    outcome = judge(run)
    if outcome.state in (RunState.FINISHED, RunState.FINISHED_WITH_PROBLEMS):
        with database.session(read_only=True) as session:
            left = pending(session, run.run_id)
        outcome = unfinished(outcome, left) if left else outcome
    if outcome.state is not RunState.RUNNING:
        with database.session() as session:
            finish_run(session, run.run_id, outcome.state, outcome.reason)
    return outcome
