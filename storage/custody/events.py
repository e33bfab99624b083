"""What is told to the log, and the events that the log has of its own."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from storage.custody.keys import Signer
from storage.evidence.torn import FOLDER as TORN
from storage.evidence.torn import Tail, tail_of

PROGRAM = "wildtrade"  # the actor of what nobody in particular does


def person() -> str:
    """Who runs the program, as the system knows them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a system without users
        return "command line"


class Event(NamedTuple):
    """What is to be logged. ``details`` are JSON values; ``actor`` is a user's name or a program's."""

    action: str
    actor: str
    details: Mapping[str, Any]


def set_aside_event(tail: Tail, folder: str, kept_as: str) -> Event:
    """Tell that a tail lies in the folder ``torn`` now."""
    details = {"offset": tail.offset, "length": tail.length, "sha256": tail.sha256}
    return Event("set_aside", PROGRAM, {**details, "file": folder + tail.file, "kept_as": f"{folder}{TORN}/{kept_as}"})


def adopted(path: Path) -> Event:
    """A file that lay here before the log began counts as one record."""
    tail = tail_of(path, 0)
    if tail is None:
        raise ValueError(f"{path} is empty")
    record = {"offset": 0, "length": tail.length, "sha256": tail.sha256, "id": "", "kind": "adopted"}
    return Event("capture", PROGRAM, {"file": path.name, "records": [record], "reason": "was here before the log"})


def introduced(signer: Signer) -> dict[str, str]:
    """What an entry says of a key that signs from then on."""
    return {"id": signer.id, "public": signer.public.hex()}
