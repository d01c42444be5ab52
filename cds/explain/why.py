"""Why a rule spoke: its comparisons with value, date and source, and its evidence."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from cds.engine.evaluator import EvaluatedLeaf, EvaluatedNode
from cds.knowledge.vocabulary import Vocabulary
from cds.model.condition import Leaf, Truth
from cds.model.decision import ConditionNote, EvidenceNote, Explanation
from cds.stages.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Sources:
    """What an explanation is told with: labels, each rule's evidence, messages, and the day."""

    vocabulary: Vocabulary
    evidence: Mapping[str, tuple[EvidenceNote, ...]]
    messages: Mapping[str, str]
    today: date


def explain_outcome(outcome: Outcome, node: EvaluatedNode, sources: Sources) -> Explanation:
    """The explanation of one rule for one case, cut to the comparisons that made its truth."""
    rule = outcome.rule
    return Explanation(
        id=rule.id,
        rule=rule.id,
        version=rule.version,
        title=rule.title,
        state=outcome.state,
        text=rule.because,
        conditions=tuple(_note(leaf, sources) for leaf in decisive_leaves(node)),
        evidence=sources.evidence[rule.id],
        limitations=rule.limitations,
        reference=rule.reference,
        clinical_sign_off=rule.topic.clinical_sign_off,
        review_overdue=rule.topic.review_due < sources.today,
    )


def decisive_leaves(node: EvaluatedNode) -> Iterator[EvaluatedLeaf]:
    """The comparisons that carry the truth of the whole: parts that agree with it.

    Of an unknown whole these are the unknown parts, and the true ones beside them.
    """
    if isinstance(node, EvaluatedLeaf):
        yield node
        return
    carrying = {node.truth}
    if node.truth is Truth.UNKNOWN and node.kind != "any":
        carrying.add(Truth.TRUE)
    for child in node.children:
        if child.truth in carrying:
            yield from decisive_leaves(child)


def _note(evaluated: EvaluatedLeaf, sources: Sources) -> ConditionNote:
    leaf, fact = evaluated.leaf, evaluated.fact
    return ConditionNote(
        fact=leaf.fact,
        label=sources.vocabulary[leaf.fact].label,
        test=leaf.test.value,
        threshold=_threshold(leaf),
        value=fact.value,
        unit=fact.unit,
        at=fact.at,
        source=fact.source,
        state=evaluated.truth.value,
    )


def _threshold(leaf: Leaf) -> str | None:
    if leaf.value is None:
        return None
    if isinstance(leaf.value, tuple):
        return ", ".join(leaf.value)
    if isinstance(leaf.value, str):
        return leaf.value
    return f"{leaf.value:g} {leaf.unit or ''}".strip()
