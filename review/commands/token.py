"""``wildtrade token``: keys of programs to the API."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import typer

from review.commands.users import opened

token = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Make, list and revoke keys of programs.")
_JSON = typer.Option(False, "--json", help="Print one JSON object.")
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}
_LONGEST = timedelta(days=400)


def end_of(text: str) -> datetime:
    """When a duration such as 12h, 30d or 8w ends. Raises UsageError."""
    from storage.models import utcnow
    from wildtrade.errors import UsageError

    match = re.fullmatch(r"([1-9]\d{0,4})([hdw])", text)
    length = timedelta(**{_UNITS[match[2]]: int(match[1])}) if match else _LONGEST * 2
    if length > _LONGEST:
        fix = "use at most 400 days, e.g. 12h, 30d or 8w"
        raise UsageError(f"{text!r} is no time a token may live", field="--expires", fix=fix)
    return utcnow() + length


@token.command("new")
def new(
    scope: list[str] = typer.Option(..., "--scope", help="A right the program needs; may be given more than once."),
    user: str = typer.Option(..., "--user", help="Whose it is: it can do at most what this user may."),
    expires: str = typer.Option("30d", "--expires", help="How long it works, e.g. 12h, 30d, 8w."),
    name: str = typer.Option("program", "--name", help="What it is for."),
    json: bool = _JSON,
) -> int:
    """Make a token and print its secret, which is shown this once."""
    from storage.audit import COMMAND, record
    from storage.sessions import new_token
    from storage.users import get_user
    from wildtrade.output import print_json

    end = end_of(expires)
    with opened() as session:
        row, secret = new_token(session, get_user(session, user), name[:80], scope, end)
        record(session, "token_new", COMMAND, kind="token", id=row.id, after=row.scopes)
    if json:
        print_json({"id": row.id, "token": secret, "scopes": row.scopes, "expires_at": end})
    else:
        print(f"token {row.id}, until {end:%Y-%m-%d %H:%M} UTC: {secret}")
    return 0


@token.command("list")
def list_tokens(json: bool = _JSON) -> int:
    """All tokens, without their secrets."""
    from storage.sessions import list_tokens as everything
    from wildtrade.output import print_json, print_table

    with opened() as session:
        rows = everything(session)
    if json:
        fields = ("id", "name", "scopes", "created_at", "expires_at", "used_at", "revoked_at")
        print_json([{"user": user} | {field: getattr(row, field) for field in fields} for row, user in rows])
    else:
        table = [
            (
                row.id,
                row.name,
                user,
                ", ".join(row.scopes),
                f"{row.expires_at:%Y-%m-%d}",
                "revoked" * bool(row.revoked_at),
            )
            for row, user in rows
        ]
        print_table("Tokens", ("id", "name", "user", "scopes", "expires", "state"), table)
    return 0


@token.command("revoke")
def revoke(token_id: int = typer.Argument(..., metavar="ID"), json: bool = _JSON) -> int:
    """Make a token useless, at once."""
    from storage.audit import COMMAND, record
    from storage.sessions import revoke_token
    from wildtrade.output import print_json

    with opened() as session:
        revoke_token(session, token_id)
        record(session, "token_revoke", COMMAND, kind="token", id=token_id)
    if json:
        print_json({"id": token_id, "revoked": True})
    else:
        print(f"token {token_id} is revoked")
    return 0
