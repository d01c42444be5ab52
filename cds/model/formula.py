"""What the knowledge says of formulas and category tables, and all of it together."""

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct, field

from cds.model.calculator import CalculatorInputs, SelectionRules
from cds.model.measure import Band, Interval, Source
from cds.model.threshold import CeilingRules, FallsRules, RiskRules, Threshold


def _empty() -> Mapping[str, float]:
    return MappingProxyType({})


class ErrorEstimate(Struct, frozen=True):
    """The error of a formula; `low` is the smaller end when the source gives a range."""

    value: float
    unit: str
    measure: str
    mark: str
    low: float | None = None


class Caution(Struct, frozen=True):
    """A warning that holds when an input lies in an interval."""

    input: str
    interval: Interval
    message: str


class Formula(Struct, frozen=True):
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


class CategoryTable(Struct, frozen=True):
    """The bands of one measure of intensity, without gap or overlap."""

    name: str
    title: str
    unit: str
    source: Source
    bands: tuple[Band, ...]
    ages: Band | None = None
    note: str | None = None


class Disagreement(Struct, frozen=True):
    """A band of another published scale that names the same numbers differently."""

    table: str
    band: Band
    scale: str
    source: Source


class IntensityKnowledge(Struct, frozen=True):
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
    messages: Mapping[str, str]
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
