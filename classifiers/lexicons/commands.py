"""``wildtrade lexicon lint | test | import``; what needs the database is added in ``crawler/commands/lexicon.py``."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from wildtrade.errors import Exit, UsageError

if TYPE_CHECKING:
    from classifiers.lexicons.lint import Report
    from classifiers.lexicons.names import Origin

lexicon = typer.Typer(no_args_is_help=True, help="Check, try, compare, publish and extend the lexicon.")

_JSON = typer.Option(False, "--json", help="Print one JSON object.")


@lexicon.command("lint")
def lint_command(
    folder: Path | None = typer.Argument(None, help="A lexicon folder; default: the shipped one and your draft."),
    json: bool = _JSON,
) -> int:
    """Read every line; name each mistake with its file, line and fix. Errors end with code 3, warnings with 0."""
    from wildtrade.output import print_json

    reports = _reports(folder)
    findings = [finding for report in reports for finding in report.findings]
    errors = sum(report.errors for report in reports)
    entries, accepted = sum(report.entries for report in reports), sum(report.accepted for report in reports)
    if json:
        counts = {"entries": entries, "errors": errors, "warnings": len(findings) - errors, "accepted": accepted}
        print_json(counts | {"findings": [finding.to_dict() for finding in findings]})
    else:
        for finding in findings:
            print(finding)
        print(f"{entries:,} entries: {errors} errors, {len(findings) - errors} warnings, {accepted} accepted warnings")
    return Exit.CONFIG if errors else Exit.OK


def _reports(folder: Path | None) -> list[Report]:
    from classifiers.lexicons.lint import lint, lint_own, lint_shipped, ordinary_words
    from classifiers.lexicons.workspace import own_folder

    if folder is None:
        own = own_folder()
        return [lint_shipped()] + ([lint_own(own)] if own is not None and own.is_dir() else [])
    if not folder.is_dir():
        raise UsageError("is not a folder", file=str(folder), fix="name a lexicon folder")
    if (folder / "version.txt").is_file():
        return [lint(folder, ordinary=ordinary_words())]
    return [lint_own(folder)]


@lexicon.command("test")
def test_command(
    text: str = typer.Argument("", help="A text to look at; without it the examples are checked."),
    language: str = typer.Option("", "--language", help="BCP 47 code of TEXT; found out where not given."),
    name: str = typer.Option(
        "", "--lexicon", help="shipped, draft, published, a version's number or a folder; default: your draft."
    ),
    json: bool = _JSON,
) -> int:
    """Show what the lexicon finds in a text; or check the examples of the lexicon and of your draft."""
    from classifiers.lexicons.examples import check, look, read_examples, reader_of
    from classifiers.lexicons.workspace import load_named, own_folder
    from wildtrade.output import print_json

    own = own_folder()
    reader = reader_of(load_named(name or ("shipped" if own is None else "draft"), own))
    if text:
        seen = look(reader, text, language or None)
        if json:
            print_json(seen)
        else:
            _show(seen)
        return Exit.OK
    rows = [row for folder in _example_folders(name, own) for row in read_examples(folder)]
    failures = [failure for row in rows if (failure := check(reader, row))]
    if json:
        print_json({"examples": len(rows), "failures": [failure.to_dict() for failure in failures]})
    else:
        for failure in failures:
            print(failure)
        print(f"{len(rows)} examples, {len(failures)} failures")
    return Exit.PROBLEM if failures else Exit.OK


def _example_folders(name: str, own: Path | None) -> list[Path]:
    from classifiers.lexicon import shipped_lexicon

    named = Path(name) if name and Path(name).is_dir() else None
    if named is not None and (named / "version.txt").is_file():
        return [named]
    beside = named or (own if name in ("", "draft") else None)
    return [shipped_lexicon()] + ([beside] if beside is not None else [])


def _show(seen: dict[str, Any]) -> None:
    from wildtrade.output import print_table

    print(f"language {seen['language'] or '?'}, intent {seen['intent']}")
    print(f"folded: {seen['folded']}")
    print_table(
        "Terms",
        ("text", "entry", "strength", "taxon", "form", "written", "excused by"),
        [
            (
                hit["text"],
                f"{hit['group']}/{hit['term']} ({hit['language']})",
                hit["strength"],
                hit["taxon"],
                hit["form"],
                hit["written"],
                ", ".join(hit["guards"] + ["denial"] * hit["denied"] + ["imitation"] * hit["imitation"]),
            )
            for hit in seen["hits"]
        ],
    )
    print_table("Cues", ("text", "kind", "language"), [(c["text"], c["kind"], c["language"]) for c in seen["cues"]])
    guards = [(g["text"], g["id"], g["reason"], g["target"]) for g in seen["guards"]]
    print_table("Guard phrases", ("text", "guard", "reason", "for"), guards)


@lexicon.command("import")
def import_command(
    pack: Path | None = typer.Argument(None, help="A .csv, an npm .tgz, or the folder it unpacks to."),
    name: str = typer.Option("", "--name", help="Name of the pack; default: what it calls itself."),
    version: str = typer.Option("", "--version", help="Version of the pack."),
    licence: str = typer.Option("", "--licence", help="Its licence, e.g. CC-BY-SA-4.0."),
    source: str = typer.Option("", "--source", help="Where it comes from."),
    remove: str = typer.Option("", "--remove", metavar="NAME", help="Take a pack away."),
    json: bool = _JSON,
) -> int:
    """Add a pack of names, with its licence and source, to the workspace. Names of packs never flag alone."""
    from classifiers.lexicons.packs import remove_pack
    from wildtrade.output import print_json
    from wildtrade.settings import open_workspace

    folder = open_workspace().lexicon
    if bool(remove) == (pack is not None):
        raise UsageError("give either a pack or --remove NAME", fix="wildtrade lexicon import names.csv --licence ...")
    if pack is None:
        remove_pack(folder, remove)
        if json:
            print_json({"removed": remove})
        else:
            print(f"pack {remove} is removed")
        return Exit.OK
    if not pack.exists():
        raise UsageError("does not exist", file=str(pack), fix="check the path")
    from classifiers.lexicons.pack_readers import read_origin

    read = read_origin(pack)
    origin = replace(
        read,
        name=name or read.name,
        version=version or read.version,
        licence=licence or read.licence,
        source=source or read.source,
    )
    return _import(folder, origin, json)


def _import(folder: Path, origin: Origin, json: bool) -> int:
    from classifiers.lexicons.lint import ordinary_words
    from classifiers.lexicons.packs import add_pack
    from wildtrade.output import print_json

    manifest = add_pack(folder, origin, ordinary_words())
    if json:
        print_json(asdict(manifest))
    else:
        print(f"pack {manifest.name} {manifest.version}: {manifest.names:,} names, licence {manifest.licence}")
        for reason, count in sorted(manifest.left_out.items()):
            print(f"  left out, {reason}: {count:,}")
    return Exit.OK
