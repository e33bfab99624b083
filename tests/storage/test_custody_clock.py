"""A clock that is a day off: whoever verifies is told, and by how much; the evidence holds all the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pytest

from storage.custody import CustodyLog
from storage.custody.checkpoints import checkpoint
from storage.custody.stamps import TrainingAuthority
from storage.custody.verify import Trust, verify_folder

DAY = timedelta(days=1)


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Set the clock by which the log and its checkpoints tell the time."""

    def by(shift: timedelta) -> None:
        class Shifted(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
                return datetime.now(tz or UTC) + shift

        for module in ("log", "checkpoints"):
            monkeypatch.setattr(f"storage.custody.{module}.datetime", Shifted)

    return by


@pytest.mark.parametrize(("shift", "said"), [(DAY, "ahead of the machine"), (-DAY, "set back")])
def test_a_clock_that_is_set_is_told_and_breaks_nothing(
    shift: timedelta, said: str, tmp_path: Path, set_clock: Callable[[timedelta], None]
) -> None:
    log = CustodyLog(tmp_path / "evidence")
    log.append("decide", "ana", {})
    assert not [one for one in verify_folder(log.evidence).report.notices if "clock" in one]
    set_clock(shift)
    log.append("decide", "ana", {})
    log.append("decide", "ana", {})
    report = verify_folder(log.evidence).report
    assert report.ok
    (notice,) = [one for one in report.notices if "clock" in one]
    assert (said in notice and "1 times; most before entry 3" in notice and "day" in notice) or "23:59" in notice


@pytest.mark.parametrize(("shift", "said"), [(DAY, "ahead of the authority"), (-DAY, "behind the authority")])
def test_a_stamp_shows_how_far_the_clock_was_off(
    shift: timedelta, said: str, tmp_path: Path, set_clock: Callable[[timedelta], None]
) -> None:
    log, authority = CustodyLog(tmp_path / "evidence"), TrainingAuthority(tmp_path / "tsa")
    checkpoint(log, authority)
    trust = Trust(keys=[log.signer.public], tsa_root=authority.root)
    assert not [one for one in verify_folder(log.evidence, trust).report.notices if "clock" in one]
    set_clock(shift)
    checkpoint(log, authority)
    report = verify_folder(log.evidence, trust).report
    assert report.ok and report.stamps == 2, report.problems
    assert [one for one in report.notices if said in one], report.notices
