"""WARC records without secrets, for copies that leave the house; the sealed original stays as it is.

Taken out are the values of headers and parameters that carry an account: cookies, authorization, tokens, passwords.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from base64 import b32encode
from collections.abc import Iterator
from typing import NamedTuple

MARKER = b"REDACTED"
_SECRET = re.compile(
    rb"cookie|auth|token|secret|api-?_?key|session|csrf|xsrf|passw|pwd|credential|jwt|signature|^(?:sid|key|sig)$", re.I
)
_HARMLESS = re.compile(rb"(?:www|proxy)-authenticate$|access-control-", re.I)
# Name and value. What ends a name is never part of one, so that a hostile text is read once, whatever it repeats.
_HEADER = re.compile(rb"^([^\s:]+)([ \t]*:[ \t]*)([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)", re.M)
_PARAMETER = re.compile(rb"(?<=[?&])([^?&=\s]+)(=)([^&\s#\"'<>]+)")
_FIELD = re.compile(rb"(?:(?<=&)|\A)([^&=\s]+)(=)([^&\s]+)")


class Clean(NamedTuple):
    """Records without secrets; ``removed`` names what had a value that is gone (none: the bytes are the original's)."""

    data: bytes
    removed: list[str]


class Member(NamedTuple):
    """One gzip member of a WARC: where it lies, and its record taken apart (``head`` without the empty line)."""

    offset: int
    length: int
    head: bytes
    block: bytes


def members(data: bytes) -> Iterator[Member]:
    """The records of a WARC, whatever they are. Raises ValueError or zlib.error where they are no such thing."""
    rest, offset = data, 0
    while rest:
        stream = zlib.decompressobj(zlib.MAX_WBITS + 16)
        plain = stream.decompress(rest) + stream.flush()
        if not stream.eof:
            raise ValueError("the last record is cut short")
        head, empty, block = plain.partition(b"\r\n\r\n")
        if not empty or not head.startswith(b"WARC/"):
            raise ValueError("this is no WARC record")
        length = len(rest) - len(stream.unused_data)
        yield Member(offset, length, head, block.removesuffix(b"\r\n\r\n"))
        rest, offset = stream.unused_data, offset + length


def field(head: bytes, name: str) -> str:
    """A field of a record's head; empty where it is not there."""
    match = re.search(rb"^" + name.encode() + rb":[ \t]*([^\r\n]*)", head, re.I | re.M)
    return match[1].decode("utf-8", "replace").strip() if match else ""


def without_secrets(data: bytes) -> Clean:
    """The records of one capture without secrets. A record that has none keeps its bytes."""
    parts, removed = [], []
    for member in members(data):
        head, block, gone = _clean(member)
        removed += gone
        parts.append(_packed(head, block) if gone else data[member.offset : member.offset + member.length])
    return Clean(b"".join(parts), sorted(set(removed)))


def address_without_secrets(text: str) -> str:
    """An address, or a text with addresses in it, without the values of parameters that carry an account."""
    return _PARAMETER.sub(_hidden, text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")


def _hidden(match: re.Match[bytes]) -> bytes:
    name, joint, _ = match.groups()
    return bytes(name + joint + MARKER) if _SECRET.search(name) and not _HARMLESS.match(name) else match[0]


def _clean(member: Member) -> tuple[bytes, bytes, list[str]]:
    gone: list[str] = []

    def take_out(match: re.Match[bytes]) -> bytes:
        name, joint, value = match.groups()
        if not _SECRET.search(name) or _HARMLESS.match(name) or value in (b"", MARKER):
            return match[0]
        gone.append(name.decode("latin-1"))
        return bytes(name + joint + MARKER)

    head = _PARAMETER.sub(take_out, member.head)
    if not field(member.head, "Content-Type").startswith("application/http"):
        return head, member.block, gone
    http, line, body = member.block.partition(b"\r\n\r\n")
    http = _HEADER.sub(take_out, _PARAMETER.sub(take_out, http))
    if field(member.head, "WARC-Type") == "request" and not body.startswith((b"{", b"[")):
        body = _FIELD.sub(take_out, body)
    return head, http + line + body, gone


def _packed(head: bytes, block: bytes) -> bytes:
    """The record with the digests and the length of its new block, as one gzip member, always the same bytes."""
    entity = block.partition(b"\r\n\r\n")[2]
    for name, value in (
        (b"WARC-Block-Digest", _digest(block)),
        (b"WARC-Payload-Digest", _digest(entity)),
        (b"Content-Length", str(len(block)).encode()),
    ):
        if name != b"WARC-Payload-Digest" or field(head, "Content-Type").startswith("application/http"):
            head = re.sub(rb"^(" + name + rb":)[^\r\n]*", rb"\1 " + value, head, flags=re.I | re.M)
    packer = zlib.compressobj(6, zlib.DEFLATED, zlib.MAX_WBITS + 16)
    return packer.compress(b"".join((head, b"\r\n\r\n", block, b"\r\n\r\n"))) + packer.flush()


def _digest(data: bytes) -> bytes:
    return b"sha256:" + b32encode(hashlib.sha256(data).digest())
