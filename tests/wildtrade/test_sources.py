"""Source files: every shipped one is valid, every mistake is named with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from wildtrade.errors import ConfigError, UsageError
from wildtrade.paths import shipped_config
from wildtrade.schemas import stale
from wildtrade.sources import get_source, load_source

GOOD = """\
id: bazaar
name: Bazaar
site: bazaar.example
country: TH
languages: [th]
kind: marketplace
search:
  url: https://bazaar.example/s?q={query}&page={page}
facts: {date: 2026-11, confidence: ours}
"""


def write(folder: Path, text: str, name: str = "bazaar.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_source(tmp_path: Path) -> None:
    source = load_source(write(tmp_path, GOOD))
    assert source.delay == 5.0
    assert source.last_checked == "not yet run against the live site"


def test_every_mistake_in_one_message_with_its_line(tmp_path: Path) -> None:
    text = GOOD.replace("country: TH", "country: TH\ncolour: red").replace("kind: marketplace", "kind: bazaar")
    with pytest.raises(ConfigError) as caught:
        load_source(write(tmp_path, text))
    assert "line 5 colour: unknown key" in caught.value.message
    assert "line 7 kind" in caught.value.message
    assert caught.value.line == 5
    assert caught.value.fix


def test_broken_yaml_names_the_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_source(write(tmp_path, GOOD.replace("languages: [th]", "languages: [th")))
    assert caught.value.line in (5, 6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("{query}", "words"), "search.url has no {query}"),
        (("kind: marketplace", "kind: marketplace\nenabled: false"), "disabled_reason"),
        (("kind: marketplace", "kind: api"), "needs `api`"),
        (("kind: marketplace", "kind: marketplace\nlisting_url: '('"), "not a regular expression"),
        (("kind: marketplace", "kind: marketplace\nallow_addresses: ['10.0.0.0/8']"), "not an exact address:port"),
        (("kind: marketplace", "kind: marketplace\nselectors: {prize: .p}"), "unknown field"),
    ],
)
def test_contradictions_are_refused(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_source(write(tmp_path, GOOD.replace(*change)))
    assert message in str(caught.value)


def test_a_pattern_that_re2_does_not_know_is_named_with_file_line_and_field(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD + "listing_url: /(?!help)[a-z]+/(\\d+)\n")
    with pytest.raises(ConfigError, match="look-around") as caught:
        load_source(path)
    assert (caught.value.file, caught.value.line, caught.value.field) == (str(path), 10, "listing_url")


def test_the_file_name_is_the_id(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="differs from the file name"):
        load_source(write(tmp_path, GOOD, "other.yaml"))


def test_unknown_source_suggests_names() -> None:
    with pytest.raises(UsageError) as caught:
        get_source("practice_markt")
    assert "practice_market" in (caught.value.fix or "")


def test_own_sources_win(tmp_path: Path) -> None:
    text = GOOD.replace("id: bazaar", "id: practice_market")
    write(tmp_path, text, "practice_market.yaml")
    assert get_source("practice_market", tmp_path).name == "Bazaar"


def test_schemas_are_fresh() -> None:
    assert stale(shipped_config() / "schemas") == []
