"""What was submitted about one patient, in one form for every door: JSON, FHIR, the form, hooks.

Nothing here is judged yet: units, plausibility and age of a value are checked when the case is
built. What could not be used is kept beside what could, with the reason.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from msgspec import Struct, field


class Presence(StrEnum):
    """What a record says about a condition, medication class or procedure."""

    PRESENT = "present"
    ABSENT = "absent"
    RESOLVED = "resolved"


SubmittedValue = float | bool | str | None


class SubmittedFact(Struct, frozen=True):
    """One value as it came: `unit` None is the canonical unit, `value` None is "unknown".

    `at` is the earliest day it can have been true, `source` a FHIR reference or "submitted",
    `pointer` the place in the submitted document.
    """

    name: str
    value: SubmittedValue
    unit: str | None = None
    at: date | None = None
    source: str | None = None
    pointer: str = ""


class SubmittedCondition(Struct, frozen=True):
    """One condition id. `onset` is None when no full date is known; `note` is a caveat."""

    id: str
    status: Presence = Presence.PRESENT
    onset: date | None = None
    source: str | None = None
    note: str | None = None
    pointer: str = ""


class SubmittedMedication(Struct, frozen=True):
    """One medication class; `at` is the day it was ordered or started."""

    id: str
    status: Presence = Presence.PRESENT
    at: date | None = None
    source: str | None = None
    note: str | None = None
    pointer: str = ""


class SubmittedProcedure(Struct, frozen=True):
    """One procedure that was done; `at` is None when no full date is known."""

    id: str
    at: date | None = None
    source: str | None = None
    pointer: str = ""


class Unmapped(Struct, frozen=True):
    """A code or text that no value set holds: shown, never dropped.

    `kind` names the list that it stands on; `note` says what was not understood, or why it does
    not count; `may_matter` is False only for what is known and changes nothing; `past` says that
    the record calls it over.
    """

    system: str | None
    code: str | None
    text: str | None
    source: str | None = None
    kind: str | None = None
    note: str | None = None
    may_matter: bool = True
    past: bool = False


class RejectedFact(Struct, frozen=True):
    """Something that was submitted and not used, and why; the reason never holds the value."""

    name: str
    reason: str
    source: str | None = None


_EMPTY: Mapping[str, object] = MappingProxyType({})


class Intake(Struct, frozen=True):
    """Everything submitted about one patient.

    A list that was reviewed is complete; one that was not leaves the rest unknown.
    """

    subject_id: str | None = None
    facts: tuple[SubmittedFact, ...] = ()
    conditions: tuple[SubmittedCondition, ...] = ()
    conditions_reviewed: bool = False
    medications: tuple[SubmittedMedication, ...] = ()
    medications_reviewed: bool = False
    procedures: tuple[SubmittedProcedure, ...] = ()
    unmapped: tuple[Unmapped, ...] = ()
    rejected: tuple[RejectedFact, ...] = ()
    request: Mapping[str, object] = field(default_factory=lambda: _EMPTY)
    preferences: Mapping[str, object] = field(default_factory=lambda: _EMPTY)
    policy: Mapping[str, object] = field(default_factory=lambda: _EMPTY)
