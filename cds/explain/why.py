"""Why a rule spoke: its comparisons with value, date and source, and its evidence."""

from collections.abc import Mapping

from msgspec import Struct

from cds.knowledge.vocabulary import Vocabulary
from cds.model.case import Case
from cds.model.decision import ConditionNote, Decisive, EvidenceNote, Explanation
from cds.stages.outcome import Outcome


class Sources(Struct, frozen=True):
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
        conditions=tuple([meet(note, sources.case) for note in decisive.notes]),
        evidence=sources.evidence[rule.id],
        limitations=rule.limitations,
        reference=rule.reference,
        clinical_sign_off=rule.topic.clinical_sign_off,
    )


def meet(note: ConditionNote, case: Case) -> ConditionNote:
    """The comparison with the fact that it met, if there is one."""
    fact = case.facts.get(note.fact)
    if fact is None:
        return note
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
