"""What the knowledge says of where and with whom: levels, kit, monitoring, water, reasons."""

from collections.abc import Mapping

from msgspec import Struct

from cds.model.measure import Source
from cds.model.movement import Predicate

Pair = tuple[float, float]


class Sentence(Struct, frozen=True):
    """One sentence with its source; `profiles` says for whom, none means for everybody."""

    text: str
    source: Source
    profiles: frozenset[str] = frozenset()

    def holds_for(self, profiles: frozenset[str]) -> bool:
        """Whether it is meant for somebody with these profiles."""
        return not self.profiles or bool(self.profiles & profiles)


class Level(Struct, frozen=True):
    """One level of supervision: its name, and who does what."""

    level: int
    name: str
    how: str
    source: Source


class IntervalLevel(Struct, frozen=True):
    """The level that intervals ask for with one of the profiles of the sentence."""

    level: int
    sentence: Sentence


class SettingRule(Struct, frozen=True):
    """Up to which level a setting suits, whose items it has to meet, and how many soft ones."""

    setting: str
    items: str
    up_to_level: int
    score: int


class SupervisionTable(Struct, frozen=True):
    """Levels in order, what intervals ask for, the settings, and the elements of a plan."""

    levels: tuple[Level, ...]
    hiit: tuple[IntervalLevel, ...]
    settings: tuple[SettingRule, ...]
    elements: Mapping[str, Predicate]


class Improvised(Struct, frozen=True):
    """Whether improvised weights will do: not with `profiles` until the grip was checked."""

    grip_fact: str
    allowed: Sentence
    not_yet: Sentence


class KitNote(Struct, frozen=True):
    """A sentence on equipment; `needs` are the parts of the catalogue that it goes with."""

    sentence: Sentence
    needs: frozenset[str]


class EquipmentTable(Struct, frozen=True):
    """The minimum kit and what goes with single things."""

    minimum: tuple[str, ...]
    minimum_source: Source
    improvised: Improvised
    notes: tuple[KitNote, ...]


class Band(Struct, frozen=True):
    """What is sent and how often somebody calls, from one level of supervision on."""

    band: str
    from_level: int
    data: tuple[str, ...]
    contact: Sentence


class DataItem(Struct, frozen=True):
    """What is sent beside, for some profiles from one level on."""

    from_level: int
    sentence: Sentence


class MonitoringTable(Struct, frozen=True):
    """The schedule of remote monitoring."""

    bands: tuple[Band, ...]
    boosters: Sentence
    boosters_in: str
    data: tuple[DataItem, ...]
    alerts: tuple[Sentence, ...]
    no_data: tuple[tuple[float, Sentence], ...]
    not_emergency: Sentence


class Reason(Struct, frozen=True):
    """One benefit of a programme at home; `fear`: meant for people who fear movement."""

    id: str
    benefit: str
    use: str
    certainty: str
    fear: bool
    sources: tuple[Source, ...]


class Warmth(Struct, frozen=True):
    """Water temperatures that fit, in Cel; no `low` end means none is given.

    `preferred_high`: up to here where two sources differ, `other` being the cooler one.
    """

    id: str
    low: float | None
    high: float
    sentence: Sentence
    preferred_high: float | None = None
    other: Sentence | None = None


class Depth(Struct, frozen=True):
    """How deep at most, for some profiles or for somebody who cannot swim."""

    depth: str
    sentence: Sentence


class AquaticTable(Struct, frozen=True):
    """Exercise in water. Units: temperatures in Cel, immersion in % of the weight, minutes in
    min, days in d/wk."""

    indications: tuple[Sentence, ...]
    temperatures: tuple[Warmth, ...]
    chronic: Warmth
    vigorous: Warmth
    without_condition: frozenset[str]
    together: tuple[Warmth, ...]
    order: tuple[str, ...]
    immersion: Mapping[str, float]
    immersion_source: Source
    depths: tuple[Depth, ...]
    swim_fact: str
    swimming: Depth
    minutes: Pair
    days: Pair
    rpe_6_20: Pair
    dose_source: Source
    notes: tuple[Sentence, ...]


class DeliveryTables(Struct, frozen=True):
    """Everything that the delivery of a plan is told from."""

    supervision: SupervisionTable
    equipment: EquipmentTable
    monitoring: MonitoringTable
    aquatic: AquaticTable
    benefits: tuple[Reason, ...]
    benefit_limits: tuple[Sentence, ...]
