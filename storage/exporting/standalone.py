"""Check the evidence package this file lies in: python3 verify.py [PUBLIC-KEY.pub]

Needs Python 3.9 or newer and openssl 3, nothing else, and no network. It reads every file here and changes none. With
the public key that you were given otherwise it says whether that key vouches for the package. Ends with 0 where all
holds.
"""

import hashlib
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
MANIFEST, TAGS, SIGNATURE = "manifest-sha256.txt", "tagmanifest-sha256.txt", "tagmanifest-sha256.sig"
DER_HEAD = bytes.fromhex("302a300506032b6570032100")  # of an Ed25519 public key
problems: list[str] = []


def say(text: str) -> None:
    sys.stdout.write(text.encode("unicode_escape").decode() + "\n")


def bad(text: str) -> None:
    problems.append(text)
    say("PROBLEM  " + text)


def holds(public: bytes, signature: bytes, data: bytes) -> bool:
    """Whether a signature is of some bytes by a key (32 bytes), as openssl says."""
    with tempfile.TemporaryDirectory() as aside:
        for name, content in (("key", DER_HEAD + public), ("sig", signature), ("data", data)):
            Path(aside, name).write_bytes(content)
        words = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", "key", "-rawin"]
        words += ["-in", "data", "-sigfile", "sig"]
        return subprocess.run(words, cwd=aside, capture_output=True, check=False).returncode == 0


def check_files() -> None:
    """Every file is listed, and is the one that is listed."""
    listed = {}
    for name in (TAGS, MANIFEST):
        for line in (HERE / name).read_text("utf-8").splitlines():
            sha256, _, path = line.partition("  ")
            listed[path] = sha256
    for found in sorted(HERE.rglob("*")):
        name = found.relative_to(HERE).as_posix()
        if found.is_symlink():
            bad(f"{name} is a link")
        elif found.is_file() and name not in {*listed, TAGS, SIGNATURE}:
            bad(f"{name} is listed nowhere: it was added")
    for name, sha256 in sorted(listed.items()):
        if not (HERE / name).is_file():
            bad(f"{name} is missing")
        elif hashlib.sha256((HERE / name).read_bytes()).hexdigest() != sha256:
            bad(f"{name} is not the file that is listed")
    say(f"{len(listed)} files compared with their SHA-256")


def read_log() -> tuple[bytes, set[bytes], set[str], dict[str, str]]:
    """The key in force at the end, all keys, the records captured, and copy -> original of what was redacted."""
    key, last = b"", (0, "0" * 64)
    keys: set[bytes] = set()
    captured: set[str] = set()
    derived: dict[str, str] = {}
    lines = (HERE / "data/custody/log.jsonl").read_bytes().splitlines()
    for raw in lines:
        match = re.fullmatch(rb'\{"entry":(.*),"sig":"([0-9a-f]{128})"\}', raw, re.S)
        entry = json.loads(match[1]) if match else {}
        action, said, seq = entry.get("action"), entry.get("details", {}), entry.get("seq", 0)
        new = bytes.fromhex(said["public"]) if action in ("key", "key_lost") else b""
        by = new if action == "key_lost" or not key else key
        if match is None or not holds(by, bytes.fromhex(match[2].decode()), match[1]):
            bad(f"entry {seq} of the custody log is not signed by the key in force")
            continue
        if seq <= last[0] or (seq == last[0] + 1 and entry["prev"] != last[1]):
            bad(f"entry {seq} of the custody log does not continue the entry before it")
        if action == "key_lost":
            say(f"note: the key was lost before entry {seq}: the new one must be known from elsewhere")
            keys.clear()
        last, key = (seq, hashlib.sha256(raw).hexdigest()), new or key
        keys.add(key)
        captured |= {one["sha256"] for one in said["records"]} if action == "capture" else set()
        derived.update({one["derived"]: one["original"] for one in said["records"]} if action == "redacted" else {})
    say(f"{len(lines)} entries of the custody log read")
    return key, keys, captured, derived


def check_captures(captured: set[str], derived: dict[str, str]) -> None:
    """Each capture is one that the log tells of, or a copy without passwords of one."""
    for path in sorted(HERE.glob("data/exhibits/*/capture.wacz")):
        with zipfile.ZipFile(path) as wacz:
            found = hashlib.sha256(wacz.read("archive/data.warc.gz")).hexdigest()
        original = derived.get(found, found)
        say(f"{path.parent.name}: {'copy of ' if original != found else ''}{original}")
        if original not in captured:
            bad(f"{path.parent.name} is no capture that the custody log tells of")


def main() -> int:
    check_files()
    key, keys, captured, derived = read_log()
    if not holds(key, (HERE / SIGNATURE).read_bytes(), (HERE / TAGS).read_bytes()):
        bad("the lists of files are not signed by the key in force")
    check_captures(captured, derived)
    if len(sys.argv) > 1:
        words = ["openssl", "pkey", "-pubin", "-in", sys.argv[1], "-outform", "DER"]
        given = subprocess.run(words, capture_output=True, check=False).stdout[-32:]
        if given not in keys:
            bad("the key you were given vouches for nothing here")
    else:
        say(f"note: no key was given; compare this one with one you were told otherwise: {key.hex()}")
    say(f"{len(problems)} problems" if problems else "everything holds")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
