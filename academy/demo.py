"""The steps of ``wildtrade demo``: workspace, practice world, crawl, summary, review page."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from academy.key import write_key
from academy.process import WorldOptions
from academy.sources import SOURCE_IDS, write_copies
from academy.world import World
from academy.world.generator import DEFAULT_SEED, DEFAULT_SIZE
from wildtrade.errors import UsageError
from wildtrade.output import print_json, print_table
from wildtrade.settings import Workspace

if TYPE_CHECKING:
    from crawler.run import CrawlReport

Say = Callable[[str], None]
DEMO_FOLDER = Path("demo-data")
_WORLD_FILE = "world.json"


def remove(folder: Path) -> None:
    """Delete an earlier demo's folder; only one that a demo made, known by its ``world.json``.

    Raises UsageError for any other folder.
    """
    if not folder.exists():
        return
    if not (folder / _WORLD_FILE).is_file():
        fix = "move it away, or run the demo from another folder"
        raise UsageError("this folder was not made by the demo; it stays as it is", file=str(folder), fix=fix)
    shutil.rmtree(folder)


def world_options(folder: Path, seed: int | None, size: int | None, day: int | None) -> WorldOptions:
    """The world of the last demo here (same seed, size and opening date), or a new one that opens today.

    Raises UsageError where ``seed`` or ``size`` asks for another world than the folder holds.
    """
    path = folder / _WORLD_FILE
    if not path.is_file():
        today = datetime.now(UTC).date()
        return WorldOptions(seed=_or(seed, DEFAULT_SEED), size=_or(size, DEFAULT_SIZE), day=_or(day, 0), now=today)
    kept = json.loads(path.read_text(encoding="utf-8"))
    for name, wanted in (("seed", seed), ("size", size)):
        if wanted is not None and wanted != kept[name]:
            raise UsageError(
                f"{folder} holds a practice world with {name} {kept[name]}, not {wanted}",
                field=f"--{name}",
                fix="add --fresh to replace it",
            )
    now = date.fromisoformat(kept["now"])
    return WorldOptions(seed=kept["seed"], size=kept["size"], day=_or(day, kept["day"]), now=now)


def _or(value: int | None, otherwise: int) -> int:
    return otherwise if value is None else value


def prepare(folder: Path, options: WorldOptions) -> Workspace:
    """Make or complete the demo workspace; keep the world's arguments and, apart, the instructor's answer key."""
    from crawler.workspace import create

    folder = folder.resolve()
    workspace = create(folder)
    kept = {"seed": options.seed, "size": options.size, "day": options.day, "now": options.now.isoformat()}
    (folder / _WORLD_FILE).write_text(json.dumps(kept) + "\n", encoding="utf-8")
    world = World(options.seed, options.size, options.day, options.now)
    write_key(world.key.values(), folder / "instructor" / "answer_key.jsonl")
    return workspace


def crawl_world(workspace: Workspace, addresses: Mapping[str, str], say: Say) -> CrawlReport:
    """Crawl the served world's three sites as ``wildtrade crawl`` would; get a browser first where there is none."""
    from crawler.browser import obtain
    from crawler.run import CrawlOptions, crawl

    obtain(say, workspace.settings.crawl.browser)
    say(f"Practice world on {', '.join(addresses.values())}; crawling it...")
    write_copies(workspace.sources, addresses)
    return crawl(workspace, SOURCE_IDS, CrawlOptions())


def show(report: CrawlReport, *, as_json: bool) -> None:
    """The one summary table, or its figures as JSON."""
    if as_json:
        print_json(report.data)
        return
    print_table("Practice world", ("what", "figures"), summary_rows(report.data))


def summary_rows(data: dict[str, Any]) -> list[tuple[str, str]]:
    """The figures of a crawl in words; a skipped source says why."""
    from crawler.commands.crawl import summary_lines

    skipped = [(f"skipped {source}", reason) for source, reason in data["skipped"].items()]
    return [*summary_lines(data), ("browser", data["browser"] or "none"), *skipped]


def serve_review(workspace: Workspace, say: Say) -> int:
    """Serve the review page until interrupted."""
    from review.first import login_name, practice_link
    from review.serving import address_of, listen, run
    from storage.custody.workspace import custody_of

    review = workspace.settings.review
    listener = listen(review.host, review.port)
    secret = practice_link(workspace.database_url, login_name())
    address = address_of(listener, "localhost")

    def announce() -> None:
        say(f"Review page, this link signs you in: {address}link/{secret}  (Ctrl+C ends it)")

    custody = custody_of(workspace)
    return run(workspace.database_url, listener, announce, name="practice", custody=custody, home=workspace.root)
