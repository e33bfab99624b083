"""The custody log, the keys and the authority of a workspace, as its wildtrade.toml has them."""

from __future__ import annotations

from pathlib import Path

from storage.custody.keys import Signer, place_of
from storage.custody.log import CustodyLog
from storage.custody.stamps import Authority, NetworkAuthority, TrainingAuthority
from storage.custody.verify import Trust
from wildtrade.settings import Workspace

TRAINING = "training"


def custody_of(workspace: Workspace) -> CustodyLog:
    """The log of a workspace's evidence."""
    return CustodyLog(workspace.evidence, place_of(workspace.root, workspace.settings.evidence.key))


def authority_of(workspace: Workspace) -> Authority | None:
    """Who stamps its checkpoints, if anybody does."""
    url = workspace.settings.evidence.timestamp_url
    if not url:
        return None
    if url == TRAINING:
        return TrainingAuthority(_training(workspace))
    root = workspace.settings.evidence.timestamp_root
    return NetworkAuthority(url, workspace.root / root if root else None)


def trust_of(workspace: Workspace) -> Trust:
    """What the workspace itself knows: its own key, and the root of its authority."""
    settings = workspace.settings.evidence
    key = place_of(workspace.root, settings.key)
    root = workspace.root / settings.timestamp_root if settings.timestamp_root else None
    if settings.timestamp_url == TRAINING:
        root = TrainingAuthority(_training(workspace)).root
    return Trust(
        keys=[Signer.load(key).public] if key.exists() else [], tsa_root=root if root and root.is_file() else None
    )


def _training(workspace: Workspace) -> Path:
    return workspace.root / "data" / "timestamps"
