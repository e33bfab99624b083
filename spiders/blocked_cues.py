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


class Phrases:
    """Patterns compared in lower case, which is several times faster than to ignore case."""

    def __init__(self, lines: list[str]) -> None:
        self._pattern = re.compile("|".join(f"(?:{line.lower()})" for line in lines))

    def search(self, text: str) -> re.Match[str] | None:
        """The first place where one of them occurs."""
        return self._pattern.search(text.lower())

    def match(self, text: str) -> re.Match[str] | None:
        """The one that the text starts with."""
        return self._pattern.match(text.lower())


class Mark:
    """What a wall carries in its source. Most pages carry nothing like it: a pattern is only tried where a part that it
    needs occurs, so none may have alternatives outside of brackets."""

    def __init__(self, name: str, lines: list[str]) -> None:
        self.name = name
        self._patterns = [(max(_literals(line), key=len), re.compile(line)) for line in map(str.lower, lines)]

    def occurs(self, lowered: str) -> bool:
        """Whether a source (in lower case) carries the mark."""
        return any(part in lowered and pattern.search(lowered) for part, pattern in self._patterns)


def _literals(pattern: str) -> list[str]:
    """Runs of characters that every text which matches the pattern holds."""
    fixed = re.sub(r"\\.|\[[^]]*\]|\(\?:[^)]*\)|.[*?{]", " ", pattern)
    return re.findall(r"[\w/-]+", fixed)


def _sections() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    text = Path(__file__).with_name("blocked_phrases.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if heading := re.fullmatch(r"\[([\w: -]+)\]", line):
            lines = found.setdefault(heading[1], [])
        elif line and not line.startswith("#"):
            lines.append(line)
    return found


SECTIONS = _sections()
PHRASES = {cause: Phrases(SECTIONS[cause.name.lower()]) for cause in Cause if cause.name.lower() in SECTIONS}
# Marks in the source of a page that only a wall or a challenge carries (ordinary pages of the same vendors do not).
MARKS = tuple(Mark(name.removeprefix("mark: "), lines) for name, lines in SECTIONS.items() if name.startswith("mark: "))
# Widgets that ordinary pages carry too: a weak cue.
WIDGETS = Mark("widgets", SECTIONS["widgets"])
NO_RESULTS = Phrases(SECTIONS["no_results"])
LOGIN_URL = Phrases(SECTIONS["login_url"])
HOME_TITLE = Phrases(SECTIONS["home_title"])
LOADING = Phrases(SECTIONS["loading"])
