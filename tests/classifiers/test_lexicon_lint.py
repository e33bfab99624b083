"""The linter names each mistake with its line and fix; the shipped lexicon has none."""

from __future__ import annotations

from pathlib import Path

import pytest

from classifiers.lexicon import CUE_COLUMNS, GUARD_COLUMNS, TERM_COLUMNS, shipped_lexicon
from classifiers.lexicons.findings import Finding
from classifiers.lexicons.han import has_other_script, is_variant
from classifiers.lexicons.lint import lint, lint_own, lint_shipped

GOOD = "zorbu bangle,en,Elephantidae,family,ivory,IVC,strong,own knowledge,K,"


def draft(folder: Path, *terms: str, guards: tuple[str, ...] = (), cues: tuple[str, ...] = ()) -> Path:
    """A draft beside the shipped lexicon."""
    (folder / "terms").mkdir(parents=True)
    for name, columns, rows in (
        ("terms/mine.csv", TERM_COLUMNS, terms),
        ("guards.csv", GUARD_COLUMNS, guards),
        ("cues.csv", CUE_COLUMNS, cues),
    ):
        (folder / name).write_text("\n".join([",".join(columns), *rows]) + "\n", encoding="utf-8")
    return folder


def found(folder: Path) -> dict[str, Finding]:
    """The findings by rule."""
    return {finding.rule: finding for finding in lint_own(folder).findings}


def test_the_shipped_lexicon_lints_clean() -> None:
    report = lint_shipped()
    assert [str(finding) for finding in report.findings] == []
    assert report.entries > 20_000


def test_a_good_draft_has_no_findings(tmp_path: Path) -> None:
    report = lint_own(draft(tmp_path / "own", GOOD))
    assert report.findings == ()
    assert report.entries == 1


@pytest.mark.parametrize(
    ("term", "rule", "column", "fix"),
    [
        ("zorbu,xx,,,ivory,,weak,own knowledge,K,", "unknown_language", "language", "use one of"),
        ("zorbu,en,Elephantdae,family,ivory,,weak,own knowledge,K,", "unknown_taxon", "taxon", "'Elephantidae'"),
        ("zorbu,en,Panthera tigri,species,any,,weak,own knowledge,K,", "unknown_taxon", "taxon", "'Panthera tigris'"),
        ("zorbu,en,Panthera,species,any,,weak,own knowledge,K,", "wrong_rank", "rank", "genus"),
        ("zorbu,en,,genus,any,,weak,own knowledge,K,", "rank_alone", "rank", "name the taxon"),
        ("zorbu,en,,,ivori,,weak,own knowledge,K,", "unknown_form", "form", "'ivory'"),
        ("zorbu,en,,,ivory,IVV,weak,own knowledge,K,", "unknown_cites_code", "cites_code", "IV"),
        ("zorbu,en,,,ivory,,mighty,own knowledge,K,", "unknown_strength", "strength", "strong"),
        ("zorbu,en,,,ivory,,weak,own knowlege,K,", "unknown_status", "status", "'own knowledge'"),
        ("zorbu,en,,,ivory,,weak,own knowledge,S999,", "unknown_source", "source", "use one of"),
        ("zorbu,en,,,ivory,,weak,own knowledge,,", "no_source", "source", "K for own knowledge"),
        ("zorbu,en,,,ivory,,weak,sourced,K,", "status_and_source", "status", "where the word was read"),
        ("ab,en,,,ivory,,strong,own knowledge,K,", "too_short", "strength", "weak"),
        ("牙,zh,,,ivory,,strong,own knowledge,K,", "too_short", "strength", "weak"),
        ("งา,th,,,ivory,,strong,own knowledge,K,", "too_short", "strength", "weak"),
        ("zorbu,th,,,ivory,,weak,own knowledge,K,", "wrong_script", "term", "correct the language"),
        ("象牙手串,en,,,ivory,,weak,own knowledge,K,", "wrong_script", "term", "correct the language"),
        ("zоrbu,en,,,ivory,,weak,own knowledge,K,", "mixed_scripts", "term", "one script"),
        ("zorbe\u0301,en,,,ivory,,weak,own knowledge,K,", "not_nfc", "term", "zorbé"),
        ("zor\u200bbu,en,,,ivory,,weak,own knowledge,K,", "invisible", "term", "'zorbu'"),
        ("zorbu  tusk,en,,,ivory,,weak,own knowledge,K,", "spaces", "term", "'zorbu tusk'"),
        ("**,en,,,ivory,,weak,own knowledge,K,", "no_letters", "term", "write a word"),
        (",en,,,ivory,,weak,own knowledge,K,", "empty", "term", "delete the line"),
        ("zorbu,en,,,ivory,,weak,own knowledge", "unreadable", None, "quote cells"),
        ("ivory bangle,en,Elephantidae,family,ivory,IVC,strong,own knowledge,K,", "twice", "term", "delete one"),
        ("Ivory-Bangle,en,Elephantidae,family,ivory,IVC,weak,own knowledge,K,", "conflict", "strength", "the weaker"),
        ("adidas,en,,,skin,,strong,own knowledge,K,", "ordinary_word", "strength", "make it weak"),
        ("螺鲮,zh,,,scale,,strong,own knowledge,K,", "one_script", "term", "other script"),
        ("elephant tusk,af,Panthera,genus,any,,code,own knowledge,K,", "conflict", "strength", "the weaker"),
    ],
)
def test_each_mistake_is_named(tmp_path: Path, term: str, rule: str, column: str | None, fix: str) -> None:
    findings = found(draft(tmp_path / "own", GOOD, term))
    assert rule in findings, findings
    finding = findings[rule]
    assert (finding.line, finding.field) == (3, column)
    assert finding.file.endswith("mine.csv")
    assert fix in finding.fix
    assert finding.message


def test_all_mistakes_are_named_not_only_the_first(tmp_path: Path) -> None:
    rows = [f"zorbu{i},en,,,nothing,,mighty,own knowledge,Q{i}," for i in range(5)]
    assert lint_own(draft(tmp_path / "own", *rows)).errors == 15


def test_accents_tell_vietnamese_words_apart(tmp_path: Path) -> None:
    rows = ("zừng tê,vi,,,horn,,strong,own knowledge,K,", "zúng te,vi,,,horn,,weak,own knowledge,K,")
    assert lint_own(draft(tmp_path / "own", *rows)).findings == ()


@pytest.mark.parametrize(
    ("guard", "rule"),
    [
        ("G9,en,nonsense,zorbu paint,3,-1,colour,own knowledge,K,x", "unknown_target"),
        ("G9,en,mine,zorbu bangle,0,-1,colour,own knowledge,K,x", "guard_is_term"),
        ("G9,en,mine,paint|wallpaper,0,-1,colour,own knowledge,K,x", "excuses_nothing"),
        ("G9,en,mine,paint,3,-9,colour,own knowledge,K,x", "weight"),
        ("G9,en,mine,paint,many,-1,colour,own knowledge,K,x", "not_a_number"),
        ("G9,en,mine,paint,3,-1,mood,own knowledge,K,x", "unknown_reason"),
        ("G-en-001,en,mine,paint,3,-1,colour,own knowledge,K,x", "twice"),
    ],
)
def test_guards_are_checked_against_the_terms(tmp_path: Path, guard: str, rule: str) -> None:
    findings = found(draft(tmp_path / "own", GOOD, guards=(guard,)))
    assert rule in findings, findings
    assert findings[rule].file.endswith("guards.csv")


def test_cues_are_checked(tmp_path: Path) -> None:
    cues = ("zorbu,en,selling,own knowledge,K", "zorba,en,sell,own knowledge,K", "zorba,en,sell,own knowledge,K")
    findings = found(draft(tmp_path / "own", cues=cues))
    assert (findings["unknown_kind"].line, findings["twice"].line) == (2, 4)


def test_a_warning_may_be_accepted_with_a_reason_and_an_error_may_not(tmp_path: Path) -> None:
    folder = draft(
        tmp_path / "own", "adidas,en,,,skin,,strong,own knowledge,K,", "zorbu,xx,,,skin,,weak,own knowledge,K,"
    )
    accepted = "rule,subject,reason\nordinary_word,adidas,a test\nunknown_language,zorbu,no\ntwice,gone,old\n"
    (folder / "accepted.csv").write_text(accepted, encoding="utf-8")
    report = lint_own(folder)
    assert report.accepted == 1
    assert {finding.rule for finding in report.findings} == {"unknown_language", "stale_acceptance"}


def test_a_file_of_another_kind_does_not_stop_the_linter(tmp_path: Path) -> None:
    folder = draft(tmp_path / "own", "zorbu,xx,,,skin,,weak,own knowledge,K,")
    (folder / "terms" / "broken.csv").write_bytes(b"\xff\xfe\x00")
    (folder / "sources.csv").write_text("name,where\n", encoding="utf-8")
    report = lint_own(folder)
    assert {finding.rule for finding in report.findings} == {"unreadable", "unknown_language"}


def test_a_whole_lexicon_stands_alone() -> None:
    assert lint(shipped_lexicon()).errors == 0


@pytest.mark.parametrize(
    ("term", "needs"), [("象牙", False), ("鸚鵡", False), ("獨角獸", True), ("独角兽", True), ("長頸鹿", True)]
)
def test_chinese_scripts_are_told_apart(term: str, needs: bool) -> None:
    assert has_other_script(term) is needs


def test_variants_pair_up() -> None:
    assert is_variant("独角兽", "獨角獸")
    assert is_variant("芦荟", "蘆薈")
    assert not is_variant("长颈鹿", "长颈龟")
    assert not is_variant("独角兽", "独角兽")
