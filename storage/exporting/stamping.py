"""Time stamps in a package: of the last checkpoint of the log, and of the list of everything that was packed."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from storage.custody.stamps import Authority, TrainingAuthority, chain_of
from storage.exporting.bag import MANIFEST, Bag
from storage.exporting.extract import Extract
from wildtrade.errors import SiteError

FOLDER = "timestamps"
CHAIN = f"{FOLDER}/tsa_chain.pem"
CHECKPOINTS = "data/custody/checkpoints"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamps:
    """What was stamped: (file, its stamp), both in the package. ``rooted``: the chain ends in the authority's root;
    ``training``: the authority is one of our own."""

    pairs: tuple[tuple[str, str], ...] = ()
    rooted: bool = False
    training: bool = False


def stamped_file(stamp: str) -> str:
    """Which file of the package a stamp is of, by the stamp's name."""
    stem = PurePosixPath(stamp).stem
    return MANIFEST if f"{stem}.txt" == MANIFEST else f"{CHECKPOINTS}/{stem}.json"


def add_stamps(bag: Bag, found: Extract, authority: Authority | None) -> Stamps:
    """Put the stamps and the certificates of their authority into a bag whose payload is whole. An authority that does
    not answer is no reason not to pack: the package then has no stamp."""
    stamps = {
        f"{FOLDER}/{PurePosixPath(name).name}": data for name, data in found.files.items() if name.endswith(".tsr")
    }
    if authority is None and not stamps:
        return Stamps()
    try:
        if authority is not None:
            stamps[f"{FOLDER}/{PurePosixPath(MANIFEST).stem}.tsr"] = _stamped(bag.manifest, authority)
    except SiteError:
        if not stamps:
            return Stamps()
    root = authority.root if authority else None
    bag.tag(CHAIN, chain_of(next(iter(stamps.values())), root))
    for name, data in stamps.items():
        bag.tag(name, data)
    return Stamps(
        pairs=tuple((stamped_file(name), name) for name in sorted(stamps)),
        rooted=root is not None and root.is_file(),
        training=isinstance(authority, TrainingAuthority),
    )


def _stamped(data: bytes, authority: Authority) -> bytes:
    with tempfile.TemporaryDirectory(prefix="wildtrade-") as aside:
        path = Path(aside, "manifest")
        path.write_bytes(data)
        return authority.stamp(path)
