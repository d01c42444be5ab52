"""What ceilings, falls tests and risk tables are made of."""

from collections.abc import Mapping

from cds.model.frozen import frozen
from cds.model.measure import Band, Interval, Source


@frozen
class Threshold:
    """One number to compare with; `from_age` where it holds from an age on."""

    value: float
    unit: str
    source: Source
    id: str | None = None
    from_age: float | None = None


@frozen
class LimitKind:
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


@frozen
class CeilingRules:
    """The numbers of the heart-rate ceiling combiner."""

    at_rest_margin: float
    narrowest_zone: float
    fallback_rpe: tuple[float, float]
    limits: Mapping[str, LimitKind]


@frozen
class ChairStandBand:
    """Scores below these flag a falls risk, for ages from `low` to below `high`."""

    ages: Band
    below: Mapping[str, float]


@frozen
class FallsRules:
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


@frozen
class RiskTest:
    """One comparison of one item of a risk table: a flag's value, or an interval."""

    fact: str
    equals: bool | None
    interval: Interval


@frozen
class RiskItem:
    """One row of the risk table; it holds when all its tests hold."""

    id: str
    tier: str
    text: str
    mark: str
    tests: tuple[RiskTest, ...]
    needs_test: bool = False
    disputed: bool = False


@frozen
class Supervision:
    """How the exercise of one tier is supervised and monitored, with its row of the reference.

    `level` is the least level of supervision, 0 (alone) to 3 (monitored programme).
    """

    id: str
    text: str
    ecg: str
    level: int


@frozen
class RiskRules:
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
