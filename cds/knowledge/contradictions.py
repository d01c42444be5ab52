"""Facts that cannot both be true, and the check of an intake."""

from collections.abc import Iterable, Mapping
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from cds.errors import Refusal
from cds.model.intake import Intake, Presence, SubmittedValue


class Bound(Struct, frozen=True):
    """A test of one fact; a number is in the fact's canonical unit."""

    fact: str
    less_than: float | None = None
    at_least: float | None = None
    equals: str | None = None
    one_of: tuple[str, ...] = ()

    def holds(self, value: SubmittedValue) -> bool:
        """Whether the value passes the test; unknown never does."""
        if isinstance(value, str):
            return value == self.equals or value in self.one_of
        if value is None or isinstance(value, bool):
            return False
        return (self.less_than is not None and value < self.less_than) or (
            self.at_least is not None and value >= self.at_least
        )


class Comparison(Struct, frozen=True):
    """Two numbers of which the left cannot be this large beside the right."""

    left: str
    right: str
    strict: bool
    same_day: bool


class Contradiction(Struct, frozen=True):
    """One row of the table."""

    id: str
    message: str
    facts: Mapping[str, bool | str]
    known: str | None = None
    any: tuple[Bound, ...] = ()
    every: tuple[Bound, ...] = ()
    compare: Comparison | None = None


class _Place(Struct, frozen=True):
    value: SubmittedValue
    at: date | None
    pointer: str


def contradictions_in(intake: Intake, rows: Iterable[Contradiction]) -> list[Refusal]:
    """A refusal at each place that takes part in a contradiction."""
    places = _places(intake)
    told = {name: place.value for name, place in places.items()}.items()
    return [
        Refusal(pointer, f"{row.message} Both cannot be: correct one of {' and '.join(pointers)}.")
        for row in rows
        if row.facts.items() <= told and (pointers := _met(row, places))
        for pointer in pointers
    ]


def _places(intake: Intake) -> Mapping[str, _Place]:
    found = {f.name: _Place(f.value, f.at, f.pointer) for f in intake.facts}
    present = _Place(True, None, "")
    for condition in intake.conditions:
        if condition.status is Presence.PRESENT:
            found[f"condition.{condition.id}"] = replace(present, pointer=condition.pointer)
    for medication in intake.medications:
        if medication.status is Presence.PRESENT:
            found[f"medication.{medication.id}"] = replace(present, pointer=medication.pointer)
    return found


def _met(row: Contradiction, places: Mapping[str, _Place]) -> list[str]:
    """The pointers of the facts that contradict each other, or none; those of the row are told."""
    nothing = _Place(None, None, "")
    found = [places[fact].pointer for fact in row.facts]
    if row.compare is not None:
        return found + _compared(row.compare, places)
    if row.known is not None:
        known = places.get(row.known, nothing)
        return [] if known.value is None else [*found, known.pointer]
    held = [b.fact for b in (*row.any, *row.every) if b.holds(places.get(b.fact, nothing).value)]
    if (row.any and not held) or len(held) < len(row.every):
        return []
    return found + [places[fact].pointer for fact in held]


def _compared(compare: Comparison, places: Mapping[str, _Place]) -> list[str]:
    left, right = places.get(compare.left), places.get(compare.right)
    if left is None or right is None:
        return []
    if isinstance(left.value, (str, type(None))) or isinstance(right.value, (str, type(None))):
        return []
    if compare.same_day and left.at != right.at:
        return []
    clash = left.value > right.value or (not compare.strict and left.value == right.value)
    return [left.pointer, right.pointer] if clash else []
