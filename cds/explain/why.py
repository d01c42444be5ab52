"""Why a rule spoke: its comparisons with value, date and source, and its evidence."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from cds.knowledge.vocabulary import Vocabulary
from cds.model.case import Case, Common
from cds.model.decision import ConditionNote, Decisive, Explanation
from cds.stages.outcome import Outcome

#: The comparisons of a rule come out in few ways, and lists are reviewed in few.
_MOST_KEPT = 4096


class Sources(Struct, frozen=True):
    """What is told with: labels, what is told of each outcome in all cases, messages, the case."""

    vocabulary: Vocabulary
    explanations: Mapping[Outcome, Explanation]
    messages: Mapping[str, str]
    case: Case


def explain_outcomes(
    outcomes: Iterable[Outcome], decisive: Callable[[Outcome], Decisive], sources: Sources
) -> tuple[Explanation, ...]:
    """The explanation of each rule for one case, by the comparisons that made its truth."""
    case, told = sources.case, []
    untouched = case.own.keys().isdisjoint
    for outcome in outcomes:
        carrying = decisive(outcome)
        conditions = (
            _as_listed(carrying, case.common)
            if untouched(carrying.facts)
            else meet_all(carrying.notes, case)
        )
        told.append(replace(sources.explanations[outcome], conditions=conditions))
    return tuple(told)


@lru_cache(_MOST_KEPT)
def _as_listed(decisive: Decisive, common: Common) -> tuple[ConditionNote, ...]:
    """The comparisons of which none meets an own fact of the case, as its lists leave them."""
    return meet_all(decisive.notes, Case(date.min, {}, common))


def meet_all(notes: Iterable[ConditionNote], case: Case) -> tuple[ConditionNote, ...]:
    """Each comparison with the fact that it met, if there is one."""
    get, met = case.facts.get, []
    for note in notes:
        fact = get(note.fact)
        met.append(
            note
            if fact is None
            else replace(note, value=fact.value, unit=fact.unit, at=fact.at, source=fact.source)
        )
    return tuple(met)
