"""VERIFY.txt: how anybody checks a package with three programs that are on every Linux and Mac."""

from __future__ import annotations

from storage.exporting.bag import MANIFEST, SIGNATURE, TAG_MANIFEST
from storage.exporting.extract import Extract
from storage.exporting.material import Material

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
   A time-stamping authority has signed when it saw a checkpoint of the log. Take
   its root certificate from the authority itself, not from this package:

     openssl ts -verify -data data/{data} \\
         -in data/{stamp} -CAfile ROOT-OF-THE-AUTHORITY.pem
"""


def verify_text(material: Material, found: Extract) -> str:
    """The instructions for this package, with its names filled in."""
    stamps = sorted(name for name in found.files if name.endswith(".tsr"))
    first = material.pieces[0].name if material.pieces else ""
    captures = _CAPTURES.format(first=first) if first and material.identities else _NO_CAPTURES
    stamp = _STAMP.format(data=stamps[-1].removesuffix(".tsr") + ".json", stamp=stamps[-1]) if stamps else ""
    return _TEXT.format(
        number=material.case.number,
        key=material.key,
        anchor=found.anchor,
        manifest=MANIFEST,
        tags=TAG_MANIFEST,
        signature=SIGNATURE,
        captures=captures if first else "",
        stamps=stamp,
    )
