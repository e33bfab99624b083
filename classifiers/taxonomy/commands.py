"""``wildtrade taxa import | status | show | resolve | search``."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from wildtrade.errors import ConfigError, Exit, UsageError

if TYPE_CHECKING:
    from classifiers.cites import Listing
    from classifiers.taxonomy.checklist import Checklist
    from classifiers.taxonomy.resolver import Resolution
    from wildtrade.records import Taxon

taxa = typer.Typer(no_args_is_help=True, help="CITES status by date, names, and the official list.")
_JSON = typer.Option(False, "--json", help="Print JSON.")
_ON = typer.Option("", "--on", metavar="DATE", help="The day asked about, YYYY-MM-DD; default: today.")


@taxa.command("import")
def import_command(
    file: Path = typer.Argument(..., metavar="FILE", help="CSV (or .csv.gz) exported from Species+ or the Checklist."),
    list_date: str = typer.Option(
        "", "--list-date", metavar="DATE", help="Day of the list; default: in the file name."
    ),
    json: bool = _JSON,
) -> int:
    """Import the official list into the workspace; the one in use stays until the new one is complete."""
    from classifiers.taxonomy.store import FOLDER, import_list
    from wildtrade.output import print_json
    from wildtrade.settings import open_workspace

    day = _day(list_date, "--list-date") if list_date else None
    manifest = import_list(file, open_workspace().root / FOLDER, day)
    if json:
        print_json(asdict(manifest))
        return Exit.OK
    print(f"{manifest.taxa} taxa, {manifest.synonyms} synonyms, {manifest.common_names} common names imported")
    print(f"list of {manifest.list_date}, from {manifest.source} ({manifest.attribution})")
    return Exit.OK


@taxa.command("status")
def status_command(json: bool = _JSON) -> int:
    """Which lists answer, and of which date they are."""
    from wildtrade.output import print_json

    checklist = _checklist()
    newest = max(fact.list_date for facts in checklist.shipped.listings.values() for fact in facts)
    manifest = checklist.manifest
    if json:
        print_json({"shipped_until": newest, "imported": asdict(manifest) if manifest else None})
        return Exit.OK
    print(f"shipped facts: {len(checklist.shipped.listings)} taxa, changes in force until {newest}")
    print(f"imported list: {manifest.title}, {manifest.taxa} taxa" if manifest else "imported list: none")
    return Exit.OK


@taxa.command("show")
def show_command(
    name: str = typer.Argument(..., help="A name as anyone would write it."),
    on: str = _ON,
    json: bool = _JSON,
) -> int:
    """A taxon: the Appendix on a day, its history, its names, each with date and source."""
    from wildtrade.output import print_json, print_table

    checklist, day = _checklist(), _day(on, "--on")
    found = checklist.resolve(name, day=day)
    shown = [_shown(checklist, taxon, day) for taxon in found.taxa]
    if json:
        print_json({"resolution": _resolved(name, found), "on": day, "taxa": shown})
        return Exit.OK if shown else Exit.NOTHING
    print(f"{name}: {found.kind.value} ({found.how})")
    for taxon, one in zip(found.taxa, shown, strict=True):
        print(f"\n{taxon.name} ({taxon.rank}) on {day}: {_status(taxon, one['fact'])}")
        rows = [(fact["in_force"], _said(fact), fact["annotation"], _from(fact)) for fact in one["history"]]
        print_table("", ("from", "Appendix", "note", "source"), rows)
        print(f"names: {', '.join(f'{text} ({language})' for language, text in one['names'][:12]) or 'none known'}")
    return Exit.OK if shown else Exit.NOTHING


@taxa.command("resolve")
def resolve_command(
    texts: list[str] = typer.Argument(None, metavar="TEXT...", help="Names as written."),
    source: Path | None = typer.Option(None, "--input", help="A file with one name a line."),
    on: str = _ON,
    json: bool = _JSON,
) -> int:
    """Which taxon each written name means, and how surely."""
    from wildtrade.output import print_json, print_table

    if bool(texts) == bool(source):
        raise UsageError("give either names or --input", fix="wildtrade taxa resolve 'Pyton regius albino'")
    lines = _lines(source) if source else texts
    checklist, day = _checklist(), _day(on, "--on")
    found = [(text, checklist.resolve(text, day=day)) for text in lines]
    if json:
        print_json({"on": day, "names": [_resolved(text, resolution) for text, resolution in found]})
    else:
        rows = [(text, one.kind.value, _taxa(one), f"{one.confidence:.2f}", one.how) for text, one in found]
        print_table("", ("written", "kind", "taxa", "sure", "how"), rows)
    return Exit.OK if any(one.taxa for _, one in found) else Exit.NOTHING


@taxa.command("search")
def search_command(
    prefix: str = typer.Argument(..., help="The first letters of a name."),
    language: str = typer.Option("en", "--language", help="Language of the common names."),
    limit: int = typer.Option(10, "--limit", min=1, max=100),
    json: bool = _JSON,
) -> int:
    """Taxa whose names begin so, as the review page offers them."""
    from wildtrade.output import print_json, print_table

    found = _checklist().search(prefix, language, limit)
    if json:
        print_json({"taxa": [asdict(one) for one in found]})
    else:
        rows = [(one.taxon.name, _status(one.taxon, None), one.matched, one.common_name) for one in found]
        print_table("", ("taxon", "status", "matched", "common name"), rows)
    return Exit.OK if found else Exit.NOTHING


def _checklist() -> Checklist:
    """The shipped facts, with the list imported into the workspace where there is one."""
    from classifiers.taxonomy import Checklist
    from classifiers.taxonomy.store import FOLDER
    from wildtrade.settings import open_workspace

    try:
        root = open_workspace().root
    except ConfigError:
        return Checklist.load()
    return Checklist.load(root / FOLDER)


def _day(text: str, option: str) -> date:
    if not text:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{option} {text!r} is not a date", field=option, fix="write YYYY-MM-DD") from error


def _lines(source: Path) -> list[str]:
    try:
        return [line.strip() for line in source.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", file=str(source), fix="check the path") from error
    except UnicodeDecodeError as error:
        raise UsageError("is not UTF-8 text", file=str(source), fix="save the file as UTF-8") from error


def _shown(checklist: Checklist, taxon: Taxon, day: date) -> dict[str, Any]:
    fact = checklist.appendices.on(taxon.name, day)
    return {
        "taxon": asdict(taxon),
        "fact": _fact(fact) if fact else None,
        "history": [_fact(each) for each in checklist.history(taxon.name)],
        "names": checklist.names(taxon.name),
    }


def _fact(fact: Listing) -> dict[str, Any]:
    return asdict(fact) | {"in_force": fact.in_force.isoformat()}


def _said(fact: dict[str, Any]) -> str:
    parties = f" ({fact['parties']})" if fact["parties"] else ""
    return f"{fact['appendix'] or 'none'}{parties}"


def _from(fact: dict[str, Any]) -> str:
    return f"{fact['source']}, {fact['confidence']}, list of {fact['list_date']}"


def _status(taxon: Taxon, fact: dict[str, Any] | None) -> str:
    if taxon.appendix_date is None:
        return "nothing known of it"
    said = f"Appendix {taxon.appendix}" if taxon.appendix else "in no Appendix"
    parties = f", by {fact['parties']}" if fact and fact["parties"] else ""
    return f"{said}{parties}, list of {taxon.appendix_date}"


def _taxa(found: Resolution) -> str:
    sign = " x " if found.hybrid else " | "
    return sign.join(f"{taxon.name}: {_status(taxon, None)}" for taxon in found.taxa)


def _resolved(text: str, found: Resolution) -> dict[str, Any]:
    return {"text": text, **asdict(found)}
