"""The evidence behind the pages: the custody log of the workspace, and files that are made to be downloaded."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from fastapi import Request
from fastapi.responses import FileResponse, Response
from starlette.background import BackgroundTask

from storage.custody import CustodyLog
from wildtrade.errors import UsageError


def custody(request: Request) -> CustodyLog:
    """The custody log. Raises UsageError where the app serves a database alone."""
    log: CustodyLog | None = request.app.state.custody
    if log is None:
        raise UsageError("no evidence folder is served here", fix="start the page with `wildtrade serve`")
    return log


def download(name: str, media_type: str, make: Callable[[Path], object]) -> Response:
    """Have a file made in a folder of its own, send it, take it away. A browser keeps it, never shows it."""
    folder = Path(tempfile.mkdtemp(prefix="wildtrade-"))
    try:
        make(folder / name)
    except BaseException:
        shutil.rmtree(folder)
        raise
    clean = BackgroundTask(shutil.rmtree, folder)
    return FileResponse(folder / name, media_type=media_type, filename=name, background=clean)
