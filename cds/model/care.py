"""Who holds the plan together, and in which order things are taught."""

from msgspec import Struct

from cds.model.measure import Source


class Owner(Struct, frozen=True):
    """When one of these teams is involved, `owner` leads."""

    teams: frozenset[str]
    owner: str


class TeamTable(Struct, frozen=True):
    """Rows in order; from `at_least` teams on there is an owner, `otherwise` without a row."""

    source: Source
    at_least: int
    owners: tuple[Owner, ...]
    otherwise: str
    message: str


class TeachingOrder(Struct, frozen=True):
    """Ids of the rules that teach, the most useful first, and how many are told at once."""

    rules: tuple[str, ...]
    shown: int


class Team(Struct, frozen=True):
    """Everybody who is involved, and the one who owns the plan."""

    owner: str
    members: tuple[str, ...]
    message: str


class Lesson(Struct, frozen=True):
    """What to tell the person, with its reason; `on_demand` waits until it is asked for."""

    message: str
    because: tuple[str, ...]
    on_demand: bool = False
