"""Publishing: numbered versions that stay as they are, a way back, and which of them counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from classifiers.lexicon import TERM_COLUMNS, load_lexicon
from classifiers.lexicons.versions import current, go_back, history, in_use, publish
from classifiers.lexicons.workspace import load_draft, load_in_use, load_named
from wildtrade.errors import ConfigError, RefusedError, UsageError


def write(folder: Path, *words: str) -> Path:
    (folder / "terms").mkdir(parents=True, exist_ok=True)
    rows = [f"{word},en,,,horn,,strong,own knowledge,K," for word in words]
    (folder / "terms" / "mine.csv").write_text("\n".join([",".join(TERM_COLUMNS), *rows]) + "\n", encoding="utf-8")
    return folder


def own_words(folder: Path) -> set[str]:
    return {term.text for term in load_in_use(folder).terms if term.group == "mine"}


def test_a_draft_counts_until_the_first_version_is_published(tmp_path: Path) -> None:
    folder = write(tmp_path, "zorbu horn")
    assert own_words(folder) == {"zorbu horn"}
    assert load_in_use(folder).version.startswith(load_lexicon().version.split("+")[0] + "+draft.")
    publish(folder, by="ana")
    write(folder, "zorbu horn", "blick horn")
    assert own_words(folder) == {"zorbu horn"}
    assert {t.text for t in load_draft(folder).terms if t.group == "mine"} == {"zorbu horn", "blick horn"}


def test_versions_are_numbered_dated_hashed_and_can_be_gone_back_to(tmp_path: Path) -> None:
    folder = write(tmp_path, "zorbu horn")
    first = publish(folder, by="ana", note="first")
    second = publish(write(folder, "blick horn"), by="ben")
    assert [one.number for one in history(folder)] == [1, 2]
    assert (first.by, first.note, len(first.sha256)) == ("ana", "first", 64)
    assert first.sha256 != second.sha256 and first.published_at.endswith("+00:00")
    assert "+own2." in load_in_use(folder).version
    assert go_back(folder) == 1
    assert own_words(folder) == {"zorbu horn"}
    assert "+own1." in load_in_use(folder).version
    assert go_back(folder, 2) == 2
    assert go_back(folder, 0) == 0
    assert own_words(folder) == set() and load_in_use(folder).version == load_lexicon().version
    third = publish(folder, by="ana")
    assert third.number == 3 and third.sha256 == second.sha256


def test_what_cannot_be_published_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="no entries"):
        publish(tmp_path, by="ana")
    with pytest.raises(RefusedError, match="nothing was published"):
        go_back(tmp_path)
    publish(write(tmp_path, "zorbu horn"), by="ana")
    with pytest.raises(RefusedError, match="already"):
        publish(tmp_path, by="ana")
    with pytest.raises(UsageError, match="no published version 9"):
        go_back(tmp_path, 9)
    assert current(tmp_path) == 1


def test_a_version_that_was_changed_afterwards_is_not_used(tmp_path: Path) -> None:
    publish(write(tmp_path, "zorbu horn"), by="ana")
    path = tmp_path / "published" / "0001" / "terms" / "mine.csv"
    path.chmod(0o644)
    path.write_text(path.read_text(encoding="utf-8").replace("zorbu", "other"), encoding="utf-8")
    with pytest.raises(ConfigError, match="changed after it was published") as caught:
        in_use(tmp_path)
    assert caught.value.fix


def test_a_broken_pointer_is_named(tmp_path: Path) -> None:
    publish(write(tmp_path, "zorbu horn"), by="ana")
    (tmp_path / "published" / "current").write_text("two\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="number of a version"):
        load_in_use(tmp_path)


def test_lexicons_have_names(tmp_path: Path) -> None:
    folder = write(tmp_path / "own", "zorbu horn")
    assert load_named("shipped", None).version == load_lexicon().version
    assert load_named(str(folder), None).version == load_lexicon(folder).version
    for name in ("1", "nonsense", "0"):
        with pytest.raises(UsageError):
            load_named(name, folder)
    publish(folder, by="ana")
    assert load_named("1", folder) == load_named("published", folder)
    with pytest.raises(UsageError, match="outside a workspace"):
        load_named("draft", None)
