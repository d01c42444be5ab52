"""Why a rule spoke: its comparisons with value, date and source, and its evidence."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cds.engine.evaluator import Judged
from cds.knowledge.vocabulary import Vocabulary
from cds.model.case import Case
from cds.model.condition import Leaf, Truth
from cds.model.decision import ConditionNote, EvidenceNote, Explanation
from cds.stages.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Sources:
    """What an explanation is told with: labels, each rule's evidence, messages, and the case."""

    vocabulary: Vocabulary
    evidence: Mapping[str, tuple[EvidenceNote, ...]]
    messages: Mapping[str, str]
    case: Case


def explain_outcome(
    outcome: Outcome, decisive: Iterable[Judged], sources: Sources
) -> Explanation:
    """The explanation of one rule for one case, by the comparisons that made its truth."""
    rule = outcome.rule
    return Explanation(
        id=rule.id,
        rule=rule.id,
        version=rule.version,
        title=rule.title,
        state=outcome.state,
        text=rule.because,
        conditions=tuple([_note(judged, sources) for judged in decisive]),
        evidence=sources.evidence[rule.id],
        limitations=rule.limitations,
        reference=rule.reference,
        clinical_sign_off=rule.topic.clinical_sign_off,
        review_overdue=rule.topic.review_due < sources.case.evaluation_date,
    )


def facts_needed(decisive: Iterable[Judged]) -> tuple[str, ...]:
    """The facts that would have to be known to make an unknown truth known, in written order."""
    return tuple(dict.fromkeys([leaf.fact for leaf, truth in decisive if truth is Truth.UNKNOWN]))


def _note(judged: Judged, sources: Sources) -> ConditionNote:
    leaf, truth = judged
    fact = sources.case.get(leaf.fact)
    return ConditionNote(
        fact=leaf.fact,
        label=sources.vocabulary[leaf.fact].label,
        test=leaf.test.value,
        threshold=_threshold(leaf),
        value=fact.value,
        unit=fact.unit,
        at=fact.at,
        source=fact.source,
        state=truth.value,
    )


def _threshold(leaf: Leaf) -> str | None:
    if leaf.value is None:
        return None
    if isinstance(leaf.value, tuple):
        return ", ".join(leaf.value)
    if isinstance(leaf.value, str):
        return leaf.value
    return f"{leaf.value:g} {leaf.unit or ''}".strip()
