"""Sources: a site and how to read it, one YAML file each, validated with unknown keys refused.

Shipped sources live in ``config/sources``; a workspace's ``sources/`` folder is laid over them by id.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from wildtrade.errors import ConfigError, UsageError
from wildtrade.paths import shipped_config
from wildtrade.patterns import UrlPattern

NEVER_RUN = "not yet run against the live site"


class Kind(StrEnum):
    """The platform base that reads a source."""

    MARKETPLACE = "marketplace"
    API = "api"
    SOCIAL = "social"
    FORUM = "forum"
    ARCHIVE = "archive"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, ignored_types=(cached_property,))


class Facts(_Part):
    """Where the knowledge about the site comes from, and how old it is."""

    date: str = Field(description="age of the evidence, ISO date or year-month")
    confidence: Literal["2+ sources", "1 source", "own knowledge", "ours"]
    note: str = Field("", description="what a reader of this file should know")


class Search(_Part):
    """How words reach the site and how its result pages follow each other."""

    url: str = Field(description="URL with {query}; may hold {page} (1, 2, ...), {page0} (0, 1, ...) or {offset}")
    join: Literal["percent", "plus", "dash"] = Field("percent", description="how the words of a query are joined")
    page_size: Annotated[int, Field(ge=1)] = Field(50, description="step of {offset}")
    max_pages: Annotated[int, Field(ge=1, le=1000)] = Field(3, description="result pages read for one query")


class Render(_Part):
    """A page that needs a browser: what to wait for, how often to scroll."""

    on: Literal["search", "everything"] = Field("everything", description="which pages need the browser")
    wait_for: str = Field("", description="CSS selector that shows the page is ready")
    scroll: Annotated[int, Field(ge=0, le=200)] = Field(0, description="most scroll steps; stops when nothing grows")
    more_button: str = Field("", description="CSS selector of a 'load more' button")


class Api(_Part):
    """A JSON API: JMESPath expressions from one response to its listings."""

    items: str = Field(description="JMESPath of the list of items")
    fields: dict[str, str] = Field(description="Listing field -> JMESPath within one item; `url` or `key` is required")
    next_page: str = Field("", description="JMESPath of the next page's URL or cursor")
    next_url: str = Field("", description="URL with {cursor}, where next_page gives a cursor")
    headers: dict[str, str] = Field(default_factory=dict)


class Expect(_Part):
    """What a healthy run of this source gives; a breach is reported, not refitted."""

    listings_per_page: Annotated[int, Field(ge=0)] | None = None
    coverage: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(default_factory=dict)


LISTING_FIELDS = ("title", "price", "seller", "location", "description", "images", "posted_at", "status")


class Source(_Part):
    """One site and how to read it. See docs/contributors.md, "Add a marketplace"."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]{1,40}$")]
    name: str
    site: str = Field(description="host name people know it by")
    country: str = Field(description="ISO 3166 alpha-2, or INT for international")
    languages: Annotated[list[str], Field(min_length=1)]
    currency: str | None = Field(None, description="ISO 4217 used where the page shows an ambiguous sign only")
    kind: Kind
    engine: str = Field("", description="platform reader, where the kind does not tell: telegram, discourse, ...")
    search: Search | None = None
    start_urls: list[str] = Field(default_factory=list, description="fixed pages to read, besides or instead of search")
    queries: list[str] = Field(default_factory=list, description="own query words; empty: the words of its languages")
    listing_url: str = Field("", description="regular expression (RE2) of a listing's URL; group 1 is its id")
    listing_url_except: str = Field("", description="regular expression (RE2) of what `listing_url` must not match")
    follow: bool = Field(True, description="fetch each listing's own page")
    recheck: bool | None = Field(
        None, description="look again at known listings that no search shows any more; default: as `follow`"
    )
    render: Render | None = Field(None, description="present when the site needs a browser")
    media: bool = Field(False, description="keep the pictures of listings as evidence, at most 10 of 4 MB each")
    api: Api | None = None
    selectors: dict[str, str] = Field(default_factory=dict, description="CSS overrides by field, only where needed")
    delay: Annotated[float, Field(ge=0)] = Field(5.0, description="seconds between two requests to the site")
    robots: Literal["obey", "none published"] = "obey"
    enabled: bool = True
    disabled_reason: str = ""
    last_checked: str = NEVER_RUN
    legal_basis: str = ""
    facts: Facts
    expect: Expect = Expect()
    allow_addresses: list[str] = Field(default_factory=list, description="exact address:port the guard lets through")
    ca_file: str = Field("", description="extra certificate authority this source trusts (PEM file)")
    proxy: str = Field("", description="the agency's own egress; fails closed")
    notes: str = ""

    @field_validator("listing_url", "listing_url_except")
    @classmethod
    def _compiles(cls, value: str) -> str:
        UrlPattern(value)
        return value

    @field_validator("selectors")
    @classmethod
    def _known_fields(cls, value: dict[str, str]) -> dict[str, str]:
        unknown = sorted(set(value) - {*LISTING_FIELDS, "listing_link", "next_page", "item"})
        if unknown:
            raise ValueError(f"unknown field(s) {', '.join(unknown)}")
        return value

    @field_validator("allow_addresses")
    @classmethod
    def _exact(cls, value: list[str]) -> list[str]:
        for entry in value:
            if not re.fullmatch(r"(?:[\d.]+|\[[0-9a-f:]+\]):\d{1,5}", entry):
                raise ValueError(f"{entry!r} is not an exact address:port")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Source:
        problems = []
        if not self.enabled and not self.disabled_reason:
            problems.append("a disabled source says why: disabled_reason")
        if self.enabled and self.disabled_reason:
            problems.append("disabled_reason on an enabled source")
        if self.search is None and not self.start_urls:
            problems.append("needs `search` or `start_urls`")
        if self.search is not None and "{query}" not in self.search.url:
            problems.append("search.url has no {query}")
        if self.kind is Kind.API and self.api is None and not self.engine:
            problems.append("kind api needs `api` or `engine`")
        if self.render is not None and self.kind is Kind.API:
            problems.append("an API needs no browser: remove `render`")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @cached_property
    def listing_pattern(self) -> UrlPattern | None:
        """``listing_url`` and its exception, compiled; None where the source names none."""
        return UrlPattern(self.listing_url, self.listing_url_except) if self.listing_url else None


class SourceProblem(ConfigError):
    """One mistake in one source file."""


def load_source(path: Path) -> Source:
    """Read one source file.

    Raises ConfigError with every mistake in one message, each with its line.
    """
    text = path.read_text(encoding="utf-8")
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else None
        reason = getattr(error, "problem", None) or str(error)
        raise ConfigError(f"not valid YAML: {reason}", file=str(path), line=line, fix="correct this line") from error
    if not isinstance(data, dict):
        raise ConfigError("a source is a mapping of keys", file=str(path), line=1, fix="see docs/contributors.md")
    try:
        source = Source.model_validate(data)
    except ValidationError as error:
        raise _explain(error, path, root) from error
    if source.id != path.stem:
        raise ConfigError(
            f"id {source.id!r} differs from the file name",
            file=str(path),
            field="id",
            fix=f"rename to {source.id}.yaml",
        )
    return source


def _explain(error: ValidationError, path: Path, root: yaml.Node | None) -> ConfigError:
    found = []
    for item in error.errors():
        line = _line_of(root, item["loc"])
        name = ".".join(str(part) for part in item["loc"])
        message = "unknown key" if item["type"] == "extra_forbidden" else item["msg"].removeprefix("Value error, ")
        found.append((line, name, message))
    found.sort()
    line, name, message = found[0]
    if len(found) > 1:
        message = "; ".join(f"line {ln} {n}: {m}" for ln, n, m in found)
    return ConfigError(
        message, file=str(path), line=line, field=name or None, fix="see docs/contributors.md, Source keys"
    )


def _line_of(node: yaml.Node | None, location: tuple[Any, ...]) -> int:
    line = node.start_mark.line + 1 if node else 1
    for part in location:
        if isinstance(node, yaml.MappingNode):
            match = next(((k, v) for k, v in node.value if k.value == str(part)), None)
            if match is None:
                return line
            line, node = match[0].start_mark.line + 1, match[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            return line
    return line


def source_files(extra: Path | None = None) -> Iterator[Path]:
    """Shipped source files, with those of ``extra`` (a workspace's folder) replacing the ones of the same name."""
    files = {path.name: path for path in sorted((shipped_config() / "sources").glob("*.yaml"))}
    if extra is not None and extra.is_dir():
        files.update({path.name: path for path in sorted(extra.glob("*.yaml"))})
    yield from (files[name] for name in sorted(files))


def load_sources(extra: Path | None = None) -> dict[str, Source]:
    """All sources by id. Raises ConfigError at the first broken file."""
    return {source.id: source for source in map(load_source, source_files(extra))}


def get_source(source_id: str, extra: Path | None = None) -> Source:
    """One source by id; other files are not read, so that one broken file does not stop the rest.

    Raises UsageError for an unknown id, with the nearest names.
    """
    import difflib

    paths = {path.stem: path for path in source_files(extra)}
    if source_id in paths:
        return load_source(paths[source_id])
    near = difflib.get_close_matches(source_id, paths, n=3)
    hint = f"did you mean {', '.join(near)}? " if near else ""
    raise UsageError(f"unknown source {source_id!r}", fix=f"{hint}`wildtrade sources list` shows all")


def source_of(url: str, sources: Iterable[Source]) -> Source | None:
    """The enabled source whose site an address belongs to, the most specific first; None where none reads it."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    sites = {source.site.removeprefix("www."): source for source in sources if source.enabled}
    parts = host.split(".")
    return next((sites[site] for at in range(len(parts)) if (site := ".".join(parts[at:])) in sites), None)
