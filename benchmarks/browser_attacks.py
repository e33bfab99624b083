"""Pages that attack the real Chromium behind our guard: each ends, and every ordinary page beside them is captured.

python -m benchmarks.browser_attacks [ATTACK ...]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import select

from benchmarks.report import finish
from storage.database import open_database
from storage.models import PageCapture, Unit, UnitState
from storage.verify import verify_captures
from tests.support.rawsite import Site, listing_page, response, search_page, serving, wildtrade, workspace
from wildtrade.settings import open_workspace

ATTACKS = {
    "endless script": "while (true) {}",
    "endless timers": "const again = () => { for (let i = 0; i < 1e7; i++); setTimeout(again, 0); }; again();",
    "endless microtasks": "const again = () => Promise.resolve().then(again); again();",
    "dialogs": "for (let i = 0; i < 30; i++) alert(i);",
    "asks before it goes": "onbeforeunload = e => { e.preventDefault(); return 'stay'; }; prompt('?');",
    "popups": "for (let i = 0; i < 50; i++) open('/popup' + i);",
    "downloads": "for (let i = 0; i < 20; i++) { const a = document.createElement('a'); a.href = '/file'; "
    "a.download = 'f' + i; document.body.append(a); a.click(); }",
    "service worker": "navigator.serviceWorker && navigator.serviceWorker.register('/worker.js').catch(() => 0);",
    "memory": "const all = []; while (true) all.push(new Array(1e6).fill(Math.random()));",
    "endless document": "while (true) document.body.append(document.createElement('p'));",
    "endless reloads": "location.reload();",
    "navigates inside": "location = 'http://127.0.0.1:9/';",
    "history": "for (let i = 0; i < 1e5; i++) try { history.pushState(0, '', '/x' + i); } catch (e) { break; }",
    "full of frames": "for (let i = 0; i < 200; i++) { const f = document.createElement('iframe'); f.src = '/frame'; "
    "document.body.append(f); }",
}
SECONDS = 15  # that a page has; one that gives nothing is tried once more, alone


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("attacks", nargs="*", help="names of attacks; none: all")
    chosen = parser.parse_args().attacks or list(ATTACKS)
    figures = attack({name: ATTACKS[name] for name in chosen})
    finish("browser_attacks", figures, {"every page ended, every ordinary one captured": not figures["wrong"]})


def attack(scripts: dict[str, str], seconds: int = SECONDS) -> dict[str, Any]:
    """Crawl a site whose every second page holds one of these scripts; what came of it."""
    ordinary = range(100, 100 + len(scripts) + 2)
    mixed = [number for pair in zip(ordinary, range(len(scripts)), strict=False) for number in pair]
    site = Site(pages={"/search?q=table&page=1": search_page([*mixed, *ordinary[-2:]])})
    for number, script in enumerate(scripts.values()):
        page = f"<html><body><h1>Bait number {number}</h1><script>{script}</script></body></html>"
        site.pages[f"/item/{number}"] = response(page)
    site.pages |= {f"/item/{number}": listing_page(number) for number in ordinary}
    site.pages["/file"] = response(b"x" * 100_000, content_type="application/octet-stream")
    site.pages["/frame"] = response("<p>inside</p>")
    site.pages["/worker.js"] = response("self.onfetch = e => 0", content_type="text/javascript")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="wildtrade-browser-") as folder, serving(site):
        home = workspace(Path(folder), site.port, more="render: {}\nrecheck: false\n")
        (home / "wildtrade.toml").write_text(f"[crawl]\ntimeout_seconds = {seconds}\n", encoding="utf-8")
        done = wildtrade(home, "crawl", "bazaar", "--json", "--quiet", timeout=900)
        failed, wrong = _judge(home, list(scripts), ordinary)
    if "/worker.js" in site.asked:
        wrong["service worker"] = "its script was fetched"
    if not done.data["stopped_because"].startswith("bazaar: finished"):
        wrong["run"] = done.data["stopped_because"][:300]
    took = round(time.monotonic() - began, 1)
    return {
        "attacks": len(scripts),
        "failed": failed,
        "wrong": wrong,
        "seconds": took,
        "listings": done.data["listings"],
    }


def _judge(home: Path, names: list[str], ordinary: range) -> tuple[list[str], dict[str, str]]:
    """The attacks whose page gave nothing, and what is not as required."""
    space = open_workspace(home)
    wrong: dict[str, str] = {}
    with closing(open_database(space.database_url)) as database:
        with database.session(read_only=True) as session:
            units = {unit.url.rpartition("/")[2]: unit for unit in session.scalars(select(Unit))}
            captured = set(session.scalars(select(PageCapture.unit_id)))
            for number, name in [*enumerate(names), *((one, f"ordinary page {one}") for one in ordinary)]:
                unit = units.get(str(number))
                ended = unit is not None and unit.state in (UnitState.DONE, UnitState.FAILED)
                if unit is None or not ended or (number in ordinary and unit.id not in captured):
                    wrong[name] = f"{unit.state.value}: {(unit.error or '')[:200]}" if unit else "never listed"
            failed = [name for n, name in enumerate(names) if units[str(n)].state is UnitState.FAILED]
        report = verify_captures(database, space.evidence)
    if report.missing or report.changed:
        wrong["evidence"] = f"{len(report.missing)} missing, {len(report.changed)} changed"
    return failed, wrong


if __name__ == "__main__":
    main()
