"""The numbers of a plan after a check-in: down in proportion, up only inside its bounds."""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cds.model.effect import Direction, DoseChange, Progress
from cds.model.follow_up import PlannedDose

Json = Mapping[str, Any]

#: After these rows nothing is done until something is cleared up.
NO_EXERCISE = frozenset(
    {
        Direction.STOP_REFER,
        Direction.SAFETY_PATHWAY,
        Direction.NO_TRAINING,
        Direction.DELAY,
    }
)
# Which numbers of a component each change concerns, with the unit of the number.
_NUMBERS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "volume": (
        ("time_min", "min"),
        ("volume.minutes_per_week", "min/wk"),
        ("volume.sets_per_week", "{count}/wk"),
    ),
    "load": (("intensity.percent_1rm", "%"),),
    "repetitions": (("volume.repetitions", "{count}"),),
    "session_minutes": (("time_min", "min"),),
    "weekly_minutes": (("volume.minutes_per_week", "min/wk"),),
    "hrr_percent": (("intensity.hrr_percent", "%"),),
    "rpe_6_20": (("intensity.rpe_6_20", "{score}"),),
}
# Shares of the heart-rate reserve are themselves in percent: these are points, not shares of it.
_POINTS = frozenset({"hrr_percent"})
_KEPT = "volume"


def next_numbers(
    plan: Json | None, effect: Progress, modality: str | None
) -> Iterator[PlannedDose]:
    """Each number of the plan that the row speaks of, before and after.

    A component is meant when it has the modality that was trained, or when none of them has it.
    """
    if plan is None or effect.direction in NO_EXERCISE:
        return
    if effect.direction is Direction.RESTART and plan.get("phase") != "start":
        return
    components = plan.get("components") or ()
    meant = [part for part in components if part["modality"] == modality] or components
    for component in meant:
        if effect.direction in (Direction.REGRESS, Direction.PROGRESS):
            yield from _changed(component, effect)
        else:
            yield from _same(component)


def _changed(component: Json, effect: Progress) -> Iterator[PlannedDose]:
    for change in effect.dose:
        for path, unit in _NUMBERS.get(change.attribute, ()):
            before = _pair(component, path)
            if before is not None:
                yield _step(component["modality"], (path, unit), before, change)


def _same(component: Json) -> Iterator[PlannedDose]:
    for path, unit in _NUMBERS[_KEPT]:
        before = _pair(component, path)
        if before is not None:
            yield PlannedDose(component["modality"], path, unit, before, before)


def _step(
    modality: str, number: tuple[str, str], before: tuple[float, float], change: DoseChange
) -> PlannedDose:
    path, unit = number
    low, high = before
    moved = _apply(low, change)
    if change.high < 0:
        return PlannedDose(modality, path, unit, before, (moved, _apply(high, change)))
    after = (min(max(moved, low), high), high)
    return PlannedDose(modality, path, unit, before, after, at_upper_bound=after[0] == high)


def _apply(value: float, change: DoseChange) -> float:
    """The value after the smaller step, in whole units, rounded down."""
    relative = change.unit == "%" and change.attribute not in _POINTS
    moved = value * (100 + change.low) / 100 if relative else value + change.low
    return float(math.floor(moved))


def _pair(component: Json, path: str) -> tuple[float, float] | None:
    value: Any = component
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    if not isinstance(value, Iterable) or isinstance(value, str):
        return None
    low, high = value
    return float(low), float(high)
