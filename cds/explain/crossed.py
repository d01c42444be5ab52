"""What brought each referral: the thresholds that were crossed, with the values that did it."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from msgspec.structs import replace

from cds.explain.why import meet_all
from cds.hearing import Hearing
from cds.model.condition import Test, Truth
from cds.model.decision import ConditionNote, Decisive, Referral
from cds.stages.outcome import Outcome

_HOLDS = Truth.TRUE.value
_SAID = (Test.KNOWN.value, Test.UNKNOWN.value)
# A position on a disagreement is chosen, not measured; disagreements tell it.
_CHOSEN = "policy."
#: The comparisons of a rule come out in few ways in most cases.
_MOST_KEPT = 4096


def with_crossed(found: Iterable[Referral], hearing: Hearing) -> tuple[Referral, ...]:
    """The same referrals, each with the comparisons that hold in the rules behind it."""
    applied = {outcome.rule.id: outcome for outcome in hearing.applied}
    return tuple(
        [
            replace(referral, crossed=_crossed(referral.because, applied, hearing))
            for referral in found
        ]
    )


def _crossed(
    because: Iterable[str], applied: Mapping[str, Outcome], hearing: Hearing
) -> tuple[ConditionNote, ...]:
    """Each comparison of a patient's fact that holds, once; that a value is known is none."""
    crossed: dict[ConditionNote, None] = {}
    for rule in sorted(applied.keys() & because):
        crossed |= _measured(hearing.decisive(applied[rule]))
    return meet_all(crossed, hearing.case)


@lru_cache(_MOST_KEPT)
def _measured(decisive: Decisive) -> dict[ConditionNote, None]:
    """The comparisons that hold and say more than that something is known or chosen."""
    return dict.fromkeys(
        note
        for note in decisive.notes
        if note.state == _HOLDS and note.test not in _SAID and not note.fact.startswith(_CHOSEN)
    )
