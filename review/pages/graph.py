"""Who shares what with whom: at most 200 nodes, opened step by step, a table that says the same, and both as files."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from enum import StrEnum
from functools import partial
from typing import IO, Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException

from review.auth import CurrentUser, Read, Write, actor, require
from review.drawing import network
from review.graph_files import write_png, write_svg
from review.pages.seller import LINK_KINDS
from review.rendering import render
from review.text import gettext as _
from review.text import later
from storage.audit import record
from storage.exporting.forms import write_csv, write_edges
from storage.search.links import MOST, Graph, graph

router = APIRouter(default_response_class=HTMLResponse)
KINDS = {"seller": later("Seller"), "listing": later("Listing"), **LINK_KINDS}
Account = Annotated[int, Query(ge=1, le=2**63 - 1)]
Opened = Annotated[list[Account], Query(max_length=20)]


class Form(StrEnum):
    """A graph as a file."""

    CSV = "csv"
    GRAPHML = "graphml"
    SVG = "svg"
    PNG = "png"


@router.api_route("/graph", methods=["GET", "HEAD"], dependencies=[require("listing.read")])
def show_graph(request: Request, session: Read, seller: Account = 1, opened: Opened = []) -> Response:  # noqa: B006
    """Two steps around one seller, and around those that were opened; contacts are numbered, not shown."""
    found = _found(session, seller, opened)
    near = {b for a, b in found.edges if a == f"s{found.start}"}
    reached = [(a, b) for a, b in found.edges if a in near and found.nodes[b].kind == "seller"]
    context: dict[str, Any] = {
        "others": len({b for _a, b in reached}),
        "shared": len({a for a, _b in reached}),
        "chart": network(found, _("Graph of the links around a seller; the table below says the same")),
        "address": lambda path, more=None: f"{path}?{urlencode(_asked(found.start, opened, more))}",
        "full": len(opened) >= 20,
    }
    return render(
        request, "graph/graph.html", graph=found, seller=found.start, kinds=KINDS, most=MOST, forms=Form, **context
    )


def _found(session: Session, seller: int, opened: list[int]) -> Graph:
    found = graph(session, seller, opened)
    if found is None:
        raise HTTPException(404)
    return found


def _asked(seller: int, opened: list[int], more: int | None) -> list[tuple[str, int]]:
    return [("seller", seller), *(("opened", one) for one in [*opened, *([more] if more else [])])]


@router.post("/graph/{form}", dependencies=[require("export.data")])
def send_graph(
    request: Request,
    session: Write,
    user: CurrentUser,
    form: Form,
    seller: Account = 1,
    opened: Opened = [],  # noqa: B006
) -> Response:
    """The same as a file: pairs of nodes, or the drawing; contacts are numbered as on the page. It is logged."""
    found = _found(session, seller, opened)
    after = {"form": form, "rows": len(found.edges)}
    record(session, "export", actor(request, user), kind="graph", id=found.start, after=after)
    write, kind = _WRITERS[form]
    name = f"links-{found.start}.{form}"
    return Response(write(found), media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _as_rows(write: Callable[[Iterator[dict[str, Any]], IO[bytes]], int], found: Graph) -> bytes:
    file = io.BytesIO()
    write(_rows(found), file)
    return file.getvalue()


def _rows(found: Graph) -> Iterator[dict[str, Any]]:
    for pair in found.edges:
        one, other = (found.nodes[key] for key in pair)
        yield {"from_kind": one.kind, "from": one.key, "to_kind": other.kind, "to": other.key}


def _drawn(write: Callable[[Graph, str], bytes], found: Graph) -> bytes:
    return write(found, f"{_('Links of seller')} #{found.start}")


_WRITERS: dict[Form, tuple[Callable[[Graph], bytes], str]] = {
    Form.CSV: (partial(_as_rows, write_csv), "text/csv"),
    Form.GRAPHML: (partial(_as_rows, write_edges), "application/graphml+xml"),
    Form.SVG: (partial(_drawn, write_svg), "image/svg+xml"),
    Form.PNG: (partial(_drawn, write_png), "image/png"),
}
