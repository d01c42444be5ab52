"""What ceilings, falls tests and risk tables are made of."""

from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType

from msgspec import Struct

from cds.model.measure import Band, Interval, Source


class Threshold(Struct, frozen=True):
    """One number to compare with; `from_age` where it holds from an age on."""

    value: float
    unit: str
    source: Source
    id: str | None = None
    from_age: float | None = None


class LimitKind(Struct, frozen=True):
    """How one upper heart-rate limit follows from a fact: fact plus offset, or a constant.

    `below` means that the limit itself is already too high.
    """

    id: str
    title: str
    unit: str
    source: Source
    fact: str | None = None
    offset: float = 0.0
    conservative_offset: float | None = None
    lower_offset: float | None = None
    constant: float | None = None
    below: bool = False
    rpe: tuple[float, float] | None = None


class CeilingRules(Struct, frozen=True):
    """The numbers of the heart-rate ceiling combiner."""

    at_rest_margin: float
    narrowest_zone: float
    fallback_rpe: tuple[float, float]
    limits: Mapping[str, LimitKind]


class ChairStandBand(Struct, frozen=True):
    """Scores below these flag a falls risk, for ages from `low` to below `high`."""

    ages: Band
    below: Mapping[str, float]


class FallsRules(Struct, frozen=True):
    """The cut-offs of the falls tests."""

    tug: Threshold
    tandem_stance: Threshold
    falls_12mo: Threshold
    history_id: str
    history_flags: tuple[str, ...]
    chair_stand_id: str
    chair_stand_source: Source
    chair_stands: tuple[ChairStandBand, ...]
    tug_caution: str


class RiskTest(Struct, frozen=True):
    """One comparison of one item of a risk table: a flag's value, or an interval."""

    fact: str
    equals: bool | None
    interval: Interval


class RiskItem(Struct, frozen=True):
    """One row of the risk table; it holds when all its tests hold."""

    id: str
    tier: str
    text: str
    mark: str
    tests: tuple[RiskTest, ...]
    needs_test: bool = False
    disputed: bool = False


class Supervision(Struct, frozen=True):
    """How the exercise of one tier is supervised and monitored, with its row of the reference.

    `level` is the least level of supervision, 0 (alone) to 3 (monitored programme).
    """

    id: str
    text: str
    ecg: str
    level: int


class RiskRules(Struct, frozen=True, dict=True):
    """The risk table and its sentences; `supervision` is by tier.

    `applies_to` names the conditions of the people it is for, `conditions` the items that a
    condition of that name answers, `facts` the items that a fact of another name answers.
    """

    items: tuple[RiskItem, ...]
    source: Source
    without_test: str
    missing: str
    disagreement: str
    supervision: Mapping[str, Supervision]
    supervision_source: Source
    applies_to: tuple[str, ...]
    conditions: frozenset[str]
    facts: Mapping[str, str]

    @cached_property
    def names(self) -> Mapping[str, str]:
        """What is tested, each with the fact of a case that says it."""
        tested = {test.fact for item in self.items for test in item.tests}
        of_conditions = {fact: f"condition.{fact}" for fact in self.conditions}
        return MappingProxyType(
            {fact: of_conditions.get(fact) or self.facts.get(fact, fact) for fact in tested}
        )
