"""Where and with whom, as the contract names it."""

from msgspec import Struct

from cds.model.decision import Statement
from cds.model.measure import Source

Pair = tuple[float, float]


class Said(Struct, frozen=True):
    """One sentence of a table, with its source."""

    text: str
    source: Source


class Asker(Struct, frozen=True):
    """Who asks for a level of supervision (rules, profiles), and why."""

    level: int
    by: tuple[str, ...]
    reason: str


class Provider(Struct, frozen=True):
    """Who may lead: whether a licensed physical therapist has to assess first.

    `needs_physical_therapist` is yes, no or insufficient_data.
    """

    needs_physical_therapist: str
    message: str
    because: tuple[str, ...]


class Supervision(Struct, frozen=True):
    """The effective level (0 to 3), who asks for what, and the level with intervals if higher."""

    level: int
    name: str
    how: str
    source: Source
    asked_by: tuple[Asker, ...]
    with_hiit: int | None
    provider: Provider


class Question(Struct, frozen=True):
    """A fact that is not known, and how to ask for it."""

    fact: str
    question: str


class SettingItem(Struct, frozen=True):
    """One item of the check of settings; `state` is met, not_met or unknown.

    `applies` says whether it holds something up: it is not met, or unknown and read cautiously.
    """

    rule: str
    item: str
    kind: str
    settings: tuple[str, ...]
    element: str
    state: str
    applies: bool
    criterion: str
    message: str
    otherwise: str
    asks: tuple[Question, ...]


class LimitedElement(Struct, frozen=True):
    """A part of the plan that is not done in a setting, with its movements and what to do."""

    element: str
    rule: str
    state: str
    movements: tuple[str, ...]
    otherwise: str


class SettingVerdict(Struct, frozen=True):
    """Whether the plan can be done in a setting: `suitable` is yes, no or insufficient_data.

    `met`, `not_met` and `unknown` are rules of the items; `score` is how many soft items are met
    at least and at most; `remains` says what would mend it and where it can be done meanwhile.
    """

    setting: str
    suitable: str
    met: tuple[str, ...] = ()
    not_met: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    score: tuple[int, int] | None = None
    limited: tuple[LimitedElement, ...] = ()
    reasons: tuple[str, ...] = ()
    remains: tuple[str, ...] = ()


class NeededThing(Struct, frozen=True):
    """What movements of the plan need; `at_hand` None: nobody said what there is."""

    thing: str
    movements: tuple[str, ...]
    at_hand: bool | None


class Kit(Struct, frozen=True):
    """The minimum kit, what this plan needs, and what goes with it."""

    minimum: tuple[str, ...]
    minimum_source: Source
    needed: tuple[NeededThing, ...]
    notes: tuple[Said, ...]


class RemoteMonitoring(Struct, frozen=True):
    """What is sent, how often somebody calls, what alarms on the same day."""

    band: str
    data: tuple[str, ...]
    contact: Said
    boosters: Said | None
    alerts: tuple[Said, ...]
    no_data: tuple[Said, ...]
    not_emergency: Said


class Benefit(Struct, frozen=True):
    """A reason for a programme at home; `for_this_person`: it is meant for people like this."""

    id: str
    benefit: str
    use: str
    certainty: str
    for_this_person: bool
    sources: tuple[Source, ...]


class Temperature(Struct, frozen=True):
    """Water temperature in Cel: what fits all, who says so, and which part is preferred."""

    low: float | None
    high: float
    preferred: Pair | None
    reasons: tuple[Said, ...]
    note: str | None


class WaterDepth(Struct, frozen=True):
    """How deep at most, how much weight is left to bear there (%), and why."""

    at_most: str
    weight_percent: float | None
    reasons: tuple[Said, ...]


class WaterDose(Struct, frozen=True):
    """The dose in water. Units: minutes in min, days in d/wk."""

    minutes: Pair
    days: Pair
    rpe_6_20: Pair
    source: Source


class Aquatic(Struct, frozen=True):
    """Exercise in water: `suitable` is yes, conditional, no or insufficient_data.

    Without a dose of the plan there is none in water.
    """

    suitable: str
    depth: WaterDepth
    temperature: Temperature | None
    dose: WaterDose | None
    indications: tuple[Said, ...]
    notes: tuple[Said, ...]
    reasons: tuple[Statement, ...]
    remains: tuple[str, ...]
    because: tuple[str, ...]
    asks: tuple[Question, ...]
