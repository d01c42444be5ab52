"""CapabilityStatement: what of FHIR there is here, and nothing more."""

from cds.fhir.writing.elements import Json

APPLY = "apply"
_APPLIES = (
    "Decides on the patient of `data` (a Bundle) and records the decision. Takes the parameters "
    "subject, data, encounter, practitioner and evaluationDate; answers a CarePlan that contains "
    "a RequestGroup and all that it points to. Where nothing is prescribed the CarePlan says so."
)


def capability_statement(version: str, dated: str) -> Json:
    """The statement of this version, whose knowledge is of the day `dated`."""
    operation = {
        "name": APPLY,
        "definition": "http://hl7.org/fhir/OperationDefinition/PlanDefinition-apply",
        "documentation": _APPLIES,
    }
    plan_definition = {
        "type": "PlanDefinition",
        "documentation": "Every rule, and the whole as `exercise-therapy`.",
        "interaction": [{"code": "read"}, {"code": "search-type"}],
        "versioning": "no-version",
        "operation": [operation],
    }
    activity_definition = {
        "type": "ActivityDefinition",
        "documentation": "What a decision may propose: exercise therapy, and each referral.",
        "interaction": [{"code": "read"}, {"code": "search-type"}],
        "versioning": "no-version",
    }
    return {
        "resourceType": "CapabilityStatement",
        "status": "draft",
        "experimental": True,
        "date": dated,
        "kind": "instance",
        "software": {"name": "Exercise therapy decision support", "version": version},
        "implementation": {"description": "Exercise therapy decision support"},
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [{"mode": "server", "resource": [activity_definition, plan_definition]}],
    }
