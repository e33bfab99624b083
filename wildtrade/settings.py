"""A user's folder (the *workspace*) and its ``wildtrade.toml``, laid over the shipped defaults."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from wildtrade.errors import ConfigError

FILE_NAME = "wildtrade.toml"
HOME_VARIABLE = "WILDTRADE_HOME"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StorageSettings(_Section):
    """Where things are kept; relative paths start at the workspace."""

    database: str = Field("sqlite:///data/wildtrade.db", description="SQLAlchemy URL: sqlite:/// or postgresql://")
    evidence: Path = Field(Path("data/evidence"), description="folder of WARC files")
    free_space_floor_mb: Annotated[int, Field(ge=0)] = Field(200, description="stop before the disk is full (MB)")


class CrawlSettings(_Section):
    """Politeness and limits that hold for every source."""

    organisation: str = Field("", description="who runs this crawl; in the custody log, packages and reports")
    contact: str = Field("", description="address put into the user agent so that a site can reach the operator")
    legal_basis: str = Field("", description="why we may collect public pages; in the custody log and in reports")
    concurrency: Annotated[int, Field(ge=1, le=64)] = Field(16, description="requests at once, all sources together")
    per_host: Annotated[int, Field(ge=1, le=16)] = Field(2, description="requests at once to one host")
    timeout_seconds: Annotated[float, Field(gt=0)] = Field(60.0, description="total time for one download")
    max_body_mb: Annotated[int, Field(ge=1, le=64)] = Field(16, description="largest body that is read (MB)")
    browser: str = Field("", description="path of a Chromium; empty: look for one")


class EvidenceSettings(_Section):
    """How the evidence is signed and time-stamped; relative paths start at the workspace."""

    key: Path = Field(
        Path("data/keys/custody.key"),
        description="file of the signing key; yours alone to read; keyring:NAME: the system's",
    )
    timestamp_url: str = Field(
        "", description="RFC 3161 time-stamping authority; empty: none; training: one of our own"
    )
    timestamp_root: str = Field("", description="file of the authority's root certificate (PEM), to verify its stamps")
    report_key: str = Field("", description="file of the private key that seals reports (PEM); empty: one of our own")
    report_certificate: str = Field("", description="file of its certificate, then of those who issued it (PEM)")


class ReviewSettings(_Section):
    """The review page."""

    host: str = Field("127.0.0.1", description="address to listen on")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(8470, description="port to listen on")


class Settings(_Section):
    """All of ``wildtrade.toml``."""

    storage: StorageSettings = StorageSettings()
    evidence: EvidenceSettings = EvidenceSettings()
    crawl: CrawlSettings = CrawlSettings()
    review: ReviewSettings = ReviewSettings()


class Workspace:
    """A user's folder: settings, own sources and lexicon beside the shipped ones, and the data.

    ``root`` is absolute. Nothing is created by opening it.
    """

    def __init__(self, root: Path, settings: Settings) -> None:
        self.root = root
        self.settings = settings

    @property
    def database_url(self) -> str:
        """The database URL with a relative SQLite path made absolute. ``WILDTRADE_DATABASE_URL`` wins (secrets
        stay out of files)."""
        url = os.environ.get("WILDTRADE_DATABASE_URL") or self.settings.storage.database
        prefix = "sqlite:///"
        if url.startswith(prefix) and not Path(url.removeprefix(prefix)).is_absolute():
            return prefix + str(self.root / url.removeprefix(prefix))
        return url

    @property
    def evidence(self) -> Path:
        """The evidence folder, absolute."""
        return self.root / self.settings.storage.evidence

    @property
    def sources(self) -> Path:
        """The user's own sources, which win over shipped ones of the same id."""
        return self.root / "sources"

    @property
    def lexicon(self) -> Path:
        """The user's own lexicon entries."""
        return self.root / "lexicon"

    @property
    def policy(self) -> Path:
        """The user's own policies."""
        return self.root / "policy"


def load_settings(path: Path) -> Settings:
    """Read a ``wildtrade.toml``. Raises ConfigError that names the file, every wrong field and the fix."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"not valid TOML: {error}", file=str(path), fix="correct the line named above") from error
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        first = ".".join(map(str, error.errors()[0]["loc"]))
        raise ConfigError(problems, file=str(path), field=first, fix="see docs/operators.md, Settings") from error


def open_workspace(root: Path | None = None) -> Workspace:
    """Find the workspace: ``root``, else ``$WILDTRADE_HOME``, else the current folder.

    Raises ConfigError where that folder holds no ``wildtrade.toml``.
    """
    folder = (root or Path(os.environ.get(HOME_VARIABLE) or ".")).resolve()
    path = folder / FILE_NAME
    if not path.is_file():
        raise ConfigError(
            "this folder is not a wildtrade workspace",
            file=str(path),
            fix=f"run `wildtrade init {folder}` once, or name a workspace with --home or {HOME_VARIABLE}",
        )
    return Workspace(folder, load_settings(path))
