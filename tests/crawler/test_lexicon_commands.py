"""``wildtrade lexicon`` as a biologist uses it: a draft, its effect on what is in the database, publishing, packs."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from classifiers.assessor import Assessor
from classifiers.lexicon import TERM_COLUMNS
from crawler.workspace import create
from storage.database import open_database
from storage.door import Found
from storage.models import FlagRow
from storage.queue import decide
from storage.runs import open_run
from tests.storage.helpers import Crawl, listing
from wildtrade.cli import run
from wildtrade.errors import Exit
from wildtrade.records import DecisionLabel
from wildtrade.settings import Workspace

TEXTS = {
    "ivory": "Old elephant ivory bangle",
    "zorbu": "Zorbu horn for sale",
    "chair": "Plastic garden chair, four pieces",
}


def write(
    workspace: Workspace, *rows: str, file: str = "terms/mine.csv", columns: tuple[str, ...] = TERM_COLUMNS
) -> None:
    path = workspace.lexicon / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([",".join(columns), *rows]) + "\n", encoding="utf-8")


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace whose database holds three assessed listings, of which a person confirmed the ivory."""
    made = create(tmp_path / "ws")
    monkeypatch.setenv("WILDTRADE_HOME", str(made.root))
    assessor = Assessor.load()
    database = open_database(made.database_url)
    with database.session() as session:
        opened = open_run(session, "market", [], {}, fresh=True)
    crawl = Crawl(database, opened, itertools.count())
    for key, text in TEXTS.items():
        one = listing(key, title=None, description=text)
        crawl.store(Found(listing=one, assessment=assessor.assess(None, text, "120.50 USD", images=1)))
    with database.session() as session:
        for flag in session.scalars(select(FlagRow)).all():
            if flag.listing_id == 1:
                decide(session, flag.id, DecisionLabel.WILDLIFE, "ana", assessment_id=flag.assessment_id)
    database.close()
    return made


def told(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> dict[str, Any]:
    """The JSON answer of ``wildtrade lexicon ... --json``."""
    capsys.readouterr()
    assert run(["lexicon", *words, "--json"]) == code
    shown = capsys.readouterr()
    answer: dict[str, Any] = json.loads(shown.out if shown.out else shown.err)
    return answer


def test_a_draft_is_compared_published_used_and_taken_back(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    write(workspace, "zorbu horn,en,Rhinocerotidae,family,horn,HOR,strong,own knowledge,K,")
    effect = told(capsys, "diff", "shipped", "draft")
    assert (effect["listings"], effect["confirmed"], effect["lost_confirmed"]) == (3, 1, 0)
    assert (effect["new_flags"], effect["lost_flags"]) == (1, 0)
    (new,) = effect["lists"]["new_flags"]
    assert new["url"].endswith("zorbu")
    assert any(reason.startswith("+ lexicon:mine/zorbu horn") for reason in new["reasons"])

    version = told(capsys, "publish", "--note", "zorbu")
    assert (version["number"], version["note"]) == (1, "zorbu")
    assert version["effect"]["lost_confirmed"] == 0
    used = Assessor.load(workspace.lexicon)
    assert "+own1." in used.lexicon_version
    assert used.assess(None, TEXTS["zorbu"]).lexicon_version == used.lexicon_version

    assert told(capsys, "publish", code=Exit.REFUSED)["error"]["message"].startswith("the draft is what is published")
    assert told(capsys, "publish", "--back") == {"current": 0}
    listed = told(capsys, "publish", "--list")
    assert listed["current"] == 0 and [one["number"] for one in listed["versions"]] == [1]


def test_a_draft_that_loses_confirmed_items_is_refused_unless_accepted(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    write(
        workspace,
        "X1,en,elephant_ivory,old elephant,9,-4,colour,own knowledge,K,x",
        "X2,en,elephant_ivory,old elephant ivory,9,-4,faux,own knowledge,K,x",
        file="guards.csv",
        columns=("id", "language", "target", "phrases", "window", "weight", "reason", "status", "source", "example"),
    )
    effect = told(capsys, "diff", "shipped", "draft")
    assert effect["lost_confirmed"] == 1 and effect["lists"]["lost_confirmed"][0]["decision"] == "wildlife"
    assert any(reason.startswith("+ guard:X") for reason in effect["lists"]["lost_confirmed"][0]["reasons"])
    error = told(capsys, "publish", code=Exit.REFUSED)["error"]
    assert "1 listings that people confirmed would be lost" in error["message"] and "--accept-losses" in error["fix"]
    assert told(capsys, "publish", "--accept-losses")["effect"]["lost_confirmed"] == 1


def test_errors_and_failing_examples_refuse_publishing(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    write(workspace, "zorbu horn,en,Rhinocerotide,family,horn,HOR,strong,own knowledge,K,")
    error = told(capsys, "publish", code=Exit.REFUSED)["error"]
    assert error["line"] == 2 and error["field"] == "taxon" and "Rhinocerotidae" in error["fix"]
    write(workspace, "zorbu horn,en,Rhinocerotidae,family,horn,HOR,strong,own knowledge,K,")
    write(workspace, "Blick horn,en,mine,,", file="tests/mine.csv", columns=("text", "language", "hit", "miss", "note"))
    error = told(capsys, "publish", code=Exit.REFUSED)["error"]
    assert error["line"] == 2 and "must show 'mine'" in error["message"]
    assert told(capsys, "test", code=Exit.PROBLEM)["failures"][0]["line"] == 2
    assert not (workspace.lexicon / "published").exists()


def test_lint_tells_the_draft_from_the_shipped_lexicon(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told(capsys, "lint")["errors"] == 0
    write(workspace, "ivory bangle,en,,,ivory,IVC,weak,own knowledge,K,")
    report = told(capsys, "lint", code=Exit.CONFIG)
    assert [one["rule"] for one in report["findings"]] == ["twice"]
    assert report["findings"][0]["file"].startswith(str(workspace.lexicon))


def test_stats_count_hits_and_precision_from_decisions(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    stats = told(capsys, "stats", "--limit", "10")
    assert stats["use"]["listings"] == 3
    ivory = next(one for one in stats["use"]["terms"] if "ivory" in one["entry"])
    assert (ivory["hits"], ivory["wildlife"], ivory["precision"]) == (1, 1, 1.0)
    assert stats["taxa"]["all"] >= stats["taxa"]["aim"]
    assert run(["lexicon", "stats"]) == 0
    assert "Terms by group and language" in capsys.readouterr().out


def test_packs_are_imported_shown_with_their_licence_and_removed(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pack = tmp_path / "birds.csv"
    pack.write_text("name,language,taxon,rank\nGreat Zorbu,en,Zorbus major,species\n", encoding="utf-8")
    assert told(capsys, "import", str(pack), code=Exit.USAGE)["error"]["fix"]
    words = ("import", str(pack), "--licence", "CC-BY-SA-4.0", "--source", "https://example.org")
    assert told(capsys, *words)["names"] == 1
    (shown,) = told(capsys, "stats")["packs"]
    assert (shown["name"], shown["licence"], shown["source"]) == ("birds", "CC-BY-SA-4.0", "https://example.org")
    assert "packs1" in Assessor.load(workspace.lexicon).lexicon_version
    assert told(capsys, "import", "--remove", "birds") == {"removed": "birds"}
    assert told(capsys, "stats")["packs"] == []


def test_the_test_box(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    seen = told(capsys, "test", "no es marfil, vendo loro", "--language", "es")
    assert {hit["group"] for hit in seen["hits"]} == {"elephant_ivory", "parrots"}
    assert run(["lexicon", "test", "Plush pangolin for sale"]) == 0
    assert "pangolin/pangolin" in capsys.readouterr().out


def test_outside_a_workspace_the_shipped_lexicon_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("WILDTRADE_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    assert told(capsys, "lint")["entries"] > 20_000
    assert told(capsys, "stats")["use"] is None
    assert told(capsys, "diff", code=Exit.CONFIG)["error"]["fix"]
