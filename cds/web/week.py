"""One way to spread a plan over the days of a week: for a picture, not a prescription of days."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

Json = Mapping[str, Any]
DAYS = 7
SURE, MAYBE, REST = "sure", "maybe", "rest"


class WeekRow(Struct, frozen=True):
    """One kind of exercise; `days` from Monday on: sure, maybe (up to the most days) or rest."""

    modality: str
    days: tuple[str, ...]


def week_of(plan: Json | None) -> tuple[WeekRow, ...]:
    """A row for each component of the plan."""
    if plan is None:
        return ()
    return tuple(WeekRow(part["modality"], _days(part["frequency"])) for part in plan["components"])


def _days(frequency: Sequence[float]) -> tuple[str, ...]:
    least, most = (min(round(days), DAYS) for days in frequency)
    order = _spread()
    return tuple(
        SURE if day in order[:least] else MAYBE if day in order[:most] else REST
        for day in range(DAYS)
    )


def _spread() -> list[int]:
    """The days in the order in which they are taken: each as far as possible from the others."""
    order = [0]
    while len(order) < DAYS:
        left = [day for day in range(DAYS) if day not in order]
        order.append(max(left, key=lambda day: (min(_apart(day, other) for other in order), -day)))
    return order


def _apart(one: int, other: int) -> int:
    return min((one - other) % DAYS, (other - one) % DAYS)
