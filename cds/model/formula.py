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


@dataclass(frozen=True, slots=True)
class RiskRules:
    """The risk table and its sentences."""

    items: tuple[RiskItem, ...]
    source: Source
    without_test: str
    missing: str
    disagreement: str


@dataclass(frozen=True, slots=True)
class Blocker:
    """A condition, drug or state that rules a heart-rate method out.

    `unless_false`: a flag whose explicit absence lifts it. `implied_absent_by`: a condition
    without which it cannot be.
    """

    item: str
    unless_false: str | None = None
    implied_absent_by: str | None = None


@dataclass(frozen=True, slots=True)
class SelectionStep:
    """One selection rule: its id, why, and what triggers it."""

    rule: str
    reason: str
    blockers: tuple[Blocker, ...] = ()
    rhythms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CeilingHint:
    """For whom a formula may be shown as the hint of a ceiling."""

    method: str
    condition: str
    medication: str
    ages: Interval
    preserved_lvef: float


@dataclass(frozen=True, slots=True)
class Choice:
    """A method that a site policy may change."""

    rule: str
    default: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SelectionRules:
    """The order and the triggers of the heart-rate method selection."""

    source: Source
    ages: Interval
    age_step: SelectionStep
    measured: SelectionStep
    no_method: SelectionStep
    measured_only: SelectionStep
    hint: CeilingHint
    women: Choice
    others: Choice
    recognised: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class InputField:
    """One input of a calculator: type, canonical unit, plausible range, allowed names."""

    name: str
    type: str
    description: str
    unit: str | None = None
    required: bool = False
    plausible: tuple[float, float] | None = None
    one_of: tuple[str, ...] = ()
    vocabulary: str | None = None
    conversions: Mapping[str, float] = field(default_factory=_empty)
    fraction_hint: bool = False
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class CalculatorInputs:
    """What one calculator takes.

    `choice` names the input on which `requires` and `optional` depend.
    """

    name: str
    title: str
    fields: Mapping[str, InputField]
    unit: str | None = None
    choice: str | None = None
    requires: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    optional: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    exactly_one: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IntensityKnowledge:
    """All that is known of intensity: formulas, tables, thresholds, calculators."""

    formulas: Mapping[str, Formula]
    tables: Mapping[str, CategoryTable]
    disagreements: tuple[Disagreement, ...]
    ceiling: CeilingRules
    chronotropic: Mapping[str, Threshold]
    recovery: Mapping[str, Threshold]
    falls: FallsRules
    risk: RiskRules
    selection: SelectionRules
    calculators: Mapping[str, CalculatorInputs]
    clinical_sign_off: str = "pending"

    def by_method(self, method: str, sex: str | None = None) -> Formula:
        """The formula of a method, the one for the sex when the method has one for each.

        Raises: KeyError when no formula has the method.
        """
        found = [formula for formula in self.formulas.values() if formula.method == method]
        fitting = [f for f in found if len(found) == 1 or sex in f.sexes]
        if not fitting:
            raise KeyError(method)
        return fitting[0]
