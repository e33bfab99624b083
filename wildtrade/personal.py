"""``config/policy/personal.yaml``: which fields of a listing and its seller are kept."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict

from wildtrade.policies import own_or_shipped, read_model
from wildtrade.records import Listing

FieldName = Literal[
    "title",
    "description",
    "price",
    "seller",
    "seller_url",
    "location",
    "images",
    "posted_at",
    "status",
    "language",
]


class AllowList(BaseModel):
    """The fields that may be kept, and the names of identifiers. A listing's source, key and address always are."""

    model_config = ConfigDict(extra="forbid", frozen=True, ignored_types=(cached_property,))

    keep: frozenset[FieldName] = frozenset(get_args(FieldName))
    identifiers: frozenset[str] = frozenset(("id", "sku", "mpn", "gtin", "isbn", "import", "line"))

    @cached_property
    def _dropped(self) -> dict[str, Any]:
        gone = set(get_args(FieldName)) - self.keep
        return {name: () if name == "images" else None for name in gone}

    def only(self, listing: Listing) -> Listing:
        """The listing with nothing in it that may not be kept."""
        dropped = self._dropped
        if not self.identifiers.issuperset(listing.identifiers):
            kept = {name: value for name, value in listing.identifiers.items() if name in self.identifiers}
            dropped = {**dropped, "identifiers": kept}
        return replace(listing, **dropped) if dropped else listing


def load_allow_list(folder: Path | None = None) -> AllowList:
    """The list of a workspace's policy folder, else the shipped one. Raises ConfigError that names the file, every
    wrong field and the fix."""
    return read_model(AllowList, own_or_shipped("personal.yaml", folder))
