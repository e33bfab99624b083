"""What real sites served: kinds, walls, results, posts. The pages are third-party and stay outside the project."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from wildtrade.cli import run

pytestmark = pytest.mark.shared


def manifest(shared: Path) -> Iterator[dict[str, str]]:
    with (shared / "pages" / "MANIFEST.csv").open(encoding="utf-8") as file:
        yield from csv.DictReader(file)


@pytest.fixture(scope="module", params=["without hints", "with hints"])
def extracted(
    request: pytest.FixtureRequest, shared: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[dict[str, Any]]]:
    """Every page through the command, as a caller would do it."""
    folder = tmp_path_factory.mktemp("extract")
    hinted = request.param == "with hints"
    entries = [
        {"file": row["file"], "url": row["url"]}
        | ({"kind": row["kind"]} if hinted and row["kind"] != "blocked" else {})
        for row in manifest(shared)
    ]
    source = folder / "pages.jsonl"
    source.write_text("\n".join(map(json.dumps, entries)), encoding="utf-8")
    for name in {Path(entry["file"]).parts[0] for entry in entries}:
        (folder / name).symlink_to(shared / "pages" / name)
    output = folder / "out.jsonl"
    assert run(["extract", "--input", str(source), "--output", str(output)]) == 0
    return output, [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]


def test_every_wall_and_no_ordinary_page(extracted: tuple[Path, list[dict[str, Any]]]) -> None:
    _, found = extracted
    wrong = [entry["file"] for entry in found if (entry["kind"] == "blocked") != entry["file"].startswith("blocked/")]
    assert wrong == []
    assert all(entry["reason"] for entry in found if entry["kind"] == "blocked")


def test_kinds_are_told(extracted: tuple[Path, list[dict[str, Any]]]) -> None:
    _, found = extracted
    wrong = [entry["file"] for entry in found if entry["kind"] != entry["file"].partition("/")[0]]
    assert len(wrong) <= 2, wrong


def test_posts_have_authors_and_texts(extracted: tuple[Path, list[dict[str, Any]]]) -> None:
    _, found = extracted
    pages = [entry for entry in found if entry["file"].startswith(("social/", "api/"))]
    assert all(entry["listings"] for entry in pages)
    posts = [post for entry in pages if entry["file"].startswith("social/") for post in entry["listings"]]
    assert sum(bool(post["seller"]) for post in posts) >= 0.9 * len(posts)
    assert sum(bool(post["description"] or post["title"] or post["images"]) for post in posts) == len(posts)


def test_results_without_any_source(extracted: tuple[Path, list[dict[str, Any]]], shared: Path) -> None:
    output, found = extracted
    tool = [
        sys.executable,
        str(shared / "tools" / "score_extraction.py"),
        str(shared / "pages" / "truth.jsonl"),
        str(output),
        "--json",
    ]
    scores = json.loads(subprocess.run(tool, check=True, capture_output=True, text=True).stdout)["search"]
    assert scores["recall"] >= 0.85
    assert scores["precision"] >= 0.9
    for entry in found:
        urls = entry.get("listing_urls", [])
        assert len(set(urls)) == len(urls)
        assert all(re.match(r"https?://", url) for url in urls)
