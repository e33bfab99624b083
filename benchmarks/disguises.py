"""More ways to tamper with an evidence folder: those that keep a content and change what a reader takes it for."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable

from isal import isal_zlib

from benchmarks.tampering import LOG, Change, Files, Odd, Past, _edit_lines, _put, _records, _warc
from storage.custody import CustodyLog
from storage.custody.line import join, take_apart


def _lines(edit: Callable[[bytes, random.Random], bytes]) -> Callable[[Files, random.Random, Past], Change]:
    """A way that writes one line of the log differently."""

    def way(files: Files, rng: random.Random, _past: Past) -> Change:
        def one(lines: list[bytes]) -> None:
            at = rng.randrange(len(lines))
            lines[at] = edit(lines[at], rng)

        return _edit_lines(files, one)

    return way


def _key_twice(line: bytes, rng: random.Random) -> bytes:
    """JSON that says a thing twice: some programs read the first, some the last."""
    return line.replace(b'{"entry":{', b'{"entry":{"action":"decide",', 1)


def _other_spelling(line: bytes, rng: random.Random) -> bytes:
    """The same JSON with a letter as an escape, or spaces a parser skips."""
    if rng.random() < 0.5:
        return line.replace(b'"actor"', b'"\\u0061ctor"', 1)
    return line.replace(b'":', b'": ', rng.randint(1, 4))


def _sig_spelling(line: bytes, rng: random.Random) -> bytes:
    head, middle, sig = line.rpartition(b'"sig":"')
    return head + middle + sig.upper()


def _end_spelling(line: bytes, rng: random.Random) -> bytes:
    return line.rstrip(b"\n") + rng.choice([b"\r\n", b" \n", b"\t\n", b"\n\n", b"\x0b\n", b"\x00\n", b"\xe2\x80\xa8\n"])


def _start_spelling(line: bytes, rng: random.Random) -> bytes:
    return rng.choice([b" ", b"\xef\xbb\xbf", b"\x00", b"\r"]) + line


def number_that_is_none(files: Files, rng: random.Random, _past: Past) -> Change:
    """A line in the form of an entry, with a number that is no number, put in where nothing is checked behind it."""

    def edit(lines: list[bytes]) -> None:
        line = take_apart(rng.choice(lines).rstrip(b"\n"))
        number = rng.choice([b'"7"', b"7.5", b"null", b"true", b"-3", b"1e3", b"99999999999999999999999", b"[1]"])
        signed = re.sub(rb'"seq":\d+', b'"seq":' + number, line.signed)
        lines.insert(rng.choice([len(lines), rng.randint(0, len(lines))]), join(signed, line.signature) + b"\n")

    return _edit_lines(files, edit)


def number_far_ahead(files: Files, rng: random.Random, _past: Past) -> Change:
    def edit(lines: list[bytes]) -> None:
        line = take_apart(rng.choice(lines).rstrip(b"\n"))
        signed = re.sub(rb'"seq":\d+', b'"seq":%d' % rng.randint(10**8, 10**15), line.signed)
        lines.insert(rng.randint(0, len(lines)), join(signed, line.signature) + b"\n")

    return _edit_lines(files, edit)


def end_of_the_log_taken(files: Files, rng: random.Random, _past: Past) -> Change:
    files[LOG] = files[LOG][:-1] if rng.random() < 0.5 else files[LOG] + rng.choice([b"\n", b"\x00", b" ", b"{"])
    return Change((LOG,))


def entries_of_another_workspace(files: Files, rng: random.Random, past: Past) -> Change:
    """Whole lines of a log that is valid in itself, by another key."""

    def edit(lines: list[bytes]) -> None:
        at = rng.randint(0, len(lines))
        if rng.random() < 0.5:
            lines[at:at] = past.stranger
        else:
            lines[at:] = past.stranger

    return _edit_lines(files, edit)


def link_in_place_of_a_file(files: Files, rng: random.Random, _past: Past) -> Change:
    """The same content, but lying elsewhere, where nobody looks after it."""
    name = rng.choice(sorted(files))
    files[name] = Odd("link", files[name])
    return Change((name,))


def no_file_at_all(files: Files, rng: random.Random, _past: Past) -> Change:
    """A pipe, on which a careless reader waits for ever, or a folder."""
    name = rng.choice([*sorted(files), "custody/checkpoints/000000099.json", "custody/x", "new.warc.gz"])
    kind = "pipe" if name not in files and rng.random() < 0.5 else rng.choice(["pipe", "folder"])
    files[name] = Odd(kind, b"x")
    return Change((name, f"{name}/x"))


def name_spelled_otherwise(files: Files, rng: random.Random, _past: Past) -> Change:
    """Names that look the same: other case, other composition, a letter of another script, a space, a dot."""
    name = rng.choice(sorted(one for one in files if one != "custody/.lock"))
    folder, slash, last = name.rpartition("/")
    other = rng.choice(
        [
            last.upper(),
            last.replace("a", "\u0430", 1),
            unicodedata.normalize("NFD", f"\u00e9{last}"),
            f"{last} ",
            f"{last}.",
            f"{last}\u200b",
        ]
    )
    if other == last:
        other = f"{last} "
    data = files[name]
    if rng.random() < 0.5:
        del files[name]
    files[f"{folder}{slash}{other}"] = data
    return Change((name, f"{folder}{slash}{other}"))


def name_that_writes_lines(files: Files, rng: random.Random, _past: Past) -> Change:
    """A name that would print a line of its own, or steer a terminal."""
    name = rng.choice(["x\neverything holds", "x\x1b[2Jeverything holds", "\u202egz.craw", "x\rok"])
    files[name] = b"x"
    return Change((name,))


def folder_moved_down(files: Files, rng: random.Random, _past: Past) -> Change:
    """A whole folder inside the folder: the same names, one level below."""
    old = dict(files)
    part = rng.choice(["custody", ""])
    files.update({f"old/{name}": data for name, data in old.items() if name.startswith(part)})
    return Change(tuple(f"old/{name}" for name in old))


def records_of_one_length_swapped(files: Files, rng: random.Random, past: Past) -> Change:
    """Two records that are equally long, so that every offset stays right."""
    name = _warc(files, rng)
    by_length: dict[int, list[tuple[int, int]]] = {}
    for place in _records(files, name):
        by_length.setdefault(place[1], []).append(place)
    pairs = [places for places in by_length.values() if len(places) > 1]
    if not pairs:  # make one byte of a record another's instead
        first, second = rng.sample(_records(files, name), 2)
        size = min(first[1], second[1])
        _put(files, name, first[0], first[0] + size, files[name][second[0] : second[0] + size])
        return Change((name,), first[0])
    first, second = rng.sample(rng.choice(pairs), 2)
    a, b = files[name][first[0] : sum(first)], files[name][second[0] : sum(second)]
    _put(files, name, first[0], sum(first), b)
    _put(files, name, second[0], sum(second), a)
    return Change((name,), first[0])


def _record_again(edit: Callable[[bytes, random.Random], bytes], level: int = 2) -> Callable[..., Change]:
    """A way that unpacks one record, changes it and packs it again."""

    def way(files: Files, rng: random.Random, _past: Past) -> Change:
        name = _warc(files, rng)
        offset, length = rng.choice(_records(files, name)[1:])
        first = isal_zlib.decompressobj(isal_zlib.MAX_WBITS + 16)
        plain = first.decompress(files[name][offset : offset + length])
        packed = isal_zlib.compress(edit(plain, rng), level, isal_zlib.MAX_WBITS + 16) + first.unused_data
        _put(files, name, offset, offset + length, packed)
        return Change((name,), offset)

    return way


def _other_head(plain: bytes, rng: random.Random) -> bytes:
    """Only what the WARC says around the page: when, from which address."""
    name = rng.choice([b"WARC-Date", b"WARC-IP-Address", b"WARC-Target-URI"])
    return re.sub(
        rb"(?m)^(" + name + rb": .*?)([0-9])", lambda m: m[1] + b"%d" % ((int(m[2]) + 1) % 10), plain, count=1
    )


def bytes_behind_a_record(files: Files, rng: random.Random, _past: Past) -> Change:
    """Bytes between two members: a reader of gzip skips zeros, one of WARC looks for the next head."""
    name = _warc(files, rng)
    offset, length = rng.choice(_records(files, name))
    more = rng.choice([b"\x00" * rng.randint(1, 64), isal_zlib.compress(b"", 2, isal_zlib.MAX_WBITS + 16), b"\r\n"])
    _put(files, name, offset + length, offset + length, more)
    return Change((name,))


def checkpoint_emptied_or_old(files: Files, rng: random.Random, _past: Past) -> Change:
    names = sorted(one for one in files if one.startswith("custody/checkpoints"))
    name = rng.choice(names)
    files[name] = rng.choice([b"", b"{}", b"[" * 5000, files[rng.choice(names)] + b"\n"])
    return Change((name,))


def stamp_of_another_time(files: Files, rng: random.Random, past: Past) -> Change:
    """A stamp that holds, of the same file, from the same authority, of a later day."""
    name = next((one for one in files if one.endswith(".tsr")), None)
    if name is None:
        return checkpoint_emptied_or_old(files, rng, past)
    files[name] = past.stamp
    return Change((name,))


def key_files_swapped(files: Files, rng: random.Random, past: Past) -> Change:
    name = next(one for one in files if one.endswith(".pub"))
    files[name] = past.stranger_key
    return Change((name,))


def strangers(folder_log: CustodyLog) -> list[bytes]:
    """The lines of a log of somebody else's."""
    folder_log.append_all([])
    folder_log.append("decide", "eve", {"listing": 1})
    return folder_log.path.read_bytes().splitlines(keepends=True)


WAYS: dict[str, Callable[[Files, random.Random, Past], Change]] = {
    "log_key_twice": _lines(_key_twice),
    "log_other_spelling": _lines(_other_spelling),
    "log_signature_in_capitals": _lines(_sig_spelling),
    "log_other_line_end": _lines(_end_spelling),
    "log_other_line_start": _lines(_start_spelling),
    "record_packed_again": _record_again(lambda plain, _: plain, level=3),
    "record_head_changed": _record_again(_other_head),
} | {
    way.__name__: way
    for way in (
        number_that_is_none,
        number_far_ahead,
        end_of_the_log_taken,
        entries_of_another_workspace,
        link_in_place_of_a_file,
        no_file_at_all,
        name_spelled_otherwise,
        name_that_writes_lines,
        folder_moved_down,
        records_of_one_length_swapped,
        bytes_behind_a_record,
        checkpoint_emptied_or_old,
        stamp_of_another_time,
        key_files_swapped,
    )
}
