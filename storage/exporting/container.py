"""A bag as a stranger hands it over: a zip or a folder, read without unpacking and without trusting what it says."""

from __future__ import annotations

import hashlib
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from storage.custody.files import everything, plain_file
from wildtrade.errors import ConfigError

_MOST = 2**29  # bytes of one file; a larger one is refused, as a bomb would be
_MOST_UNPACKED, _TIMES = 2**30, 200  # bytes of all files; more than that may be so many times the zip
_CHUNK = 2**20
_END = 22  # bytes of the record that ends a zip
_LINK = 0o120000  # the type of a symbolic link in a zip entry
# Everything that reading a damaged or hostile zip raises.
DAMAGED = (
    OSError, EOFError, KeyError, TypeError, ValueError, AttributeError, RuntimeError, OverflowError, MemoryError,
    struct.error, zlib.error, zipfile.BadZipFile,
)  # fmt: skip


@dataclass(frozen=True)
class Container:
    """The files of a bag by name, however they lie there. ``odd`` says what a list of files cannot show, by name."""

    names: frozenset[str]
    _open: Callable[[str], IO[bytes]]
    odd: tuple[tuple[str, str], ...] = ()

    def read(self, name: str) -> bytes:
        """A whole file. Raises one of ``DAMAGED``."""
        return b"".join(self._chunks(name))

    def sha256(self, name: str) -> tuple[str, int]:
        """Digest and bytes of a file. Raises one of ``DAMAGED``."""
        found, size = hashlib.sha256(), 0
        for chunk in self._chunks(name):
            found.update(chunk)
            size += len(chunk)
        return found.hexdigest(), size

    def _chunks(self, name: str) -> Iterator[bytes]:
        size = 0
        with self._open(name) as file:
            while chunk := file.read(_CHUNK):
                size += len(chunk)
                if size > _MOST:
                    raise ValueError("it is larger than anything in a package")
                yield chunk


def open_bag(path: Path) -> Container:
    """Raises ConfigError where this is neither, or would fill the machine."""
    try:
        return _folder(path) if path.is_dir() else _zip(path)
    except DAMAGED as error:
        raise ConfigError(f"this cannot be read: {error}", file=str(path), fix="name the package's zip") from error


def _folder(path: Path) -> Container:
    names = frozenset(everything(path))
    odd = tuple((name, "this is a link or no file at all") for name in names if not plain_file(path, name))
    plain = names - {name for name, _ in odd}

    def opened(name: str) -> IO[bytes]:
        if name not in plain:
            raise ValueError("this is no file")
        return (path / name).open("rb")

    return Container(names, opened, odd)


def _zip(path: Path) -> Container:
    with closing(zipfile.ZipFile(path)) as archive:
        infos = [one for one in archive.infolist() if not one.is_dir() or one.file_size]
        odd = tuple(_odd(path, archive, infos))
    unpacked = sum(one.file_size for one in infos)
    if unpacked > max(_MOST_UNPACKED, _TIMES * path.stat().st_size):
        raise ConfigError(f"it would unpack to {unpacked:,} bytes: a bomb", file=str(path), fix="do not unpack it")
    base = _base(infos)
    names = [one.filename.removeprefix(base) for one in infos]
    seen: dict[str, zipfile.ZipInfo] = {}
    twice = set()
    for name, info in zip(names, infos, strict=True):
        if name in seen:
            twice.add(name)
        seen[name] = info
    odd = (*odd, *((name, "the zip holds this name more than once") for name in sorted(twice)))

    def opened(name: str) -> IO[bytes]:
        return zipfile.ZipFile(path).open(seen[name])

    return Container(frozenset(names), opened, odd)


def _base(infos: list[zipfile.ZipInfo]) -> str:
    """The folder that the bag is in the zip."""
    return next((one.filename.removesuffix("bagit.txt") for one in infos if one.filename.endswith("/bagit.txt")), "")


def _odd(path: Path, archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo]) -> Iterator[tuple[str, str]]:
    """What one program reads and another does not: comments, bytes between the files, links, names that lead out."""
    if archive.comment:
        yield path.name, f"the zip carries a comment of {len(archive.comment)} bytes, which no manifest lists"
    base = _base(infos)
    for one in infos:
        name = one.filename.removeprefix(base)
        if one.external_attr >> 16 & 0o170000 == _LINK:
            yield name, "unpacked, this becomes a link"
        if one.filename.startswith(("/", "\\")) or ".." in one.filename.replace("\\", "/").split("/"):
            yield name, "its name leads out of the folder it is unpacked into"
        if one.is_dir():
            yield name, "a folder that has content"
    end, loose = 0, 0
    with path.open("rb") as file:
        for one in sorted(archive.infolist(), key=lambda one: one.header_offset):
            loose += max(one.header_offset - end, 0)
            file.seek(one.header_offset + 26)
            name_length, extra = struct.unpack("<HH", file.read(4))
            behind = (16, 24)[one.file_size >= 2**32] if one.flag_bits & 8 else 0  # sizes of a packer that streams
            end = one.header_offset + 30 + name_length + extra + one.compress_size + behind
        loose += max(archive.start_dir - end, 0)
        file.seek(max(path.stat().st_size - 2**16 - _END, 0))
        tail = file.read()
        loose += max(len(tail) - tail.rfind(b"PK\x05\x06") - _END - len(archive.comment), 0)
    if loose:
        yield path.name, f"{loose} bytes of the zip belong to none of its files"
