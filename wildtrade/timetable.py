"""Cron expressions: when a schedule is due, read in its own time zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from apscheduler.triggers.cron import CronTrigger

from wildtrade.errors import UsageError

_MOST_SLOTS = 10_000  # missed slots counted one by one; a week of minutes


def trigger_for(cron: str, timezone: str) -> CronTrigger:
    """The trigger of a five-field cron expression. Raises UsageError for a bad expression or zone."""
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        fix = "use an IANA name such as America/Bogota, Asia/Bangkok or Africa/Johannesburg"
        raise UsageError(f"unknown time zone {timezone!r}", field="timezone", fix=fix) from error
    try:
        return CronTrigger.from_crontab(cron, timezone=zone)
    except ValueError as error:
        fix = "five fields: minute hour day month weekday, e.g. '10 2 * * *'"
        raise UsageError(f"cron {cron!r} cannot be read: {error}", field="cron", fix=fix) from error


def next_time(cron: str, timezone: str, after: datetime) -> datetime | None:
    """The first due time later than ``after``, in UTC; None where there is none."""
    moment = trigger_for(cron, timezone).get_next_fire_time(None, after + timedelta(microseconds=1))
    return None if moment is None else moment.astimezone(UTC)


def due_times(cron: str, timezone: str, after: datetime, until: datetime) -> list[datetime]:
    """All due times in (``after``, ``until``], oldest first, in UTC (at most the first 10,000)."""
    found: list[datetime] = []
    while len(found) < _MOST_SLOTS:
        moment = next_time(cron, timezone, found[-1] if found else after)
        if moment is None or moment > until:
            break
        found.append(moment)
    return found


def in_words(cron: str, timezone: str, now: datetime) -> str:
    """A schedule as people say it: the next time in its own zone and in UTC."""
    moment = next_time(cron, timezone, now)
    if moment is None:
        return f"{cron} ({timezone}): never again"
    local = moment.astimezone(ZoneInfo(timezone))
    return f"{cron} ({timezone}): next {local:%Y-%m-%d %H:%M} there = {moment:%Y-%m-%d %H:%M} UTC"
