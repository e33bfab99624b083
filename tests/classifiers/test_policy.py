"""Named policies, and files of a single one."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from classifiers.policy import load_policy
from wildtrade.errors import ConfigError
from wildtrade.paths import shipped_config

SHIPPED = yaml.safe_load((shipped_config() / "policy" / "detection.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", SHIPPED["policies"])
def test_every_shipped_policy_can_be_used(tmp_path: Path, name: str) -> None:
    path = tmp_path / "detection.yaml"
    path.write_text(yaml.safe_dump({**SHIPPED, "use": name}), encoding="utf-8")
    policy = load_policy(path)
    assert policy.flag == SHIPPED["policies"][name]["flag"]
    assert policy.pictures_only.score >= load_policy().unsure  # pictures without words stay in the default queue


def test_a_file_may_hold_one_policy(tmp_path: Path) -> None:
    path = tmp_path / "detection.yaml"
    path.write_text("flag: 0.6\nunsure: 0.2\nalone: 0.3\npictures_only: {most_words: 3, least_images: 1, score: 0.2}\n")
    assert load_policy(path).unsure == 0.2


def test_picked_texts_have_a_policy_of_their_own() -> None:
    assert load_policy(use="texts").unsure < load_policy(use="crawl").unsure
    assert load_policy(use="flag_precision").flag == SHIPPED["policies"]["flag_precision"]["flag"]


@pytest.mark.parametrize(
    "text", ["use: other\npolicies: {one: {flag: 0.5}}\n", "use: a\npolicies: 3\n", "policies: {}\n"]
)
def test_unknown_policy_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "detection.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match="no policy") as caught:
        load_policy(path)
    assert caught.value.field == "use"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("flag: 0.5\n", "required"),
        (
            "flag: 0.1\nunsure: 0.5\nalone: 0.3\npictures_only: {most_words: 3, least_images: 1, score: 0.2}\n",
            "below flag",
        ),
        (
            "flag: 0.5\nunsure: 0.1\nalone: 0.6\npictures_only: {most_words: 3, least_images: 1, score: 0.2}\n",
            "never flag",
        ),
        ("flag: [\n", "YAML"),
        ("flag: 0.5\nunsure: 0.1\nalone: 0.4\nextra: 1\n", "not permitted"),
    ],
)
def test_broken_policy(tmp_path: Path, text: str, word: str) -> None:
    path = tmp_path / "detection.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=word):
        load_policy(path)
