"""The values that a record gives for each fact, and the latest valid one of them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from operator import ge, gt, le, lt

from msgspec import Struct

from cds.fhir.dates import Moment
from cds.fhir.elements import Node
from cds.fhir.values import Value
from cds.knowledge.fact import FactDefinition
from cds.model.intake import Intake, RejectedFact, SubmittedFact, SubmittedValue
from cds.schemas.fact_reader import why_implausible

_CONTRADICTED = "Another value of the same time contradicts it."
_CHANGED = "A later result, which is no number, says that it has changed."
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}


class Candidate(Struct, frozen=True, eq=False):
    """One value that a fact could take."""

    definition: FactDefinition
    code: str
    found: Value
    moment: Moment
    source: str
    node: Node

    def fault(self) -> str | None:
        """Why the value cannot be used, so that an earlier one may count; it is not echoed."""
        found, fact = self.found, self.definition
        if found.fault or not isinstance(found.value, float):
            return found.fault
        if found.amount is None:
            return f"Its unit does not fit. Use one of: {', '.join(fact.accepted_units)}."
        if fact.is_plausible(found.amount):
            return None
        return " ".join(why_implausible(fact, found.value, found.amount, found.unit or ""))

    def comparable(self) -> SubmittedValue:
        """The value in the canonical unit; what is no number as it came."""
        return self.found.value if self.found.amount is None else self.found.amount

    def excludes(self, other: "Candidate") -> bool:
        """Whether this bound, known as late as the other value, says that it is another one."""
        if self.moment.end < other.moment.start:
            return False
        value, end = other.comparable(), self.comparable()
        compare = _COMPARE.get(self.found.bound or "")
        if compare is None or not isinstance(value, float) or not isinstance(end, float):
            return True
        return not compare(value, end)


def sort_out(
    read: Iterable[Candidate],
) -> tuple[list[Candidate], tuple[RejectedFact, ...]]:
    """The values that can be used and the bounds, and why what is none of them cannot be used.

    A bound is no value, and is said to be none.
    """
    usable: list[Candidate] = []
    refused: list[RejectedFact] = []
    for candidate in read:
        fault = candidate.fault()
        if fault:
            refused.append(RejectedFact(candidate.definition.name, fault, candidate.source))
        if not fault or candidate.found.bound:
            usable.append(candidate)
    return usable, tuple(refused)


def choose_facts(candidates: Iterable[Candidate], lowest_of_codes: frozenset[str]) -> Intake:
    """The latest value of each fact; values of one time that differ are reported and not used.

    Nor is a value used of which a bound, of its time or later, says that it is another one.
    """
    values: list[Candidate] = []
    bounds: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        (bounds[candidate.definition.name] if candidate.found.bound else values).append(candidate)
    facts: list[SubmittedFact] = []
    refused: list[RejectedFact] = []
    for name, latest in _latest_of_each(values, lowest_of_codes).items():
        differing = [item for group in latest if _differ(group) for item in group]
        refused += [RejectedFact(name, _CONTRADICTED, item.source) for item in differing]
        if differing:
            continue
        chosen = min((group[0] for group in latest), key=_order)
        if any(bound.excludes(chosen) for bound in bounds[name]):
            refused.append(RejectedFact(name, _CHANGED, chosen.source))
        else:
            facts.append(_submitted(chosen))
    return Intake(facts=tuple(facts), rejected=tuple(refused))


def _latest_of_each(
    values: Iterable[Candidate], lowest_of_codes: frozenset[str]
) -> Mapping[str, list[list[Candidate]]]:
    """For each fact its last values: those of each code where the lowest of them counts."""
    groups: dict[str, dict[str, list[Candidate]]] = defaultdict(lambda: defaultdict(list))
    for candidate in values:
        name = candidate.definition.name
        groups[name][candidate.code if name in lowest_of_codes else ""].append(candidate)
    return {name: [_latest(group) for group in codes.values()] for name, codes in groups.items()}


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
        *(chosen.definition.name, chosen.found.value, chosen.found.unit, chosen.moment.first),
        *(chosen.source, chosen.node.pointer),
    )
