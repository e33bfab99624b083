"""The words of the interface in the reader's language: gettext catalogues under ``review/locale``.

``from review.text import gettext as _`` in Python, ``{{ _("...") }}`` in templates; both follow the language of the
request. Each screen has a catalogue of its own (``fr/LC_MESSAGES/account.po``); they are read as one.
"""

from __future__ import annotations

import gettext as _library
import io
import re
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from babel import negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE = Path(__file__).parent / "locale"
LANGUAGES: dict[str, str] = {
    "en": "English",
    "es": "Español",
    "fr": "Français",
    "pt": "Português",
    "th": "ไทย",
}
PSEUDO = "qps"  # for tests: every sentence longer and accented, so that what is not translated shows
_current: ContextVar[str] = ContextVar("language", default="en")


def language() -> str:
    """The language of this request."""
    return _current.get()


def use_language(wanted: str) -> None:
    """Set the language for the rest of this request; one we do not have is English."""
    _current.set(wanted if wanted in LANGUAGES or wanted == PSEUDO else "en")


def preferred(accept_language: str) -> str:
    """The best of our languages for an Accept-Language header."""
    asked = [part.split(";")[0].strip() for part in accept_language[:500].split(",")]
    return negotiate_locale(asked, list(LANGUAGES), sep="-") or "en"


def gettext(message: str) -> str:
    """A sentence in the language of this request; placeholders stay: ``_("%(n)s left") % {"n": 3}``."""
    return _catalogue(_current.get()).gettext(message)


def ngettext(one: str, many: str, number: int) -> str:
    """The same for a sentence that depends on a number."""
    return _catalogue(_current.get()).ngettext(one, many, number)


def later(message: str) -> str:
    """Mark a constant for translation; whoever shows it calls ``gettext``."""
    return message


@cache
def _catalogue(name: str) -> _library.NullTranslations:
    if name == PSEUDO:
        return _Pseudo()
    whole = _library.NullTranslations()
    for path in sorted((LOCALE / name / "LC_MESSAGES").glob("*.po")):
        part = read(path, name)
        if isinstance(whole, _library.GNUTranslations):
            part.add_fallback(whole)
        whole = part
    return whole


def read(path: Path, name: str) -> _library.GNUTranslations:
    """One catalogue file. Nothing is compiled beforehand: reading all takes milliseconds, once."""
    buffer = io.BytesIO()
    with path.open("rb") as file:
        write_mo(buffer, read_po(file, locale=name))
    buffer.seek(0)
    return _library.GNUTranslations(buffer)


_ACCENTS = str.maketrans("AEOUaeiu", "ÅÉÖÜåéîü")


class _Pseudo(_library.NullTranslations):
    def gettext(self, message: str) -> str:
        parts = re.split(r"(%\(\w+\)[sd])", message)  # every second one is a placeholder
        parts[::2] = [part.translate(_ACCENTS) for part in parts[::2]]
        return f"[{''.join(parts)} {'·' * (len(message) * 2 // 5)}]"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)
