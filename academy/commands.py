"""``wildtrade demo``."""

from __future__ import annotations

import sys

import typer

demo = typer.Typer()


@demo.command()
def demo_command(
    seed: int = typer.Option(None, "--seed", help="Another number is another practice world.  [default: 7]"),
    size: int = typer.Option(None, "--size", min=20, max=8_000, help="Listings on day 0.  [default: 600]"),
    day: int = typer.Option(None, "--day", min=0, max=365, help="Days since the world opened.  [default: 0]"),
    no_serve: bool = typer.Option(False, "--no-serve", help="End after the summary."),
    fresh: bool = typer.Option(False, "--fresh", help="Remove what an earlier demo left, then start anew."),
    port: int = typer.Option(
        8471,
        "--port",
        min=0,
        max=65533,
        help="First of three ports; 0: any free ones (listings of an earlier run then count as changed).",
    ),
    json: bool = typer.Option(False, "--json", help="Print the summary as one JSON object on the last line."),
) -> int:
    """Crawl the practice world on this machine, show what was found, and open the review page."""
    from academy import demo as steps
    from academy.process import running

    def say(text: str) -> None:
        print(text, file=sys.stderr if json else sys.stdout, flush=True)

    folder = steps.DEMO_FOLDER
    if fresh:
        steps.remove(folder)
    options = steps.world_options(folder, seed, size, day)
    workspace = steps.prepare(folder, options)
    with running(options, port) as addresses:
        report = steps.crawl_world(workspace, addresses, say)
        steps.show(report, as_json=json)
        if no_serve or report.exit_code:
            return int(report.exit_code)
        return steps.serve_review(workspace, say)
