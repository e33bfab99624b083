"""Hands a run its units of work, a window at a time. The rows are the truth; this only keeps them flowing."""

from __future__ import annotations

import asyncio
from collections import Counter, deque

from storage.database import Database
from storage.models import UnitKind
from storage.runs import Task, add_rechecks, claim

RECHECKS = 2000  # most known listings looked at again in one run
# How often a page is fetched that gives nothing, for want of time or memory; one that lists others is worth more.
TRIES = {UnitKind.SEARCH: 3, UnitKind.LISTING: 2, UnitKind.RECHECK: 2}


class Frontier:
    """The work of one run.

    ``window`` is how many units may be under way at once; ``limit`` how many listing pages are handed out in all
    (None: no limit). ``recheck``: once all is done, look again at known listings that did not turn up, to see whether
    they are gone; not with a limit.
    """

    def __init__(
        self, database: Database, run_id: int, *, window: int, limit: int | None = None, recheck: bool = True
    ) -> None:
        self._database = database
        self._run_id = run_id
        self._window = window
        self._limit = limit
        self._claimed: deque[Task] = deque()
        self._later: deque[Task] = deque()
        self._tries: Counter[int] = Counter()  # of units that gave nothing, by id
        self._under_way = 0
        self._listings = 0
        self._rechecked = limit is not None or not recheck
        self._closed = False
        self._news = asyncio.Event()

    @property
    def reached_limit(self) -> bool:
        """True once as many listings were handed out or counted as were asked for."""
        return self._limit is not None and self._listings >= self._limit

    def close(self) -> None:
        """Hand out nothing more."""
        self._closed = True
        self._news.set()

    def count_listings(self, found: int) -> None:
        """Count listings that came without a page of their own (posts of a feed)."""
        self._listings += found

    def finished(self) -> None:
        """One unit is recorded; there may be new ones."""
        self._under_way -= 1
        self._news.set()

    def again(self, task: Task) -> bool:
        """Take back a unit that gave nothing, in place of ``finished``: it is handed out once more when nothing else is
        under way, so that neither a busy machine nor its neighbours cost it its time. False where it had its turns."""
        self._tries[task.id] += 1
        if self._closed or self._tries[task.id] >= TRIES[task.kind]:
            return False
        self._later.append(task)
        self.finished()
        return True

    async def next(self) -> Task | None:
        """The next unit; waits while the window is full. None when the run has nothing left to do."""
        while not self._closed:
            self._news.clear()
            if self._under_way < self._window and not self.reached_limit and (task := await self._take()):
                self._under_way += 1
                self._listings += task.kind is UnitKind.LISTING
                return task
            if self._under_way:
                await self._news.wait()
            elif self._later:
                self._under_way += 1
                return self._later.popleft()
            elif self._closed or self.reached_limit or not await self._recheck():
                return None
        return None

    async def _take(self) -> Task | None:
        if not self._claimed:
            self._claimed.extend(await asyncio.to_thread(self._claim))
        return self._claimed.popleft() if self._claimed else None

    def _claim(self) -> list[Task]:
        with self._database.session() as session:
            return claim(session, self._run_id, self._window)

    async def _recheck(self) -> bool:
        """Once everything found is done: queue the known listings that did not turn up."""
        if self._rechecked:
            return False
        self._rechecked = True
        return await asyncio.to_thread(self._add_rechecks) > 0

    def _add_rechecks(self) -> int:
        with self._database.session() as session:
            return add_rechecks(session, self._run_id, RECHECKS)
