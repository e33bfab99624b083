"""Evidence: bytes stay as they were, digests hold for other people's tools, a torn file is mended without loss."""

from __future__ import annotations

import gzip
import hashlib
import io
import subprocess
import sys
import zlib
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator

from storage.evidence import ExtraRecord, Sealed, WarcFile, seal, set_aside_tail
from tests.storage.helpers import START, exchange
from wildtrade.errors import StorageError

# A head that any writer which parses and spells it anew would change: case, spacing, reason, repeated names.
ODD = b"HTTP/1.1 200 Alles  gut\r\ncontent-TYPE:text/html\r\nX-A:  1\r\nX-A: 2\r\n\r\n<p>\xff\xfe\x00</p>"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"


def records(data: bytes) -> list[tuple[str, dict[str, str], bytes]]:
    """Type, headers and verbatim block of each record; fails where warcio finds a wrong digest."""
    found = []
    for record in ArchiveIterator(io.BytesIO(data), no_record_parse=True):
        block = record.raw_stream.read()
        found.append((record.rec_type, dict(record.rec_headers.headers), block))
    for record in ArchiveIterator(io.BytesIO(data), check_digests="raise"):
        record.content_stream().read()
    return found


@pytest.mark.parametrize("response", [ODD, CHUNKED, b"no http at all", b"HTTP/1.1 204 No Content\r\n\r\n"])
def test_request_and_response_are_stored_verbatim(response: bytes) -> None:
    request = b"GET /a HTTP/1.1\r\nhost:market.example\r\nACCEPT: */*\r\n\r\n"
    sealed = seal(exchange(response=response, request=request))
    (kind, head, block), (other, asked, question) = records(sealed.data)
    assert (kind, block, other, question) == ("response", response, "request", request)
    assert asked["WARC-Concurrent-To"] == head["WARC-Record-ID"] == sealed.record_id
    assert head["WARC-Target-URI"] == asked["WARC-Target-URI"] == "https://market.example/item/1"
    assert head["WARC-IP-Address"] == "192.0.2.7"
    assert head["WARC-Block-Digest"].startswith("sha256:") and head["WARC-Payload-Digest"].startswith("sha256:")
    assert head["Content-Type"] == "application/http; msgtype=response"
    assert sealed.data.startswith(b"\x1f\x8b") and b"WARC/1.1\r\n" in gzip.decompress(sealed.data)[:12]


def test_hashes_are_over_what_they_say() -> None:
    sealed = seal(exchange(response=ODD))
    assert sealed.record_sha256 == hashlib.sha256(sealed.data).hexdigest()
    assert sealed.payload_sha256 == hashlib.sha256(b"<p>\xff\xfe\x00</p>").hexdigest()


def test_each_record_is_a_gzip_member_of_its_own() -> None:
    sealed = seal(exchange(), [ExtraRecord(uri="urn:dom:1", content_type="text/html", body=b"<p>late</p>")])
    kinds, rest = [], sealed.data
    while rest:
        member = zlib.decompressobj(zlib.MAX_WBITS + 16)
        kinds.append(member.decompress(rest).split(b"WARC-Type: ")[1].split(b"\r\n")[0].decode())
        rest = member.unused_data
    assert kinds == ["response", "request", "resource"]
    extra = records(sealed.data)[2]
    assert extra[1]["WARC-Concurrent-To"] == sealed.record_id and extra[2] == b"<p>late</p>"


def test_time_is_utc_with_microseconds() -> None:
    at = datetime(2026, 11, 1, 7, 0, 0, 123456, tzinfo=timezone(timedelta(hours=-5)))
    head = records(seal(exchange(started_at=at)).data)[0][1]
    assert head["WARC-Date"] == "2026-11-01T12:00:00.123456Z"
    assert at.astimezone(UTC).date() == START.date()


def test_a_body_cut_short_says_so() -> None:
    sealed = seal(exchange(complete=False, truncated="length"))
    assert records(sealed.data)[0][1]["WARC-Truncated"] == "length"
    assert not sealed.complete and not sealed.capture("a", 0).complete
    assert "WARC-Truncated" not in records(seal(exchange()).data)[0][1]


def test_a_page_nobody_saw_on_the_wire_is_a_resource() -> None:
    sealed = seal(exchange(b"<html>dom</html>", response=b"", request=b"", content_type="text/html; charset=utf-8"))
    ((kind, head, block),) = records(sealed.data)
    assert (kind, block, head["Content-Type"]) == ("resource", b"<html>dom</html>", "text/html; charset=utf-8")


@pytest.mark.parametrize(
    "url", ["https://x.example/a b", "https://x.example/\r\nWARC-Type: warcinfo", "https://x/ม\x00"]
)
def test_an_address_cannot_write_headers(url: str) -> None:
    kind, head, _ = records(seal(exchange(url=url)).data)[0]
    assert kind == "response" and head["WARC-Type"] == "response"
    assert not any(c.isspace() for c in head["WARC-Target-URI"])


def test_other_people_s_check_passes(tmp_path: Path) -> None:
    file = WarcFile(tmp_path, "m-000001-001.warc.gz")
    file.append([seal(exchange(response=one)).data for one in (ODD, CHUNKED)])
    file.sync()
    file.close()
    done = subprocess.run(
        [sys.executable, "-m", "warcio.cli", "check", "-v", str(tmp_path / file.name)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("digest pass") == 5 and "fail" not in done.stdout
    first = next(iter(ArchiveIterator(io.BytesIO((tmp_path / file.name).read_bytes()))))
    assert (first.rec_type, first.rec_headers["WARC-Filename"]) == ("warcinfo", file.name)


def stored(folder: Path, *sealed: Sealed) -> tuple[Path, int]:
    file = WarcFile(folder, "m-000001-001.warc.gz")
    file.append([one.data for one in sealed])
    file.close()
    return folder / file.name, file.size


def test_a_torn_tail_is_set_aside_and_the_file_goes_on(tmp_path: Path) -> None:
    path, end = stored(tmp_path, seal(exchange()))
    with path.open("ab") as file:
        file.write(seal(exchange()).data[:77])
    again = WarcFile(tmp_path, path.name, end)
    (offset,) = again.append([seal(exchange(b"later")).data])
    again.close()
    assert offset == end and len(records(path.read_bytes())) == 5
    assert [one.stat().st_size for one in (tmp_path / "torn").iterdir()] == [77]


def test_a_file_the_database_knows_nothing_of_is_never_overwritten(tmp_path: Path) -> None:
    path, _ = stored(tmp_path, seal(exchange()))
    old = path.read_bytes()
    WarcFile(tmp_path, path.name).close()
    assert [one.read_bytes() for one in (tmp_path / "torn").iterdir()] == [old]


def test_missing_evidence_stops_the_writer(tmp_path: Path) -> None:
    path, end = stored(tmp_path, seal(exchange()))
    with pytest.raises(StorageError, match="are recorded"):
        WarcFile(tmp_path, path.name, end + 1)
    path.unlink()
    with pytest.raises(StorageError, match="are recorded"):
        set_aside_tail(path, end)


def test_a_folder_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "evidence").write_text("a file")
    with pytest.raises(StorageError, match="cannot be written") as caught:
        WarcFile(tmp_path / "evidence", "m-000001-001.warc.gz")
    assert caught.value.fix and "evidence" in str(caught.value.file)


def test_a_full_disk_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    """The limit on file size stands in for the disk: the kernel refuses the write in the same way."""
    program = """
import resource, signal, sys
from pathlib import Path
from storage.evidence import WarcFile
from wildtrade.errors import StorageError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
file = WarcFile(Path(sys.argv[1]), "m-000001-001.warc.gz")
file.append([b"a" * 1000])
before = file.size
resource.setrlimit(resource.RLIMIT_FSIZE, (before + 5000, before + 5000))
try:
    file.append([b"b" * 3000, b"c" * 3000])
except StorageError as error:
    print(error.message, file.size == before == (Path(sys.argv[1]) / file.name).stat().st_size)
"""
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("True") and "cannot be written" in done.stdout


def test_sealing_is_the_same_in_any_thread() -> None:
    from concurrent.futures import ThreadPoolExecutor

    def one(number: int) -> Any:
        sealed = seal(exchange(f"page {number}".encode() * 500))
        return number, records(sealed.data)[0][2].endswith(f"page {number}".encode())

    with ThreadPoolExecutor(8) as pool:
        assert all(fine for _, fine in pool.map(one, range(100)))
