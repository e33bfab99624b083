"""How every benchmark ends: the figures as one JSON object, and an exit code that tells a missed bar."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any


def finish(name: str, figures: Mapping[str, Any], bars: Mapping[str, bool]) -> None:
    """Print the figures and end the process with 0 where every bar is met, else 1. ``bars``: words -> met."""
    missed = [bar for bar, met in bars.items() if not met]
    for bar, met in bars.items():
        print(f"{'met   ' if met else 'MISSED'}  {bar}")
    print(json.dumps({"benchmark": name, **figures, "missed": missed}, ensure_ascii=False))
    sys.exit(1 if missed else 0)
