"""What the program is made of, as a CycloneDX 1.6 document: every package of the hashed lock, without a network.

python .ci/sbom.py [requirements.lock] > sbom.json
"""

from __future__ import annotations

import json
import re
import sys
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

_PACKAGE = re.compile(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)(?: ; ([^\\]+?))? \\$")
_HASH = re.compile(r"^    --hash=sha256:([0-9a-f]{64})")


def components(lock: str) -> list[dict[str, Any]]:
    """One for each package of a lock; ``hashes`` are those of every file that may be installed of it."""
    found: list[dict[str, Any]] = []
    for line in lock.splitlines():
        if match := _PACKAGE.match(line):
            name, version, marker = match.groups()
            found.append({"type": "library", "name": name, "version": version, "purl": f"pkg:pypi/{name}@{version}"})
            found[-1]["bom-ref"] = found[-1]["purl"]
            if said := licence(name):
                found[-1]["licenses"] = [{"license": {"name": said}}]
            if marker:
                found[-1]["properties"] = [{"name": "wildtrade:installed-where", "value": marker}]
        elif match := _HASH.match(line):
            found[-1].setdefault("hashes", []).append({"alg": "SHA-256", "content": match[1]})
    return found


def licence(name: str) -> str:
    """What a package that is installed here says of its licence; empty where it is not, or says nothing short."""
    try:
        said = metadata(name)
    except PackageNotFoundError:
        return ""
    classified = [one.rpartition(" :: ")[2] for one in said.get_all("Classifier") or () if one.startswith("License ::")]
    words: str = said.get("License-Expression") or ", ".join(classified) or said.get("License") or ""
    return words if len(words) < 120 and "\n" not in words else ""


def document(lock: str) -> dict[str, Any]:
    """The whole; the same lock makes the same document."""
    program = {"type": "application", "name": "wildtrade", "licenses": [{"license": {"id": "Apache-2.0"}}]}
    about = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "metadata": {"component": program}}
    return {**about, "components": components(lock)}


if __name__ == "__main__":
    path = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent / "requirements.lock")
    sys.stdout.write(json.dumps(document(path.read_text(encoding="utf-8")), indent=1) + "\n")
