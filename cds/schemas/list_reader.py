"""Conditions, medications and procedures as submitted → entries by id, and what has no id.

A plain id must be known. A code that no value set holds is kept as unmapped, never dropped.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from cds.errors import Refusal
from cds.knowledge.medication_names import NOT_READ, MedicationReading
from cds.knowledge.schema import suggest
from cds.model.intake import (
    Presence,
    SubmittedCondition,
    SubmittedMedication,
    SubmittedProcedure,
    Unmapped,
)
from cds.schemas.request_terms import RequestTerms

SUBMITTED = "submitted"


class Lists(Struct):
    """The three lists as read, with what could not be used."""

    conditions: list[SubmittedCondition] = field(default_factory=list)
    medications: list[SubmittedMedication] = field(default_factory=list)
    procedures: list[SubmittedProcedure] = field(default_factory=list)
    unmapped: list[Unmapped] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)


class _Entry(Struct, frozen=True):
    """One entry as an object, whatever it was written as."""

    members: Mapping[str, Any]
    pointer: str
    ids: tuple[str, ...]

    @property
    def source(self) -> str:
        return str(self.members.get("source", SUBMITTED))

    def day(self, name: str) -> date | None:
        found = self.members.get(name)
        return found if isinstance(found, date) else None

    def status(self, past: bool = False) -> Presence:
        stated = self.members.get("status")
        return Presence(stated) if stated else Presence.RESOLVED if past else Presence.PRESENT


def read_lists(body: Mapping[str, Any], terms: RequestTerms, today: date) -> Lists:
    """The three lists of a loaded body."""
    lists = Lists()
    for entry in _entries("conditions", body, terms, lists):
        _refuse_future(entry, "onset", today, lists)
        for id_ in entry.ids:
            past = "code" in entry.members and terms.terminology.is_past(
                entry.members.get("system"), str(entry.members["code"]), id_
            )
            lists.conditions.append(
                SubmittedCondition(
                    id_,
                    entry.status(past),
                    entry.day("onset"),
                    entry.source,
                    pointer=entry.pointer,
                )
            )
    for entry in _entries("medications", body, terms, lists):
        _refuse_future(entry, "at", today, lists)
        lists.medications += [
            SubmittedMedication(
                id_, entry.status(), entry.day("at"), entry.source, pointer=entry.pointer
            )
            for id_ in entry.ids
        ]
    for entry in _entries("procedures", body, terms, lists):
        _refuse_future(entry, "at", today, lists)
        lists.procedures += [
            SubmittedProcedure(id_, entry.day("at"), entry.source, entry.pointer)
            for id_ in entry.ids
        ]
    _refuse_two_states(lists)
    return lists


def _entries(
    name: str, body: Mapping[str, Any], terms: RequestTerms, lists: Lists
) -> Iterable[_Entry]:
    seen: dict[tuple[Any, ...], str] = {}
    for index, raw in enumerate(body.get(name, ())):
        pointer = f"/{name}/{index}"
        members = {"id": raw} if isinstance(raw, str) else dict(raw)
        if name == "procedures" and "system" not in members and "code" in members:
            members["id"] = members.pop("code")
        twin = tuple(sorted((k, str(v)) for k, v in members.items() if k != "source"))
        if twin in seen:
            detail = f"The same entry stands at {seen[twin]}. Keep one."
            lists.refusals.append(Refusal(pointer, detail))
            continue
        seen[twin] = pointer
        reading = _read(name, members, terms)
        entry = _Entry(members, pointer, tuple(sorted(reading.classes)))
        if "id" in members:
            _check_id(name, entry, terms, lists)
        elif not (entry.ids and reading.known):
            lists.unmapped.append(_unmapped(name, entry, reading, terms))
        yield entry


def _read(name: str, members: Mapping[str, Any], terms: RequestTerms) -> MedicationReading:
    """The ids that the entry stands for, and whether all of it was understood."""
    if "id" in members:
        known = members["id"] in getattr(terms, name)
        return MedicationReading(frozenset([members["id"]] if known else []), known)
    codes = terms.terminology
    system, code, text = (members.get(key) for key in ("system", "code", "display"))
    if name == "medications":
        return _read_medication(system, code, text, terms)
    if name == "conditions":
        coded = codes.condition_ids(system, code) if code else frozenset()
        found = coded or codes.condition_ids_by_text(text or "")
    else:
        coded = codes.procedure_ids(system, str(code))
        found = coded or codes.procedure_ids_by_text(text or "")
    return MedicationReading(found, known=bool(found))


def _read_medication(
    system: str | None, code: str | None, text: str | None, terms: RequestTerms
) -> MedicationReading:
    """By code; by name when there is none, or nothing here holds the code."""
    codes = terms.terminology
    reading = codes.read_medication_code(system, code) if code else NOT_READ
    return reading if reading.known else codes.read_medication_name(text or "")


def _unmapped(
    name: str, entry: _Entry, reading: MedicationReading, terms: RequestTerms
) -> Unmapped:
    """The entry as it came; a known one that changes nothing, or a medicine not taken now, says so.

    A condition that is denied is not there to matter; one that is over is told as past.
    """
    current = entry.status() is Presence.PRESENT
    system, code, text = (entry.members.get(key) for key in ("system", "code", "display"))
    came = Unmapped(system, code, text, entry.source, name.removesuffix("s"), reading.note)
    if name == "medications":
        note = reading.note if current else terms.terminology.medication_note("not_current")
        return replace(came, note=note, may_matter=current and not reading.known)
    names = (str(text),) if text and name == "conditions" else ()
    known = terms.terminology.condition_without_effect(names)
    denied = entry.status() is Presence.ABSENT
    past = entry.status() is Presence.RESOLVED
    return replace(came, note=known, may_matter=known is None and not denied, past=past)


def _check_id(name: str, entry: _Entry, terms: RequestTerms, lists: Lists) -> None:
    if entry.ids:
        return
    near = suggest(str(entry.members["id"]), getattr(terms, name))
    kinds = {"conditions": "condition", "medications": "medication class"}
    by_name = (
        ' A medicine by its name is written {"display": "…"}.' if name == "medications" else ""
    )
    lists.refusals.append(
        Refusal(
            entry.pointer,
            f"This is not the id of a {kinds.get(name, 'procedure')} here.{near} "
            f"/v1/conditions lists the ids; a code of a code system needs its system.{by_name}",
        )
    )


def _refuse_future(entry: _Entry, member: str, today: date, lists: Lists) -> None:
    day = entry.day(member)
    if day is not None and day > today:
        lists.refusals.append(
            Refusal(
                f"{entry.pointer}/{member}",
                "This day lies after the evaluation date. Correct one of the two.",
            )
        )


def _refuse_two_states(lists: Lists) -> None:
    for found in (lists.conditions, lists.medications):
        first: dict[str, SubmittedCondition | SubmittedMedication] = {}
        for entry in found:
            other = first.setdefault(entry.id, entry)
            states = {entry.status, other.status}
            if states == {Presence.PRESENT, Presence.ABSENT}:
                for place, rival in ((entry, other), (other, entry)):
                    lists.refusals.append(
                        Refusal(
                            place.pointer,
                            f"This says the opposite of {rival.pointer}. Keep the true one.",
                        )
                    )
