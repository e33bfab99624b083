"""The checks of ``wildtrade doctor``. What needs a network or is optional is reported, never a failure."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal

from storage.database import open_database
from wildtrade.errors import ConfigError, WildtradeError
from wildtrade.paths import shipped_config
from wildtrade.settings import FILE_NAME, Workspace, open_workspace
from wildtrade.sources import load_source, source_files

State = Literal["ok", "note", "problem"]
_OLD_SQLITE = (3, 40)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One check: what was found, and where something is wrong, the fix."""

    check: str
    state: State
    result: str
    fix: str = ""

    @property
    def shown(self) -> str:
        """The result with its state in front, so that nothing is said by colour alone."""
        return self.result if self.state == "ok" else f"{self.state.upper()}: {self.result}"

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def diagnose() -> list[Finding]:
    """Run every check, those of the workspace only where there is one."""
    findings = [_python(), _sqlite(), _browser(), _reports(), *_fonts(), _sources(), _lexicon(), _appendices()]
    try:
        workspace = open_workspace()
    except ConfigError as error:
        fix = error.fix or ""
        return [*findings, Finding(check="workspace", state="problem", result=error.message, fix=fix)]
    findings.append(Finding(check="workspace", state="ok", result=str(workspace.root)))
    findings += [check(workspace) for check in _WORKSPACE_CHECKS]
    return findings


def _python() -> Finding:
    return Finding(check="Python", state="ok", result=sys.version.split()[0])


def _sqlite() -> Finding:
    found = sqlite3.sqlite_version
    if sqlite3.sqlite_version_info[:2] >= _OLD_SQLITE:
        return Finding(check="SQLite", state="ok", result=found)
    fix = "use a Python built with SQLite 3.40 or newer"
    return Finding(check="SQLite", state="problem", result=f"{found} is too old", fix=fix)


def _browser() -> Finding:
    try:
        from crawler.browser import find, sandbox_problem
    except ImportError:
        fix = "pip install 'wildtrade[browser]'"
        return Finding(check="browser", state="note", result="the browser extra is not installed", fix=fix)
    path = find()
    if path is None:
        fix = "apt-get install chromium, or wildtrade doctor --get-browser"
        return Finding(check="browser", state="note", result="no Chromium: script-built sources are skipped", fix=fix)
    if problem := sandbox_problem():
        fix = "run crawls as an ordinary user on a system that allows user namespaces"
        return Finding(check="browser", state="note", result=f"{path}; {problem}", fix=fix)
    return Finding(check="browser", state="ok", result=f"{path}, sandboxed")


def _reports() -> Finding:
    """Whether reports can be set as PDF: WeasyPrint, and the system's Pango behind it."""
    try:
        import weasyprint
    except ImportError:
        fix = "pip install 'wildtrade[report]'"
        return Finding(check="reports (PDF)", state="note", result="the report extra is not installed", fix=fix)
    except OSError:
        fix = "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
        return Finding(check="reports (PDF)", state="note", result="Pango is missing: no reports as PDF", fix=fix)
    return Finding(check="reports (PDF)", state="ok", result=f"WeasyPrint {weasyprint.__version__}")


def _fonts() -> Iterator[Finding]:
    if shutil.which("fc-list") is None:
        yield Finding(check="fonts", state="note", result="not checked: fontconfig is not on this machine")
        return
    for language in ("th", "ar", "zh"):
        found = subprocess.run(["fc-list", f":lang={language}", "family"], capture_output=True, text=True, check=False)
        name = found.stdout.splitlines()[0].split(",")[0] if found.stdout else ""
        fix = "" if name else "apt-get install fonts-noto-core fonts-noto-cjk"
        yield Finding(check=f"font {language}", state="ok" if name else "note", result=name or "none", fix=fix)


def _sources() -> Finding:
    broken, count = [], 0
    for path in source_files():
        count += 1
        try:
            load_source(path)
        except ConfigError as error:
            broken.append(str(error))
    if broken:
        return Finding(check="sources", state="problem", result=broken[0], fix="wildtrade sources lint")
    return Finding(check="sources", state="ok", result=f"{count} shipped")


def _lexicon() -> Finding:
    path = shipped_config() / "lexicon" / "version.txt"
    if not path.is_file():
        return Finding(check="lexicon", state="problem", result="missing", fix="reinstall wildtrade")
    return Finding(check="lexicon", state="ok", result=path.read_text(encoding="utf-8").strip())


def _appendices() -> Finding:
    import csv

    path = shipped_config() / "cites" / "appendices.csv"
    if not path.is_file():
        return Finding(check="CITES list", state="problem", result="missing", fix="reinstall wildtrade")
    with path.open(encoding="utf-8", newline="") as file:
        newest = max((row["list_date"] for row in csv.DictReader(file)), default="")
    try:
        days = (datetime.now(UTC).date() - date.fromisoformat(newest)).days
    except ValueError:
        return Finding(check="CITES list", state="problem", result=f"bad list date {newest!r}", fix=str(path))
    return Finding(check="CITES list", state="ok", result=f"{newest}, {days} days old")


def _settings_private(workspace: Workspace) -> Finding:
    path = workspace.root / FILE_NAME
    secret = "@" in workspace.settings.storage.database.partition("://")[2]
    readable = path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH)
    if secret and readable:
        fix = f"chmod 600 {path}, or put the URL into WILDTRADE_DATABASE_URL"
        return Finding(check="secrets", state="problem", result="others can read the database password", fix=fix)
    return Finding(check="secrets", state="ok", result="nothing others could read")


def _database(workspace: Workspace) -> Finding:
    try:
        open_database(workspace.database_url).close()
    except WildtradeError as error:
        return Finding(check="database", state="problem", result=error.message, fix=error.fix or "")
    return Finding(check="database", state="ok", result="reachable, schema up to date")


def _evidence(workspace: Workspace) -> Finding:
    try:
        workspace.evidence.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=workspace.evidence) as file:
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        fix = f"give this user the right to write to {workspace.evidence}"
        return Finding(check="evidence", state="problem", result=f"cannot be written: {error.strerror}", fix=fix)
    return Finding(check="evidence", state="ok", result=f"{workspace.evidence} can be written")


def _disk(workspace: Workspace) -> Finding:
    free = shutil.disk_usage(workspace.root).free // 2**20
    floor = workspace.settings.storage.free_space_floor_mb
    if free <= floor:
        return Finding(check="disk", state="problem", result=f"{free} MB free", fix=f"free more than {floor} MB")
    return Finding(check="disk", state="ok", result=f"{free:,} MB free")


def _contact(workspace: Workspace) -> Finding:
    if workspace.settings.crawl.contact:
        return Finding(check="contact", state="ok", result=workspace.settings.crawl.contact)
    fix = f"set crawl.contact in {FILE_NAME}: sites can then reach you before they block you"
    return Finding(check="contact", state="note", result="not configured", fix=fix)


def _time_stamps(workspace: Workspace) -> Finding:
    authority = workspace.settings.evidence.timestamp_url
    if not authority:
        fix = f"set evidence.timestamp_url in {FILE_NAME}: others then believe when a page was captured"
        return Finding(check="time stamps", state="note", result="not configured", fix=fix)
    if shutil.which("openssl") is None:
        fix = "install openssl: checkpoints have no time stamp without it"
        return Finding(check="time stamps", state="problem", result="openssl is not on this machine", fix=fix)
    return Finding(check="time stamps", state="ok", result=authority)


_WORKSPACE_CHECKS: tuple[Callable[[Workspace], Finding], ...] = (
    _database,
    _evidence,
    _disk,
    _settings_private,
    _contact,
    _time_stamps,
)
