"""The assessor that counts where a command is called: a workspace's own lexicon, policy and model, else the shipped."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from classifiers.learning.versions import current_model
from classifiers.policy import TEXTS
from classifiers.taxonomy import FOLDER
from wildtrade.settings import FILE_NAME, HOME_VARIABLE, Workspace, open_workspace

if TYPE_CHECKING:
    from classifiers.assessor import Assessor


def find_workspace() -> Workspace | None:
    """The workspace named by the environment or the current folder; None outside any."""
    if not os.environ.get(HOME_VARIABLE) and not Path(FILE_NAME).is_file():
        return None
    return open_workspace()


def own_policy(workspace: Workspace) -> Path | None:
    """The workspace's own detection policy, if it has one."""
    path = workspace.policy / "detection.yaml"
    return path if path.is_file() else None


def load_assessor(model: Path | None = None, use: str = TEXTS) -> Assessor:
    """The assessor of this place; ``model`` is another model folder, ``use`` as in ``load_policy``."""
    from classifiers.assessor import Assessor  # a crawl asks for the policy only, and leaves assessing to its child

    workspace = find_workspace()
    if workspace is None:
        return Assessor.load(model=model, use=use)
    model = model or current_model(workspace.root)
    return Assessor.load(workspace.lexicon, model, own_policy(workspace), use=use, taxa=workspace.root / FOLDER)
