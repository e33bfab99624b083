"""Where the shipped data lies: inside the wheel as ``wildtrade/_config``, in a checkout as ``config/``."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def shipped_config() -> Path:
    """The folder of shipped sources, lexicon, policies and schemas (read-only)."""
    in_wheel = _HERE / "_config"
    return in_wheel if in_wheel.is_dir() else _HERE.parent / "config"
