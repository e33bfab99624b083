"""The seal of a report: a digital signature in the PDF itself (PAdES), by the workspace's own certificate or by one
that the operator configures. Signed and checked by pyHanko, offline."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from storage.custody.keys import refuse_readable, write_private
from storage.evidence.torn import write_once
from storage.exporting.container import DAMAGED
from storage.models import utcnow
from wildtrade.errors import ConfigError, StorageError

REASON = "Seal of the workspace: the report is as the program made it. It is no person's signature."
_YEARS = timedelta(days=3652)
_FIELD = "Seal"
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")  # its object identifier, as DER
_FIX = "pip install 'wildtrade[report]'"


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a signature is made with, and what a reader sees of it. ``fingerprint`` is the SHA-256 of the certificate
    (64 hex digits); ``self_signed``: nobody but its owner vouches for the name in it."""

    key: Path
    file: Path  # PEM: its own first, then who issued it
    subject: str
    fingerprint: str
    self_signed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A sealed PDF as it was found. ``intact``: not one byte is another, and nothing was put behind."""

    intact: bool
    subject: str
    fingerprint: str
    self_signed: bool
    signed_at: datetime | None

    @property
    def told(self) -> str:
        """For people: by whom, and what that is worth."""
        issued = "self-signed: it names nobody you must believe" if self.self_signed else "issued by somebody else"
        when = f" at {self.signed_at:%Y-%m-%d %H:%M:%S} UTC by its own clock" if self.signed_at else ""
        return f"sealed{when} with the certificate of {self.subject} ({issued}; SHA-256 {self.fingerprint})"


def own_certificate(folder: Path, organisation: str) -> Certificate:
    """The workspace's own, in ``report.key`` and ``report.pem``; made on first use. P-256, since common readers of PDF
    cannot check Ed25519, the key of the custody log. Raises StorageError."""
    key, file = folder / "report.key", folder / "report.pem"
    try:
        if not file.is_file():
            _make(key, file, organisation)
    except OSError as error:
        fix = "make room, or name a key and a certificate under [evidence] in wildtrade.toml"
        raise StorageError(f"the certificate cannot be written: {error.strerror}", file=str(file), fix=fix) from error
    return read_certificate(key, file)


def read_certificate(key: Path, file: Path) -> Certificate:
    """A key and its certificate in PEM files. Raises ConfigError where they are none, or others can read the key."""
    refuse_readable(key)
    try:
        own = x509.load_pem_x509_certificates(file.read_bytes())[0]
        private = serialization.load_pem_private_key(key.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        fix = "name PEM files under [evidence] report_key and report_certificate; the key without a password"
        raise ConfigError(f"no certificate can be read: {error}", file=str(file), fix=fix) from error
    if _raw(private.public_key()) != _raw(own.public_key()):
        raise ConfigError("the key is not the one of the certificate", file=str(key), fix="name the key that fits")
    return Certificate(key, file, own.subject.rfc4514_string(), _fingerprint(own), own.issuer == own.subject)


def seal_pdf(pdf: bytes, certificate: Certificate) -> bytes:
    """The PDF with a signature that allows no change. Raises ConfigError where pyHanko is not installed."""
    fields, signers, writer = _parts()
    signer = _signer(certificate, signers.SimpleSigner)
    said = signers.PdfSignatureMetadata(
        field_name=_FIELD,
        md_algorithm="sha256",
        reason=REASON,
        name=certificate.subject,
        subfilter=fields.SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
    )
    out = io.BytesIO()
    _aside(partial(signers.sign_pdf, writer(io.BytesIO(pdf)), said, signer=signer, output=out))
    return out.getvalue()


def _signer(certificate: Certificate, make: Any) -> Any:
    from pyhanko.keys import load_certs_from_pemder, load_private_key_from_pemder
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    own, *issuers = load_certs_from_pemder([str(certificate.file)])
    others = SimpleCertificateStore()
    others.register_multiple(issuers)
    key = load_private_key_from_pemder(str(certificate.key), passphrase=None)
    return make(signing_cert=own, signing_key=key, cert_registry=others)


def check_pdf(pdf: bytes) -> Sealed:
    """What the seal of a PDF says. Raises ValueError where there is none, ConfigError where pyHanko is not here."""
    _parts()
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.general import SigningError

    try:
        (one,) = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
        own = x509.load_der_x509_certificate(one.signer_cert.dump())
        return Sealed(
            intact=_plain(one, pdf) and _is_its_own(one, _fingerprint(own)) and _holds(one),
            subject=own.subject.rfc4514_string(),
            fingerprint=_fingerprint(own),
            self_signed=own.issuer == own.subject,
            signed_at=one.self_reported_timestamp,
        )
    except (PdfError, SigningError, IndexError, AssertionError, *DAMAGED) as error:
        raise ValueError(f"it carries no signature that can be read: {error}") from error


def _plain(signature: Any, pdf: bytes) -> bool:
    """Whether what no signature covers, the place of the signature itself, is as it was written: digits in one
    case, then zeros, and no other version or digest named. Without this some changed bytes of it would pass."""
    from asn1crypto.cms import ContentInfo
    from asn1crypto.parser import parse

    start, length, behind, _ = signature.byte_range
    place = pdf[start + length : behind]
    der = bytes.fromhex(place[1:-1].decode("ascii"))
    again = ContentInfo.load(der).dump()
    parse(again[4:][len(_SIGNED_DATA) :], strict=True)  # nothing hangs on behind it
    said, signer = signature.signed_data, signature.signer_info
    named = [one.dump() for one in said["digest_algorithms"]] == [signer["digest_algorithm"].dump()]
    if not named or {said["version"].native, signer["version"].native} != {"v1"}:
        return False
    wanted = f"<{again.hex()}{'00' * (len(der) - len(again))}>".encode()
    return place in (wanted, wanted.upper())


def _is_its_own(signature: Any, fingerprint: str) -> bool:
    """Whether the certificate is the one that the signed part names by its SHA-256: another could be put there."""
    for attribute in signature.signer_info["signed_attrs"]:
        if attribute["type"].native == "signing_certificate_v2":
            hashed = attribute["values"][0]["certs"][0]["cert_hash"].native.hex()
            issuer = signature.signer_info["sid"].chosen["issuer"].dump()
            return bool(hashed == fingerprint and issuer == signature.signer_cert.issuer.dump())
    return False


def _holds(signature: Any) -> bool:
    """Whether bytes, signature and certificate fit. Who the certificate is of is for its reader to find out."""
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.status import SignatureCoverageLevel
    from pyhanko_certvalidator import ValidationContext

    alone = ValidationContext(trust_roots=[signature.signer_cert], allow_fetching=False)
    status = _aside(partial(validate_pdf_signature, signature, signer_validation_context=alone))
    whole = status.coverage is SignatureCoverageLevel.ENTIRE_FILE
    return bool(status.intact and status.valid and whole and status.docmdp_ok)


def _aside(work: Callable[[], Any]) -> Any:
    """Have it done in a thread of its own: pyHanko starts an event loop, and the caller's may have one already."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work).result()


def _parts() -> tuple[Any, Any, Any]:
    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)  # what it finds is told here, once
    try:
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
        from pyhanko.sign import fields, signers
    except ImportError as error:
        raise ConfigError(f"PDFs cannot be signed or checked here: {error}", field="report", fix=_FIX) from error
    return fields, signers, IncrementalPdfFileWriter


def _make(key: Path, file: Path, organisation: str) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"wildtrade: {organisation or 'a workspace'}"[:64])])
    now = utcnow()
    usage = dict.fromkeys(
        ("key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign", "encipher_only",
         "decipher_only"), False,
    )  # fmt: skip
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + _YEARS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=True, content_commitment=True, **usage), critical=True)
        .sign(private, hashes.SHA256())
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    pkcs8, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    key.unlink(missing_ok=True)  # one without a certificate: a crash came between
    write_private(key, private.private_bytes(serialization.Encoding.PEM, pkcs8, plain))
    write_once(file, certificate.public_bytes(serialization.Encoding.PEM))


def _raw(public: Any) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    data: bytes = public.public_bytes(serialization.Encoding.DER, form)
    return data


def _fingerprint(certificate: x509.Certificate) -> str:
    return certificate.fingerprint(hashes.SHA256()).hex()
