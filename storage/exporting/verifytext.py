"""VERIFY.txt: how anybody checks a package with three programs that are on every Linux and Mac."""

from __future__ import annotations

from storage.exporting.bag import MANIFEST, SIGNATURE, TAG_MANIFEST
from storage.exporting.extract import Extract
from storage.exporting.material import Material
from storage.exporting.pdf_seal import Certificate
from storage.exporting.stamping import CHAIN, Stamps

_TEXT = """\
HOW TO CHECK THIS PACKAGE                                        case {number}

Nothing made by the program that wrote this package is needed: only unzip,
sha256sum and openssl (3.0 or newer). Open a terminal where the package lies.

1. Is the package whole?

     unzip {number}.zip           (or whatever the file is called)
     cd {number}
     sha256sum -c {tags} {manifest}

   Every line must end with "OK". (On a Mac: shasum -a 256 -c ...)
   Then every file is the one that was packed. Was one added?

     cut -c67- {tags} {manifest} > ../listed.txt
     find . -type f | cut -c3- | grep -vxFf ../listed.txt

   It must print {tags} and {signature}, and nothing else.

2. Was it packed by the holder of the key, and not changed since?

     openssl pkeyutl -verify -pubin -inkey data/custody/keys/{key}.pub \\
         -rawin -in {tags} -sigfile {signature}

   It must print "Signature Verified Successfully". Whoever changes everything
   can also change the key: compare the key with one you were given otherwise
   (on paper, by telephone). Its fingerprint is the name of its file: the first
   16 digits of the SHA-256 of the raw key,

     openssl pkey -pubin -in data/custody/keys/{key}.pub -outform DER \\
         | tail -c 32 | sha256sum
{captures}
4. When was it so?

   data/custody/log.jsonl holds the entries of the custody log about this case,
   each signed: what was captured, sealed, redacted. The head of the whole log at
   the time of packing is in data/custody/anchor.txt:

     {anchor}
{stamps}
   The holder of the evidence can show the whole log; whoever has kept this line
   sees whether it was rewritten.
{report}
All of this at once, and the signature of each entry, by a script of a few lines
that you can read first (Python 3.9 or newer, and openssl):

     python3 verify.py KEY-YOU-WERE-GIVEN.pub

Or with the program that made the package:

     wildtrade case verify {number}.zip --pub KEY-YOU-WERE-GIVEN.pub
"""
_CAPTURES = """
3. Is a capture what was received from the site?

     unzip -p data/exhibits/{first}/capture.wacz archive/data.warc.gz | sha256sum

     grep {first} data/case/hashes.csv

   Both must show the same 64 digits (the column derived_sha256). Where that
   differs from original_sha256, passwords and cookies of the investigator were
   taken out of this copy; the entry "redacted" in data/custody/log.jsonl, signed
   by the same key, says which original it was made of. The original stays sealed.
   A capture opens in ReplayWeb.page (https://replayweb.page), also offline.
"""
_NO_CAPTURES = """
3. This package was made without identities: it holds no captures, and sellers
   are pseudonyms. data/case/hashes.csv names the sealed originals by their hash.
"""
_STAMP = """
   A time-stamping authority has signed when it saw a checkpoint of the log, and
   the list of everything in this package:
{commands}
   Each must print "Verification: OK"; when it was, says

     openssl ts -reply -in STAMP.tsr -text
{worth}"""
_COMMAND = """
     openssl ts -verify -data {data} \\
         -in {stamp} \\
         {root}
"""
_ROOTED = """
   The certificates of the authority lie in {chain}, its root last, each
   with its SHA-256. Whoever changes everything can change them too: compare the
   root's SHA-256 with the one that the authority publishes.
"""
_ROOTLESS = """
   {chain} holds the certificates that the stamps carry, not the
   authority's root: take that from the authority itself.
"""
_TRAINING = """
   THIS AUTHORITY IS ONE OF THE WORKSPACE'S OWN, FOR TRAINING: its certificate in
   {chain} is self-signed, and its stamps prove nothing to anybody else.
"""
_SEAL = """
5. Is the report the one that was packed?

   data/case/report.signed.pdf is data/case/report.pdf with a digital signature,
   which readers of PDF show (pyHanko checks it: pyhanko sign validate). It was made
   by the program, with the certificate of

     {subject}
     SHA-256 {fingerprint}

{worth}"""
_SELF_SIGNED = """   THIS CERTIFICATE IS SELF-SIGNED: a reader will not know it. It shows that the
   file was not changed, and nothing about who made it; the signature of step 2
   says that. No person has signed.
"""
_ISSUED = """   data/case/report_certificate.pem holds it and those who issued it, as far as
   they were configured. It is the seal of an office; no person has signed.
"""


def verify_text(material: Material, found: Extract, stamps: Stamps, *, report: bool) -> str:
    """The instructions for this package, with its names filled in."""
    first = material.pieces[0].name if material.pieces else ""
    captures = _CAPTURES.format(first=first) if first and material.identities else _NO_CAPTURES
    return _TEXT.format(
        number=material.case.number,
        key=material.key,
        anchor=found.anchor,
        manifest=MANIFEST,
        tags=TAG_MANIFEST,
        signature=SIGNATURE,
        captures=captures if first else "",
        stamps=_stamps(stamps),
        report=_report(material.house.certificate) if report else "",
    )


def _stamps(stamps: Stamps) -> str:
    """How each stamp is checked, and what its authority is worth."""
    if not stamps.pairs:
        return ""
    root = f"-CAfile {CHAIN}" if stamps.rooted else f"-CAfile ROOT-OF-THE-AUTHORITY.pem -untrusted {CHAIN}"
    commands = "".join(_COMMAND.format(data=data, stamp=stamp, root=root) for data, stamp in stamps.pairs)
    worth = _TRAINING if stamps.training else _ROOTED if stamps.rooted else _ROOTLESS
    return _STAMP.format(commands=commands, worth=worth.format(chain=CHAIN))


def _report(certificate: Certificate | None) -> str:
    if certificate is None:
        return ""
    worth = _SELF_SIGNED if certificate.self_signed else _ISSUED
    return _SEAL.format(subject=certificate.subject, fingerprint=certificate.fingerprint, worth=worth)
