"""MedicationRequest and MedicationStatement: which classes of medication the patient takes."""

from cds.fhir.bundle import Resource
from cds.fhir.context import FUTURE, Context, rejected, unmapped
from cds.fhir.dates import Moment
from cds.fhir.elements import Concept
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
    concept, missing = _medication(resource, context)
    found = medication_classes(concept, context)
    names = [f"medication.{id_}" for id_ in found] or [resource.type]
    ordered = node.when("authoredOn", "effectiveDateTime", "effectivePeriod", "dateAsserted")
    reason = _reason_against(resource, context, ordered)
    if reason:
        return rejected(names, reason, resource)
    presence, note = _presence(resource, context)
    if not found:
        current = presence is Presence.PRESENT
        return Intake(unmapped=_missed(concept, missing, resource) if current else ())
    medications = tuple(
        SubmittedMedication(
            id_, presence, ordered.day if ordered else None, resource.source, note, node.pointer
        )
        for id_ in sorted(found)
    )
    return Intake(medications=medications)


def medication_classes(concept: Concept, context: Context) -> frozenset[str]:
    """The classes of every coding; of the names when no coding is known."""
    terminology = context.terminology
    found: frozenset[str] = frozenset()
    for coding in (coding for coding in concept.codings if coding.code):
        found |= terminology.medication_classes(coding.system, coding.code or "")
    if not found:
        for name in concept.names():
            found |= terminology.medication_classes_by_name(name)
    return found


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
    status = resource.node.text("status")
    period = resource.node.node("effectivePeriod")
    ended = period.moment("end") if period else None
    if status in _PAST:
        return Presence.RESOLVED, status
    if ended is not None and ended.last < context.today:
        return Presence.RESOLVED, "ended"
    return Presence.PRESENT, None if status in _CURRENT else _UNSURE


def _medication(resource: Resource, context: Context) -> tuple[Concept, str | None]:
    """The concept of the medication; when it is referenced and not found, the reference's name."""
    concept = resource.node.concept("medicationCodeableConcept")
    reference = resource.node.node("medicationReference")
    if not concept.is_empty or reference is None:
        return concept, None
    shown = reference.text("display")
    target = reference.text("reference")
    found = context.bundle.find(target, resource) if target else None
    if found is None or found.type != "Medication":
        return Concept(text=shown), shown or "a medication that the Bundle does not hold"
    concept = found.node.concept("code")
    if concept.is_empty:
        parts = [n.concept("itemCodeableConcept") for n in found.node.nodes("ingredient")]
        codings = tuple(coding for part in parts for coding in part.codings)
        texts = [part.text for part in parts if part.text]
        concept = Concept(codings, " / ".join(texts) or shown)
    return concept, None


def _missed(concept: Concept, missing: str | None, resource: Resource) -> tuple[Unmapped, ...]:
    if concept.is_empty:
        return (Unmapped(None, None, missing, resource.source),)
    return unmapped(concept, resource)
