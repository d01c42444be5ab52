"""The course over time as pictures: a line for each thing told, a gap where it was not told."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from msgspec import Struct

from cds.http.check_ins import CheckIn

Value = float | None
#: The share of the plan that an answer set; what a check-in told is named by its fact.
DOSE = "dose_share"
_SHARES = frozenset({"volume", "load", "weekly_minutes"})  # the others are points, or of a step
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 420, 14, 150  # in units of the picture, which is 440 by 180
# The axis of each picture (first value, last, step) is a choice of drawing and no limit.
_PICTURES: Mapping[str, tuple[tuple[int, int, int], tuple[str, ...]]] = {
    "load": ((0, 100, 25), (DOSE, "weekly_minutes_share")),
    "pain": ((0, 10, 2), ("pain_during", "delta24")),
    "effort": ((0, 10, 2), ("session_rpe",)),
    "exertion": ((6, 20, 2), ("session_exertion",)),
    "adherence": ((0, 100, 25), ("adherence_14d", "completion_7d")),
}


class Point(Struct, frozen=True):
    """One value and its place."""

    day: str
    value: float
    x: float
    y: float


class Line(Struct, frozen=True):
    """The values of one thing; each stroke joins those that follow each other without a gap."""

    name: str
    values: tuple[Value, ...]
    strokes: tuple[tuple[Point, ...], ...]


class Chart(Struct, frozen=True):
    """A picture; `numbers` are those of its axis with their height."""

    kind: str
    numbers: tuple[tuple[int, float], ...]
    lines: tuple[Line, ...]


class Course(Struct, frozen=True):
    """The check-ins in order, all that was told of each thing, and the pictures of it."""

    check_ins: tuple[CheckIn, ...]
    told: Mapping[str, tuple[Value, ...]]
    charts: tuple[Chart, ...]


def course_of(check_ins: Sequence[CheckIn]) -> Course:
    """The course; what was told at no check-in has no line, and no picture without a line."""
    names = [name for _, lines in _PICTURES.values() for name in lines]
    values = {name: tuple(_value(one, name) for one in check_ins) for name in names}
    told = {name: row for name, row in values.items() if any(v is not None for v in row)}
    days = [one.day for one in check_ins]
    charts = [
        _chart(kind, axis, {name: told[name] for name in lines if name in told}, days)
        for kind, (axis, lines) in _PICTURES.items()
        if any(name in told for name in lines)
    ]
    return Course(tuple(check_ins), told, tuple(charts))


def _value(check_in: CheckIn, name: str) -> Value:
    if name == DOSE:
        return _dose_share(check_in)
    for fact in check_in.input["facts"]:
        if fact["name"] == name and isinstance(fact["value"], (int, float)):
            return float(fact["value"])
    return None


def _dose_share(check_in: CheckIn) -> Value:
    """The dose that was set as a percentage of that of the plan; 0 while nothing is to be done.

    By the smaller step where the answer names a share, which whole numbers of the plan would blur;
    else by the number of the plan that moved furthest, at the lower end of its range.
    """
    dose = check_in.answer["dose"]
    if not dose["exercise"]:
        return 0.0
    for change in dose["changes"]:
        if change["attribute"] in _SHARES and change["unit"] == "%":
            return float(100 + change["change"][0])
    steps = [(float(step["before"][0]), float(step["after"][0])) for step in dose["plan"]]
    shares = [100 * after / before for before, after in steps if before]
    if not shares:
        return None
    return round(max((abs(share - 100), share) for share in shares)[1])


def _chart(
    kind: str,
    axis: tuple[int, int, int],
    lines: Mapping[str, tuple[Value, ...]],
    days: Sequence[str],
) -> Chart:
    first, last, step = _widened(axis, [v for row in lines.values() for v in row if v is not None])

    def height(value: float) -> float:
        return round(_BOTTOM - (value - first) / (last - first) * (_BOTTOM - _TOP), 1)

    numbers = tuple((n, height(n)) for n in range(first, last + 1, step))
    drawn = (Line(name, row, _strokes(row, days, height)) for name, row in lines.items())
    return Chart(kind, numbers, tuple(drawn))


def _widened(axis: tuple[int, int, int], values: Iterable[float]) -> tuple[int, int, int]:
    """The axis with room for every value, in whole steps."""
    first, last, step = axis
    for value in values:
        while value < first:
            first -= step
        while value > last:
            last += step
    return first, last, step


def _strokes(
    row: Sequence[Value], days: Sequence[str], height: Callable[[float], float]
) -> tuple[tuple[Point, ...], ...]:
    between = (_RIGHT - _LEFT) / (len(row) + 1)

    def points(run: Iterable[tuple[int, Value]]) -> Iterator[Point]:
        for place, value in run:
            if value is not None:
                x = round(_LEFT + between * (place + 1), 1)
                yield Point(days[place], value, x, height(value))

    runs = groupby(enumerate(row), key=lambda one: one[1] is not None)
    return tuple(tuple(points(run)) for told, run in runs if told)
