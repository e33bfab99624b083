"""All tables. The words are those of docs/decisions/0001: one word per thing."""

from storage.models.base import Base as Base
from storage.models.base import table_of as table_of
from storage.models.base import utcnow as utcnow
from storage.models.crawl import PageCapture as PageCapture
from storage.models.crawl import Run as Run
from storage.models.crawl import RunState as RunState
from storage.models.crawl import Unit as Unit
from storage.models.crawl import UnitKind as UnitKind
from storage.models.crawl import UnitState as UnitState
from storage.models.listings import AssessmentRow as AssessmentRow
from storage.models.listings import CaptureRow as CaptureRow
from storage.models.listings import ListingRow as ListingRow
from storage.models.listings import Revision as Revision
from storage.models.review import DecisionAction as DecisionAction
from storage.models.review import DecisionRow as DecisionRow
from storage.models.review import FlagRow as FlagRow
from storage.models.review import FlagState as FlagState
from storage.models.schedule import Lease as Lease
from storage.models.schedule import Overlap as Overlap
from storage.models.schedule import RunRequest as RunRequest
from storage.models.schedule import Schedule as Schedule
from storage.models.schedule import Slot as Slot
from storage.models.schedule import SlotState as SlotState
