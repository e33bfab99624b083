"""A self-made certificate for a class or office network."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import psutil
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from review.serving import LOOPBACK, Certificate
from storage.models import utcnow
from wildtrade.errors import StorageError

_VALID = timedelta(days=397)  # the longest browsers accept
_RENEW = timedelta(days=30)


def certificate_in(folder: Path, names: Iterable[str] = ()) -> tuple[Certificate, str]:
    """The certificate kept in ``folder``, made anew where it is missing, too old, or not for all names.

    Returns it with its SHA-256 fingerprint as browsers show it. Raises StorageError where it cannot be written.
    """
    wanted = local_names() | set(names)
    file, key = folder / "cert.pem", folder / "key.pem"
    try:
        kept = x509.load_pem_x509_certificate(file.read_bytes()) if file.is_file() and key.is_file() else None
        if kept is None or kept.not_valid_after_utc < utcnow() + _RENEW or not wanted <= names_of(kept):
            kept = _make(folder, wanted)
    except (OSError, ValueError) as error:
        fix = "remove both files of this folder and start again"
        raise StorageError(f"the certificate cannot be read or written: {error}", file=str(folder), fix=fix) from error
    fingerprint = kept.fingerprint(hashes.SHA256()).hex(":").upper()
    return Certificate(file, key, frozenset(names_of(kept))), fingerprint


def local_names() -> set[str]:
    """The names and addresses under which this machine can be reached."""
    addresses = {entry.address for entries in psutil.net_if_addrs().values() for entry in entries}
    usable = {address for address in addresses if _address(address) and "%" not in address}
    host = socket.gethostname().lower()
    return {*LOOPBACK, host, *usable} - {""}


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def names_of(certificate: x509.Certificate) -> set[str]:
    """The names and addresses a certificate is for."""
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = {str(address) for address in found.get_values_for_type(x509.IPAddress)}
    return {*found.get_values_for_type(x509.DNSName), *addresses}


def _make(folder: Path, names: set[str]) -> x509.Certificate:
    folder.mkdir(parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "wildtrade")])
    alternatives = [x509.IPAddress(ip) if (ip := _address(name)) else x509.DNSName(name) for name in sorted(names)]
    now = utcnow()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + _VALID)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write_private(folder / "key.pem", secret)
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return certificate


def _write_private(path: Path, data: bytes) -> None:
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
