"""The zone of effort as a picture: an axis, the zone on it, and every limit with who set it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

Json = Mapping[str, Any]
_LEFT, _RIGHT = 24, 616  # in units of the picture, which is 640 wide
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# The axis of each picture is a choice of drawing and no limit.
_PULSE = (40, 20, 20)  # first value, step of the numbers, space beyond the last limit
_EFFORT = (6, 20, 2)  # the scale from 6 to 20, a number at every second point


class Mark(Struct, frozen=True):
    """One limit on the axis; `cuts` says whether it ends the zone. Limits of one value are one."""

    letter: str
    value: float
    x: float
    by: tuple[str, ...]
    cuts: bool


class Scale(Struct, frozen=True):
    """A picture: `kind` is pulse or effort, `zone` the values, the rest in units of the picture."""

    kind: str
    zone: tuple[float, float]
    left: float
    width: float
    numbers: tuple[tuple[float, float], ...]
    marks: tuple[Mark, ...]


def scales_of(intensity: Json) -> tuple[Scale, ...]:
    """The pictures that an answer has values for."""
    aerobic, limits = intensity["aerobic"], intensity["limited_by"]
    found = []
    if aerobic["hr_bpm"]:
        of_pulse = _values(limits, ("hr_bpm.low", "hr_bpm.high", "hr_ceiling_bpm"))
        first, step, beyond = _PULSE
        last = max([aerobic["hr_bpm"][1], *of_pulse]) + beyond
        axis = (first, last - last % -step, step)
        found.append(_scale("pulse", aerobic["hr_bpm"], axis, of_pulse))
    if aerobic["rpe_6_20"]:
        of_effort = _values(limits, ("rpe_6_20.low", "rpe_6_20.high"))
        found.append(_scale("effort", aerobic["rpe_6_20"], _EFFORT, of_effort))
    return tuple(found)


def _values(limits: Iterable[Json], names: Sequence[str]) -> dict[float, tuple[str, ...]]:
    """Each value that limits → who set it."""
    found: dict[float, tuple[str, ...]] = {}
    for limit in limits:
        if limit["attribute"] in names and isinstance(limit["value"], (int, float)):
            by = (*found.get(limit["value"], ()), *limit["by"].split(", "))
            found[limit["value"]] = tuple(dict.fromkeys(by))
    return found


def _scale(
    kind: str,
    zone: Sequence[float],
    axis: tuple[float, float, int],
    limits: Mapping[float, tuple[str, ...]],
) -> Scale:
    first, last, step = axis
    low, high = zone

    def place(value: float) -> float:
        share = (min(max(value, first), last) - first) / (last - first)
        return round(_LEFT + share * (_RIGHT - _LEFT), 1)

    marks = tuple(
        Mark(letter, value, place(value), by, value in (low, high))
        for letter, (value, by) in zip(_LETTERS, sorted(limits.items()), strict=False)
    )
    numbers = tuple((n, place(n)) for n in range(int(first), int(last) + 1, step))
    return Scale(kind, (low, high), place(low), round(place(high) - place(low), 1), numbers, marks)
