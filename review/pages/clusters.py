"""One cluster of near-duplicates: how far its members are from one of them, and one decision for all."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

from review.auth import Read, require
from review.numbers import RowId
from review.rendering import go, render
from review.text import later
from storage.cluster_members import cluster_of, read_cluster
from storage.models import FlagState
from storage.pictures import same_pictures

router = APIRouter(default_response_class=HTMLResponse)
STATES = {
    FlagState.OPEN: later("waiting"), FlagState.SAMPLED: later("waiting"), FlagState.SECOND: later("second decision"),
    FlagState.CONFLICT: later("for a senior"), FlagState.ESCALATED: later("for a senior"),
    FlagState.DECIDED: later("decided"),
}  # fmt: skip
FIRST = (FlagState.OPEN, FlagState.SAMPLED)  # what one decision for all can be about


@router.api_route("/clusters/{cluster_id}", methods=["GET", "HEAD"], dependencies=[require("queue.read")])
def show_cluster(
    request: Request, session: Read, cluster_id: RowId, to: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None
) -> Response:
    """Its members compared with one of them; a listing's own number leads to its cluster."""
    number = cluster_of(session, cluster_id)
    if number is None:
        raise HTTPException(404)
    if number != cluster_id:
        return go(f"/clusters/{number}?to={cluster_id}")
    cluster = read_cluster(session, number, to)
    if cluster is None:
        raise HTTPException(404)
    pictures = same_pictures(session, cluster.compared_with)[:3]
    context: dict[str, Any] = {"cluster": cluster, "first": FIRST, "states": STATES, "pictures": pictures}
    return render(request, "clusters/cluster.html", **context)
