"""Observation: measured and asked values, alone, as components, or as members of a panel."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from cds.fhir.bundle import Resource, is_modified
from cds.fhir.candidates import Candidate, sort_out
from cds.fhir.conditions import condition_statuses
from cds.fhir.context import FUTURE, MODIFIED, NAMELESS, Context, rejected, unmapped
from cds.fhir.dates import Moment
from cds.fhir.elements import Coding, Concept, Node
from cds.fhir.values import Value, is_valued, read_value
from cds.knowledge.fact import FactDefinition
from cds.model.intake import Intake, RejectedFact, Unmapped

_USABLE = frozenset({"final", "amended", "corrected"})
_NOT_SENT = "A member of this panel is not in the Bundle."
_ABSENT = "It is recorded as not known."
#: Where a value is read, the code that names it, and the fact that the code carries.
Part = tuple[Node, Coding, FactDefinition]


def read_observation(resource: Resource, context: Context) -> tuple[list[Candidate], Intake]:
    """The values of an Observation and of its components, and what of it was not used."""
    nodes = (resource.node, *resource.node.nodes("component"))
    coded = [_Coded.of(node, context) for node in nodes]
    nameless = any(item.concept.is_empty and is_valued(item.node) for item in coded)
    parts = [part for item in coded for part in item.parts()]
    lost = (
        *_lost(resource, context),
        *((RejectedFact(resource.type, NAMELESS, resource.source),) if nameless else ()),
    )
    missed = _missed(coded, resource)
    reason = why_not(resource)
    if not parts and not (reason and is_panel(resource)):
        named = () if reason else _named(coded, resource, context)
        return [], Intake(unmapped=(*missed, *named), rejected=lost)
    moment = resource.node.when("effectiveDateTime", "effectiveInstant", "effectivePeriod")
    if reason or moment is None:
        undated = "It has no date, so nobody can tell whether it still holds."
        return [], rejected(_names(parts, resource), reason or undated, resource)
    if context.is_future(moment):
        return [], rejected(_names(parts, resource), FUTURE, resource)
    candidates, refused = sort_out(_values(parts, moment, resource))
    return candidates, Intake(rejected=(*refused, *lost), unmapped=missed)


def _names(parts: Iterable[Part], resource: Resource) -> set[str]:
    return {definition.name for _, _, definition in parts} or {resource.type}


def _values(parts: Iterable[Part], moment: Moment, resource: Resource) -> Iterator[Candidate]:
    """Each value; what is stated to be absent is none."""
    for node, coding, definition in parts:
        found, code = _read(node, definition), f"{coding.system}|{coding.code}"
        yield Candidate(definition, code, found, moment, resource.source, node)


def _read(node: Node, definition: FactDefinition) -> Value:
    if node.has("dataAbsentReason"):
        return Value(fault=_ABSENT)
    return Value(fault=MODIFIED) if is_modified(node) else read_value(node, definition)


class _Coded(Struct, frozen=True, eq=False):
    """An Observation or a component of one, its code, and each fact that the code carries."""

    node: Node
    concept: Concept
    facts: Mapping[str, tuple[Coding, FactDefinition]]

    @classmethod
    def of(cls, node: Node, context: Context) -> "_Coded":
        concept = node.concept("code")
        known = [(c, context.fact_of(c)) for c in concept.codings]
        return cls(node, concept, {fact.name: (c, fact) for c, fact in known if fact})

    def parts(self) -> Iterator[Part]:
        """Where to read the value of each fact."""
        return ((self.node, coding, fact) for coding, fact in self.facts.values())


def _missed(coded: Sequence[_Coded], resource: Resource) -> tuple[Unmapped, ...]:
    """The codes that carry no fact; that of a panel is not missed when it has other parts."""
    bare = is_panel(resource) and not is_valued(resource.node)
    return tuple(
        missed
        for item in (coded[1:] if bare else coded[1:] or coded)
        if not item.facts and not item.concept.is_empty
        for missed in unmapped(item.concept, resource)
    )


def _named(coded: Sequence[_Coded], resource: Resource, context: Context) -> tuple[Unmapped, ...]:
    """Conditions that a result names: of the patient, or of whom or what the question was about."""
    note = context.terminology.reading.notes["observed"]
    found = (item.node.concept("valueCodeableConcept") for item in coded if not item.facts)
    return tuple(
        replace(missed, kind="condition")
        for concept in found
        if dict(condition_statuses(concept, context))
        for missed in unmapped(concept, resource, note)
    )


def _lost(resource: Resource, context: Context) -> Iterator[RejectedFact]:
    """Members of a panel that were not sent: nobody knows what they say."""
    for member in resource.node.nodes("hasMember"):
        target = member.text("reference")
        if target is None or context.bundle.find(target, resource) is None:
            yield RejectedFact(resource.type, _NOT_SENT, resource.source)


def is_panel(resource: Resource) -> bool:
    """Whether it holds or points to other Observations."""
    return resource.type == "Observation" and resource.node.has("hasMember")


def why_not(resource: Resource) -> str | None:
    """Why an Observation does not count, nor what it holds inside; None when it does."""
    if resource.node.text("status") not in _USABLE:
        return "Its status is not final, amended or corrected."
    if resource.node.holds("focus"):
        return "It is about something other than the patient."
    return MODIFIED if resource.is_modified else None
