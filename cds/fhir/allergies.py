"""AllergyIntolerance: what the patient does not bear, as far as a fact here is about it."""

from cds.fhir.bundle import Resource
from cds.fhir.context import FUTURE, MODIFIED, NAMELESS, Context, rejected, unmapped
from cds.knowledge.code_tables import plain_text
from cds.model.intake import Intake, SubmittedFact

_NOT_SO = frozenset({"entered-in-error", "refuted"})
_OVER = frozenset({"inactive", "resolved"})


def read_allergy(resource: Resource, context: Context) -> Intake:
    """The fact that the allergy states, or that it was not read; one that is over states none."""
    node, concept = resource.node, resource.node.concept("code")
    parts = [item.concept("substance") for item in node.nodes("reaction")]
    names = [name for part in (concept, *parts) for name in part.names()]
    known = context.terminology.reading.allergies
    facts = sorted({known[plain_text(name)] for name in names if plain_text(name) in known})
    reason = _reason_against(resource, context)
    if reason or (not names and concept.is_empty):
        return rejected(facts or [resource.type], reason or NAMELESS, resource)
    past = bool(node.concept("clinicalStatus").codes() & _OVER)
    if not facts:
        note = context.terminology.reading.notes["allergy"]
        return Intake(unmapped=unmapped(concept, resource, note, past=past))
    if past:
        return rejected(facts, "It is recorded as over.", resource)
    place = node.place("code")
    return Intake(
        facts=tuple(
            SubmittedFact(name, True, source=resource.source, pointer=place) for name in facts
        )
    )


def _reason_against(resource: Resource, context: Context) -> str | None:
    node = resource.node
    if node.concept("verificationStatus").codes() & _NOT_SO:
        return "It was refuted, or entered in error."
    if resource.is_modified:
        return MODIFIED
    if context.is_future(node.when("onsetDateTime", "recordedDate")):
        return FUTURE
    return None
