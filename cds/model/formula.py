"""What the knowledge says about a formula, a category table, a threshold and a calculator."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


def _empty() -> Mapping[str, float]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Source:
    """Where a number comes from: citation key, place in it, mark (V, K or O) and page key."""

    citation: str
    locator: str
    mark: str
    page: str | None = None


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit."""

    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class ErrorEstimate:
    """The error of a formula; `low` is the smaller end when the source gives a range."""

    value: float
    unit: str
    measure: str
    mark: str
    low: float | None = None


@dataclass(frozen=True, slots=True)
class Interval:
    """A set of numbers; an end that is None is open to infinity."""

    at_least: float | None = None
    greater_than: float | None = None
    at_most: float | None = None
    less_than: float | None = None

    def __contains__(self, value: float) -> bool:
        """Whether every end that is given holds."""
        return (
            (self.at_least is None or value >= self.at_least)
            and (self.greater_than is None or value > self.greater_than)
            and (self.at_most is None or value <= self.at_most)
            and (self.less_than is None or value < self.less_than)
        )


@dataclass(frozen=True, slots=True)
class Caution:
    """A warning that holds when an input lies in an interval."""

    input: str
    interval: Interval
    message: str


@dataclass(frozen=True, slots=True)
class Formula:
    """One formula: constant plus coefficient times term, or named parameters of its own shape."""

    id: str
    reference: str
    name: str
    method: str
    expression: str
    unit: str
    population: str
    source: Source
    constant: float = 0.0
    coefficients: Mapping[str, float] = field(default_factory=_empty)
    parameters: Mapping[str, float] = field(default_factory=_empty)
    inputs: Mapping[str, str] = field(default_factory=dict)
    sexes: tuple[str, ...] = ()
    see: ErrorEstimate | None = None
    cautions: tuple[Caution, ...] = ()


@dataclass(frozen=True, slots=True)
class Band:
    """One category from `low` (included) to `high` (excluded)."""

    category: str
    id: str
    low: float | None
    high: float | None

    def __contains__(self, value: float) -> bool:
        """Whether the value lies in the half-open band."""
        return (self.low is None or value >= self.low) and (self.high is None or value < self.high)


@dataclass(frozen=True, slots=True)
class CategoryTable:
    """The bands of one measure of intensity, without gap or overlap."""

    name: str
    title: str
    unit: str
    source: Source
    bands: tuple[Band, ...]
    ages: Band | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A band of another published scale that names the same numbers differently."""

    table: str
    band: Band
    scale: str
    source: Source


@dataclass(frozen=True, slots=True)
class Threshold:
    """One number to compare with; `from_age` where it holds from an age on."""

    value: float
    unit: str
    source: Source
    id: str | None = None
    from_age: float | None = None


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class CeilingRules:
    """The numbers of the heart-rate ceiling combiner."""

    at_rest_margin: float
    narrowest_zone: float
    fallback_rpe: tuple[float, float]
    limits: Mapping[str, LimitKind]


@dataclass(frozen=True, slots=True)
class ChairStandBand:
    """Scores below these flag a falls risk, for ages from `low` to below `high`."""

    ages: Band
    below: Mapping[str, float]


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class RiskTest:
    """One comparison of one item of a risk table: a flag's value, or an interval."""

    fact: str
    equals: bool | None
    interval: Interval


@dataclass(frozen=True, slots=True)
class RiskItem:
    """One row of the risk table; it holds when all its tests hold."""

    id: str
    tier: str
    text: str
    mark: str
    tests: tuple[RiskTest, ...]
    needs_test: bool = False
    disputed: bool = False


@dataclass(frozen=True, slots=True)
class Guidance:
    """A dose that is a range and a sentence; `ranges` are (low, high) by name."""

    id: str
    title: str
    text: str
    ranges: Mapping[str, tuple[float, float]]
    source: Source


@dataclass(frozen=True, slots=True)
class RiskRules:
    """The risk table and its sentences."""

    items: tuple[RiskItem, ...]
    source: Source
    without_test: str
    missing: str
    disagreement: str
