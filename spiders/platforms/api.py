"""JSON APIs: what the source's JMESPath expressions name, else the list of item-like objects, whatever it is called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote, urljoin

import jmespath  # type: ignore[import-untyped]

from spiders import items
from spiders.extraction.text import plain
from spiders.platforms.base import Platform
from spiders.view import View
from wildtrade.records import Listing, ListingStatus, PageKind, PageReading

MAX_ITEMS = 1000
_NEXT_KEYS = ("next_url", "nexturl", "next_page_url", "nextpageurl", "next", "nextpage", "nextlink")


class JsonApi(Platform):
    """An API that answers with a list of objects. Engines and sources name the list and its fields by JMESPath."""

    engine = "api"
    items: ClassVar[str] = ""
    fields: ClassVar[Mapping[str, str]] = {}
    next: ClassVar[str] = ""

    def read(self, view: View) -> PageReading:
        """Every item of one answer."""
        api = self.source.api if self.source else None
        path, fields = (api.items, api.fields) if api else (self.items, self.fields)
        found = search(path, view.data) if path else items.find_items(view.data)
        rows = [row for row in (found if isinstance(found, list) else [found])[:MAX_ITEMS] if isinstance(row, dict)]
        listings = [self.listing(row, fields, view) for row in rows]
        kept = {listing.key: listing for listing in listings if listing is not None}
        return PageReading(kind=PageKind.API, listings=tuple(kept.values()), next_page=self.next_page(view))

    def listing(self, row: dict[str, Any], fields: Mapping[str, str], view: View) -> Listing | None:
        """One object as a listing; without ``fields`` by what its keys mean."""
        if not fields:
            return items.read_item(row, view)
        values = {name: search(path, row) for name, path in fields.items()}
        url = urljoin(view.url, str(values["url"])) if values.get("url") else ""
        key = self.key_of(values, url)
        if not key or not (values.get("title") or values.get("description") or values.get("images")):
            return None
        currency = values.get("currency")
        text = _text(values.get("description"))
        title = _text(values.get("title"))
        price = view.money(values.get("price"), currency if isinstance(currency, str) else None)
        return Listing(
            source=view.source_id,
            key=key,
            url=url or view.url,
            title=title,
            description=text,
            price=price if "price" in fields else view.price_in("\n".join(filter(None, (title, text)))),
            seller=_text(values.get("seller")),
            location=_text(values.get("location")),
            images=tuple(dict.fromkeys(urljoin(view.url, image) for image in _strings(values.get("images")))),
            posted_at=items.moment(values.get("posted_at"), view),
            status=_status(values.get("status")),
            identifiers={"id": str(values["key"])} if values.get("key") else {},
        )

    def key_of(self, values: Mapping[str, Any], url: str) -> str:
        """The API's own id, else the key of the URL."""
        key = values.get("key")
        return str(key) if isinstance(key, str | int) and key != "" else (self.key_for(url) if url else "")

    def next_page(self, view: View) -> str | None:
        """The next answer's URL, from a URL or a cursor in this one."""
        api = self.source.api if self.source else None
        path = api.next_page if api else self.next
        value = search(path, view.data) if path else _usual_next(view.data)
        if not isinstance(value, str | int) or value == "":
            return None
        if api and api.next_url:
            return api.next_url.replace("{cursor}", quote(str(value), safe=""))
        return urljoin(view.url, str(value)) if isinstance(value, str) and re.match(r"https?://|/|\?", value) else None


def search(path: str, data: Any) -> Any:
    """A JMESPath result; None where the expression does not fit the data."""
    try:
        return jmespath.search(path, data)
    except jmespath.exceptions.JMESPathError:
        return None


def _usual_next(data: Any) -> Any:
    if not isinstance(data, dict):
        return None
    for container in (data, data.get("links"), data.get("paging"), data.get("pagination"), data.get("meta")):
        if isinstance(container, dict):
            found = next(
                (
                    v
                    for k, v in container.items()
                    if items.fold(k) in map(items.fold, _NEXT_KEYS) and isinstance(v, str)
                ),
                None,
            )
            if found:
                return found
    return None


def _text(value: Any) -> str | None:
    parts = list(dict.fromkeys(_strings(value)))
    return (plain("\n".join(parts)) if len(parts) == 1 else ", ".join(map(plain, parts))) or None


def _strings(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [str(v) for v in values if isinstance(v, str | int) and not isinstance(v, bool) and str(v).strip()]


def _status(value: Any) -> ListingStatus | None:
    return next((status for status in ListingStatus if status.value == str(value).lower()), None)
