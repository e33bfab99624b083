"""Ways to tamper with an evidence folder. Each takes the files' bytes by name and changes some of them in place.

It says which files must be named, and where in the first of them a record was touched.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from isal import isal_zlib

from storage.custody.keys import Signer
from storage.custody.line import canonical, digest, join, take_apart
from storage.evidence import seal
from tests.storage.helpers import exchange

Files = dict[str, bytes]
LOG = "custody/log.jsonl"
_STRANGER = Signer(Ed25519PrivateKey.generate())


class Odd(bytes):
    """A name that is no plain file: a link to this content elsewhere, a pipe, or a folder that holds it."""

    kind: str

    def __new__(cls, kind: str, data: bytes) -> Odd:
        made = super().__new__(cls, data)
        made.kind = kind
        return made

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Odd) and self.kind == other.kind and bytes.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = bytes.__hash__


@dataclass(frozen=True)
class Change:
    """Files of which at least one must be named; ``at`` is a byte of a touched record of the first."""

    files: tuple[str, ...]
    at: int | None = None


@dataclass(frozen=True)
class Past:
    """What an attacker has beside the folder: an earlier state of it, whole and valid in itself, the log and the
    public key of somebody else, and a later stamp of the stamped checkpoint."""

    files: Files
    stranger: Sequence[bytes] = ()
    stranger_key: bytes = b""
    stamp: bytes = b""


def _warc(files: Files, rng: random.Random) -> str:
    return rng.choice(sorted(name for name in files if name.endswith(".warc.gz")))


def _records(files: Files, name: str) -> list[tuple[int, int]]:
    lines = [take_apart(raw) for raw in files[LOG].splitlines()]
    entries = [one.details for one in lines if one.entry["action"] == "capture" and one.details["file"] == name]
    return [(one["offset"], one["length"]) for entry in entries for one in entry["records"]]


def _put(files: Files, name: str, start: int, end: int, data: bytes) -> None:
    files[name] = files[name][:start] + data + files[name][end:]


def byte_changed(files: Files, rng: random.Random, _past: Past) -> Change:
    name = _warc(files, rng)
    at = rng.randrange(len(files[name]))
    _put(files, name, at, at + 1, bytes([files[name][at] ^ rng.randrange(1, 256)]))
    return Change((name,), at)


def byte_inserted_or_removed(files: Files, rng: random.Random, _past: Past) -> Change:
    name = _warc(files, rng)
    at = rng.randrange(len(files[name]) - 1)
    if rng.random() < 0.5:
        _put(files, name, at, at, rng.randbytes(rng.randint(1, 40)))
    else:
        _put(files, name, at, at + rng.randint(1, 40), b"")
    return Change((name,))


def warc_cut(files: Files, rng: random.Random, _past: Past) -> Change:
    name = _warc(files, rng)
    at = rng.randrange(len(files[name]))
    files[name] = files[name][:at]
    return Change((name,), at)


def bytes_appended(files: Files, rng: random.Random, _past: Past) -> Change:
    name = _warc(files, rng)
    offset, length = rng.choice(_records(files, name))
    more = rng.choice([b"\n", rng.randbytes(99), files[name][offset : offset + length], _forged(rng)])
    at = len(files[name])
    files[name] += more
    return Change((name,), at)


def records_reordered(files: Files, rng: random.Random, _past: Past) -> Change:
    name = _warc(files, rng)
    first, second = sorted(rng.sample(_records(files, name), 2))
    data = files[name]
    a, b = data[first[0] : sum(first)], data[second[0] : sum(second)]
    files[name] = data[: first[0]] + b + data[sum(first) : second[0]] + a + data[sum(second) :]
    return Change((name,), first[0])


def record_removed(files: Files, rng: random.Random, _past: Past) -> Change:
    name = _warc(files, rng)
    offset, length = rng.choice(_records(files, name))
    _put(files, name, offset, offset + length, b"")
    return Change((name,), offset)


def record_forged(files: Files, rng: random.Random, _past: Past) -> Change:
    """A record that is valid in itself, every digest in it right."""
    name = _warc(files, rng)
    offset, length = rng.choice(_records(files, name))
    _put(files, name, offset, offset + length, _forged(rng))
    return Change((name,), offset)


def warc_digest_removed(files: Files, rng: random.Random, _past: Past) -> Change:
    name = _warc(files, rng)
    offset, length = rng.choice(_records(files, name)[1:])
    plain = isal_zlib.decompress(files[name][offset : offset + length], isal_zlib.MAX_WBITS + 16)
    lines = [line for line in plain.split(b"\r\n") if not line.startswith(b"WARC-Payload-Digest")]
    packed = isal_zlib.compress(b"\r\n".join(lines), 2, isal_zlib.MAX_WBITS + 16)
    _put(files, name, offset, offset + length, packed)
    return Change((name,), offset)


def warcs_swapped(files: Files, rng: random.Random, _past: Past) -> Change:
    first, second = rng.sample(sorted(name for name in files if name.endswith(".warc.gz")), 2)
    files[first], files[second] = files[second], files[first]
    return Change((first, second))


def file_removed(files: Files, rng: random.Random, _past: Past) -> Change:
    name = rng.choice(sorted(name for name in files if name != "custody/.lock"))
    del files[name]
    return Change((name,))


def file_added(files: Files, rng: random.Random, _past: Past) -> Change:
    places = ["more-000001-001.warc.gz", ".hidden", "custody/note.txt", "custody/keys/0.pub", "torn/x", "a/b/c.json"]
    name = rng.choice([*places, "custody/checkpoints/000000003.json", "custody/log.jsonl.1"])
    files[name] = rng.choice([b"", rng.randbytes(50), _forged(rng), files[LOG]])
    return Change((name,))


def lock_file_filled(files: Files, rng: random.Random, _past: Past) -> Change:
    files["custody/.lock"] = rng.randbytes(9)
    return Change(("custody/.lock",))


def other_file_changed(files: Files, rng: random.Random, _past: Past) -> Change:
    """A checkpoint, a time stamp, a public key."""
    name = rng.choice(sorted(name for name in files if name.startswith(("custody/keys", "custody/check"))))
    at = rng.randrange(len(files[name]))
    same_kind = [other for other in files if other != name and other.rpartition(".")[2] == name.rpartition(".")[2]]
    if same_kind and rng.random() < 0.3:
        files[name] = files[rng.choice(sorted(same_kind))]
    else:
        _put(files, name, at, at + 1, bytes([files[name][at] ^ rng.randrange(1, 256)]))
    return Change((name,))


def log_byte_changed(files: Files, rng: random.Random, _past: Past) -> Change:
    at = rng.randrange(len(files[LOG]))
    _put(files, LOG, at, at + 1, bytes([files[LOG][at] ^ rng.randrange(1, 256)]))
    return Change((LOG,))


def _edit_lines(files: Files, edit: Callable[[list[bytes]], object]) -> Change:
    lines = files[LOG].splitlines(keepends=True)
    edit(lines)
    files[LOG] = b"".join(lines)
    return Change((LOG,))


def log_line_removed(files: Files, rng: random.Random, _past: Past) -> Change:
    return _edit_lines(files, lambda lines: lines.pop(rng.randrange(len(lines))))


def log_line_repeated(files: Files, rng: random.Random, _past: Past) -> Change:
    return _edit_lines(files, lambda lines: lines.insert(rng.randint(0, len(lines)), rng.choice(lines)))


def log_lines_swapped(files: Files, rng: random.Random, _past: Past) -> Change:
    def edit(lines: list[bytes]) -> None:
        a, b = rng.sample(range(len(lines)), 2)
        lines[a], lines[b] = lines[b], lines[a]

    return _edit_lines(files, edit)


def log_line_injected(files: Files, rng: random.Random, _past: Past) -> Change:
    """Newlines in the middle of a line, empty lines, and lines made up from nothing."""

    def edit(lines: list[bytes]) -> None:
        at = rng.randrange(len(lines))
        cut = rng.randrange(1, len(lines[at]) - 1)
        new = rng.choice([b"\n", b"\r\n", b"{}\n", b'{"entry":{},"sig":"' + b"0" * 128 + b'"}\n', b"\xff\x00\n"])
        if rng.random() < 0.5:
            lines[at] = lines[at][:cut] + new + lines[at][cut:]
        else:
            lines.insert(at, new)

    return _edit_lines(files, edit)


def _rewritten(raw: bytes, rng: random.Random, signer: Signer | None) -> bytes:
    """A line that says something else, under its old signature or under another key's."""
    line = take_apart(raw.rstrip(b"\n"))
    entry = orjson.loads(line.signed)
    records = entry["details"].get("records")
    match rng.randrange(4):
        case 0 if records:
            rng.choice(records)["sha256"] = digest(rng.randbytes(8))
        case 1 if records:
            del rng.choice(records)["sha256"]
        case 2 if records:
            records.pop(rng.randrange(len(records)))
        case _:
            entry["utc"] = "2020-01-01T00:00:00.000000Z"
    if signer is not None and rng.random() < 0.5:
        entry["key"] = signer.id
    signed = canonical(entry)
    return join(signed, signer.sign(signed) if signer else line.signature) + b"\n"


def old_signature_replayed(files: Files, rng: random.Random, _past: Past) -> Change:
    def edit(lines: list[bytes]) -> None:
        at = rng.randrange(len(lines))
        lines[at] = _rewritten(lines[at], rng, None)

    return _edit_lines(files, edit)


def signed_by_another_key(files: Files, rng: random.Random, _past: Past) -> Change:
    def edit(lines: list[bytes]) -> None:
        at = rng.randrange(len(lines))
        lines[at] = _rewritten(lines[at], rng, _STRANGER)

    return _edit_lines(files, edit)


def log_resigned(files: Files, rng: random.Random, _past: Past) -> Change:
    """From some line on, everything once more: chain and signatures right, by a key that introduces itself."""

    def edit(lines: list[bytes]) -> None:
        at = rng.randrange(len(lines))
        head = digest(lines[at - 1].rstrip(b"\n")) if at else "0" * 64
        for number in range(at, len(lines)):
            entry = orjson.loads(take_apart(lines[number].rstrip(b"\n")).signed)
            entry |= {"prev": head, "key": _STRANGER.id}
            if number == at:
                introduced = {"id": _STRANGER.id, "public": _STRANGER.public.hex(), "reason": "lost"}
                entry |= {"action": "key_lost" if at else "key", "details": introduced}
            signed = canonical(entry)
            raw = join(signed, _STRANGER.sign(signed))
            head, lines[number] = digest(raw), raw + b"\n"

    return _edit_lines(files, edit)


def log_cut(files: Files, rng: random.Random, _past: Past) -> Change:
    at = rng.randrange(len(files[LOG]))
    if rng.random() < 0.5:
        at = files[LOG].rfind(b"\n", 0, at) + 1
    files[LOG] = files[LOG][:at]
    return Change((LOG,))


def rolled_back(files: Files, _rng: random.Random, past: Past) -> Change:
    files.clear()
    files.update(past.files)
    return Change((LOG,))


def _forged(rng: random.Random) -> bytes:
    body = b"<html>" + rng.randbytes(40).hex().encode() + b"</html>"
    return seal(exchange(body, "https://market.example/forged")).data


WAYS: dict[str, Callable[[Files, random.Random, Past], Change]] = {
    way.__name__: way
    for way in (
        byte_changed,
        byte_inserted_or_removed,
        warc_cut,
        bytes_appended,
        records_reordered,
        record_removed,
        record_forged,
        warc_digest_removed,
        warcs_swapped,
        file_removed,
        file_added,
        lock_file_filled,
        other_file_changed,
        log_byte_changed,
        log_line_removed,
        log_line_repeated,
        log_lines_swapped,
        log_line_injected,
        old_signature_replayed,
        signed_by_another_key,
        log_resigned,
        log_cut,
        rolled_back,
    )
}
