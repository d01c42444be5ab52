"""Why a rule spoke: its comparisons with value, date and source, and its evidence."""

from collections.abc import Mapping
from functools import lru_cache

from cds.knowledge.vocabulary import Vocabulary
from cds.model.case import Absences, Case, Fact
from cds.model.decision import ConditionNote, Decisive, EvidenceNote, Explanation
from cds.model.frozen import frozen
from cds.stages.outcome import Outcome

#: Rules come out in few ways, and lists are reviewed in few.
_MOST_KEPT = 4096


@frozen
class Sources:
    """What an explanation is told with: labels, each rule's evidence, messages, and the case."""

    vocabulary: Vocabulary
    evidence: Mapping[str, tuple[EvidenceNote, ...]]
    messages: Mapping[str, str]
    case: Case


def explain_outcome(outcome: Outcome, decisive: Decisive, sources: Sources) -> Explanation:
    """The explanation of one rule for one case, by the comparisons that made its truth."""
    rule = outcome.rule
    return Explanation(
        id=rule.id,
        rule=rule.id,
        version=rule.version,
        title=rule.title,
        state=outcome.state,
        text=rule.because,
        conditions=_conditions(decisive, sources.case),
        evidence=sources.evidence[rule.id],
        limitations=rule.limitations,
        reference=rule.reference,
        clinical_sign_off=rule.topic.clinical_sign_off,
    )


def meet(note: ConditionNote, case: Case) -> ConditionNote:
    """The comparison with the fact that it met, if there is one."""
    fact = case.facts.get(note.fact)
    return note if fact is None else _met(note, fact)


def _conditions(decisive: Decisive, case: Case) -> tuple[ConditionNote, ...]:
    """Each comparison with the fact that it met; most met what the lists deny, or nothing."""
    notes, own = _met_by_lists(decisive, case.absences), case.own
    if own.keys().isdisjoint(decisive.facts):
        return notes
    return tuple([_met(note, own[note.fact]) if note.fact in own else note for note in notes])


@lru_cache(_MOST_KEPT)
def _met_by_lists(decisive: Decisive, absences: Absences) -> tuple[ConditionNote, ...]:
    denied = absences.facts
    return tuple(
        [_met(note, denied[note.fact]) if note.fact in denied else note for note in decisive.notes]
    )


def _met(note: ConditionNote, fact: Fact) -> ConditionNote:
    return ConditionNote(
        fact=note.fact,
        label=note.label,
        test=note.test,
        threshold=note.threshold,
        value=fact.value,
        unit=fact.unit,
        at=fact.at,
        source=fact.source,
        state=note.state,
    )
