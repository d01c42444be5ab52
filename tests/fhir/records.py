"""Small FHIR resources, written here, that the tests put together."""

from typing import Any

SNOMED = "http://snomed.info/sct"
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
Resource = dict[str, Any]
SUBJECT = {"reference": "Patient/p"}


def coded(system: str | None, code: str | None, display: str | None = None) -> dict[str, Any]:
    """A CodeableConcept of one coding; what is None is left out."""
    coding = {"system": system, "code": code, "display": display}
    return {"coding": [{key: value for key, value in coding.items() if value is not None}]}


def patient(**more: Any) -> Resource:
    """A patient of 65."""
    return {"resourceType": "Patient", "id": "p", "birthDate": "1961-05-20", **more}


def condition(code: dict[str, Any], clinical: str | None = "active", **more: Any) -> Resource:
    """A confirmed condition."""
    status = {"clinicalStatus": coded(None, clinical)} if clinical else {}
    resource = {"resourceType": "Condition", "id": "c", "subject": SUBJECT, "code": code}
    return {**resource, **status, "verificationStatus": coded(None, "confirmed"), **more}


def medication(code: dict[str, Any] | None = None, **more: Any) -> Resource:
    """An active order."""
    concept = {"medicationCodeableConcept": code} if code else {}
    return {
        "resourceType": "MedicationRequest",
        "id": "m",
        "status": "active",
        "intent": "order",
        "subject": SUBJECT,
        "authoredOn": "2026-03-01",
        **concept,
        **more,
    }


def quantity(value: object, unit: str | None = "/min", **more: Any) -> dict[str, Any]:
    """A quantity in a UCUM unit."""
    return {"value": value, **({"system": UCUM, "code": unit} if unit else {}), **more}


def observation(loinc: str = "8867-4", **more: Any) -> Resource:
    """A final observation; a heart rate of 70 unless said otherwise."""
    return {
        "resourceType": "Observation",
        "id": "o",
        "status": "final",
        "code": coded(LOINC, loinc),
        "subject": SUBJECT,
        "effectiveDateTime": "2026-11-01",
        "valueQuantity": quantity(70),
        **more,
    }


def procedure(code: dict[str, Any], **more: Any) -> Resource:
    """A completed procedure."""
    return {
        "resourceType": "Procedure",
        "id": "r",
        "status": "completed",
        "subject": SUBJECT,
        "code": code,
        **more,
    }


def bundle(*resources: Resource, kind: str = "collection") -> Resource:
    """A Bundle of these resources."""
    entries = [{"resource": resource} for resource in resources]
    return {"resourceType": "Bundle", "type": kind, "entry": entries}
