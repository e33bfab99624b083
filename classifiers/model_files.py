"""A trained model as files: the spaCy pipeline, the fitted weights, the ordinary words, and where all came from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wildtrade.errors import ConfigError

if TYPE_CHECKING:
    from spacy.language import Language

_FIX = "restore the folder, or rebuild it with `wildtrade train`"


def shipped_model() -> Path:
    """The folder of the shipped model."""
    return Path(__file__).parent / "model"


def code_sha256() -> str:
    """What the code and the frames that models are made with are known by, as part of a model's lineage."""
    digest = hashlib.sha256()
    here = Path(__file__).parent
    for path in sorted([*here.rglob("*.py"), *here.glob("training/frames/*.txt")]):
        digest.update(path.relative_to(here).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


@dataclass(frozen=True)
class ModelFiles:
    """A model folder: ``pipeline/`` (spaCy), ``meta.json`` (version, weights, lineage, figures), ``words.txt``."""

    folder: Path
    meta: Mapping[str, Any]
    ordinary_words: frozenset[str]

    @classmethod
    def read(cls, folder: Path) -> ModelFiles:
        """Read the small files. Raises ConfigError where the folder is missing or not a model."""
        try:
            meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
            words = (folder / "words.txt").read_text(encoding="utf-8").split()
        except OSError as error:
            raise ConfigError(f"no model here: {error.strerror}", file=str(folder), fix=_FIX) from error
        except ValueError as error:
            raise ConfigError(f"meta.json is broken: {error}", file=str(folder / "meta.json"), fix=_FIX) from error
        if not isinstance(meta, dict) or not {"version", "weights"} <= set(meta):
            raise ConfigError("meta.json has no version or weights", file=str(folder / "meta.json"), fix=_FIX)
        return cls(folder, meta, frozenset(words))

    @property
    def version(self) -> str:
        """What an assessment says about its model."""
        return str(self.meta["version"])

    @property
    def weights(self) -> dict[str, float]:
        """Fitted weights by parameter name (see ``scoring.PRIORS``)."""
        from classifiers.scoring import NAMES

        values = {str(name): float(value) for name, value in self.meta["weights"].items()}
        if missing := sorted(set(NAMES) - set(values)):
            raise ConfigError(
                f"weights lack {', '.join(missing)}: made by another version",
                file=str(self.folder / "meta.json"),
                fix=_FIX,
            )
        return values

    def load_pipeline(self) -> Language:
        """The spaCy pipeline. Raises ConfigError where its files are missing or broken."""
        from classifiers.textmodel import load_pipeline

        try:
            return load_pipeline(self.folder / "pipeline")
        except (OSError, ValueError) as error:
            raise ConfigError(f"the pipeline cannot be loaded: {error}", file=str(self.folder), fix=_FIX) from error
