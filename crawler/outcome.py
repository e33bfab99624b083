"""How a run ended, in the words and exit codes of docs/operators.md."""

from __future__ import annotations

from dataclasses import dataclass, replace

from crawler.context import RunContext
from storage.models import RunState
from wildtrade.errors import Exit


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One run's end: its state, why, and what the command makes of it."""

    source: str
    state: RunState
    reason: str
    exit_code: Exit = Exit.OK
    interrupted: bool = False
    storage_failed: bool = False


def unfinished(outcome: Outcome, left: int) -> Outcome:
    """A run that ended too early, with ``left`` pages to go: it stays open, so that it can be resumed."""
    reason = f"ended with {left} pages to go; the same command goes on ({outcome.reason})"
    return replace(outcome, state=RunState.RUNNING, reason=reason, exit_code=Exit.PROBLEM)


def judge(run: RunContext) -> Outcome:
    """Say how a run ended from what it counted. An interrupted run stays open, so that it can be resumed."""
    source, problems = run.source.id, run.counts["problems"]
    pages = run.counts["pages"] - problems
    if run.storage_failed:
        return Outcome(
            source=source, state=RunState.RUNNING, reason=run.stop_reason, exit_code=Exit.PROBLEM, storage_failed=True
        )
    if run.interrupted:
        reason = "interrupted; the same command resumes it"
        return Outcome(source=source, state=RunState.RUNNING, reason=reason, interrupted=True)
    if run.stop_reason:
        return Outcome(source=source, state=RunState.STOPPED, reason=run.stop_reason, exit_code=Exit.PROBLEM)
    if problems and not pages:
        first = run.problems[0]
        if "robots.txt forbids" in first:
            return Outcome(source=source, state=RunState.STOPPED, reason=first, exit_code=Exit.REFUSED)
        return Outcome(source=source, state=RunState.FAILED, reason=first, exit_code=Exit.PROBLEM)
    if run.frontier.reached_limit:
        return Outcome(source=source, state=RunState.STOPPED, reason="limit reached")
    if problems:
        reason = f"finished, {problems} of {run.counts['pages']} pages with problems; first: {run.problems[0]}"
        if lost := run.counts["lost"]:
            reason = f"listings may be missing, pages lost: {lost}; {reason}"
        code = Exit.PARTIAL if lost else Exit.OK
        return Outcome(source=source, state=RunState.FINISHED_WITH_PROBLEMS, reason=reason, exit_code=code)
    return Outcome(source=source, state=RunState.FINISHED, reason="finished")
