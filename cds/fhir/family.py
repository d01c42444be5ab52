"""FamilyMemberHistory: shown, and never taken for the patient's own."""

from cds.fhir.bundle import Resource
from cds.fhir.conditions import condition_statuses
from cds.fhir.context import FAMILY, Context, rejected
from cds.model.intake import Intake


def read_family(resource: Resource, context: Context) -> Intake:
    """What relatives have, as something that was not used."""
    concepts = [node.concept("code") for node in resource.node.nodes("condition")]
    found = {f"condition.{id_}" for c in concepts for id_, _ in condition_statuses(c, context)}
    return rejected(found or {resource.type}, FAMILY, resource)
