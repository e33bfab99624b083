"""Evidence packages in hostile hands: what a zip can hide, what no list of files shows, what would harm a reader."""

from __future__ import annotations

import random
import shutil
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509

from storage.audit import Actor
from storage.cases import add_listing, open_case
from storage.custody import CustodyLog
from storage.custody.checkpoints import checkpoint
from storage.custody.line import digest
from storage.custody.stamps import TrainingAuthority
from storage.custody.succession import replace_lost, rotate
from storage.custody.verify import Trust
from storage.database import Database
from storage.evidence import seal
from storage.exhibits import captures_of, seal_exhibit
from storage.exporting.check import verify_package
from storage.exporting.house import House
from storage.exporting.package import build_package
from storage.writer import Writer
from tests.storage.helpers import Crawl, exchange, listing
from wildtrade.cli import run
from wildtrade.errors import ConfigError, Exit

ANA = Actor(name="ana", roles=("investigator",))
NUMBER = "WT-1"
REQUEST = b"GET /item/1 HTTP/1.1\r\nHost: market.example\r\nCookie: a=CANARY-2\r\n\r\n"


@pytest.fixture
def log(tmp_path: Path) -> CustodyLog:
    return CustodyLog(tmp_path / "evidence")


@pytest.fixture
def make(database: Database, crawl: Crawl, log: CustodyLog, tmp_path: Path) -> Callable[..., Path]:
    """Writes the package of a case with one exhibit."""
    with closing(Writer(database, log.evidence, log=log)) as writer:
        sealed = seal(exchange(request=REQUEST))
        writer.submit(replace(crawl.visit(listing()), capture=None), sealed).result(60)
    with database.session() as session:
        case = open_case(session, "Ivory", ANA)
        add_listing(session, case, 1, ANA)
        seal_exhibit(session, log, case, captures_of(session, 1)[0][0], ANA)
        number = case.number

    def build(**options: object) -> Path:
        return build_package(database, log, number, ANA, tmp_path / f"{number}.zip", **options).path  # type: ignore[arg-type]

    return build


@pytest.fixture
def package(make: Callable[..., Path]) -> Path:
    return make()


def trust(log: CustodyLog) -> Trust:
    return Trust(keys=[log.signer.public])


def contents(package: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(package) as whole:
        return {name: whole.read(name) for name in whole.namelist()}


def write(files: dict[str, bytes], target: Path, comment: bytes = b"") -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in files.items():
            new.writestr(name, data)
        new.comment = comment
    return target


def test_a_changed_byte_is_found_wherever_it_lies(package: Path, log: CustodyLog, tmp_path: Path) -> None:
    """What is not found has changed nothing that anybody can read out of the package."""
    whole, rng, found = package.read_bytes(), random.Random(1), 0
    before = contents(package)
    bad = tmp_path / "bad.zip"
    places = range(0, len(whole), max(len(whole) // 250, 1))
    for at in places:
        bad.write_bytes(whole[:at] + bytes([whole[at] ^ rng.randrange(1, 256)]) + whole[at + 1 :])
        try:
            ok = verify_package(bad, trust(log)).ok
        except ConfigError:
            ok = False
        found += not ok
        assert not ok or contents(bad) == before, at
    assert found > 0.8 * len(places)


def test_a_list_of_files_rewritten_to_fit_is_not_signed(package: Path, log: CustodyLog, tmp_path: Path) -> None:
    """Every file but the signature, made to fit what was changed."""
    files = contents(package)
    base = package.stem
    for name in ("VERIFY.txt", "bag-info.txt", "verify.py", "data/case/listings.csv"):
        changed = {**files, f"{base}/{name}": b"do not check"}
        for lists in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
            lines = changed[f"{base}/{lists}"].decode().splitlines()
            names = [line.split("  ", 1)[1] for line in lines]
            fresh = "".join(f"{digest(changed[f'{base}/{one}'])}  {one}\n" for one in names)
            changed[f"{base}/{lists}"] = fresh.encode()
        report = verify_package(write(changed, tmp_path / "bad.zip"), trust(log))
        assert [one.file for one in report.problems] == ["tagmanifest-sha256.sig"], name


def hidden(package: Path, target: Path) -> dict[str, tuple[Path, str]]:
    """Ways to put more into a zip than its list shows: (zip, name that must be told)."""
    files, base = contents(package), package.stem
    made = {}

    def zipped(way: str, name: str) -> zipfile.ZipFile:
        path = target / f"{way}.zip"
        made[way] = path, name or path.name
        write(files, path)
        return zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED)

    with zipped("comment", "") as one:
        one.comment = b"nothing to see"
    with zipped("link", "data/case/more.csv") as one:
        entry = zipfile.ZipInfo(f"{base}/data/case/more.csv")
        entry.external_attr = 0o120777 << 16
        one.writestr(entry, "/etc/passwd")
    with zipped("out", "../../evil.txt") as one:
        one.writestr(f"{base}/../../evil.txt", "x")
    with zipped("beside", "other.txt") as one:
        one.writestr("other.txt", "x")
    with zipped("case", "data/case/Listings.csv") as one:
        one.writestr(f"{base}/data/case/Listings.csv", "x")
    with zipped("composed", "data/case/liste\u0301.csv") as one:
        one.writestr(f"{base}/data/case/liste\u0301.csv", "x")
    with zipped("folder", "data/case/more/") as one:
        one.writestr(f"{base}/data/case/more/", "content of a folder")
    with pytest.warns(UserWarning, match="Duplicate"), zipped("twice", "data/case/listings.csv") as one:
        one.writestr(f"{base}/data/case/listings.csv", files[f"{base}/data/case/listings.csv"])
    for way, data in (("before", b"#!/bin/sh\n" + package.read_bytes()), ("behind", package.read_bytes() + b"more")):
        made[way] = target / f"{way}.zip", f"{way}.zip"
        made[way][0].write_bytes(data)
    whole = package.read_bytes()  # bytes between the last file and the directory, and every place behind moved
    end = whole.rfind(b"PK\x05\x06")
    start = struct.unpack("<I", whole[end + 16 : end + 20])[0]
    moved = whole[: end + 16] + struct.pack("<I", start + 7) + whole[end + 20 :]
    made["between"] = target / "between.zip", "between.zip"
    made["between"][0].write_bytes(moved[:start] + b"between" + moved[start:])
    return made


def test_what_a_zip_hides_is_named(package: Path, log: CustodyLog, tmp_path: Path) -> None:
    for way, (path, name) in hidden(package, tmp_path).items():
        found = {one.file for one in verify_package(path, trust(log)).problems}
        assert name in found, (way, found)


def test_zips_that_would_harm_their_reader_are_refused(package: Path, log: CustodyLog, tmp_path: Path) -> None:
    files, base = contents(package), package.stem
    bomb = write({**files, f"{base}/data/bomb": bytes(2**28)}, tmp_path / "bomb.zip")
    assert "data/bomb" in {one.file for one in verify_package(bomb, trust(log)).problems}
    whole = bytearray(bomb.read_bytes())
    for at in range(len(whole) - 4):  # what it says of its size, not what it is
        if whole[at : at + 4] == b"PK\x01\x02" and whole[at + 46 :].startswith(f"{base}/data/bomb".encode()):
            whole[at + 24 : at + 28] = struct.pack("<I", 2**32 - 2)
    bomb.write_bytes(whole)
    with pytest.raises(ConfigError, match="bomb"):
        verify_package(bomb)
    locked = bytearray(package.read_bytes())
    locked[locked.find(b"PK\x01\x02") + 8] |= 1  # "needs a password"
    (tmp_path / "locked.zip").write_bytes(locked)
    assert not verify_package(tmp_path / "locked.zip", trust(log)).ok
    nested = write({**files, f"{base}/data/case/package.json": b"[" * 10**5}, tmp_path / "nested.zip")
    assert "data/case/package.json" in {one.file for one in verify_package(nested, trust(log)).problems}


def test_a_wacz_alone_is_refused_with_the_reason(package: Path, tmp_path: Path) -> None:
    (tmp_path / "c.wacz").write_bytes(contents(package)[f"{package.stem}/data/exhibits/EX-001/capture.wacz"])
    with pytest.raises(ConfigError, match="carries no signature"):
        verify_package(tmp_path / "c.wacz")


def unpacked(package: Path, folder: Path) -> Path:
    with zipfile.ZipFile(package) as whole:
        whole.extractall(folder)
    return folder / package.stem


def alone(folder: Path, *words: str) -> tuple[int, str]:
    """The script in the package, run by a Python that has none of ours."""
    command = [sys.executable, "-I", "-S", str(folder / "verify.py"), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_a_link_in_an_unpacked_package_is_named(package: Path, log: CustodyLog, tmp_path: Path) -> None:
    folder = unpacked(package, tmp_path / "out")
    name = "data/case/listings.csv"
    shutil.copy(folder / name, tmp_path / "elsewhere")
    (folder / name).unlink()
    (folder / name).symlink_to(tmp_path / "elsewhere")
    assert name in {one.file for one in verify_package(folder, trust(log)).problems}
    assert alone(folder)[0] == 1


def test_the_script_in_the_package_says_what_we_say(package: Path, log: CustodyLog, tmp_path: Path) -> None:
    folder = unpacked(package, tmp_path / "out")
    key = folder / "data/custody/keys" / f"{log.signer.id}.pub"
    code, said = alone(folder, str(key))
    assert (code, said.splitlines()[-1]) == (0, "everything holds"), said
    assert "EX-001: copy of " in said  # it had a cookie
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", tmp_path / "e.key"], check=True)
    words = ["openssl", "pkey", "-in", tmp_path / "e.key", "-pubout", "-out", tmp_path / "e.pub"]
    subprocess.run(words, check=True)
    assert "vouches for nothing" in alone(folder, str(tmp_path / "e.pub"))[1]
    for path in sorted(one for one in folder.rglob("*") if one.is_file() and one.name != "verify.py"):
        before = path.read_bytes()
        path.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
        assert alone(folder)[0] == 1, path
        path.write_bytes(before)
    (folder / "data/more\n.txt").write_bytes(b"x")
    assert "was added" in alone(folder)[1]


def test_a_package_after_a_rotation_is_vouched_for_by_the_old_key(make: Callable[..., Path], log: CustodyLog) -> None:
    old = log.signer.public
    rotate(log, "ana", "yearly")
    package = make()
    for keys in ([old], [log.signer.public]):
        report = verify_package(package, Trust(keys=keys))
        assert report.ok, report.problems
    replace_lost_key(log)
    again = make()
    assert not verify_package(again, Trust(keys=[old])).ok
    assert verify_package(again, Trust(keys=[log.signer.public])).ok


def replace_lost_key(log: CustodyLog) -> None:
    log.key.unlink()
    replace_lost(log, "ana", "the disk died")


def test_stamps_in_a_package_are_checked(make: Callable[..., Path], log: CustodyLog, tmp_path: Path) -> None:
    authority = TrainingAuthority(tmp_path / "tsa")
    package = make(house=House(authority=authority))
    given = replace(trust(log), tsa_root=authority.root)
    report = verify_package(package, given)
    assert (report.ok, report.stamps) == (True, 2), report.problems
    checkpoint(log, stranger := TrainingAuthority(tmp_path / "other"))
    report = verify_package(package, replace(given, tsa_root=stranger.root))
    assert {one.file.rpartition(".")[2] for one in report.problems} == {"tsr"}
    assert len(_verified_by_openssl(unpacked(package, tmp_path / "out"))) == 2


def _verified_by_openssl(files: Path) -> list[str]:
    """The commands of VERIFY.txt about time stamps, as they stand there: with nothing but the package's own chain."""
    lines = (files / "VERIFY.txt").read_text().replace("\\\n", " ").splitlines()
    commands = [one.strip() for one in lines if "ts -verify" in one]
    for one in commands:
        done = subprocess.run(["bash", "-c", one], cwd=files, capture_output=True, text=True, check=False)
        assert "Verification: OK" in done.stdout + done.stderr, one
    return commands


def test_the_chain_of_a_configured_authority_is_in_the_package(
    make: Callable[..., Path], log: CustodyLog, tmp_path: Path
) -> None:
    """An authority whose stamps are signed by a certificate that a root has issued, as real ones are."""
    authority = issued_authority(tmp_path / "tsa")
    package = make(house=House(authority=authority))
    files = unpacked(package, tmp_path / "out")
    chain = (files / "timestamps/tsa_chain.pem").read_bytes()
    subjects = [one.subject.rfc4514_string() for one in x509.load_pem_x509_certificates(chain)]
    assert subjects == ["CN=stamper", "CN=root"] and b"CN=root; root; SHA-256 " in chain
    assert len(_verified_by_openssl(files)) == 2
    assert "TRAINING" not in (files / "VERIFY.txt").read_text()
    assert verify_package(package, replace(trust(log), tsa_root=authority.root)).ok
    authority.root = None  # the operator named none: the reader must bring it
    files = unpacked(make(house=House(authority=authority)), tmp_path / "again")
    words = (files / "VERIFY.txt").read_text()
    assert "-CAfile ROOT-OF-THE-AUTHORITY.pem -untrusted timestamps/tsa_chain.pem" in words
    (files / "ROOT-OF-THE-AUTHORITY.pem").write_bytes((tmp_path / "tsa" / "ca.pem").read_bytes())
    assert len(_verified_by_openssl(files)) == 2


class Issued:
    """A local authority with a root of its own."""

    def __init__(self, folder: Path) -> None:
        self.root: Path | None = folder / "ca.pem"
        self.stamp = TrainingAuthority(folder).stamp


def issued_authority(folder: Path) -> Issued:
    TrainingAuthority(folder)._make()
    (folder / "root.pem").unlink()
    name, use = ["-nodes", "-newkey", "rsa:2048", "-days", "30"], "extendedKeyUsage=critical,timeStamping"
    for words in (
        ["req", "-x509", *name, "-subj", "/CN=root", "-keyout", "ca.key", "-out", "ca.pem"],
        ["req", "-x509", *name, "-subj", "/CN=stamper", "-keyout", "tsa.key", "-out", "root.pem", "-CA", "ca.pem",
         "-CAkey", "ca.key", "-addext", "basicConstraints=critical,CA:false", "-addext", use],
    ):  # fmt: skip
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)
    return Issued(folder)


def test_a_damaged_package_ends_with_one_message(
    package: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cut.zip").write_bytes(package.read_bytes()[:-100])
    assert run(["case", "verify", str(tmp_path / "cut.zip")]) != Exit.OK
    assert "Traceback" not in capsys.readouterr().err
