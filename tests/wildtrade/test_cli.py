"""The front door: help is quick and complete, errors are clear, exit codes are fixed."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import time

import pytest
import typer

from wildtrade.cli import COMMANDS, run
from wildtrade.errors import Exit


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    shown = capsys.readouterr().out
    for name, (_, line) in COMMANDS.items():
        assert name in shown
        assert line.split(":")[0] in " ".join(shown.split())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_there_and_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    module, _, attribute = COMMANDS[name][0].partition(":")
    assert isinstance(getattr(importlib.import_module(module), attribute), typer.Typer)
    assert run([name, "--help"]) == 0
    assert "Usage: wildtrade " + name in capsys.readouterr().out


def test_unknown_command_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["crowl", "--json"]) == Exit.USAGE
    error = json.loads(capsys.readouterr().err)["error"]
    assert error["code"] == "usage"
    assert "crowl" in error["message"]
    assert error["fix"]


def test_without_arguments_shows_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == Exit.USAGE
    assert "Commands:" in capsys.readouterr().out


HEAVY = {"scrapy", "spacy", "sqlalchemy", "twisted", "fastapi", "pydantic", "rich", "numpy"}


def loaded_by(code: str) -> set[str]:
    """Top-level modules that a fresh interpreter has loaded after ``code``."""
    probe = f"import sys\n{code}\nprint('LOADED', *{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    return set(done.stdout.rpartition("LOADED")[2].split())


def test_help_loads_nothing_heavy() -> None:
    assert not HEAVY & loaded_by("from wildtrade.cli import run; run(['--help'])")


def test_the_vocabulary_loads_no_library() -> None:
    before = loaded_by("pass")
    news = loaded_by("import wildtrade") - before - {"wildtrade"}
    assert news <= sys.stdlib_module_names, news - sys.stdlib_module_names


def test_help_is_quick() -> None:
    def best(code: str) -> float:
        times = []
        for _ in range(5):
            started = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
            times.append(time.perf_counter() - started)
        return min(times)

    ours = best("from wildtrade.cli import run; run(['--help'])")
    assert ours <= 2.5 * best("import typer")
