"""Certificate texts per country: data of ``config/certificates``, to be checked by counsel, signed by a person."""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from wildtrade.errors import ConfigError
from wildtrade.paths import shipped_config

FOLDER = "certificates"


class CertificateText(BaseModel):
    """What somebody certifies under a country's law. ``fields`` stay empty: a person fills them in."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    checked_by_counsel: bool = False
    country: str
    timezone: str
    law: str = ""
    language: str
    title: str
    paragraphs: tuple[str, ...]
    fields: tuple[str, ...]


def countries(own: Path | None = None) -> list[str]:
    """Codes of the countries there is a text for."""
    folders = [shipped_config() / FOLDER, *([own / FOLDER] if own else [])]
    return sorted({path.stem.upper() for folder in folders for path in folder.glob("??.yaml")})


def certificate_text(country: str, own: Path | None = None) -> CertificateText | None:
    """The text of a country (ISO 3166, two letters): the workspace's own, else the shipped one, else None.

    Raises ConfigError naming file and field.
    """
    if country.upper() not in countries(own):
        return None
    name = Path(FOLDER, f"{country.lower()}.yaml")
    path = own / name if own and (own / name).is_file() else shipped_config() / name
    try:
        return CertificateText.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except yaml.YAMLError as error:
        raise ConfigError(f"not valid YAML: {error}", file=str(path), fix="see the shipped ng.yaml") from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        raise ConfigError(first["msg"], file=str(path), field=field, fix="see the shipped ng.yaml") from error
