"""MedicationRequest and MedicationStatement: which classes of medication the patient takes."""

from collections.abc import Iterable

from cds.fhir.bundle import Resource
from cds.fhir.context import FUTURE, MODIFIED_PRESENT, Context, rejected, unmapped
from cds.fhir.dates import Moment
from cds.fhir.elements import Concept
from cds.knowledge.medication_names import NOT_READ, MedicationReading
from cds.model.intake import Intake, Presence, SubmittedMedication, Unmapped

_CURRENT = frozenset({"active"})
_PAST = frozenset({"on-hold", "completed", "stopped", "cancelled", "not-taken"})
_NOT_SO = frozenset({"entered-in-error"})
_NOT_YET = frozenset({"draft", "intended"})
_SUGGESTED = frozenset({"proposal", "option"})
_UNSURE = "status not known; taken as current"


def read_medication(resource: Resource, context: Context) -> Intake:
    """The medication classes that the resource states, or why it states none."""
    node = resource.node
    parts = medication_concepts(resource, context)
    readings = [read_concept(part, context) for part in parts]
    found = frozenset().union(*(reading.classes for reading in readings))
    names = [f"medication.{id_}" for id_ in found] or [resource.type]
    ordered = node.when("authoredOn", "effectiveDateTime", "effectivePeriod", "dateAsserted")
    reason = _reason_against(resource, context, ordered)
    if reason:
        return rejected(names, reason, resource)
    presence, note = _presence(resource, context)
    day = ordered.day if ordered else None
    return Intake(
        medications=tuple(
            SubmittedMedication(id_, presence, day, resource.source, note, node.pointer)
            for id_ in sorted(found)
        ),
        unmapped=_missed(zip(parts, readings, strict=True), resource, context)
        if presence is Presence.PRESENT
        else (),
    )


def read_concept(concept: Concept, context: Context) -> MedicationReading:
    """The classes of every coding; of the names when no coding is known."""
    terminology = context.terminology
    coded = [
        terminology.read_medication_code(coding.system, coding.code)
        for coding in concept.codings
        if coding.code
    ]
    named = [terminology.read_medication_name(name) for name in concept.names()]
    known = [r for r in coded if r.known] or [r for r in named if r.known]
    told = known or named or [NOT_READ]
    found = frozenset().union(*(reading.classes for reading in told))
    note = next((reading.note for reading in told if reading.note), None)
    return MedicationReading(found, bool(known), None if known and found else note)


def _missed(
    parts: Iterable[tuple[Concept, MedicationReading]], resource: Resource, context: Context
) -> tuple[Unmapped, ...]:
    """Each part of which not everything was understood, and those that are known and count not."""
    by_reference = resource.node.has("medicationReference")
    absent = context.terminology.medication_note("not_in_bundle" if by_reference else "nameless")
    return tuple(
        item
        for concept, reading in parts
        if not (reading.known and reading.classes)
        for item in unmapped(
            Concept(text=absent) if concept.is_empty else concept,
            resource,
            reading.note,
            may_matter=not reading.known,
        )
    )


def _reason_against(resource: Resource, context: Context, ordered: Moment | None) -> str | None:
    node = resource.node
    status, intent = node.text("status"), node.text("intent")
    if status in _NOT_SO:
        return "It was entered in error."
    if node.flag("doNotPerform"):
        return "It says that this medication must not be given."
    if status in _NOT_YET or intent in _SUGGESTED:
        return "It is intended or suggested, not taken."
    return FUTURE if context.is_future(ordered) else None


def _presence(resource: Resource, context: Context) -> tuple[Presence, str | None]:
    if resource.is_modified:
        return Presence.PRESENT, MODIFIED_PRESENT
    status = resource.node.text("status")
    period = resource.node.node("effectivePeriod")
    ended = period.moment("end") if period else None
    if status in _PAST:
        return Presence.RESOLVED, status
    if ended is not None and ended.last < context.today:
        return Presence.RESOLVED, "ended"
    return Presence.PRESENT, None if status in _CURRENT else _UNSURE


def medication_concepts(resource: Resource, context: Context) -> tuple[Concept, ...]:
    """The concept of the medication, or those of its ingredients; never none."""
    concept = resource.node.concept("medicationCodeableConcept")
    reference = resource.node.node("medicationReference")
    if not concept.is_empty or reference is None:
        return (concept,)
    target = reference.text("reference")
    found = context.bundle.find(target, resource) if target else None
    if found is None or found.type != "Medication":
        return (Concept(text=reference.text("display")),)
    whole = found.node.concept("code")
    parts = tuple(n.concept("itemCodeableConcept") for n in found.node.nodes("ingredient"))
    if parts and not read_concept(whole, context).known:
        return parts
    return (Concept(text=reference.text("display")) if whole.is_empty else whole,)
