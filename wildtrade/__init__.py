"""The vocabulary of wildtrade: records, errors and version; importing it loads no third-party package."""

from wildtrade.errors import ConfigError as ConfigError
from wildtrade.errors import WildtradeError as WildtradeError
from wildtrade.records import Assessment as Assessment
from wildtrade.records import Capture as Capture
from wildtrade.records import Decision as Decision
from wildtrade.records import Listing as Listing
from wildtrade.records import Money as Money
from wildtrade.records import Page as Page
from wildtrade.records import PageReading as PageReading
from wildtrade.records import Query as Query
from wildtrade.records import Signal as Signal
from wildtrade.records import Taxon as Taxon

__version__ = "0.1.0"
