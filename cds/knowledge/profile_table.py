"""Everything that is known about FITT-VP profiles."""

from collections.abc import Mapping

from msgspec import Struct, field

from cds.model.profile import (
    AgeRule,
    Bounds,
    Cited,
    FactRule,
    Mapped,
    Profile,
    Range,
    Relief,
    SoftConflict,
)


class ProfileTable(Struct, frozen=True):
    """Everything that is known about profiles; `routes` remain when a lower bound is not met."""

    bounds: Mapping[tuple[str, str], Bounds]
    bounds_source: Cited
    bounds_marks: Mapping[str, str]
    profiles: Mapping[str, Profile]
    constants: Mapping[str, Range]
    conditions: Mapping[str, Mapped]
    procedures: Mapping[str, Mapped]
    facts: tuple[FactRule, ...]
    first_doses: tuple[FactRule, ...]
    supersedes: Mapping[str, tuple[str, ...]]
    relieved: tuple[Relief, ...]
    age: AgeRule
    conflicts: tuple[SoftConflict, ...] = ()
    routes: Mapping[str, str] = field(default_factory=dict)

    __hash__ = object.__hash__  # what its profiles say together is kept by it
