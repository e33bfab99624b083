"""The documentation holds what the program does: commands, settings, exit codes, links, pictures."""

from __future__ import annotations

import re
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from wildtrade.cli import COMMANDS
from wildtrade.errors import Exit
from wildtrade.settings import Settings

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
ALL = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
OPERATORS = (ROOT / "docs" / "operators.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_documented(command: str) -> None:
    assert re.search(rf"wildtrade {command}\b|make {command}\b", ALL), f"no page mentions `wildtrade {command}`"


def settings() -> list[str]:
    return [f"{name}.{key}" for name, part in Settings() for key in type(part).model_fields]


@pytest.mark.parametrize("setting", settings())
def test_every_setting_is_documented(setting: str) -> None:
    assert f"`{setting}`" in OPERATORS


def test_exit_codes_are_those_of_the_program() -> None:
    documented = {int(code) for code in re.findall(r"^\| (\d+) \|", OPERATORS, re.MULTILINE)}
    assert documented == {int(code) for code in Exit}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http:", "https:", "mailto:")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_documented_folders_exist() -> None:
    for folder in re.findall(r"`((?:config|tests|docs|spiders|crawler|storage|review|academy)/[\w/]*)`", ALL):
        assert (ROOT / folder).exists(), folder


def test_no_dependency_owns_one_of_our_names() -> None:
    ours = ("wildtrade", "crawler", "spiders", "classifiers", "storage", "review", "academy")
    owners = packages_distributions()
    strangers = {name: set(owners.get(name, ())) - {"wildtrade"} for name in ours}
    assert not any(strangers.values()), strangers


def test_every_threat_names_tests_that_exist() -> None:
    page = (ROOT / "docs" / "threats.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", page)
    missing = {f"{file}::{name}" for file, name in named if f"def {name}(" not in (ROOT / file).read_text("utf-8")}
    assert not missing
    rows = re.findall(r"^\| (\d*) \|.*\|$", page, re.MULTILINE)
    assert {int(number) for number in rows if number} >= {*range(1, 23), 30, 31, 39, 40, 45}
    assert all("::" in row for row in re.findall(r"^\| \d* \|.*$", page, re.MULTILINE))
