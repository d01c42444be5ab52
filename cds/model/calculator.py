"""What the knowledge says about the selection of a method and the calculators, and all of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from cds.model.formula import (
    CategoryTable,
    CeilingRules,
    Disagreement,
    FallsRules,
    Formula,
    Guidance,
    Interval,
    RiskRules,
    Source,
    Threshold,
)


def _empty() -> Mapping[str, float]:
    return MappingProxyType({})


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
    guidance: Mapping[str, Guidance]
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
