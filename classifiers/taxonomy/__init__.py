"""Scientific names: an imported official list, resolving what sellers write, and looking taxa up while typing.

``Checklist`` is the door; see docs/decisions/0008-names.md for why it is built this way.
"""

from classifiers.taxonomy.checklist import Checklist, Suggestion, load_statuses
from classifiers.taxonomy.resolver import Kind, Resolution
from classifiers.taxonomy.store import FOLDER

__all__ = ["FOLDER", "Checklist", "Kind", "Resolution", "Suggestion", "load_statuses"]
