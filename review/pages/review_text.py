"""The text of an item as the machine reads it: the part of the page that comes when it is asked for."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from classifiers.folding import fold_words
from review.auth import Read, require
from review.marking import blotted
from review.numbers import RowId
from review.rendering import render
from review.reviewing import found_item
from review.views import PART

router = APIRouter(default_response_class=HTMLResponse)


@router.get("/review/{flag_id}/as-read", dependencies=[require("queue.read")])
def show_as_read(
    request: Request, session: Read, flag_id: RowId, part: Annotated[int, Query(ge=1, le=100_000)] = 1
) -> Response:
    """Title and description of one part of the text, folded; names and numbers are masked for everybody."""
    item = found_item(session, flag_id)
    texts = (blotted(text or "", (item.seller or "",)) for text in (item.title, item.description))
    folded = [fold_words(text[(part - 1) * PART : part * PART]) for text in texts]
    return render(request, "review/as_read.html", item=item, folded=folded)
