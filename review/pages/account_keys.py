"""One's own keys: each can be moved, or switched off."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from review.auth import SIGNED_IN, CurrentUser, Read, Write, require
from review.keys import ACTIONS, checked, keys_of
from review.rendering import go, render
from storage.models import User
from storage.sessions import Identity
from storage.users import set_preferences

router = APIRouter(default_response_class=HTMLResponse)
MINE = [require(SIGNED_IN)]


@router.get("/account/keys", dependencies=MINE)
def show_keys(request: Request, session: Read, user: CurrentUser) -> Response:
    """Every key and where it is."""
    return _page(request, user)


def _page(request: Request, user: Identity, *, wrong: bool = False, status: int = 200) -> Response:
    keys = keys_of(user.preferences.keymap)
    return render(request, "account/keys.html", actions=ACTIONS, keys=keys, wrong=wrong, status=status)


async def _form(request: Request) -> dict[str, str]:
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


@router.post("/account/keys", dependencies=MINE)
def move_keys(
    request: Request, session: Write, user: CurrentUser, wanted: Annotated[dict[str, str], Depends(_form)]
) -> Response:
    """Move keys; an empty one is off. Nothing changes where two would be the same."""
    moved = {} if "standard" in wanted else checked({name: wanted[name] for name in ACTIONS if name in wanted})
    if moved is None:
        return _page(request, user, wrong=True, status=400)
    set_preferences(session.get_one(User, user.user_id), replace(user.preferences, keymap=moved))
    return go("/account?done=keys")
