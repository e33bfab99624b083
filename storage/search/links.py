"""Who is connected with whom: sellers, what they share, two steps from where one begins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.models import Revision, SearchDocument, SellerRow
from storage.search.accounts import Account, account
from storage.sellers import newest_documents

MOST = 200  # nodes


@dataclass(frozen=True, slots=True)
class Node:
    """``key`` is unique in its graph; ``step`` counts from the start; ``id`` is that of a seller or listing."""

    key: str
    kind: str
    label: str
    step: int
    id: int = 0


@dataclass(slots=True)
class Graph:
    """Nodes in the order they were met, edges as pairs of keys. ``start`` is the number of the seller in the middle."""

    start: int
    nodes: dict[str, Node] = field(default_factory=dict)
    edges: list[tuple[str, str]] = field(default_factory=list)
    opened: set[int] = field(default_factory=set)
    cut: bool = False
    _contacts: dict[tuple[str, str], str] = field(default_factory=dict)

    def key_of(self, kind: str, value: str) -> str:
        """The key of a contact or picture: its kind and a number, which says nothing of what it is."""
        return self._contacts.setdefault((kind, value), f"{kind}{len(self._contacts) + 1}")

    def add(self, node: Node, from_key: str | None = None) -> bool:
        """Add a node and the edge that leads to it; False where it is full, or was for where that begins."""
        full = node.key not in self.nodes and len(self.nodes) >= MOST
        if full or (from_key is not None and from_key not in self.nodes):
            self.cut = True
            return False
        self.nodes.setdefault(node.key, node)
        known = {(from_key, node.key), (node.key, from_key)} & set(self.edges)
        if from_key is not None and not known:
            self.edges.append((from_key, node.key))
        return True


def graph(session: Session, seller_id: int, opened: Iterable[int] = ()) -> Graph | None:
    """What surrounds a seller: its newest listings, its contacts and pictures, and who shares these; the same for
    ``opened`` sellers that are already in it, in their order. Accounts that people merged are one node."""
    start = account(session, seller_id)
    if start is None:
        return None
    found = Graph(start.seller.number)
    found.add(Node(f"s{found.start}", "seller", start.seller.source, 0, found.start))
    _open(session, found, found.start, start)
    for one in opened:
        if f"s{one}" in found.nodes and (more := account(session, one)) is not None:
            _open(session, found, one, more)
    return found


def _open(session: Session, found: Graph, seller_id: int, start: Account) -> None:
    """Add what is around a seller of the graph. A contact that is met again is the same node."""
    found.opened.add(seller_id)
    root = found.nodes[f"s{seller_id}"]
    others = {one for link in start.links for one in link.sellers}
    sources = dict(session.execute(select(SellerRow.id, SellerRow.source).where(SellerRow.id.in_(others))).all())
    for link in start.links:
        key = found.key_of(link.kind, link.value)
        found.add(Node(key, link.kind, link.value, root.step + 1), root.key)
        for other in link.sellers:
            found.add(Node(f"s{other}", "seller", sources.get(other, ""), root.step + 2, other), key)
    for row in _newest(session, [one.id for one in start.accounts]):
        found.add(Node(f"l{row[0]}", "listing", row[1] or "", root.step + 1, row[0]), root.key)


def _newest(session: Session, accounts: list[int]) -> list[tuple[int, str | None]]:
    statement = (
        select(SearchDocument.listing_id, Revision.title)
        .join(Revision, Revision.id == SearchDocument.revision_id)
        .where(SearchDocument.id.in_(newest_documents(accounts, 12)))
        .order_by(SearchDocument.id.desc())
    )
    return list(session.execute(statement).all())
