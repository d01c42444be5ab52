"""A FHIR R4 Bundle read into the one form of what is submitted about a patient."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from operator import itemgetter

from msgspec.structs import replace

from cds.errors import IntakeError, Refusal
from cds.fhir.allergies import read_allergy
from cds.fhir.bundle import Resource, open_bundle
from cds.fhir.candidates import Candidate, choose_facts
from cds.fhir.conditions import read_condition, read_device
from cds.fhir.context import Context, join_intakes, rejected
from cds.fhir.contradicted import without_contradicted
from cds.fhir.elements import Refusals
from cds.fhir.family import read_family
from cds.fhir.intentions import is_about_activity, read_goal, read_order
from cds.fhir.measurements import Measurements
from cds.fhir.medications import read_medication
from cds.fhir.observations import is_panel, read_observation, why_not
from cds.fhir.patient import read_patient
from cds.fhir.procedures import read_procedure
from cds.fhir.questionnaires import read_answers
from cds.fhir.sending import told_by_sender
from cds.knowledge.contradictions import Contradiction
from cds.knowledge.implications import complete_intake
from cds.knowledge.terminology import Terminology
from cds.knowledge.vocabulary import Vocabulary
from cds.model.intake import Intake, Unmapped

_READERS: Mapping[str, Callable[[Resource, Context], Intake]] = {
    "AllergyIntolerance": read_allergy,
    "Condition": read_condition,
    "Device": read_device,
    "FamilyMemberHistory": read_family,
    "Goal": read_goal,
    "MedicationRequest": read_medication,
    "MedicationStatement": read_medication,
    "Procedure": read_procedure,
}
_MEASURES: Mapping[str, Callable[[Resource, Context], tuple[list[Candidate], Intake]]] = {
    "Observation": read_observation,
    "QuestionnaireResponse": read_answers,
}
_UNREAD = "Resources of this type are not read here; the Bundle holds {count}."
_ORDERS = frozenset({"CarePlan", "ServiceRequest"})
#: All types of resources of which anything is read; Medication because orders point to it.
TYPES_READ = frozenset({"Patient", "Medication", *_READERS, *_MEASURES, *_ORDERS})
_PATIENT_KEY = frozenset({"AllergyIntolerance", "Device", "FamilyMemberHistory"})


def read_bundle(
    bundle: object,
    *,
    evaluation_date: date,
    vocabulary: Vocabulary,
    terminology: Terminology,
    contradictions: Sequence[Contradiction] = (),
    conditions_reviewed: bool = False,
    medications_reviewed: bool = False,
) -> Intake:
    """What the Bundle says about its one patient on the evaluation date.

    A problem list in a chart does not say what is absent: the lists count as reviewed only
    when the caller says so. Facts that `contradictions` says cannot both be are not used.

    Raises: IntakeError, with the place of every part that cannot be read.
    """
    if not isinstance(bundle, Mapping):
        raise IntakeError([Refusal("", "Send a FHIR R4 Bundle as a JSON object.")])
    refusals = Refusals()
    opened = open_bundle(bundle, refusals)
    context = Context(opened, evaluation_date, vocabulary, terminology)
    joined = join_intakes((*_read(context), told_by_sender(opened)))
    refusals.raise_any()
    held = without_contradicted(joined, contradictions, vocabulary)
    return replace(
        complete_intake(held, terminology),
        subject_id=opened.patient.id,
        conditions_reviewed=conditions_reviewed,
        medications_reviewed=medications_reviewed,
    )


def _read(context: Context) -> Iterator[Intake]:
    yield from read_patient(context.bundle.patient, context)
    candidates: list[tuple[int, Candidate]] = []
    measurements = Measurements(context)
    unread: Counter[str] = Counter()
    for at, kind in context.bundle.types.items():
        if kind == "Observation" and measurements.read(at):
            continue
        for part in _with_members(context.bundle.resource(at), context):
            if not _is_read(part):
                unread[part.type] += 1
            elif not is_about_patient(part, context):
                yield rejected([part.type], _another(part), part)
            elif part.type in _MEASURES:
                found, rest = _MEASURES[part.type](part, context)
                candidates += [(at, candidate) for candidate in found]
                yield rest
            else:
                yield _READERS.get(part.type, read_order)(part, context)
    in_order = sorted((*candidates, *measurements.latest()), key=itemgetter(0))
    lowest_of_codes = context.terminology.reading.lowest_of_codes
    yield choose_facts([candidate for _, candidate in in_order], lowest_of_codes)
    yield _of_other_types(unread, context)


def _with_members(resource: Resource, context: Context) -> Iterator[Resource]:
    """The resource, and the members that a panel holds inside itself, where the panel counts."""
    yield resource
    if is_panel(resource) and is_about_patient(resource, context) and not why_not(resource):
        yield from (part for part in resource.contained() if part.type == "Observation")


def _is_read(resource: Resource) -> bool:
    if resource.type in _ORDERS:
        return is_about_activity(resource)
    return resource.type in _READERS or resource.type in _MEASURES


def is_about_patient(resource: Resource, context: Context) -> bool:
    """A resource that names nobody is taken as the patient's: the Bundle holds one patient."""
    subject = resource.node.node(_subject(resource))
    target = subject.text("reference") if subject else None
    if target is not None:
        return context.bundle.is_about_patient(target)
    named = subject.node("identifier") if subject else None
    return named is None or not context.bundle.is_of_another(named)


def _subject(resource: Resource) -> str:
    return "patient" if resource.type in _PATIENT_KEY else "subject"


def _another(resource: Resource) -> str:
    return f"It is about another patient: see {resource.node.place(_subject(resource))}."


def _of_other_types(unread: Counter[str], context: Context) -> Intake:
    """Each type of resource that nothing here reads, once, unless it says nothing about health."""
    ignored = context.terminology.reading.ignored_types | {"Patient"}
    return Intake(
        unmapped=tuple(
            Unmapped(None, None, name, kind="resource", note=_UNREAD.format(count=count))
            for name, count in sorted(unread.items())
            if name not in ignored
        )
    )
