"""What was taken as given: absences of a reviewed list, and unknowns that are not asked for."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter

from cds.case import REVIEWED
from cds.engine.evaluator import Reading
from cds.engine.stakes import Stakes
from cds.engine.triggers import Resting, Triggers
from cds.model.condition import Truth
from cds.model.consequence import order_of
from cds.model.decision import Assumption, Decisive
from cds.model.rule import IfUnknown, Rule
from cds.stages.outcome import Outcome

#: The rules of a fact come together in few ways, so most cases assume what others did.
_MOST_KEPT = 4096


def assumptions(
    reading: Reading,
    live: Sequence[Outcome],
    triggers: Triggers,
    stakes: Stakes,
    decisive: Callable[[str], Decisive],
    messages: Mapping[str, str],
) -> tuple[Assumption, ...]:
    """Each assumption with the rules that would apply if it were wrong.

    `live` are the outcomes that are not false, `stakes` what hangs on each rule.
    """
    not_false = {outcome.rule.id for outcome in live}
    absent = {found.fact: found for found in triggers.resting(reading, REVIEWED, but=not_false)}
    unknown: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in live:
        if outcome.truth is Truth.UNKNOWN and outcome.rule.if_unknown is IfUnknown.ASSUME:
            for fact in decisive(outcome.rule.id).needed:
                unknown[fact].append(outcome)
    if_wrong = messages["assumption.if_wrong"]
    is_so, not_so = messages["assumption.absent"], messages["assumption.not_so"]
    listed = [_of_absent(found, is_so, if_wrong, stakes) for found in absent.values()]
    listed += [
        _of_unknown(fact, not_so, if_wrong, tuple(outcomes), stakes)
        for fact, outcomes in unknown.items()
        if fact not in absent
    ]
    return tuple(sorted(listed, key=attrgetter("fact")))


@lru_cache(_MOST_KEPT)
def _of_absent(found: Resting, assumed: str, if_wrong: str, stakes: Stakes) -> Assumption:
    return _assumption(found.fact, assumed, if_wrong, found.rules, stakes)


@lru_cache(_MOST_KEPT)
def _of_unknown(
    fact: str, assumed: str, if_wrong: str, outcomes: tuple[Outcome, ...], stakes: Stakes
) -> Assumption:
    return _assumption(fact, assumed, if_wrong, [outcome.rule for outcome in outcomes], stakes)


def _assumption(
    fact: str, assumed: str, if_wrong: str, rules: Sequence[Rule], stakes: Stakes
) -> Assumption:
    joined = "; ".join(dict.fromkeys(rule.title for rule in rules))
    changes = order_of(kind for rule in rules for kind in stakes.changes[rule.id])
    return Assumption(fact, assumed, if_wrong.format(titles=joined), changes)
