"""What is known of a patient from elsewhere → the form as if it had been typed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TypeVar

from cds.model.intake import (
    Intake,
    Presence,
    SubmittedCondition,
    SubmittedFact,
    SubmittedMedication,
    SubmittedValue,
    Unmapped,
)
from cds.web.layout_file import LISTS
from cds.web.submission import WISHES

Entry = TypeVar("Entry", SubmittedCondition, SubmittedMedication)
_ASKED = ("intensity", "setting", "modalities", "exercises")
_DECIMALS = 6  # as many as a field takes
_LINES = ("exercises", *WISHES)


def typed_of(intake: Intake, day: date) -> dict[str, list[str]]:
    """The values of the form that say what the intake says, for a decision on that day."""
    values: dict[str, list[str]] = {"evaluation_date": [day.isoformat()]}
    for name, text in (*_facts(intake), *_lists(intake), *_wishes(intake)):
        values.setdefault(name, []).append(text)
    for name in (*_LINES, *(f"{kind}_text" for kind in LISTS)):
        if name in values:
            values[name] = ["\n".join(values[name])]
    return values


def _facts(intake: Intake) -> Iterator[tuple[str, str]]:
    for fact in _latest(intake).values():
        yield f"fact.{fact.name}", _text(fact.value)
        if fact.unit:
            yield f"unit.{fact.name}", fact.unit
        if fact.at:
            yield f"at.fact.{fact.name}", fact.at.isoformat()


def _latest(intake: Intake) -> Mapping[str, SubmittedFact]:
    """One value of each fact, as a form holds no more: the youngest."""
    latest: dict[str, SubmittedFact] = {}
    for fact in intake.facts:
        other = latest.get(fact.name)
        if fact.value is not None and (other is None or _day(fact) >= _day(other)):
            latest[fact.name] = fact
    return latest


def _lists(intake: Intake) -> Iterator[tuple[str, str]]:
    for condition in _most_present(intake.conditions):
        yield from _entry("conditions", condition, condition.onset)
    for medicine in _most_present(intake.medications):
        yield from _entry("medications", medicine, medicine.at)
    for procedure in intake.procedures:
        yield "procedures", procedure.id
        if procedure.at:
            yield f"procedure_at.{procedure.id}", procedure.at.isoformat()
    for kind in ("conditions", "medications"):
        if getattr(intake, f"{kind}_reviewed"):
            yield f"{kind}_reviewed", "1"
    for left in intake.unmapped:
        yield f"{left.kind or 'condition'}s_text", _line(left)


def _most_present(entries: Sequence[Entry]) -> Iterable[Entry]:
    """One entry of each id: what is said to be over and to be there too is there."""
    kept: dict[str, Entry] = {}
    for entry in entries:
        other = kept.get(entry.id)
        if other is None or (entry.status is Presence.PRESENT is not other.status):
            kept[entry.id] = entry
    return kept.values()


def _entry(
    kind: str, entry: SubmittedCondition | SubmittedMedication, day: date | None
) -> Iterator[tuple[str, str]]:
    yield kind, entry.id
    if entry.status is not Presence.PRESENT:
        yield f"{kind}_status.{entry.id}", entry.status.value
    if day:
        yield f"{kind}_at.{entry.id}", day.isoformat()


def _wishes(intake: Intake) -> Iterator[tuple[str, str]]:
    for source, names in ((intake.request, _ASKED), (intake.preferences, WISHES)):
        for name in names:
            given = source.get(name, ())
            for text in (given,) if isinstance(given, str) else _texts(given):
                yield name, text


def _texts(given: object) -> Iterator[str]:
    if isinstance(given, (list, tuple)):
        yield from (str(text) for text in given)


def _line(left: Unmapped) -> str:
    """What was not recognised, on one line as a person would write it."""
    return " ".join((left.text or left.code or "").split())


def _text(value: SubmittedValue) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{round(value, _DECIMALS):.12g}" if isinstance(value, float) else str(value)


def _day(fact: SubmittedFact) -> date:
    return fact.at or date.min
