"""Which reader reads which site: by the source's engine or kind, or by the marks of the engine on the page itself."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points

from spiders.platforms.api import JsonApi
from spiders.platforms.archive import Archive
from spiders.platforms.base import Platform as Platform
from spiders.platforms.feed import Feed
from spiders.platforms.feeds_api import APIS
from spiders.platforms.forums import FORUMS
from spiders.platforms.marketplace import Marketplace
from spiders.platforms.social import SOCIAL
from spiders.view import View
from wildtrade.errors import ConfigError
from wildtrade.sources import Kind, Source

GROUP = "wildtrade.spiders"
_BY_KIND: dict[Kind, type[Platform]] = {
    Kind.MARKETPLACE: Marketplace,
    Kind.API: JsonApi,
    Kind.SOCIAL: Feed,
    Kind.FORUM: Feed,
    Kind.ARCHIVE: Archive,
}


@cache
def engines() -> dict[str, type[Platform]]:
    """Every reader by its name: ours, and those of installed packages (entry points ``wildtrade.spiders``)."""
    ours: tuple[type[Platform], ...] = (Marketplace, JsonApi, Feed, Archive, *SOCIAL, *FORUMS, *APIS)
    found = {platform.engine: platform for platform in ours}
    for point in entry_points(group=GROUP):
        found[point.name] = point.load()
    return found


def platform_for(source: Source) -> Platform:
    """The reader of a source. Raises ConfigError for an engine nobody provides."""
    if not source.engine:
        return _BY_KIND[source.kind](source)
    platform = engines().get(source.engine)
    if platform is None:
        raise ConfigError(
            f"source {source.id}: no reader is called {source.engine!r}",
            field="engine",
            fix=f"one of {', '.join(sorted(engines()))}, or install the package that provides it",
        )
    return platform(source)


def recognise(view: View) -> Platform | None:
    """The reader of a page of unknown origin, where the page carries an engine's marks; else None."""
    candidates: tuple[type[Platform], ...] = APIS if view.data is not None else (*SOCIAL, *FORUMS)
    return next((platform(view.source) for platform in candidates if platform.recognises(view)), None)
