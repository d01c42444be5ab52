"""The combined dose: every number knows who set it."""

from typing import Generic, TypeVar

from msgspec import Struct

from cds.model.profile import Range

T = TypeVar("T")


class Attributed(Struct, Generic[T], frozen=True):
    """A value and the profiles that set it."""

    value: T
    by: tuple[str, ...]


class Span(Struct, frozen=True):
    """A range whose two ends may have been set by different profiles."""

    low: Attributed[float]
    high: Attributed[float]

    @property
    def range(self) -> Range:
        """The bare numbers."""
        return Range(self.low.value, self.high.value)


class Resistance(Struct, frozen=True):
    """Resistance dose. `blocked_regions` take none at all; the dose is for the others.

    Units: days in d/wk, percent in % of one-repetition maximum.
    """

    days: Span
    percent: Span
    sets: Span
    reps: Span
    blocked_regions: tuple[Attributed[str], ...] = ()


class SubTherapeutic(Struct, frozen=True):
    """A profile that asks for more than others allow."""

    profile: str
    attribute: str
    asked: float
    given: float
    limited_by: tuple[str, ...]


class MergedDose(Struct, frozen=True):
    """Several profiles in one phase, narrowed to what all of them allow.

    Units: as in Bounds; weekly in min/wk, None when no goal is stated, `quota_removed` when a
    profile forbids one; reachable is days times minutes at their upper ends. `sub_therapeutic` are
    lower bounds of effort and load that could not be met, `short_of` those of days, minutes, sets.
    """

    phase: str
    profiles: tuple[str, ...]
    hrr_percent: Span
    rpe_6_20: Span
    days: Span
    minutes: Span
    weekly: Span | None
    weekly_wanted: Attributed[float] | None
    quota_removed: tuple[str, ...]
    reachable: float
    resistance: Resistance
    impact: Attributed[str]
    hiit: Attributed[str]
    supervision: Attributed[int]
    heart_rate_usable: Attributed[bool]
    avoid_tags: tuple[Attributed[str], ...]
    sub_therapeutic: tuple[SubTherapeutic, ...]
    short_of: tuple[SubTherapeutic, ...] = ()

    @property
    def tags(self) -> frozenset[str]:
        """The bare avoid tags."""
        return frozenset(tag.value for tag in self.avoid_tags)
