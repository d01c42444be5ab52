"""The values that a record gives for each fact, and the latest valid one of them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from cds.errors import UnitError
from cds.fhir.dates import Moment
from cds.knowledge.fact import FactDefinition
from cds.model.intake import Intake, RejectedFact, SubmittedFact, SubmittedValue
from cds.schemas.fact_reader import why_implausible

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

    def fault(self) -> str | None:
        """Why the value cannot be used, so that an earlier one may count; it is not echoed."""
        if isinstance(self.value, bool) or not isinstance(self.value, float):
            return None
        unit, fact = self.unit or "", self.definition
        try:
            number = fact.to_canonical(self.value, unit)
        except UnitError:
            return f"Its unit does not fit. Use one of: {', '.join(fact.accepted_units)}."
        if fact.is_plausible(number):
            return None
        return " ".join(why_implausible(fact, self.value, number, unit))

    def comparable(self) -> SubmittedValue:
        """The value in the canonical unit; what is no number as it came."""
        if isinstance(self.value, bool) or not isinstance(self.value, float):
            return self.value
        return self.definition.to_canonical(self.value, self.unit or "")


def sort_out(
    read: Iterable[tuple[Candidate, str | None]],
) -> tuple[list[Candidate], tuple[RejectedFact, ...]]:
    """The values that can be used, and why the others cannot; each comes with the fault known."""
    usable: list[Candidate] = []
    refused: list[RejectedFact] = []
    for candidate, known in read:
        fault = known or candidate.fault()
        if fault:
            refused.append(RejectedFact(candidate.definition.name, fault, candidate.source))
        else:
            usable.append(candidate)
    return usable, tuple(refused)


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
        *(chosen.definition.name, chosen.value, chosen.unit, chosen.moment.first),
        *(chosen.source, chosen.pointer),
    )
