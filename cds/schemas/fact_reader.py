"""Facts as submitted → checked facts in canonical units, or a refusal at each place.

Nothing is coerced and nothing is guessed. A stale value passes: the case lists it.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from marshmallow import ValidationError
from msgspec import Struct

from cds.errors import Refusal, UnitError
from cds.json_walk import pointer_step
from cds.knowledge.fact import FactDefinition, FactType
from cds.knowledge.schema import suggest
from cds.model.intake import SubmittedFact, SubmittedValue
from cds.schemas.strict_fields import NOT_A_DAY, StrictText, read_day

UNKNOWN = "unknown"
SUBMITTED = "submitted"
_MEMBERS = ("value", "unit", "at", "source")
_LONGEST_SOURCE = StrictText()
Facts = Mapping[str, FactDefinition]


class _Refused(Exception):
    """One place of a fact that cannot be accepted."""

    def __init__(self, detail: str, step: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.step = step


class FactReader(Struct, frozen=True):
    """Reads facts against the vocabulary, for a decision of `today`."""

    vocabulary: Facts
    today: date

    def read(self, submitted: Mapping[str, Any]) -> tuple[list[SubmittedFact], list[Refusal]]:
        """The accepted facts, and a refusal for each of the others."""
        facts: list[SubmittedFact] = []
        refusals: list[Refusal] = []
        for name, value in submitted.items():
            pointer = pointer_step("/facts", name)
            try:
                facts.append(self._one(self._definition(name), value, pointer))
            except _Refused as refused:
                refusals.append(Refusal(pointer + refused.step, refused.detail))
        return facts, refusals

    def _definition(self, name: str) -> FactDefinition:
        definition = self.vocabulary.get(name)
        if definition is None or "." in name:
            known = (fact for fact in self.vocabulary if "." not in fact)
            raise _Refused(
                f"This fact is not in the vocabulary.{suggest(name, known)} "
                "/v1/facts lists every fact."
            )
        if not definition.submittable:
            raise _Refused("This fact is worked out here and cannot be submitted. Leave it out.")
        return definition

    def _one(self, definition: FactDefinition, value: Any, pointer: str) -> SubmittedFact:
        if not isinstance(value, list):
            return self._measurement(definition, value, pointer, "")
        if not value:
            raise _Refused("An empty list says nothing. Leave the fact out.")
        for index, item in enumerate(value):
            if not isinstance(item, dict):
                raise _Refused(
                    "Each of several values is an object with value and at.", f"/{index}"
                )
        found = [
            self._measurement(definition, item, pointer, f"/{index}")
            for index, item in enumerate(value)
        ]
        return _latest(found)

    def _measurement(
        self, definition: FactDefinition, raw: Any, pointer: str, step: str
    ) -> SubmittedFact:
        members = raw if isinstance(raw, dict) else {"value": raw}
        if "value" not in members:
            raise _Refused("The value is missing. Add it, or leave the fact out.", step)
        for name in members:
            if name not in _MEMBERS:
                detail = f"This member is not known here.{suggest(name, _MEMBERS)}"
                raise _Refused(detail, pointer_step(step, name))
        inside = f"{step}/value" if isinstance(raw, dict) else step
        value = _read_value(definition, members["value"], members.get("unit"), inside, step)
        return SubmittedFact(
            definition.name,
            value,
            None if value is None else definition.unit,
            self._day(members, step),
            _source(members, step),
            pointer + step,
        )

    def _day(self, members: Mapping[str, Any], step: str) -> date | None:
        if "at" not in members:
            return None
        day = read_day(members["at"])
        if day is None:
            raise _Refused(NOT_A_DAY, f"{step}/at")
        if day > self.today:
            raise _Refused(
                "This day lies after the evaluation date. A value cannot be known before it is "
                "measured. Correct one of the two.",
                f"{step}/at",
            )
        return day


def _source(members: Mapping[str, Any], step: str) -> str:
    try:
        return str(_LONGEST_SOURCE.deserialize(members.get("source", SUBMITTED)))
    except ValidationError as error:
        raise _Refused(" ".join(map(str, error.messages)), f"{step}/source") from None


def _latest(found: list[SubmittedFact]) -> SubmittedFact:
    """The latest of several dated values; two values of one day cannot both be it."""
    if len(found) == 1:
        return found[0]
    if any(fact.at is None for fact in found):
        raise _Refused("Several values need a day each ('at'), or none of them is the latest.")
    newest = max(found, key=lambda fact: fact.at or date.min)
    rivals = {fact.value for fact in found if fact.at == newest.at}
    if len(rivals) > 1:
        raise _Refused("Two different values for one day contradict each other. Keep the true one.")
    return newest


def _read_value(
    definition: FactDefinition, value: Any, unit: Any, inside: str, step: str
) -> SubmittedValue:
    if unit is not None and definition.type is not FactType.NUMBER:
        raise _Refused("This fact is not a number and takes no unit. Leave it out.", f"{step}/unit")
    if value == UNKNOWN and isinstance(value, str):
        return None
    if definition.type is FactType.FLAG:
        return _flag(value, inside)
    if definition.type is FactType.CODE:
        return _code(definition, value, inside)
    return _number(definition, value, _unit(unit, step), (inside, f"{step}/unit"))


def _flag(value: Any, inside: str) -> bool:
    if not isinstance(value, bool):
        raise _Refused('This must be true, false or "unknown".', inside)
    return value


def _code(definition: FactDefinition, value: Any, inside: str) -> str:
    if not isinstance(value, str) or value not in definition.values:
        near = suggest(value, definition.values) if isinstance(value, str) else ""
        allowed = ", ".join(definition.values)
        raise _Refused(f"Use one of: {allowed}, or unknown.{near}", inside)
    return value


def _unit(unit: Any, step: str) -> str | None:
    if unit is not None and not isinstance(unit, str):
        raise _Refused("A unit must be text, like mm[Hg].", f"{step}/unit")
    return unit


def _number(
    definition: FactDefinition, value: Any, unit: str | None, places: tuple[str, str]
) -> float:
    inside, beside = places
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _Refused('This must be a number without quotes, or "unknown".', inside)
    given = (definition.unit or "") if unit is None else unit
    try:
        number = definition.to_canonical(float(value), given)
    except UnitError:
        allowed = ", ".join(definition.accepted_units)
        raise _Refused(
            f"This unit does not fit this fact. Use one of: {allowed}.", beside
        ) from None
    if not definition.is_plausible(number):
        raise _Refused(" ".join(why_implausible(definition, float(value), number, given)), inside)
    return number


def why_implausible(
    definition: FactDefinition, value: float, number: float, given: str
) -> Iterator[str]:
    """Why `value`, which is `number` in the canonical unit, cannot be meant."""
    low, high = definition.low or 0.0, definition.high or 0.0
    if low <= number <= high:
        yield "This is a count. Give a whole number."
        return
    yield f"This lies outside what is plausible, {low:g} to {high:g} {definition.unit}."
    others = [unit for unit in definition.plausible_units(value) if unit != given]
    if others:
        yield f"It would be plausible in {' or '.join(others)}: state the unit that was meant."
    else:
        yield "Check the value and its unit."
