"""Why a rule spoke: its comparisons with value, date and source, and its evidence."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from cds.knowledge.vocabulary import Vocabulary
from cds.model.case import Absences, Case
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


def explain_outcome(outcome: Outcome, decisive: Decisive, sources: Sources) -> Explanation:
    """The explanation of one rule for one case, by the comparisons that made its truth."""
    return replace(sources.explanations[outcome], conditions=_meet_all(decisive, sources.case))


def _meet_all(decisive: Decisive, case: Case) -> tuple[ConditionNote, ...]:
    """Those that meet no own fact of the case come out as its lists leave them."""
    if case.own.keys().isdisjoint(decisive.facts):
        return _meet_listed(decisive, case.absences)
    return tuple([meet(note, case) for note in decisive.notes])


@lru_cache(_MOST_KEPT)
def _meet_listed(decisive: Decisive, absences: Absences) -> tuple[ConditionNote, ...]:
    listed = Case(date.min, {}, absences)
    return tuple([meet(note, listed) for note in decisive.notes])


def meet(note: ConditionNote, case: Case) -> ConditionNote:
    """The comparison with the fact that it met, if there is one."""
    fact = case.facts.get(note.fact)
    if fact is None:
        return note
    return replace(note, value=fact.value, unit=fact.unit, at=fact.at, source=fact.source)
