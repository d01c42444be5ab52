"""Stage definitions: the truth of a defining rule becomes a flag of the case."""

from collections.abc import Iterable

from cds.model.case import Case, Fact
from cds.model.condition import Truth
from cds.model.effect import Define
from cds.stages.outcome import Outcome

_VALUES = {Truth.TRUE: True, Truth.FALSE: False, Truth.UNKNOWN: None}


def define(case: Case, outcomes: Iterable[Outcome]) -> tuple[Fact, ...]:
    """Every defined flag; one that was submitted itself is kept."""
    return tuple(
        [
            Fact(
                effect.fact,
                _VALUES[outcome.truth],
                source=outcome.rule.id,
                derived_from=outcome.rule.facts,
            )
            for outcome in outcomes
            for effect in outcome.rule.then
            if isinstance(effect, Define) and case.get(effect.fact).value is None
        ]
    )
