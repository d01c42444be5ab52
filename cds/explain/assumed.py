"""What was taken as given: absences of a reviewed list, and unknowns that are not asked for."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter

from cds.case import REVIEWED
from cds.engine.evaluator import Reading
from cds.engine.triggers import Triggers
from cds.explain.why import facts_needed
from cds.model.condition import Truth
from cds.model.consequence import Consequence, order_of
from cds.model.decision import Assumption, ConditionNote
from cds.model.rule import IfUnknown, Rule
from cds.stages.outcome import Outcome

#: The rules of a fact come together in few ways, so most cases assume what others did.
_MOST_KEPT = 4096


def assumptions(
    reading: Reading,
    live: Sequence[Outcome],
    triggers: Triggers,
    changes: Mapping[str, tuple[Consequence, ...]],
    decisive: Callable[[str], Iterable[ConditionNote]],
    messages: Mapping[str, str],
) -> tuple[Assumption, ...]:
    """Each assumption with the rules that would apply if it were wrong.

    `live` are the outcomes that are not false, `changes` what hangs on each rule.
    """
    not_false = {outcome.rule.id for outcome in live}
    absent: dict[str, list[Rule]] = {}
    for fact, rules in triggers.resting(reading, REVIEWED, but=not_false):
        if rules:
            absent[fact] = rules
    unknown: dict[str, list[Rule]] = defaultdict(list)
    for outcome in live:
        if outcome.truth is Truth.UNKNOWN and outcome.rule.if_unknown is IfUnknown.ASSUME:
            for fact in facts_needed(decisive(outcome.rule.id)):
                unknown[fact].append(outcome.rule)
    if_wrong = messages["assumption.if_wrong"]
    is_so, not_so = messages["assumption.absent"], messages["assumption.not_so"]
    listed = [_told(f, is_so, if_wrong, rules, changes) for f, rules in absent.items()]
    listed += [
        _told(f, not_so, if_wrong, rules, changes)
        for f, rules in unknown.items()
        if f not in absent
    ]
    return tuple(sorted(listed, key=attrgetter("fact")))


def _told(
    fact: str,
    assumed: str,
    if_wrong: str,
    rules: Sequence[Rule],
    changes: Mapping[str, tuple[Consequence, ...]],
) -> Assumption:
    titles = tuple([rule.title for rule in rules])
    return _assumption(fact, assumed, if_wrong, titles, tuple([changes[rule.id] for rule in rules]))


@lru_cache(_MOST_KEPT)
def _assumption(
    fact: str,
    assumed: str,
    if_wrong: str,
    titles: tuple[str, ...],
    kinds: tuple[tuple[Consequence, ...], ...],
) -> Assumption:
    joined = "; ".join(dict.fromkeys(titles))
    changes = order_of(kind for found in kinds for kind in found)
    return Assumption(fact, assumed, if_wrong.format(titles=joined), changes)
