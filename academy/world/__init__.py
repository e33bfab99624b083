"""The seeded generator: who sells what on the three practice sites, and the answer key kept apart."""

from academy.world.generator import World as World
from academy.world.items import SITES as SITES
from academy.world.items import Account as Account
from academy.world.items import Answer as Answer
from academy.world.items import Item as Item
