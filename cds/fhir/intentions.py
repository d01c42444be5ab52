"""Goal, CarePlan, ServiceRequest: what the person wants, and what others ordered or planned."""

from cds.fhir.bundle import Resource
from cds.fhir.context import FUTURE, MODIFIED, NAMELESS, Context, rejected, unmapped_text
from cds.fhir.elements import Concept
from cds.model.intake import Intake

_PHYSICAL_ACTIVITY = (
    "http://hl7.org/fhir/us/physical-activity/CodeSystem/pa-temporary-codes",
    "PhysicalActivity",
)
_PURSUED = frozenset({"planned", "accepted", "active"})
_IN_FORCE = frozenset({"active"})
# As long as a goal may be in a request in JSON.
_LONGEST = 500
_NOT_OWN = "It is not said to be the person's own, nor about physical activity."


def read_goal(resource: Resource, context: Context) -> Intake:
    """A goal of the person's own, or about physical activity, in its words; others are shown."""
    node, concept = resource.node, resource.node.concept("description")
    if node.text("lifecycleStatus") not in _PURSUED:
        return rejected([resource.type], "It is not pursued now.", resource)
    if context.is_future(node.moment("startDate")) or resource.is_modified:
        return rejected([resource.type], MODIFIED if resource.is_modified else FUTURE, resource)
    words = concept.text or next(iter(concept.names()), None)
    if words is None:
        return rejected([resource.type], NAMELESS, resource)
    if not (_is_own(resource, context) or is_about_activity(resource)):
        return Intake(unmapped=unmapped_text(words, resource, _NOT_OWN, may_matter=False))
    return Intake(preferences={"goals": [words[:_LONGEST]]})


def read_order(resource: Resource, context: Context) -> Intake:
    """An order or plan for physical activity that stands: said, for somebody to agree with it."""
    if resource.node.text("status") not in _IN_FORCE:
        return rejected([resource.type], "It is not in force.", resource)
    named = (resource.node.concept("code"), Concept(text=resource.node.text("title")))
    words = next((name for concept in named for name in concept.names()), resource.type)
    note = context.terminology.reading.notes["order"]
    return Intake(unmapped=unmapped_text(words, resource, note))


def is_about_activity(resource: Resource) -> bool:
    """Whether its category says that it is about physical activity."""
    codings = (c for node in resource.node.nodes("category") for c in node.as_concept().codings)
    return any((coding.system, coding.code) == _PHYSICAL_ACTIVITY for coding in codings)


def _is_own(resource: Resource, context: Context) -> bool:
    target = resource.node.reference("expressedBy")
    return target is not None and context.bundle.is_about_patient(target)
