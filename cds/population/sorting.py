"""What one line of an export is, and whom it is about."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct

from cds.errors import IntakeError
from cds.strict_json import JsonLimits, read_json

_LIMITS = JsonLimits(
    bytes=50_000_001, members=5_000, items=50_000, text=5_000_000, digits=60, values=2_000_000
)
_PATIENT = re.compile(r"(?:.*/)?Patient/([^/?#]+)(?:/_history/[^/]+)?")
#: They are about nobody; a bulk export brings them along because a record points to them.
_ABOUT_NOBODY = frozenset(
    {
        "Endpoint",
        "HealthcareService",
        "Location",
        "Organization",
        "Practitioner",
        "PractitionerRole",
        "Questionnaire",
        "Substance",
    }
)


class Kind(StrEnum):
    """How a resource comes to a patient."""

    PATIENT = "patient"
    RECORD = "record"
    BUNDLE = "bundle"
    MEDICATION = "medication"
    ABOUT_NOBODY = "about_nobody"
    MANIFEST = "manifest"


class Trouble(StrEnum):
    """Why something was left out, or what has to be looked at."""

    LINE = "line"
    NO_PATIENT = "no_patient"
    UNKNOWN_PATIENT = "unknown_patient"
    SEVERAL = "several"
    EXPORT = "export"
    UNDECIDED = "undecided"


class Sorted(Struct, frozen=True):
    """A resource; `owner` is the id of its patient, or its own if it is a Medication."""

    kind: Kind
    type: str
    owner: str | None = None


class LeftOut(Struct, frozen=True):
    """Why a line comes to no patient; never what it holds."""

    trouble: Trouble
    what: str


def sort_line(text: bytes) -> Sorted | LeftOut:
    """What the line is, or why it is left out."""
    try:
        value = read_json(text.strip(), _LIMITS)
    except IntakeError as error:
        return LeftOut(Trouble.LINE, str(error).removeprefix(": "))
    if not isinstance(value, dict):
        return LeftOut(Trouble.LINE, "It is no JSON object. Send one FHIR resource.")
    if "resourceType" not in value and "transactionTime" in value and "output" in value:
        return Sorted(Kind.MANIFEST, "the manifest")
    type_ = value.get("resourceType")
    if not isinstance(type_, str) or not re.fullmatch(r"[A-Z][A-Za-z]{1,63}", type_):
        return LeftOut(Trouble.LINE, "It does not say its resourceType.")
    return _sort(type_, value)


def _sort(type_: str, value: Mapping[str, Any]) -> Sorted | LeftOut:
    if type_ == "Bundle":
        return Sorted(Kind.BUNDLE, type_, _patient_in(value))
    if type_ == "OperationOutcome":
        detail = "The export itself tells an error or a warning here. Read it; records may lack."
        return LeftOut(Trouble.EXPORT, detail)
    if type_ in ("Patient", "Medication"):
        id_ = _id(value)
        if id_ is None:
            return LeftOut(Trouble.LINE, f"The {type_} has no id, so nothing can point to it.")
        return Sorted(Kind.PATIENT if type_ == "Patient" else Kind.MEDICATION, type_, id_)
    return _sort_by_patient(type_, value)


def _sort_by_patient(type_: str, value: Mapping[str, Any]) -> Sorted | LeftOut:
    named = value.get("subject", value.get("patient"))
    reference = named.get("reference") if isinstance(named, dict) else None
    found = _PATIENT.fullmatch(reference) if isinstance(reference, str) else None
    if found:
        return Sorted(Kind.RECORD, type_, found[1])
    if named is None and type_ in _ABOUT_NOBODY:
        return Sorted(Kind.ABOUT_NOBODY, type_)
    detail = f"The {type_} names no patient by a reference Patient/id."
    return LeftOut(Trouble.NO_PATIENT, detail)


def _patient_in(bundle: Mapping[str, Any]) -> str | None:
    """The id of the first Patient; whether there is exactly one is seen when it is read."""
    entries = bundle.get("entry")
    for entry in entries if isinstance(entries, list) else ():
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(resource, dict) and resource.get("resourceType") == "Patient":
            return _id(resource)
    return None


def _id(value: Mapping[str, Any]) -> str | None:
    id_ = value.get("id")
    return id_ if isinstance(id_, str) and id_ else None
