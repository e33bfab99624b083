"""Evidence: what a site sent, byte for byte, as WARC 1.1 records.

``seal`` makes the records of one exchange (pure computation: call it in any thread). ``WarcFile`` appends sealed
records to a file so that a crash at any moment leaves a file that can be cut back to its last recorded byte.
``storage.custody`` keeps the signed log of what was appended.
"""

from storage.evidence.exchange import Attachment, Exchange, ExtraRecord, Sealed
from storage.evidence.sealing import seal
from storage.evidence.torn import set_aside_tail
from storage.evidence.warcfile import WarcFile

__all__ = ["Attachment", "Exchange", "ExtraRecord", "Sealed", "WarcFile", "seal", "set_aside_tail"]
