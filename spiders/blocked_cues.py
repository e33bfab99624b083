"""What walls, challenges and error pages say and carry, by cause: ``blocked_phrases.txt``, compiled."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path


class Cause(StrEnum):
    """Why a page is not what was asked for, in plain words."""

    CHALLENGE = "the site asks for proof that a person is reading (captcha or browser check)"
    DENIED = "the site refuses access"
    LIMIT = "the site says that there were too many requests"
    VERIFY = "the site asks to verify an account"
    LOGIN = "login wall"
    ERROR = "the site answers with an error instead of the page"
    GONE = "the page says that it does not exist (any more)"
    SCRIPT = "empty shell: the page is built by script and holds no content"
    HOME = "sent to the site's home page instead"


def _sections() -> dict[str, re.Pattern[str]]:
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    text = Path(__file__).with_name("blocked_phrases.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if heading := re.fullmatch(r"\[([\w: -]+)\]", line):
            lines = found.setdefault(heading[1], [])
        elif line and not line.startswith("#"):
            lines.append(f"(?:{line})")
    return {name: re.compile("|".join(parts), re.IGNORECASE) for name, parts in found.items()}


_SECTIONS = _sections()
PHRASES = {cause: _SECTIONS[cause.name.lower()] for cause in Cause if cause.name.lower() in _SECTIONS}
# Marks in the source of a page that only a wall or a challenge carries (ordinary pages of the same vendors do not).
MARKS = tuple(
    (pattern, name.removeprefix("mark: ")) for name, pattern in _SECTIONS.items() if name.startswith("mark: ")
)
# Widgets that ordinary pages carry too: a weak cue.
WIDGETS = _SECTIONS["widgets"]
NO_RESULTS = _SECTIONS["no_results"]
LOGIN_URL = _SECTIONS["login_url"]
HOME_TITLE = _SECTIONS["home_title"]
LOADING = _SECTIONS["loading"]
