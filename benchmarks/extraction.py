"""How much of what a reader finds on real saved pages does ``wildtrade extract`` find?

    python -m benchmarks.extraction

Needs the third-party samples beside the project (../shared/pages); says so and ends with 0 where they are absent.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.report import finish

_SHARED = Path(__file__).resolve().parent.parent.parent / "shared"
_BARS = {
    "price": 0.85,
    "title": 0.90,
    "currency": 0.85,
    "description": 0.80,
    "image": 0.88,
    "seller": 0.50,
    "location": 0.50,
}


def main() -> None:
    pages = _SHARED / "pages"
    if not pages.is_dir():
        print(json.dumps({"benchmark": "extraction", "skipped": f"no samples in {pages}"}))
        return
    with (pages / "MANIFEST.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with tempfile.TemporaryDirectory() as folder:
        listed, read = Path(folder) / "pages.jsonl", Path(folder) / "out.jsonl"
        listed.write_text(
            "".join(
                json.dumps(
                    {
                        "file": str(pages / row["file"]),
                        "url": row["url"],
                        **({} if row["kind"] == "blocked" else {"kind": row["kind"]}),
                    }
                )
                + "\n"
                for row in rows
            ),
            encoding="utf-8",
        )
        command = [sys.executable, "-m", "wildtrade", "extract", "--input", str(listed), "--output", str(read)]
        subprocess.run(command, check=True)
        found = [json.loads(line) for line in read.read_text(encoding="utf-8").splitlines()]
        for one in found:
            one["file"] = str(Path(one["file"]).relative_to(pages))
        read.write_text("".join(json.dumps(one) + "\n" for one in found), encoding="utf-8")
        score = [sys.executable, str(_SHARED / "tools" / "score_extraction.py"), str(pages / "truth.jsonl"), str(read)]
        report = json.loads(subprocess.run([*score, "--json"], capture_output=True, text=True, check=True).stdout)
    kinds = {one["file"]: one.get("kind") for one in found}
    blocked = {row["file"] for row in rows if row["kind"] == "blocked"}
    recognised = sum(kinds[file] == "blocked" for file in blocked)
    wrongly = [file for file, kind in kinds.items() if kind == "blocked" and file not in blocked]
    for name, row in report.items():
        print(f"{name:12}", row)
    figures = {
        **{name: report[name]["accuracy"] for name in _BARS},
        "invented_dates": report["date"]["invented"],
        "search_recall": report["search"]["recall"],
        "search_precision": report["search"]["precision"],
        "blocked": f"{recognised} of {len(blocked)}",
        "wrongly_blocked": wrongly,
    }
    bars = {f"{name} >= {bar:.0%}": report[name]["accuracy"] >= bar for name, bar in _BARS.items()}
    bars |= {
        "invented dates <= 2": report["date"]["invented"] <= 2,
        "search recall >= 0.85": report["search"]["recall"] >= 0.85,
        "search precision >= 0.9": report["search"]["precision"] >= 0.9,
        "every blocked page recognised": recognised == len(blocked),
        "no ordinary page called blocked": not wrongly,
    }
    finish("extraction", figures, bars)


if __name__ == "__main__":
    main()
