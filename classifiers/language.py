"""Which language a listing is in: by script, by words of languages the identifier does not know, else py3langid."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

LANGUAGES = ("en", "es", "pt", "fr", "th", "vi", "zh", "id", "sw", "af", "ar", "yo", "ha", "lg", "zu", "xh")
_IDENTIFIED = ("en", "es", "pt", "fr", "vi", "id", "sw", "af", "zu", "xh")

_SCRIPTS = (
    ("th", re.compile("[\u0e00-\u0e7f]")),
    ("zh", re.compile("[\u3400-\u9fff]")),
    ("ar", re.compile("[\u0600-\u06ff\u0750-\u077f]")),
)
_WORD = re.compile(r"[^\W\d_]+")
_LETTERS = re.compile(r"[^\W\d_]")
_VIETNAMESE = re.compile("[ăđơưạảấầẩẫậắằẳẵặẹẻẽềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]")
_YORUBA = re.compile("[ẹọṣ]")
_HAUSA = re.compile("[ɓɗƙƴ]")

# Frequent words of languages py3langid does not know (own knowledge); at least two of them must occur.
_MARKERS = {
    "yo": "ni ti fun fún tita títà owo owó mo wa ati àti ra ta lati láti naa yii jẹ won wọn kan eyin oja ọjà eran ẹran",
    "ha": "na da ta ga ne ce don sayarwa kudi kuɗi muna akwai ina kira farashi naira gaske mai yana yanzu wannan ko ba",
    "lg": "nga ku mu okutunda ntunda ntunze kya bya era kubanga ssente gwe nange ensimbi olw olwa nnyo nnina ebya eza",
}
_MARKER_WORDS = {name: frozenset(words.split()) for name, words in _MARKERS.items()}
_ENOUGH = 120  # characters that tell as much about the language as the whole text
_FEW = 24  # characters; below, "pangolin scales" looks as Xhosa as it looks English
_LEAD = 3.0  # log-odds over the runner-up (20 to 1) that a language needs to be named by so few


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    whole = LanguageIdentifier.from_model_file(MODEL_FILE)
    whole.set_languages(list(_IDENTIFIED))
    # An identifier keeps the weights of all its languages to go back to; one made of these few alone saves 25 MB.
    return LanguageIdentifier(
        whole.nb_ptc, whole.nb_pc, whole.nb_classes, whole.tk_nextmove, whole.tk_output, tk_row=whole.tk_row
    )


def identify(text: str) -> str | None:
    """BCP 47 code of the language of a text (one of LANGUAGES), or None where nothing tells."""
    lowered = text[:_ENOUGH].lower()
    if not lowered.isascii() and (language := _by_script(lowered)):
        return language
    words = set(_WORD.findall(lowered))
    if not words:
        return None
    marked = {name: len(marks & words) for name, marks in _MARKER_WORDS.items()}
    best = max(marked, key=lambda name: marked[name])
    own = {"yo": _YORUBA, "ha": _HAUSA}.get(best)
    if marked[best] >= 2 and marked[best] * 5 > len(words):
        return best
    if marked[best] and own is not None and own.search(lowered) and not _VIETNAMESE.search(lowered):
        return best
    if len(lowered.strip()) >= _FEW:
        return str(_identifier().classify(lowered)[0])
    (language, first), (_, second) = _identifier().rank(lowered)[:2]
    return str(language) if first - second >= _LEAD else None


def _by_script(lowered: str) -> str | None:
    letters = len(_LETTERS.findall(lowered))
    for language, script in _SCRIPTS:
        if letters and len(script.findall(lowered)) * 4 >= letters:
            return language
    return "vi" if len(_VIETNAMESE.findall(lowered)) >= 2 and not _HAUSA.search(lowered) else None
