"""The parse box: a child process that reads pages, so that no page can hang, crash or swell the crawl.

The child lives on from page to page. A job that takes 2 s of computing is stopped from within; one that takes 4 s by
the clock, wherever it hangs, costs the child, which is replaced. Jobs go through a socket pair, one ahead of the other,
so that the child never waits for the caller.
"""

from __future__ import annotations

import asyncio
import pickle
from collections import deque
from collections.abc import Callable
from typing import Any

from spiders.box_child import Child

HARD_SECONDS = 4.0
START_SECONDS = 60.0
WINDOW = 4


class BoxError(Exception):
    """The job gave no result. The box itself goes on working."""


class BoxTimeout(BoxError):
    """The job took too long."""


class BoxCrash(BoxError):
    """The child died over the job: out of memory, or a crash inside a parser."""


class BoxFailure(BoxError):
    """The function raised; the message holds the exception."""


class _Job:
    def __init__(self, frame: bytes, loop: asyncio.AbstractEventLoop) -> None:
        self.frame = frame
        self.result: asyncio.Future[Any] = loop.create_future()


class ParseBox:
    """Runs ``function`` ("package.module:name", one argument, picklable both ways) in a killable child.

    ``warm_up`` is an argument that every new child works on first, so that models are loaded before the limits count;
    imports and warm-up together have 60 s. Use either ``run`` from one event loop or ``call`` without any, not both.
    """

    def __init__(
        self, function: str, *, warm_up: Any = None, hard_seconds: float = HARD_SECONDS, memory_mb: int = 3072
    ) -> None:
        self._function = function
        self._warm_up = None if warm_up is None else pickle.dumps(warm_up, protocol=5)
        self._hard_seconds = hard_seconds
        self._memory_mb = memory_mb
        self._child: Child | None = None
        self._jobs: deque[_Job] = deque()
        self._places: asyncio.Semaphore | None = None
        self._watch: asyncio.TimerHandle | None = None

    async def run(self, argument: Any) -> Any:
        """The function's result. Raises BoxError where there is none: timeout, crash, or an exception inside."""
        loop = asyncio.get_running_loop()
        self._places = self._places or asyncio.Semaphore(WINDOW)
        job = _Job(pickle.dumps(argument, protocol=5), loop)
        async with self._places:
            self._jobs.append(job)
            self._send(job, loop)
            if len(self._jobs) == 1:
                self._start_clock(loop)
            return await job.result

    def call(self, argument: Any) -> Any:
        """``run`` for callers without an event loop."""
        child = self._alive()
        try:
            child.send(pickle.dumps(argument, protocol=5))
            return _unpack(child.receive(self._hard_seconds))
        except TimeoutError:
            self.close()
            raise BoxTimeout(f"stopped after {self._hard_seconds:g} s") from None
        except (EOFError, OSError):
            self.close()
            raise BoxCrash("the child process died") from None

    def close(self) -> None:
        """End the child at once."""
        if self._watch is not None:
            self._watch.cancel()
        if self._child is not None:
            self._child.kill()
            self._child = None

    def _alive(self) -> Child:
        if self._child is None:
            self._child = Child(self._function, self._memory_mb, START_SECONDS, self._warm_up)
        return self._child

    def _send(self, job: _Job, loop: asyncio.AbstractEventLoop) -> None:
        fresh = self._child is None
        child = self._alive()
        if fresh:
            child.listen(loop, lambda: self._start_clock(loop), self._received, self._died)
        child.write(job.frame)

    def _start_clock(self, loop: asyncio.AbstractEventLoop) -> None:
        """The first job in line has until then."""
        if self._watch is not None:
            self._watch.cancel()
        if not self._jobs:
            return
        self._jobs[0].frame = b""  # its turn comes once only, and a large page is in memory often enough
        grace = self._child.grace() if self._child else 0.0
        self._watch = loop.call_later(self._hard_seconds + grace, self._replace, BoxTimeout)

    def _received(self, frame: bytes) -> None:
        if not self._jobs:
            return
        self._settle(lambda: _unpack(frame))
        self._start_clock(asyncio.get_running_loop())

    def _died(self) -> None:
        self._replace(BoxCrash)

    def _replace(self, reason: type[BoxError]) -> None:
        """Give up the first job, start a new child and hand it the others."""
        self.close()
        if not self._jobs:
            return
        message = "the child process died" if reason is BoxCrash else f"stopped after {self._hard_seconds:g} s"

        def fail() -> Any:
            raise reason(message)

        self._settle(fail)
        loop = asyncio.get_running_loop()
        for job in self._jobs:
            self._send(job, loop)
        self._start_clock(loop)

    def _settle(self, outcome: Callable[[], Any]) -> None:
        future = self._jobs.popleft().result
        if future.done():  # the caller was cancelled
            return
        try:
            future.set_result(outcome())
        except BoxError as error:
            future.set_exception(error)


def _unpack(frame: bytes | bytearray) -> Any:
    # Our own child wrote this; it runs the same code under the same user.
    state, value = pickle.loads(frame)  # noqa: S301
    if state == "ok":
        return value
    raise BoxTimeout(value) if state == "slow" else BoxFailure(value)
