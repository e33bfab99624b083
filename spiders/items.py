"""Item-like objects in JSON: find the list of them, and read one into a listing, whatever its keys are called."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urljoin

from spiders import payload
from spiders.extraction.text import entries, plain
from spiders.view import View
from wildtrade.records import Listing, ListingStatus, Money

Item = dict[str, Any]

# Keys by meaning, compared without case, "_" and "-"; the surer ones first.
_KEYS: dict[str, tuple[str, ...]] = {
    "title": tuple(entries("""
        title cleantitle subject name headline itemname productname adtitle listingtitle
        marketplacelistingtitle heading
    """)),
    "text": tuple(entries("""
        description body text content selftext caption message shortdescription desc snippet cooked
        bodytext plaintext
    """)),
    "url": tuple(entries("""
        permalink weburl itemweburl canonicalurl viewseourl seourl absoluteurl producturl itemurl
        adurl detailurl url link href apid uri
    """)),
    "price": tuple(entries("""
        price currentprice pricevalue priceobj finalprice saleprice amount listingprice askingprice
        priceint pricestring priceinfo prices leadingbid usdprice
    """)),
    "image": tuple(entries("""
        images pictures photos image picture photo imageurl mainimage thumbnail thumbnails imageurls
        gallery media mediaattachments primarylistingphoto img thumb cover thumbnailurl mediaurl
        imageobj
    """)),
    "seller": tuple(entries("""
        seller sellername author owner user username userid shop shopname store account accountname
        creator member vendor nickname authorname
    """)),
    "location": tuple(entries("""
        location locationname city address place region regionname areaname area itemlocation
        selleraddress cityname district suburb geo
    """)),
    "date": tuple(entries("""
        createdat createdutc created datecreated published publishedat posted postedat listtime date
        listeddate firstlisted firstposted creationtime createtime creationdate itemcreationdate
        publicationdate pubdate opentime createdtime timestamp starttime
    """)),
    "id": tuple(entries("id itemid listid listingid adid productid guid uuid sku key code pk")),
    "currency": tuple(entries("currency currencyid currencycode pricecurrency localizedpricecurrency")),
    "status": tuple(entries("status state availability soldstatus itemstatus")),
}  # fmt: skip
_BY_NAME = {name: meaning for meaning, names in _KEYS.items() for name in names}
_STATUS = {
    "sold": ListingStatus.SOLD, "soldout": ListingStatus.SOLD, "outofstock": ListingStatus.SOLD,
    "reserved": ListingStatus.RESERVED,
    "removed": ListingStatus.REMOVED, "deleted": ListingStatus.REMOVED, "active": ListingStatus.AVAILABLE,
    "available": ListingStatus.AVAILABLE, "instock": ListingStatus.AVAILABLE,
}  # fmt: skip
_NAMES = tuple(
    entries("""
        nickname username displayname name fullname title label acct handle login personname text
        value
    """)
)
_PLACES = tuple(
    entries("""
        cityname city district suburb region regionname statename state name title text country
        countryname countrycode
    """)
)
_LINKS = tuple(
    entries("""
        secururl secureurl original originalurl full fullsize url src href imageurl large largeurls
        big contenturl uri image thumbnail link
    """)
)
_AMOUNTS = tuple(entries("value amount price number current raw cashprice formattedamount formatted min text"))
_EXPLICIT = re.compile(r"^[\d٠-٩۰-۹]")


@lru_cache(maxsize=20_000)
def fold(key: object) -> str:
    """A key without case and joints."""
    return re.sub(r"[\W_]", "", str(key)).lower()


def folded(item: Item) -> Item:
    """An item by folded keys, the first of equal ones; empty values left out."""
    found: Item = {}
    for key, value in item.items():
        if value not in (None, "", [], {}):
            found.setdefault(fold(key), value)
    return found


def meanings(item: Item) -> set[str]:
    """Which kinds of field an object has."""
    return {meaning for key, value in item.items() if (meaning := _meaning(key)) and value not in (None, "", [], {})}


@lru_cache(maxsize=20_000)
def _meaning(key: object) -> str | None:
    return _BY_NAME.get(fold(key))


def likeness(item: Any) -> int:
    """How much an object looks like an offer or a post: 0 for none, else the number of its telling fields."""
    if not isinstance(item, dict):
        return 0
    has = meanings(item)
    if not has & {"title", "text"} or not has & {"price", "url", "image", "seller"}:
        return 0
    return len(has & {"title", "text", "url", "price", "image", "seller", "date", "location", "id"})


def unwrapped(item: Any) -> Item:
    """The object itself where it sits one or two levels down (``node``, ``data``, ``item_basic``), joined with what
    stands beside it (``{"post": ..., "creator": ...}``)."""
    best: Item = item if isinstance(item, dict) else {}
    for _ in range(2):
        inner = max((value for value in best.values() if isinstance(value, dict)), key=likeness, default=None)
        if inner is None or likeness(inner) <= likeness(best):
            break
        best = {**inner, **{k: v for k, v in best.items() if k not in inner and v is not inner}}
    return best


def find_items(data: Any) -> list[Item]:
    """The list of offers or posts in a JSON value; one object where the value is a single one; else empty."""
    best: tuple[float, list[Item]] = (0.0, [])
    single: tuple[int, Item | None] = (3, None)
    for value in payload.walk(data):
        if isinstance(value, list):
            items = [item for item in map(unwrapped, value[:1000]) if likeness(item) >= 3]
            if items and len(items) >= 0.5 * len(value):
                mean = sum(map(likeness, items)) / len(items)
                best = max(best, (mean * math.log2(len(items) + 1), items), key=lambda pair: pair[0])
        elif likeness(value) > single[0]:
            single = (likeness(value), value)
    if single[1] is not None and (single[0] > 1.5 * best[0] or (len(best[1]) < 2 <= single[0] and single[1] is data)):
        return [single[1]]
    return best[1] or ([single[1]] if single[1] is not None else [])


def read_item(item: Item, view: View) -> Listing | None:
    """One object as a listing, or None where it has neither title nor text."""
    fields = folded(item)
    title, text = _string(_get(fields, "title")), _string(_get(fields, "text"))
    if not title and not text:
        return None
    url = _url(fields, view) or view.url
    key = _get(fields, "id")
    return Listing(
        source=view.source_id,
        key=str(key) if isinstance(key, str | int) else url,
        url=url,
        title=title,
        description=text if text != title else None,
        price=_price(fields, view),
        seller=_seller(fields),
        location=_place(_get(fields, "location")),
        images=tuple(dict.fromkeys(_images(fields, view)))[:30],
        posted_at=_date(fields, view),
        status=_status(fields),
        identifiers={"id": str(key)} if isinstance(key, str | int) else {},
    )


def _get(fields: Item, meaning: str) -> Any:
    return next((fields[name] for name in _KEYS[meaning] if name in fields), None)


def _string(value: Any) -> str | None:
    if isinstance(value, dict):
        value = next(
            (
                v
                for name in ("rendered", "plaintext", "text", "value", "raw")
                if isinstance(v := folded(value).get(name), str)
            ),
            None,
        )
    return (plain(value) or None) if isinstance(value, str) else None


def _url(fields: Item, view: View) -> str | None:
    for name in _KEYS["url"]:
        value = fields.get(name)
        if isinstance(value, str) and re.match(r"https?://|/[^/]", value):
            return urljoin(view.url, value)
    return None


def _price(fields: Item, view: View) -> Money | None:
    value, currency = _get(fields, "price"), _get(fields, "currency")
    for _ in range(3):
        if isinstance(value, list):
            value = value[0] if value else None
        if not isinstance(value, dict):
            break
        inner = folded(value)
        currency = _get(inner, "currency") or currency
        value = next((inner[name] for name in _AMOUNTS if name in inner), None)
    code = currency.upper() if isinstance(currency, str) and re.fullmatch(r"[A-Za-z]{3}", currency) else None
    return view.money(value, code)


def _seller(fields: Item) -> str | None:
    for name in _KEYS["seller"]:
        value = fields.get(name)
        if isinstance(value, dict):
            inner = folded(value)
            inner = next(
                (folded(inner[k]) for k in ("eshop",) if isinstance(inner.get(k), dict) and "nickname" not in inner),
                inner,
            )
            value = next((inner[k] for k in _NAMES if isinstance(inner.get(k), str)), None)
        if isinstance(value, str) and not (name.endswith("id") and value.isdigit()):
            return plain(value) or None
    return None


def _place(value: Any) -> str | None:
    if isinstance(value, str):
        return plain(value) or None
    if not isinstance(value, dict):
        return None
    inner = folded(value)
    parts = [_place(inner[name]) for name in _PLACES if name in inner]
    return ", ".join(dict.fromkeys(part for part in parts[:3] if part)) or None


def _images(fields: Item, view: View) -> Iterator[str]:
    for name in _KEYS["image"]:
        if name in fields:
            found = [urljoin(view.url, url) for url in _links(fields[name], 0)]
            if found:
                yield from found
                return


def _links(value: Any, depth: int) -> Iterable[str]:
    if isinstance(value, str):
        return [value] if re.match(r"(?:https?:)?//|/[^/]", value) else []
    if isinstance(value, list):
        return [url for part in value[:50] for url in list(_links(part, depth))[:1]]
    if isinstance(value, dict) and depth < 3:
        inner = folded(value)
        return next((found for name in _LINKS if name in inner and (found := list(_links(inner[name], depth + 1)))), [])
    return []


def _date(fields: Item, view: View) -> date | None:
    for name in _KEYS["date"]:
        if name in fields and (found := moment(fields[name], view)):
            return found
    return None


def moment(value: Any, view: View) -> date | None:
    """A date out of JSON: ISO text, or a number of seconds or milliseconds since 1970."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and re.fullmatch(r"\d{10}(?:\d{3})?(?:\.\d+)?", value):
        value = float(value)
    if isinstance(value, int | float) and math.isfinite(value):
        seconds = value / 1000 if value > 1e11 else value
        return datetime.fromtimestamp(seconds, UTC).date() if 8e8 < seconds < 4.2e9 else None
    return view.date(value) if isinstance(value, str) and _EXPLICIT.match(value.strip()) else None


def _status(fields: Item) -> ListingStatus | None:
    value = _get(fields, "status")
    if fields.get("issold") is True or fields.get("sold") is True:
        return ListingStatus.SOLD
    return _STATUS.get(fold(value.rpartition("/")[2])) if isinstance(value, str) else None
