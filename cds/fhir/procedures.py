"""Procedure: operations that were done, and when."""

from cds.fhir.bundle import Resource
from cds.fhir.conditions import condition_statuses
from cds.fhir.context import FUTURE, MODIFIED, NAMELESS, Context, rejected, unmapped
from cds.model.intake import Intake, Presence, SubmittedCondition, SubmittedProcedure

# What nobody knows counts, as an operation on record is the cautious reading.
_DONE = frozenset({"completed", "unknown", None})


def read_procedure(resource: Resource, context: Context) -> Intake:
    """The procedure that was done, or why it is not counted."""
    node, terminology = resource.node, context.terminology
    concept = node.concept("code")
    found: set[str] = set()
    for coding in (coding for coding in concept.codings if coding.code):
        found |= terminology.procedure_ids(coding.system, coding.code or "")
    for name in concept.names() if not found else ():
        found |= terminology.procedure_ids_by_text(name)
    names = [f"procedure.{id_}" for id_ in found] or [resource.type]
    if node.text("status") not in _DONE:
        return rejected(names, "It is not recorded as completed.", resource)
    if resource.is_modified:
        return rejected(names, MODIFIED, resource)
    performed = node.when("performedDateTime", "performedPeriod")
    if context.is_future(performed):
        return rejected(names, FUTURE, resource)
    coded = [id_ for id_, _ in condition_statuses(concept, context)]
    if not found and not coded:
        if concept.is_empty:
            return rejected(names, NAMELESS, resource)
        return Intake(unmapped=unmapped(concept, resource))
    place = node.place("code")
    at = performed.last if performed and (performed.last - performed.first).days <= 1 else None
    return Intake(
        procedures=tuple(
            SubmittedProcedure(id_, at, resource.source, place) for id_ in sorted(found)
        ),
        conditions=tuple(
            SubmittedCondition(id_, Presence.PRESENT, at, resource.source, pointer=place)
            for id_ in sorted(coded)
        ),
    )
