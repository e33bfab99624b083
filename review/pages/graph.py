"""Who shares what with whom: at most 200 nodes, and a table that says the same."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

from review.auth import Read, require
from review.drawing import network
from review.pages.seller import LINK_KINDS
from review.rendering import render
from review.text import gettext as _
from review.text import later
from storage.search.links import MOST, graph

router = APIRouter(default_response_class=HTMLResponse)
KINDS = {"seller": later("Seller"), "listing": later("Listing"), **LINK_KINDS}


@router.api_route("/graph", methods=["GET", "HEAD"], dependencies=[require("listing.read")])
def show_graph(request: Request, session: Read, seller: Annotated[int, Query(ge=1, le=2**63 - 1)] = 1) -> Response:
    """Two steps around one account; contacts are numbered, not shown."""
    found = graph(session, seller)
    if found is None:
        raise HTTPException(404)
    others = sum(node.step == 2 for node in found.nodes.values())
    shared = len({a for a, b in found.edges if found.nodes[b].step == 2})
    chart = network(found, _("Graph of the links around a seller; the table below says the same"))
    return render(
        request, "graph/graph.html", graph=found, seller=seller, others=others, shared=shared, chart=chart, kinds=KINDS,
        most=MOST,
    )  # fmt: skip
