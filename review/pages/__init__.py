"""One module per screen. A new one is found by its name; it has a ``router`` whose routes each name a right.

from review.auth import CurrentUser, Read, require
from review.rendering import render

router = APIRouter(default_response_class=HTMLResponse)
LINKS = (Link(later("Cases"), "/cases", "case.read", place=40),)

@router.get("/cases", dependencies=[require("case.read")])
def show_cases(request: Request, session: Read, user: CurrentUser) -> Response:
    return render(request, "cases/list.html", cases=...)
"""
