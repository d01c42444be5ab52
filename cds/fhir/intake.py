"""A FHIR R4 Bundle read into the one form of what is submitted about a patient."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date

from cds.errors import IntakeError, Refusal
from cds.fhir.bundle import Resource, open_bundle
from cds.fhir.conditions import read_condition, read_device
from cds.fhir.context import Context, FactCodes, join_intakes, rejected
from cds.fhir.elements import Refusals
from cds.fhir.medications import read_medication
from cds.fhir.observations import Candidate, choose_facts, read_observation
from cds.fhir.patient import read_patient
from cds.fhir.procedures import read_procedure
from cds.knowledge.fact import FactDefinition
from cds.knowledge.implications import complete_intake
from cds.knowledge.terminology import Terminology
from cds.model.intake import Intake

_READERS: Mapping[str, Callable[[Resource, Context], Intake]] = {
    "Condition": read_condition,
    "Device": read_device,
    "MedicationRequest": read_medication,
    "MedicationStatement": read_medication,
    "Procedure": read_procedure,
}
_READ_TYPES = frozenset({*_READERS, "Observation"})


def read_bundle(
    bundle: object,
    *,
    evaluation_date: date,
    vocabulary: Mapping[str, FactDefinition],
    terminology: Terminology,
    conditions_reviewed: bool = False,
    medications_reviewed: bool = False,
) -> Intake:
    """What the Bundle says about its one patient on the evaluation date.

    A problem list in a chart does not say what is absent: the lists count as reviewed only
    when the caller says so.

    Raises: IntakeError, with the place of every part that cannot be read.
    """
    if not isinstance(bundle, Mapping):
        raise IntakeError([Refusal("", "Send a FHIR R4 Bundle as a JSON object.")])
    refusals = Refusals()
    opened = open_bundle(bundle, refusals)
    codes = FactCodes.build(vocabulary)
    context = Context(opened, evaluation_date, vocabulary, codes, terminology)
    joined = join_intakes(_read(context))
    refusals.raise_any()
    return replace(
        complete_intake(joined, terminology),
        subject_id=opened.patient.id,
        conditions_reviewed=conditions_reviewed,
        medications_reviewed=medications_reviewed,
    )


def _read(context: Context) -> Iterator[Intake]:
    yield from read_patient(context.bundle.patient, context)
    candidates: list[Candidate] = []
    for resource in context.bundle.resources:
        if resource.type not in _READ_TYPES:
            continue
        if not _is_about_patient(resource, context):
            yield rejected([resource.type], "It is about another patient.", resource)
        elif resource.type == "Observation":
            found, rest = read_observation(resource, context)
            candidates += found
            yield rest
        else:
            yield _READERS[resource.type](resource, context)
    yield choose_facts(candidates, context.terminology.lowest_of_codes)


def _is_about_patient(resource: Resource, context: Context) -> bool:
    """A resource that names nobody is taken as the patient's: the Bundle holds one patient."""
    key = "patient" if resource.type == "Device" else "subject"
    target = resource.node.reference(key)
    return target is None or context.bundle.is_about_patient(target)
