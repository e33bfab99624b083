"""The bars of the project on real saved listing pages."""

import gzip
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from spiders.extraction import Document, read_listing
from wildtrade.output import to_json
from wildtrade.records import Page

BARS = {
    "title": 0.95,
    "price": 0.92,
    "currency": 0.92,
    "description": 0.90,
    "image": 0.95,
    "seller": 0.90,
    "location": 0.95,
}
MOST_INVENTED_DATES = 0


def _text(path: Path) -> str:
    data = path.read_bytes()
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    try:
        return data.decode()
    except UnicodeDecodeError:
        declared = re.search(rb"charset=[\"']?([\w-]+)", data[:3000])
        return data.decode(declared.group(1).decode() if declared else "cp1252", "replace")


@pytest.mark.shared
def test_bars(shared: Path, tmp_path: Path) -> None:
    truth = shared / "pages" / "truth.jsonl"
    predictions = tmp_path / "predictions.jsonl"
    with predictions.open("w", encoding="utf-8") as out:
        for entry in map(json.loads, truth.read_text(encoding="utf-8").splitlines()):
            if entry["type"] == "search":
                continue
            url = entry["url"] or f"https://{entry['site']}/"
            page = Page(url=url, body=b"")
            found = read_listing(Document(_text(shared / "pages" / entry["file"]), url), page)
            price = found.price and {"amount": str(found.price.amount), "currency": found.price.currency}
            fields = {name: getattr(found, name) for name in ("title", "seller", "location", "description", "images")}
            out.write(to_json({"file": entry["file"], "price": price, "posted_at": found.posted_at, **fields}) + "\n")
    score = shared / "tools" / "score_extraction.py"
    run = subprocess.run(
        [sys.executable, str(score), str(truth), str(predictions), "--json"], capture_output=True, check=True
    )
    report = json.loads(run.stdout)
    missed = {field: report[field] for field, bar in BARS.items() if report[field]["accuracy"] < bar}
    assert not missed
    assert report["date"]["invented"] <= MOST_INVENTED_DATES
