"""``wildtrade doctor``."""

from __future__ import annotations

import typer

doctor = typer.Typer()


@doctor.command()
def doctor_command(
    json: bool = typer.Option(False, "--json", help="Print one JSON object."),
    browser: bool = typer.Option(False, "--get-browser", help="Fetch a Chromium where there is none."),
) -> int:
    """Check this machine and workspace; each line says what was found and how to mend it."""
    from crawler.diagnosis import diagnose
    from wildtrade.output import print_json, print_table

    if browser:
        from crawler.browser import obtain

        obtain(print)
    findings = diagnose()
    if json:
        print_json({"checks": [finding.to_dict() for finding in findings]})
    else:
        print_table("", ("check", "result", "fix"), [(f.check, f.shown, f.fix) for f in findings])
    return 1 if any(finding.state == "problem" for finding in findings) else 0
