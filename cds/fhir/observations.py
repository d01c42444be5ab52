"""Observation: measured and asked values, the latest valid one of each fact."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cds.errors import UnitError
from cds.fhir.bundle import Resource
from cds.fhir.context import FUTURE, Context, rejected, unmapped
from cds.fhir.dates import Moment
from cds.fhir.elements import Coding, Concept, Node
from cds.knowledge.code_tables import plain_text
from cds.knowledge.fact import FactDefinition, FactType
from cds.model.intake import Intake, RejectedFact, SubmittedFact, SubmittedValue, Unmapped

_USABLE = frozenset({"final", "amended", "corrected"})
_UCUM = "http://unitsofmeasure.org"
_CONTRADICTED = "Another value of the same time contradicts it."


@dataclass(frozen=True, slots=True)
class Candidate:
    """One value that a fact could take."""

    definition: FactDefinition
    code: str
    value: SubmittedValue
    unit: str | None
    moment: Moment
    source: str
    pointer: str

    def comparable(self) -> SubmittedValue:
        """The value in the canonical unit where that is possible, else as it came."""
        if isinstance(self.value, bool) or not isinstance(self.value, float) or not self.unit:
            return self.value
        try:
            return self.definition.to_canonical(self.value, self.unit)
        except UnitError:
            return self.value


def read_observation(resource: Resource, context: Context) -> tuple[list[Candidate], Intake]:
    """The values of an Observation and of its components, and what of it was not used."""
    coded = [
        _Coded.of(node, context) for node in (resource.node, *resource.node.nodes("component"))
    ]
    parts = [part for item in coded for part in item.parts()]
    missed = _missed(coded, resource)
    if not parts:
        return [], Intake(unmapped=missed)
    names = {definition.name for _, _, definition in parts}
    reason = _reason_against(resource, context)
    moment = resource.node.when("effectiveDateTime", "effectiveInstant", "effectivePeriod")
    if reason or moment is None:
        undated = "It has no date, so nobody can tell whether it still holds."
        return [], rejected(names, reason or undated, resource)
    if context.is_future(moment):
        return [], rejected(names, FUTURE, resource)
    candidates, refused = [], []
    for node, coding, definition in parts:
        if node.has("dataAbsentReason"):
            continue
        value, unit, fault = _value(node, definition)
        if fault:
            refused.append(RejectedFact(definition.name, fault, resource.source))
            continue
        code = f"{coding.system}|{coding.code}"
        candidates.append(
            Candidate(definition, code, value, unit, moment, resource.source, node.pointer)
        )
    return candidates, Intake(rejected=tuple(refused), unmapped=missed)


def choose_facts(candidates: Iterable[Candidate], lowest_of_codes: frozenset[str]) -> Intake:
    """The latest value of each fact; values of one time that differ are reported and not used."""
    groups: dict[str, dict[str, list[Candidate]]] = defaultdict(lambda: defaultdict(list))
    for candidate in candidates:
        name = candidate.definition.name
        groups[name][candidate.code if name in lowest_of_codes else ""].append(candidate)
    facts: list[SubmittedFact] = []
    refused: list[RejectedFact] = []
    for name, by_code in groups.items():
        latest = [_latest(group) for group in by_code.values()]
        refused += [
            RejectedFact(name, _CONTRADICTED, item.source)
            for group in latest
            if _differ(group)
            for item in group
        ]
        agreed = [group[0] for group in latest if not _differ(group)]
        if agreed and len(agreed) == len(latest):
            facts.append(_submitted(min(agreed, key=_order)))
    return Intake(facts=tuple(facts), rejected=tuple(refused))


@dataclass(frozen=True, slots=True)
class _Coded:
    """An Observation or a component of one, its code, and each fact that the code carries."""

    node: Node
    concept: Concept
    facts: Mapping[str, tuple[Coding, FactDefinition]]

    @classmethod
    def of(cls, node: Node, context: Context) -> "_Coded":
        concept = node.concept("code")
        known = [(c, context.fact_of(c)) for c in concept.codings]
        return cls(node, concept, {fact.name: (c, fact) for c, fact in known if fact})

    def parts(self) -> Iterator[tuple[Node, Coding, FactDefinition]]:
        """Where to read the value of each fact."""
        return ((self.node, coding, fact) for coding, fact in self.facts.values())


def _missed(coded: Sequence[_Coded], resource: Resource) -> tuple[Unmapped, ...]:
    """The codes that carry no fact; that of a panel is not missed when it has components."""
    return tuple(
        missed
        for item in (coded[1:] or coded)
        if not item.facts and not item.concept.is_empty
        for missed in unmapped(item.concept, resource)
    )


def _reason_against(resource: Resource, context: Context) -> str | None:
    if resource.node.text("status") not in _USABLE:
        return "Its status is not final, amended or corrected."
    if any(True for _ in resource.node.nodes("focus")):
        return "It is about something other than the patient."
    return None


def _value(node: Node, definition: FactDefinition) -> tuple[SubmittedValue, str | None, str | None]:
    """The value, its unit, and what is wrong with it."""
    match definition.type:
        case FactType.NUMBER:
            return _number(node, definition)
        case FactType.FLAG:
            stated = node.flag("valueBoolean")
            return stated, None, "It holds no yes or no." if stated is None else None
        case FactType.CODE:
            return _code(node, definition)


def _number(
    node: Node, definition: FactDefinition
) -> tuple[SubmittedValue, str | None, str | None]:
    whole = node.number("valueInteger")
    if whole is not None and definition.unit and definition.unit.startswith("{"):
        return whole, definition.unit, None
    quantity = node.node("valueQuantity")
    value = quantity.number("value") if quantity else None
    if quantity is None or value is None:
        return None, None, "It holds no number with a unit."
    if quantity.has("comparator"):
        return None, None, "It is a bound, not a value."
    coded = quantity.text("code") if quantity.text("system") in {None, _UCUM} else None
    unit = coded or quantity.text("unit")
    if unit is None:
        return None, None, "Its unit is not stated."
    return value, unit, None


def _code(node: Node, definition: FactDefinition) -> tuple[SubmittedValue, str | None, str | None]:
    concept = node.concept("valueCodeableConcept")
    said = {*concept.codes(), *concept.names(), node.text("valueString") or ""}
    known = {plain_text(text).replace(" ", "_") for text in said} & set(definition.values)
    if len(known) != 1:
        return None, None, "It holds none of the known answers."
    return known.pop(), None, None


def _latest(group: list[Candidate]) -> list[Candidate]:
    """The last value, with every other that may be of the same time."""
    last = max(item.moment.start for item in group)
    return [item for item in group if item.moment.end >= last]


def _differ(group: list[Candidate]) -> bool:
    return len({item.comparable() for item in group}) > 1


def _order(candidate: Candidate) -> float:
    value = candidate.comparable()
    return value if isinstance(value, float) else 0.0


def _submitted(chosen: Candidate) -> SubmittedFact:
    return SubmittedFact(
        chosen.definition.name,
        chosen.value,
        chosen.unit,
        chosen.moment.first,
        chosen.source,
        chosen.pointer,
    )
