"""The custody log: what was captured, decided, shown, exported and erased, in a chain of signed lines.

``CustodyLog.append`` is the one door; ``verify_folder`` reads it all again (docs/decisions/0009-custody-log.md).
"""

from storage.custody.events import Event
from storage.custody.keys import Signer
from storage.custody.log import CustodyLog

__all__ = ["CustodyLog", "Event", "Signer"]
