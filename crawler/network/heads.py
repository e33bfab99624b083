"""Response heads that contradict themselves: what the client's parser refuses or believes too easily is mended first.

The bytes as they came stay in the tap; only the parser sees the mended head, and the page counts as incomplete.
"""

from __future__ import annotations

import re

_END = re.compile(rb"\n\r?\n")
_INTERIM = re.compile(rb"HTTP/\d\.\d 1\d\d[ \r\n]")


def end_of_head(data: bytes | bytearray, start: int = 0) -> int:
    """The offset behind the blank line that ends the head; -1 where it has not come yet."""
    found = _END.search(data, start)
    return found.end() if found else -1


def is_interim(head: bytes) -> bool:
    """Whether this is a 1xx answer, which another head follows."""
    return _INTERIM.match(head) is not None


def mended(head: bytes) -> tuple[bytes, str, bool]:
    """The head as the parser may see it, what was wrong with it ("" for nothing), and whether the body's end is known.

    Where two lengths contradict each other, or one is no number, none is kept: the body then ends with the connection.
    """
    lower = head.lower()
    lengths, codings = lower.count(b"\ncontent-length"), lower.count(b"\ntransfer-encoding")
    if not codings and not lengths:
        return head, "", True
    fields = [line.partition(b":") for line in head.splitlines()[1:]]
    values = [part.strip() for name, _, value in fields if _is(name, b"content-length") for part in value.split(b",")]
    coded = [value.strip().lower() for name, _, value in fields if _is(name, b"transfer-encoding")]
    if coded == [b"chunked"] and not values:
        return head, "", True
    if not coded and len(values) == 1 and values[0].isdigit():
        return head, "", True
    if coded:
        chunked = any(value.endswith(b"chunked") for value in coded)
        flaw = "length and transfer coding contradict each other" if values else "odd transfer coding"
        return _with(head, b"Transfer-Encoding: chunked" if chunked else b""), flaw, chunked
    if len({int(value) for value in values if value.isdigit()}) == 1 and all(map(bytes.isdigit, values)):
        return _with(head, b"Content-Length: " + values[0]), "repeated length", True
    return _with(head, b""), "no valid length", False


def _is(name: bytes, wanted: bytes) -> bool:
    return name.strip().lower() == wanted


def _with(head: bytes, line: bytes) -> bytes:
    """The head with ``line`` in place of all that it says about the body's length."""
    kept = [
        one
        for one in head.splitlines()
        if one and one.partition(b":")[0].strip().lower() not in (b"content-length", b"transfer-encoding")
    ]
    return b"\r\n".join([*kept, *([line] if line else []), b"", b""])
