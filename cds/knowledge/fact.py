"""What the service knows of one fact before anybody has told it a value."""

from enum import StrEnum
from math import isfinite

from msgspec import Struct

from cds.errors import UnitError
from cds.units import Way, accepted_units, way


class FactType(StrEnum):
    """What kind of value a fact has."""

    NUMBER = "number"
    FLAG = "flag"
    CODE = "code"


class Coding(Struct, frozen=True):
    """One code under which records hold the fact; `unit` is what they usually state it in."""

    system: str
    code: str
    display: str
    unit: str | None = None


class FactDefinition(Struct, frozen=True):
    """One entry of the vocabulary.

    Numbers have a canonical `unit` and a plausible range, `low` and `high` included; `integer`
    ones are counts. They are recorded in steps of `step` (operational: 1 unless written). Codes
    have their `values`. A value older than `max_age_days` is stale; None does not go stale.
    `quantity` opens unit conversions that hold for this analyte only.
    A `derived` fact is worked out here; it can be given too when it is `submittable`. One with
    `during_exercise` is measured or seen in a session: given today, it asks whether to go on.
    """

    name: str
    type: FactType
    label: str
    question: str
    group: str
    unit: str | None = None
    low: float | None = None
    high: float | None = None
    range_mark: str | None = None
    integer: bool = False
    step: float = 1.0
    values: tuple[str, ...] = ()
    max_age_days: float | None = None
    quantity: str | None = None
    codes: tuple[Coding, ...] = ()
    critical: bool = False
    derived: bool = False
    submittable: bool = True
    during_exercise: bool = False
    would_allow: str | None = None
    note: str | None = None

    @property
    def accepted_units(self) -> tuple[str, ...]:
        """The codes of the units it may be given in, the canonical one first."""
        return () if self.unit is None else accepted_units(self.unit, self.quantity)

    def to_canonical(self, value: float, unit: str) -> float:
        """The value in the canonical unit.

        Units: any accepted unit in, the canonical unit out.
        Source: cds/knowledge/units.yaml.
        Raises: UnitError when the unit does not fit, or the fact is not a number.
        """
        if unit == self.unit and isfinite(value):
            return value  # as most records have it
        return self.way_from(unit).convert(value)

    def way_from(self, unit: str) -> Way:
        """The way from a unit to the canonical one.

        Raises: UnitError when the unit does not fit, or the fact is not a number.
        """
        if self.unit is None:
            raise UnitError(f"'{self.name}' is not a number and takes no unit. Leave it out.")
        return way(unit, self.unit, self.quantity)

    def is_plausible(self, value: float) -> bool:
        """Whether a value in the canonical unit lies in the range (and is whole for a count)."""
        if self.low is None or self.high is None:
            return False
        return self.low <= value <= self.high and (not self.integer or float(value).is_integer())

    def plausible_units(self, value: float) -> tuple[str, ...]:
        """The accepted units in which this very number would be plausible."""
        return tuple(unit for unit in self.accepted_units if self._is_plausible_in(unit, value))

    def _is_plausible_in(self, unit: str, value: float) -> bool:
        try:
            return self.is_plausible(self.to_canonical(value, unit))
        except UnitError:  # too large a number for that unit
            return False
