"""Facts that cannot both be true: the table, its strict loader, and the check of an intake."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from marshmallow import fields, validate
from msgspec import Struct
from msgspec.structs import replace

from cds.errors import Location, Refusal
from cds.knowledge.documents import Problems, line_of
from cds.knowledge.fact import FactDefinition
from cds.knowledge.schema import (
    SIGN_OFF,
    KnowledgeSchema,
    Number,
    Text,
    choice,
    load_documents,
    suggest,
)
from cds.model.intake import Intake, Presence, SubmittedValue

PATTERN = "knowledge/contradictions.yaml"


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


class _BoundSchema(KnowledgeSchema):
    fact = Text(required=True)
    less_than = Number()
    at_least = Number()
    equals = Text()
    one_of = fields.List(Text())
    unit = Text()


class _CompareSchema(KnowledgeSchema):
    left = Text(required=True)
    not_below = Text()
    above = Text()
    same_day = fields.Boolean(truthy={True}, falsy={False})


class _RowSchema(KnowledgeSchema):
    id = Text(required=True)
    message = Text(required=True)
    facts = fields.Dict()
    known = Text()
    any = fields.List(fields.Nested(_BoundSchema), validate=validate.Length(min=1))
    every = fields.List(fields.Nested(_BoundSchema), validate=validate.Length(min=1))
    compare = fields.Nested(_CompareSchema)
    source = Text()
    mark = choice("V", "K", "O")


class _FileSchema(KnowledgeSchema):
    clinical_sign_off = SIGN_OFF["clinical_sign_off"]
    contradictions = fields.List(fields.Nested(_RowSchema), required=True)


def load_contradictions(
    root: Path, vocabulary: Mapping[str, FactDefinition], problems: Problems
) -> tuple[Contradiction, ...]:
    """Every row; a fact that the vocabulary does not hold, or a foreign unit, is a problem."""
    rows: list[Contradiction] = []
    for name, document, loaded in load_documents(root, PATTERN, _FileSchema(), problems):
        for index, entry in enumerate(loaded["contradictions"]):
            place = Location(name, line_of(document, ("contradictions", index, "id")))
            row = _row(entry)
            rows.append(row)
            for text in _faults(row, entry, vocabulary):
                problems.add(text, place)
    return tuple(rows)


def contradictions_in(intake: Intake, rows: Iterable[Contradiction]) -> list[Refusal]:
    """A refusal at each place that takes part in a contradiction."""
    places = _places(intake)
    return [
        Refusal(pointer, f"{row.message} Both cannot be: correct one of {' and '.join(pointers)}.")
        for row in rows
        if (pointers := _met(row, places))
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
    """The pointers of the facts that contradict each other, or none."""
    nothing = _Place(None, None, "")
    if any(places.get(fact, nothing).value != value for fact, value in row.facts.items()):
        return []
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


def _row(entry: Mapping[str, Any]) -> Contradiction:
    compare = entry.get("compare")
    return Contradiction(
        entry["id"],
        entry["message"],
        entry.get("facts", {}),
        entry.get("known"),
        tuple(_bound(bound) for bound in entry.get("any", ())),
        tuple(_bound(bound) for bound in entry.get("every", ())),
        None
        if compare is None
        else Comparison(
            compare["left"],
            compare.get("not_below") or compare.get("above") or "",
            "above" in compare,
            compare.get("same_day", False),
        ),
    )


def _bound(entry: Mapping[str, Any]) -> Bound:
    plain = {key: value for key, value in entry.items() if key not in ("unit", "one_of")}
    return Bound(**plain, one_of=tuple(entry.get("one_of", ())))


def _faults(
    row: Contradiction, entry: Mapping[str, Any], vocabulary: Mapping[str, FactDefinition]
) -> Iterator[str]:
    compared = (row.compare.left, row.compare.right) if row.compare else ()
    bounds = [*entry.get("any", ()), *entry.get("every", ())]
    named = [*row.facts, *([row.known] if row.known else ()), *compared]
    for fact in [*named, *(bound["fact"] for bound in bounds)]:
        if fact not in vocabulary and "." not in fact:
            yield f"The fact '{fact}' is not in the vocabulary.{suggest(fact, vocabulary)}"
    for bound in bounds:
        definition = vocabulary.get(bound["fact"])
        numeric = "less_than" in bound or "at_least" in bound
        if definition and numeric and bound.get("unit") != definition.unit:
            yield f"'{bound['fact']}' is compared without its unit. Write unit: {definition.unit}."
