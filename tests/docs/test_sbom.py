"""The bill of materials names every package of the lock, each with its hashes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def bill(*words: str) -> dict[str, list[dict[str, object]]]:
    done = subprocess.run([sys.executable, ROOT / ".ci/sbom.py", *words], capture_output=True, check=True)
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def test_every_locked_package_is_in_the_bill_with_its_hashes() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = re.findall(r"^([A-Za-z0-9_.-]+)==(\S+)", lock, re.M)
    found = bill()["components"]
    assert [(one["name"], one["version"]) for one in found] == pinned and len(pinned) > 100
    assert all(one["hashes"] for one in found)
    assert lock.count("--hash=sha256:") == sum(len(one["hashes"]) for one in found)  # type: ignore[arg-type]
    assert sum("licenses" in one for one in found) > 0.9 * sum("properties" not in one for one in found)


def test_a_package_without_a_hash_has_none(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("a==1 \\\n    --hash=sha256:" + "0" * 64 + "\nb==2 ; sys_platform == 'x' \\\n")
    one, two = bill(str(tmp_path / "lock"))["components"]
    assert one["hashes"] and "hashes" not in two and two["properties"]
