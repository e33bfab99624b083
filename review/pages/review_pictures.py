"""The captured pictures of an item, one at a time, as copies made from their pixels; nobody outside is asked."""

from __future__ import annotations

from threading import BoundedSemaphore

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from review.auth import Read, require
from review.numbers import RowId
from review.reviewing import MOST_PICTURES
from storage.custody import CustodyLog
from storage.custody.artifacts import kept
from storage.models import FlagRow
from storage.thumbnails import pictures_of, thumbnails
from wildtrade.errors import StorageError

router = APIRouter()
_SHOWN, _ZOOMED = 640, 2000  # pixels of the longer side
_AT_ONCE = BoundedSemaphore(2)  # copies that are made at a time: each takes a processor


@router.get("/review/{flag_id}/pictures/{number}", dependencies=[require("image.read")])
def show_picture(request: Request, session: Read, flag_id: RowId, number: RowId, zoomed: bool = False) -> Response:
    """The picture of this number, from 1 on, as WebP; 404 where there is none, or no longer what was captured."""
    flag, log = session.get(FlagRow, flag_id), request.app.state.custody
    pictures = pictures_of(session, [flag.listing_id], MOST_PICTURES).get(flag.listing_id, []) if flag else []
    if not isinstance(log, CustodyLog) or not 0 < number <= len(pictures):
        raise HTTPException(404)
    sha256, path = pictures[number - 1]
    try:
        kept(log.evidence, path, sha256)
    except StorageError as error:
        raise HTTPException(404) from error
    with _AT_ONCE:
        made = thumbnails({sha256: log.evidence / path}, _ZOOMED if zoomed else _SHOWN)
    if sha256 not in made:
        raise HTTPException(404)
    return Response(made[sha256], media_type="image/webp")
