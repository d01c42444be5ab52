"""How a heart-rate method is selected, and what a calculator takes."""

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct, field

from cds.model.measure import Interval, Source


def _empty() -> Mapping[str, float]:
    return MappingProxyType({})


class Blocker(Struct, frozen=True):
    """A condition, drug or state that rules a heart-rate method out.

    `unless_false`: a flag whose explicit absence lifts it. `implied_absent_by`: a condition
    without which it cannot be.
    """

    item: str
    unless_false: str | None = None
    implied_absent_by: str | None = None


class SelectionStep(Struct, frozen=True):
    """One selection rule: its id, why, and what triggers it."""

    rule: str
    reason: str
    blockers: tuple[Blocker, ...] = ()
    rhythms: tuple[str, ...] = ()


class CeilingHint(Struct, frozen=True):
    """For whom a formula may be shown as the hint of a ceiling."""

    method: str
    condition: str
    medication: str
    ages: Interval
    preserved_lvef: float


class Choice(Struct, frozen=True):
    """A method that a site policy may change."""

    rule: str
    default: str
    choices: tuple[str, ...]


class SelectionRules(Struct, frozen=True):
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

    __hash__ = object.__hash__  # what they ask for is kept by them


class InputField(Struct, frozen=True):
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


class CalculatorInputs(Struct, frozen=True):
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
