"""What brought each referral: the thresholds that were crossed, with the values that did it."""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from cds.explain.why import meet
from cds.hearing import Hearing
from cds.model.condition import Test, Truth
from cds.model.decision import ConditionNote, Referral

_HOLDS = Truth.TRUE.value
_SAID = (Test.KNOWN.value, Test.UNKNOWN.value)
# A position on a disagreement is chosen, not measured; disagreements tell it.
_CHOSEN = "policy."


def with_crossed(found: Iterable[Referral], hearing: Hearing) -> tuple[Referral, ...]:
    """The same referrals, each with the comparisons that hold in the rules behind it."""
    rules = frozenset(outcome.rule.id for outcome in hearing.applied)
    return tuple(
        replace(referral, crossed=tuple(_crossed(rules.intersection(referral.because), hearing)))
        for referral in found
    )


def _crossed(rules: Iterable[str], hearing: Hearing) -> Iterator[ConditionNote]:
    """Each comparison of a patient's fact that holds, once; that a value is known is none."""
    notes = [note for rule in sorted(rules) for note in hearing.decisive(rule).notes]
    crossed = [note for note in notes if note.state == _HOLDS and note.test not in _SAID]
    for note in dict.fromkeys(crossed):
        if not note.fact.startswith(_CHOSEN):
            yield meet(note, hearing.case)
