"""Stage progression: the first row that holds answers, and no row that holds is exceeded.

A row that cannot be ruled out blocks a rise: what nobody told is not green.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from cds.model.condition import Truth
from cds.model.effect import Direction, Progress
from cds.model.follow_up import ProgressionOrder
from cds.model.rule import IfUnknown
from cds.stages.outcome import Outcome

_CAUTION = tuple(Direction)


class Row(Struct, frozen=True):
    """One row of the table as it met the case."""

    outcome: Outcome
    effect: Progress


class Choice(Struct, frozen=True):
    """The row that answers, the other rows that hold, and the one that sets the dose.

    `open` are the more cautious rows that cannot be ruled out.
    """

    row: Row
    also: tuple[Row, ...]
    dose: Row
    open: tuple[Outcome, ...]


def choose(outcomes: Iterable[Outcome], order: ProgressionOrder) -> Choice:
    """The answer of the progression table to the outcomes of its rules."""
    by_id = {outcome.rule.id: outcome for outcome in outcomes}
    true = [by_id[id_] for id_ in order.rules if by_id[id_].truth is Truth.TRUE]
    unsure = tuple(o for id_ in order.rules if _is_open(o := by_id[id_]))
    holding = [_row(outcome) for outcome in true]
    if unsure and all(row.effect.direction is Direction.PROGRESS for row in holding):
        holding.insert(0, _row(by_id[order.when_open]))
    if not holding:
        holding.append(_row(by_id[order.otherwise]))
    return Choice(holding[0], tuple(holding[1:]), min(holding, key=_allowed), unsure)


def _is_open(outcome: Outcome) -> bool:
    return outcome.truth is Truth.UNKNOWN and outcome.rule.if_unknown is IfUnknown.REQUIRE


def _row(outcome: Outcome) -> Row:
    effect = next(effect for effect in outcome.rule.then if isinstance(effect, Progress))
    return Row(outcome, effect)


def _allowed(row: Row) -> tuple[int, float]:
    """How much the row allows; among rises the first in the order stays."""
    direction = row.effect.direction
    lowest = min((change.low for change in row.effect.dose), default=0.0)
    return _CAUTION.index(direction), lowest if direction is Direction.REGRESS else 0.0


def rescreen_texts(outcomes: Iterable[Outcome]) -> Mapping[str, str]:
    """By rule: what it would have screened again, whether it holds or not."""
    rows = (_row(outcome) for outcome in outcomes)
    return {row.outcome.rule.id: row.effect.rescreen for row in rows if row.effect.rescreen}
