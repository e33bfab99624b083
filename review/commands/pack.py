"""``wildtrade pack``: the same as the page of review packs, for whoever holds the workspace."""

from __future__ import annotations

from pathlib import Path

import typer

from review.commands.case import opened
from wildtrade.errors import Exit, UsageError

pack = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Review packs: make, list, take, withdraw.")
_JSON = typer.Option(False, "--json", help="Print one JSON object.")
_NUMBER = typer.Argument(..., metavar="NUMBER", help="Number of the pack.")


@pack.command("make")
def make_command(
    person: str = typer.Option(..., "--for", help="Who decides it: a user's name."),
    out: Path = typer.Option(..., "--out", "-o", help="The zip to write."),
    queue: str = typer.Option("", "--queue", help="second, or the id of a queue; default: first decisions."),
    count: int = typer.Option(100, "--count", help="How many items, 1 to 500."),
    days: int = typer.Option(14, "--days", help="For how long they are held, 1 to 60."),
    language: str = typer.Option("", "--lang", help="Of its page: en, es, fr, pt, th; default: the person's."),
    identities: bool = typer.Option(False, "--identities", help="With who sellers are, for people with that right."),
    json: bool = _JSON,
) -> int:
    """Hold items of a queue for a person and write them as one zip, to be decided without a network."""
    from review.packing import check_identities, wanted_of, write_pack
    from review.text import LANGUAGES
    from storage.audit import COMMAND
    from storage.packs import Order, find_pack, make_pack, withdraw
    from storage.sessions import identity_of
    from storage.users import get_user
    from wildtrade.errors import WildtradeError
    from wildtrade.output import print_json

    if language and language not in LANGUAGES:
        fix = f"use {', '.join(LANGUAGES)}"
        raise UsageError(f"there is no page in {language!r}", field="--lang", fix=fix)
    with opened() as (database, log):
        signer = log.signer
        with database.session() as session:
            user = get_user(session, person)
            identity = identity_of(session, user)
            check_identities(identity, identities=identities)
            order = Order(
                queue=queue, wanted=wanted_of(session, identity, queue), count=count, days=days,
                language=language or user.language or "en", identities=identities,
            )  # fmt: skip
            made = make_pack(session, signer, user, order, COMMAND)
            number, until = made.id, made.until
        try:
            said = write_pack(database, log, number, COMMAND, out)
        except WildtradeError:
            with database.session() as session:  # a pack that was never written holds nothing
                withdraw(session, find_pack(session, number), COMMAND)
            raise
    if json:
        print_json(said | {"file": str(out), "until": until})
    else:
        print(f"pack {number}: {said['items']} items for {said['for']}, held until {until:%Y-%m-%d %H:%M} UTC")
        print(f"{out}, sha256 {said['sha256']}")
    return Exit.OK


@pack.command("take")
def take_command(
    file: Path = typer.Argument(..., metavar="FILE", help="The .json file that the pack's page saved."),
    json: bool = _JSON,
) -> int:
    """Take a person's decisions back: each goes the way it would have gone on the screen, or is a conflict."""
    from dataclasses import asdict

    from review.unpacking import LONGEST, take_pack
    from storage.audit import COMMAND
    from wildtrade.output import print_json
    from wildtrade.settings import open_workspace

    try:
        with file.open("rb") as stream:
            data = stream.read(LONGEST + 1)
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", file=str(file), fix="name the file") from error
    with opened() as (database, log):
        taken = take_pack(database, log, str(file), data, COMMAND, home=open_workspace().root)
    if json:
        print_json(asdict(taken))
    else:
        told = ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in taken.counts.items())
        print(f"pack {taken.pack} of {taken.person}: {told}; {taken.again} taken before")
        if taken.clock:
            print(f"note: {taken.clock} are dated before the pack was made or in the future")
    refused = sum(taken.counts.values()) - taken.counts["taken"]
    return Exit.PARTIAL if refused else Exit.OK


@pack.command("list")
def list_command(json: bool = _JSON) -> int:
    """The newest packs."""
    from storage.packs import list_packs
    from wildtrade.output import print_json, print_table

    with opened() as (database, _), database.session(read_only=True) as session:
        lines = list_packs(session)
    rows = [
        {"number": line.pack.id, "for": line.name, "items": line.items, "back": line.back, "made_at": line.pack.made_at,
         "until": line.pack.until, "withdrawn_at": line.pack.withdrawn_at}
        for line in lines
    ]  # fmt: skip
    if json:
        print_json({"packs": rows})
    elif rows:
        print_table("Packs", list(rows[0]), [list(row.values()) for row in rows])
    return Exit.OK if rows else Exit.NOTHING


@pack.command("withdraw")
def withdraw_command(number: int = _NUMBER, json: bool = _JSON) -> int:
    """Give a pack's items back to the queue; no file of it is taken any more."""
    from storage.audit import COMMAND
    from storage.packs import find_pack, withdraw
    from wildtrade.output import print_json

    with opened() as (database, _), database.session() as session:
        withdraw(session, find_pack(session, number), COMMAND)
    if json:
        print_json({"number": number, "withdrawn": True})
    else:
        print(f"pack {number} is withdrawn")
    return Exit.OK
