"""What can be drawn; the shapes stand in ``motifs.yaml``."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml


class Shape(NamedTuple):
    """One filled shape: a colour's name, its kind (r, e or p) and its coordinates from 0 to 100."""

    colour: str
    kind: str
    numbers: tuple[float, ...]


@cache
def motifs() -> dict[str, list[Shape]]:
    """All motifs by name, shapes from back to front."""
    text = (Path(__file__).parent / "motifs.yaml").read_text(encoding="utf-8")
    return {name: [_shape(line) for line in lines] for name, lines in yaml.safe_load(text).items()}


def _shape(line: str) -> Shape:
    colour, kind, *numbers = line.split()
    return Shape(colour, kind, tuple(map(float, numbers)))
