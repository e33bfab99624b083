"""JSON Schemas of the files people write, made from the models so that an editor can check them.

``python -m wildtrade.schemas`` writes ``config/schemas/``; a test fails when they are stale.
"""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import BaseModel

from wildtrade.paths import shipped_config
from wildtrade.settings import Settings
from wildtrade.sources import Source

MODELS: dict[str, type[BaseModel]] = {"source.schema.json": Source, "settings.schema.json": Settings}


def schema_text(name: str) -> str:
    """The schema file ``name`` as it must be."""
    schema = MODELS[name].model_json_schema()
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}, indent=2) + "\n"


def stale(folder: Path) -> list[str]:
    """Names of schema files in ``folder`` that are missing or differ from the models."""
    return [
        name
        for name in MODELS
        if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != schema_text(name)
    ]


if __name__ == "__main__":
    target = shipped_config() / "schemas"
    target.mkdir(exist_ok=True)
    for file_name in MODELS:
        (target / file_name).write_text(schema_text(file_name), encoding="utf-8")
