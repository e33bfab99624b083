"""The workspace as a whole: who may work in it, rules for a second person, and what it is made of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response

from classifiers.lexicons.packs import pack_folders, read_manifest
from review.auth import CurrentUser, Read, Write, actor, require
from review.navigation import Link
from review.rendering import HERE, go, render
from review.text import later
from storage.audit import record
from storage.graphic import day_limit
from storage.second_review import second_review
from storage.usual import set_usual_preferences, usual_preferences
from storage.workspace import Mode, is_training, mode, set_mode
from wildtrade import __version__

router = APIRouter(default_response_class=HTMLResponse)
LINKS = (Link(later("Workspace"), "/admin/workspace", "policy.manage", place=94),)
_MAY = [require("policy.manage")]
MODES = {
    Mode.NORMAL: later("Normal: everybody works as their roles allow"),
    Mode.READ_ONLY: later("Read-only: nobody writes but those who may change this"),
    Mode.NO_ACCESS: later("No access: nobody comes in but those who may change this"),
}


@router.api_route("/admin/workspace", methods=["GET", "HEAD"], dependencies=_MAY)
def show_workspace(request: Request, session: Read) -> Response:
    """Mode, rules, licences."""
    context: dict[str, Any] = {
        "mode": mode(session),
        "modes": MODES,
        "training": is_training(session),
        "rules": second_review(session),
        "usual": usual_preferences(session),
        "day_limit": day_limit(session),
        "version": __version__,
        "licences": list(_licences(request.app.state.home)),
    }
    return render(request, "admin/workspace.html", **context)


@router.post("/admin/workspace/mode", dependencies=_MAY)
def change_mode(
    request: Request,
    session: Write,
    user: CurrentUser,
    wanted: Annotated[Mode, Form()],
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Open or close the workspace."""
    before = mode(session)
    set_mode(session, wanted)
    record(session, "mode_change", actor(request, user), kind="workspace", before=before, after=wanted, reason=reason)
    return go("/admin/workspace")


@router.post("/admin/workspace/looks", dependencies=_MAY)
def change_looks(
    request: Request,
    session: Write,
    user: CurrentUser,
    blur: Annotated[bool, Form()] = False,
    greyscale: Annotated[bool, Form()] = False,
    break_after: Annotated[int, Form(ge=0, le=240)] = 0,
) -> Response:
    """How pictures are shown and when a break is proposed, unless a person says otherwise."""
    wanted: dict[str, Any] = {"blur": blur, "greyscale": greyscale, "break_after": break_after}
    set_usual_preferences(session, **wanted)
    record(session, "looks_change", actor(request, user), kind="workspace", after=wanted)
    return go("/admin/workspace")


def _licences(home: Path | None) -> Iterator[tuple[str, str]]:
    """(what, its licence) of what lies beside the program's own code: scripts of the pages, packs of names."""
    manifest = json.loads((HERE / "static" / "vendor" / "MANIFEST.json").read_text(encoding="utf-8"))
    for one in manifest.values():
        yield f"{one['package']} {one['version']}", one["licence"]
    for folder in pack_folders(home / "lexicon") if home else ():
        pack = read_manifest(folder)
        yield f"{pack.name} {pack.version}, {pack.source}", pack.licence
