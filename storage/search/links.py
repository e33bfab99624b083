"""Who is connected with whom: accounts, what they share, two steps from where one begins."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.models import Revision, SearchDocument, SellerRow
from storage.search.accounts import Account, account

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
    """Nodes in the order they were met, edges as pairs of keys."""

    nodes: dict[str, Node] = field(default_factory=dict)
    edges: list[tuple[str, str]] = field(default_factory=list)
    cut: bool = False

    def add(self, node: Node, from_key: str | None = None) -> bool:
        """Add a node and the edge that leads to it; False where the graph is full."""
        if node.key not in self.nodes and len(self.nodes) >= MOST:
            self.cut = True
            return False
        self.nodes.setdefault(node.key, node)
        if from_key is not None and (from_key, node.key) not in self.edges:
            self.edges.append((from_key, node.key))
        return True


def graph(session: Session, seller_id: int) -> Graph | None:
    """What surrounds an account: its newest listings, its contacts and pictures, and who shares these."""
    start = account(session, seller_id)
    if start is None:
        return None
    found = Graph()
    root = f"s{seller_id}"
    found.add(Node(root, "seller", start.seller.source, 0, seller_id))
    _add_links(session, found, root, start)
    for row in _newest(session, [one.id for one in start.accounts]):
        found.add(Node(f"l{row[0]}", "listing", row[1] or "", 1, row[0]), root)
    return found


def _add_links(session: Session, found: Graph, root: str, start: Account) -> None:
    others = {one for link in start.links for one in link.sellers}
    sources = dict(session.execute(select(SellerRow.id, SellerRow.source).where(SellerRow.id.in_(others))).all())
    for number, link in enumerate(start.links, 1):
        key = f"{link.kind}{number}"
        found.add(Node(key, link.kind, link.value, 1), root)
        for other in link.sellers:
            found.add(Node(f"s{other}", "seller", sources.get(other, ""), 2, other), key)


def _newest(session: Session, accounts: list[int]) -> list[tuple[int, str | None]]:
    statement = (
        select(SearchDocument.listing_id, Revision.title)
        .join(Revision, Revision.id == SearchDocument.revision_id)
        .where(SearchDocument.seller_id.in_(accounts))
        .order_by(SearchDocument.id.desc())
        .limit(12)
    )
    return list(session.execute(statement).all())
