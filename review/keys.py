"""Single keys: what each does, which a person has put elsewhere. They never fire while somebody types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from review.text import later


@dataclass(frozen=True, slots=True)
class Action:
    """Something a key does; ``key`` is where it is unless a person moved it."""

    words: str
    key: str


ACTIONS: dict[str, Action] = {
    "wildlife": Action(later("Wildlife product"), "1"),
    "not_wildlife": Action(later("Not wildlife"), "2"),
    "unsure": Action(later("Unsure"), "3"),
    "cannot_see": Action(later("Cannot see"), "4"),
    "escalate": Action(later("Escalate"), "e"),
    "skip": Action(later("Skip"), "s"),
    "undo": Action(later("undo my last decision"), "u"),
    "redo": Action(later("do again what I undid"), "U"),
    "next": Action(later("next item"), "j"),
    "previous": Action(later("previous item"), "k"),
    "reason": Action(later("go to the reason"), "r"),
    "note": Action(later("go to the note"), "n"),
    "taxon": Action(later("go to the taxon"), "p"),
    "form": Action(later("go to the product form"), "f"),
    "history": Action(later("go to what was decided before"), "h"),
    "duplicates": Action(later("go to the near-duplicates"), "d"),
    "select": Action(later("tick the item one is at, or take its tick away (in a list)"), "x"),
    "cluster": Action(later("choose all near-duplicates"), "X"),
    "seller": Action(later("open the seller"), "v"),
    "map": Action(later("open the map of the place"), "m"),
    "as_read": Action(later("the text as the machine reads it, and back"), "o"),
    "pictures": Action(later("show the pictures one by one"), "i"),
    "picture_back": Action(later("previous picture"), "["),
    "picture_on": Action(later("next picture"), "]"),
    "zoom": Action(later("zoom the picture that is shown; Esc ends it"), "z"),
    "search": Action(later("search"), "/"),
    "case": Action(later("add to a case"), "c"),
    "extend": Action(later("keep the item longer"), "l"),
    "start": Action(later("start with the first item (on the queue)"), "Enter"),
}
FIXED: tuple[tuple[str, str], ...] = (
    ("Ctrl+Enter", later("go to the decision buttons, from any field")),
    ("Ctrl+K", later("all that can be done here, found by typing")),
    ("g h, g q", later("go to a page of the menu")),
    ("Esc", later("leave a field, close this")),
    ("?", later("this list")),
)
# What reviewers know from other tools, and why it is not here.
ABSENT: tuple[tuple[str, str], ...] = (
    ("Enter", later("nothing waits to be sent: a decision key stores at once")),
    ("b", later("no basket: listings are collected in a case")),
    ("t", later("no machine translation")),
)
FORBIDDEN = frozenset("g?")  # they begin or are something of their own


def keys_of(moved: Mapping[str, str]) -> dict[str, str]:
    """The key of every action for a person; an empty one is off."""
    return {name: moved.get(name, action.key) for name, action in ACTIONS.items()}


def checked(wanted: Mapping[str, str]) -> dict[str, str] | None:
    """What differs from the standard; None where a key is no single character, reserved, or used twice."""
    keys = {name: wanted.get(name, action.key).strip() for name, action in ACTIONS.items()}
    used = [key for key in keys.values() if key]
    single = all(len(key) == 1 and key.isprintable() and key not in FORBIDDEN for key in used if key != "Enter")
    if not single or len(set(used)) != len(used):
        return None
    return {name: key for name, key in keys.items() if key != ACTIONS[name].key}


def _key(context: Context, action: str) -> str:
    user = context.get("user")
    return keys_of(user.preferences.keymap if user else {})[action]


@pass_context
def data_key(context: Context, action: str) -> Markup:
    """The attribute that lets the action's key press this element."""
    key = _key(context, action)
    return Markup('data-key="{}"').format(key) if key else Markup()


@pass_context
def row_keys(context: Context) -> Markup:
    """The attributes that let the keys for next, previous and tick go from row to row of a list."""
    keys = {name: _key(context, name) for name in ("next", "previous", "select")}
    return Markup('data-rows data-next="{next}" data-previous="{previous}" data-select="{select}"').format(**keys)


@pass_context
def kbd(context: Context, action: str) -> Markup:
    """The key, printed on the button."""
    key = _key(context, action)
    return Markup("<kbd>{}</kbd>").format(_shown(key)) if key else Markup()


def _shown(key: str) -> str:
    """A key as it stands on buttons: a capital letter is the letter with Shift."""
    return f"Shift+{key.lower()}" if len(key) == 1 and key.isalpha() and key.isupper() else key


@pass_context
def all_keys(context: Context) -> list[tuple[str, str]]:
    """(key, what it does) for the help."""
    user = context.get("user")
    keys = keys_of(user.preferences.keymap if user else {})
    return [*((_shown(keys[name]), action.words) for name, action in ACTIONS.items() if keys[name]), *FIXED]
