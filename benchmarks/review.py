"""How long reviewers wait: next item, decision, search, listing page, on SQLite and on PostgreSQL.

    python -m benchmarks.review [--listings 50000] [--pending 25000] [--reviewers 20] [--seconds 45]

Generated listings behind the real server (``wildtrade serve``, one process) over HTTP; each reviewer thinks three
seconds on average between two requests. A third of the searches are for rare words, a third for common ones, a third
find nothing. Counts and facets, which a page asks for after its hits, are asked for as well and reported apart.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from urllib.parse import urlencode

import psutil

from benchmarks.report import finish
from benchmarks.review_data import COMMON, Words, fill
from review.auth import csrf
from review.serving import address_of, listen
from storage.database import Database, open_database
from storage.migrate import upgrade
from storage.rights import install_rights, load_rights
from storage.sessions import open_session
from storage.users import add_user
from tests.support.postgres import postgres_server

_THINK_SECONDS, _BAR_MS, _DASHBOARD_MS = 3.0, 100, 1000
_FIRST_LOAD_KB, _SWAP_KB = 120, 15
_PROBES = 20  # requests of a kind whose processor time is measured
_ACTIONS = ("next item", "decision", "search", "listing page")
_ASSESSMENT = re.compile(r'name="assessment_id" value="(\d+)"')
_FIELDS = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
_LOADED = re.compile(r'(?:src|href)="(/static/[^"]+)"')


@dataclass
class Times:
    """Milliseconds by action, answers that were not what they should be, and bytes as sent (gzip)."""

    ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    wrong: list[str] = field(default_factory=list)
    item_bytes: list[int] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listings", type=int, default=50_000)
    parser.add_argument("--pending", type=int, default=25_000)
    parser.add_argument("--reviewers", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=45.0)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    arguments = parser.parse_args()
    figures: dict[str, object] = vars(arguments) | {"load_average_before": round(os.getloadavg()[0], 1)}
    bars: dict[str, bool] = {}
    kinds = [arguments.only] if arguments.only else ["sqlite", "postgresql"]
    pending = min(arguments.pending, arguments.listings)
    with ExitStack() as stack, ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        places = {kind: stack.enter_context(workspace(kind)) for kind in kinds}
        # Filled at once, as that takes longest; measured one after the other.
        filled = {kind: pool.submit(_fill, *places[kind], arguments.listings, pending) for kind in kinds}
        ready = {kind: one.result() for kind, one in filled.items()}
        for kind, (words, seconds) in ready.items():
            figures[f"{kind}_fill_seconds"] = seconds
            print(f"{kind}: {arguments.listings:,} listings in {seconds} s", flush=True)
            _measure(kind, *places[kind], words, arguments, figures, bars)
    finish("review", figures, bars)


@contextmanager
def workspace(kind: str) -> Iterator[tuple[Path, str]]:
    """A new workspace and the URL of its empty database; a PostgreSQL server of its own where one is asked for."""
    with tempfile.TemporaryDirectory(prefix="wildtrade-review-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        (home / "wildtrade.toml").write_text("", encoding="utf-8")
        if kind == "sqlite":
            yield home, f"sqlite:///{home}/data/wildtrade.db"
            return
        with postgres_server(home / "postgres") as server:
            yield home, server.get_uri()


def _fill(home: Path, url: str, listings: int, pending: int) -> tuple[Words, int]:
    """Migrate and fill a database; its words, and the seconds that took."""
    began = time.monotonic()
    upgrade(url, home / "backups")
    with closing(open_database(url)) as database:
        words = fill(database, listings, pending)
    return words, round(time.monotonic() - began)


def _measure(
    kind: str,
    home: Path,
    url: str,
    words: Words,
    arguments: argparse.Namespace,
    figures: dict[str, object],
    bars: dict[str, bool],
) -> None:
    with closing(open_database(url)) as database:
        secrets = _people(database, arguments.reviewers)
    with serving(home, url) as (port, server):
        first = Reviewer(port, secrets[0], words, arguments.listings, random.Random(0), Times())
        first.warm_up()
        load = first.first_load()
        dashboard = first.timed("dashboard", "GET", "/dashboard")
        figures |= {f"{kind}_{name}_cpu_ms": ms for name, ms in first.processor_time(server).items()}
        times = _work(port, secrets, words, arguments)
    for action in [*_ACTIONS, "counts"]:
        figure = _p95(times.ms[action])
        figures[f"{kind}_{action.replace(' ', '_')}_p95_ms"] = round(figure, 1)
        figures[f"{kind}_{action.replace(' ', '_')}_requests"] = len(times.ms[action])
        if action in _ACTIONS:
            bars[f"{kind}: {action} p95 {figure:.0f} ms <= {_BAR_MS}"] = figure <= _BAR_MS
    if dashboard[0] == 200:
        figures[f"{kind}_dashboard_ms"] = round(dashboard[2], 1)
        bars[f"{kind}: dashboard {dashboard[2]:.0f} ms <= {_DASHBOARD_MS}"] = dashboard[2] <= _DASHBOARD_MS
    figures[f"{kind}_first_load_kb"], figures[f"{kind}_item_swap_kb"] = round(load, 1), _kb(times.item_bytes)
    bars[f"{kind}: first load {load:.0f} kB <= {_FIRST_LOAD_KB}"] = load <= _FIRST_LOAD_KB
    bars[f"{kind}: item swap {_kb(times.item_bytes)} kB <= {_SWAP_KB}"] = 0 < _kb(times.item_bytes) <= _SWAP_KB
    figures[f"{kind}_load_average_after"] = round(os.getloadavg()[0], 1)
    bars[f"{kind}: every answer as it should be ({len(times.wrong)} not)"] = not times.wrong
    print("\n".join([f"{kind}: p95 {name} {_p95(ms):.0f} ms" for name, ms in times.ms.items()]), flush=True)
    print("\n".join(sorted(set(times.wrong))[:5]), flush=True)


def _kb(sizes: list[int]) -> float:
    return round(max(sizes, default=0) / 1000, 1)


def _p95(values: list[float]) -> float:
    return sorted(values)[min(int(len(values) * 0.95), len(values) - 1)] if values else float("inf")


def _people(database: Database, number: int) -> list[str]:
    """Sessions of that many reviewers."""
    with database.session() as session:
        install_rights(session, load_rights())
        people = [add_user(session, f"reviewer {at}", ["reviewer"]) for at in range(number)]
        return [open_session(session, one.id, "127.0.0.1", "benchmark") for one in people]


@contextmanager
def serving(home: Path, url: str) -> Iterator[tuple[int, psutil.Process]]:
    """``wildtrade serve`` in a process of its own; gives its port and the process."""
    with closing(listen("127.0.0.1", 0)) as free:
        port = int(address_of(free).rstrip("/").rsplit(":", 1)[1])
    environment = os.environ | {"WILDTRADE_HOME": str(home), "WILDTRADE_DATABASE_URL": url}
    words = [sys.executable, "-m", "wildtrade", "serve", "--port", str(port), "--as", "reviewer 0"]
    with subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            _wait_for(port)
            yield port, psutil.Process(process.pid)
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/login")
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the server did not start within a minute")


def _work(port: int, secrets: list[str], words: Words, arguments: argparse.Namespace) -> Times:
    """All reviewers at once, each with a browser's one connection."""
    times, end = Times(), time.monotonic() + arguments.seconds
    people = [
        Reviewer(port, secret, words, arguments.listings, random.Random(number), times)
        for number, secret in enumerate(secrets)
    ]
    threads = [threading.Thread(target=one.work_until, args=(end,)) for one in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


class Reviewer:
    """A person who takes items, decides them, and looks things up in between."""

    def __init__(
        self, port: int, secret: str, words: Words, listings: int, chance: random.Random, times: Times
    ) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._cookie, self._csrf = f"wildtrade_{port}={secret}", csrf.token_for(secret)
        self._origin = f"http://127.0.0.1:{port}"
        self._words, self._listings, self._chance, self._times = words, listings, chance, times
        self._searches = 0

    def work_until(self, end: float) -> None:
        """Next item, decision, search, listing page, and again; each begins somewhere else."""
        time.sleep(self._chance.expovariate(1 / _THINK_SECONDS))
        while True:
            for act in (self._review, self._search, self._look):
                time.sleep(self._chance.expovariate(1 / _THINK_SECONDS))
                if time.monotonic() > end:
                    return
                act()

    def warm_up(self) -> None:
        """Templates are compiled once in the life of a server."""
        for _ in range(3):
            self._search()
            self._look()

    def processor_time(self, server: psutil.Process) -> dict[str, float]:
        """Milliseconds of processor time the server spends on one request of a kind: waiting does not count, so that
        this tells the same on a machine that is busy with other things. A database server's time is not in it."""
        requests = {
            "next_item": "/review",
            "search_rare": f"/listings?q={self._words.rare[0]}",
            "search_common": f"/listings?q={COMMON[0]}",
            "search_none": "/listings?q=zzqx",
            "listing_page": "/listings/1",
        }
        found = {}
        for name, path in requests.items():
            before = sum(server.cpu_times()[:2])
            for _ in range(_PROBES):
                location = self._ask("GET", path)[1]
                if location.startswith("/review/"):
                    self._ask("GET", location)
            found[name] = round((sum(server.cpu_times()[:2]) - before) / _PROBES * 1000, 1)
        return found

    def first_load(self) -> float:
        """Kilobytes of an item's page and of everything it loads, as sent."""
        location = self._ask("GET", "/review")[1]
        _, _, page, size = self._ask("GET", location)
        return (size + sum(self._ask("GET", one)[3] for one in sorted(set(_LOADED.findall(page))))) / 1000

    def timed(self, action: str, method: str, path: str, body: str | None = None) -> tuple[int, str, float]:
        """Status, page and milliseconds of one request."""
        began = time.perf_counter()
        status, _location, page, _ = self._ask(method, path, body)
        spent = (time.perf_counter() - began) * 1000
        self._times.ms[action].append(spent)
        return status, page, spent

    def _review(self) -> None:
        began = time.perf_counter()
        status, location, _, _ = self._ask("GET", "/review")
        if not location.startswith("/review/"):
            self._times.wrong.append(f"next item: {status} {location}")
            return
        status, _, page, size = self._ask("GET", location)
        self._times.ms["next item"].append((time.perf_counter() - began) * 1000)
        self._times.item_bytes.append(size)
        known = _ASSESSMENT.search(page)
        if status != 200 or known is None:
            self._times.wrong.append(f"item: {status}")
            return
        time.sleep(self._chance.expovariate(1 / _THINK_SECONDS))
        form = dict(_FIELDS.findall(page)) | {"label": "not_wildlife", "reason": "colour_name"}
        status, _, _ = self.timed("decision", "POST", location, urlencode(form))
        if status not in (303, 409):  # 409: somebody else was quicker
            self._times.wrong.append(f"decision: {status}")

    def _search(self) -> None:
        self._searches += 1
        kinds = (
            self._chance.choice(self._words.rare),
            self._chance.choice(COMMON),
            f"zz{self._chance.getrandbits(40):x}",
        )
        query = urlencode({"q": kinds[self._searches % 3]})
        status, page, _ = self.timed("search", "GET", f"/listings?{query}")
        if status != 200 or ("<tbody" in page) is (self._searches % 3 == 2):
            self._times.wrong.append(f"search: {status} for {query}")
        self.timed("counts", "GET", f"/found?{query}")

    def _look(self) -> None:
        number = self._chance.randint(1, self._listings)
        status, _, _ = self.timed("listing page", "GET", f"/listings/{number}")
        if status != 200:
            self._times.wrong.append(f"listing page: {status}")

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, str, str, int]:
        """Status, where it leads, page, bytes as sent."""
        headers = {"Cookie": self._cookie, "Accept-Encoding": "gzip"}
        if method != "GET":
            headers |= {"Origin": self._origin, "X-CSRF-Token": self._csrf}
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
        except (ConnectionError, http.client.RemoteDisconnected):  # the server closes idle connections; browsers retry
            self._connection.close()
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
        data = answer.read()
        size = len(data)
        if answer.getheader("Content-Encoding") == "gzip":
            data = gzip.decompress(data)
        return answer.status, answer.getheader("Location") or "", data.decode("utf-8", "replace"), size


if __name__ == "__main__":
    main()
