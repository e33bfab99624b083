"""RFC 3161 time stamps, by ``openssl ts``: from an authority on the network, or from a local one for training."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from urllib.error import URLError

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from wildtrade.errors import ConfigError, SiteError

_SECONDS = 20.0
_LARGEST = 2**20  # bytes of an answer; a real one has a few thousand


class Authority(Protocol):
    """Whoever stamps. ``root`` is the file of its certificate that stamps lead to (PEM), where it is known."""

    @property
    def root(self) -> Path | None: ...

    def stamp(self, path: Path) -> bytes:
        """A time-stamp response over a file's SHA-256. Raises SiteError."""


class NetworkAuthority:
    """An authority behind a URL (RFC 3161 over HTTP)."""

    def __init__(self, url: str, root: Path | None = None) -> None:
        self.root = root
        if not url.startswith(("http://", "https://")):
            raise ConfigError("a time-stamping authority has an http address", field="evidence.timestamp_url", fix=url)
        self._url = url

    def stamp(self, path: Path) -> bytes:
        """Send the digest of a file (never the file) and return the authority's answer."""
        request = urllib.request.Request(  # noqa: S310  (the scheme is checked above)
            self._url, data=_query(path), headers={"Content-Type": "application/timestamp-query"}
        )
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
                data: bytes = answer.read(_LARGEST)
        except (URLError, OSError) as error:
            raise SiteError(f"the time-stamping authority does not answer: {error}", file=self._url) from error
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            if "granted" not in _openssl("ts", "-reply", "-in", file.name, "-text").lower():
                raise SiteError("the time-stamping authority refused", file=self._url)
        return data


class TrainingAuthority:
    """An authority of one's own, for classes and tests: it proves nothing to anybody else. ``root`` is its certificate
    (PEM). Made on first use in its folder; needs openssl."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.root = folder / "root.pem"

    def stamp(self, path: Path) -> bytes:
        """Stamp a file with this machine's clock."""
        if not self.root.exists():
            self._make()
        with tempfile.TemporaryDirectory() as work:
            query, reply = Path(work, "q.tsq"), Path(work, "r.tsr")
            query.write_bytes(_query(path))
            words = ("-config", "tsa.cnf", "-queryfile", str(query), "-out", str(reply))
            _openssl("ts", "-reply", *words, at=self._folder)
            return reply.read_bytes()

    def _make(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / "tsa.cnf").write_text(_CONFIG, encoding="utf-8")
        (self._folder / "serial").write_text("01\n", encoding="utf-8")
        new = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-config", "tsa.cnf")
        _openssl(*new, "-keyout", "tsa.key", "-out", self.root.name, at=self._folder)
        (self._folder / "tsa.key").chmod(0o600)


_CONFIG = """[req]
distinguished_name = name
x509_extensions = use
prompt = no
[name]
CN = wildtrade training time stamps
[use]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[tsa]
default_tsa = here
[here]
serial = serial
signer_cert = root.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


def check_stamp(path: Path, stamp: Path, root: Path | None) -> str | None:
    """Whether a stamp is of this file and leads to ``root``: "" where it does, why not, or None where that cannot be
    told (no root given, no openssl)."""
    if root is None or not openssl_here():
        return None
    words = ("ts", "-verify", "-data", str(path), "-in", str(stamp), "-CAfile", str(root))
    try:
        _openssl(*words)
    except SiteError as error:
        return f"the time stamp does not hold: {error.message}"
    return ""


def stamped_at(stamp: Path) -> datetime | None:
    """When the authority says that it stamped."""
    try:
        said = _openssl("ts", "-reply", "-in", str(stamp), "-text")
    except SiteError:
        return None
    match = re.search(r"^Time stamp: (\w+ +\d+ [\d:]+)(?:\.\d+)? (\d+) GMT", said, re.M)
    return match and datetime.strptime(f"{match[1]} {match[2]}", "%b %d %H:%M:%S %Y").replace(tzinfo=UTC)


def chain_of(stamp: bytes, root: Path | None) -> bytes:
    """The certificates that a stamp carries, then those of ``root``, as PEM with a line of text before each: who it is
    of, who issued it, its SHA-256. Raises SiteError for no stamp."""
    with tempfile.TemporaryDirectory() as work:
        reply, token = Path(work, "r.tsr"), Path(work, "token")
        reply.write_bytes(stamp)
        _openssl("ts", "-reply", "-in", str(reply), "-token_out", "-out", str(token))
        pem = _openssl("pkcs7", "-inform", "DER", "-in", str(token), "-print_certs").encode()
    if root is not None and root.is_file():
        pem += b"\n" + root.read_bytes()
    try:
        found = x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise SiteError(f"the stamp carries no certificates: {error}") from error
    return b"\n".join(_described(one) for one in dict.fromkeys(found))


def _described(one: x509.Certificate) -> bytes:
    """A certificate in PEM; one that names itself as its issuer is a root."""
    kind = "root" if one.issuer == one.subject else f"issued by {one.issuer.rfc4514_string()}"
    said = f"{one.subject.rfc4514_string()}; {kind}; SHA-256 {one.fingerprint(hashes.SHA256()).hex()}\n"
    return said.encode() + one.public_bytes(serialization.Encoding.PEM)


def openssl_here() -> bool:
    """Whether the program ``openssl`` is installed."""
    return shutil.which("openssl") is not None


def _query(path: Path) -> bytes:
    with tempfile.TemporaryDirectory() as work:
        query = Path(work, "q.tsq")
        _openssl("ts", "-query", "-data", str(path), "-sha256", "-cert", "-out", str(query))
        return query.read_bytes()


def _openssl(*words: str, at: Path | None = None) -> str:
    if not openssl_here():
        raise SiteError("openssl is not installed", fix="install the package openssl")
    try:
        done = subprocess.run(["openssl", *words], cwd=at, capture_output=True, timeout=30, check=False)
    except subprocess.TimeoutExpired as error:
        raise SiteError("openssl did not end") from error
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().splitlines()
        raise SiteError(f"openssl: {last[-1] if last else 'failed'}")
    return done.stdout.decode(errors="replace")
