"""What was taken as given: absences of a reviewed list, and unknowns that are not asked for."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

from msgspec import Struct

from cds.engine.evaluator import Reading
from cds.engine.stakes import Stakes
from cds.engine.triggers import Member, Resting
from cds.model.case import Common
from cds.model.condition import Truth
from cds.model.consequence import order_of
from cds.model.decision import Assumption, Decisive
from cds.model.rule import IfUnknown, Rule
from cds.stages.outcome import Outcome

#: The rules of a fact come together in few ways, so most cases assume what others did.
_MOST_KEPT = 4096
_MOST_OF_ONE = 64
#: More than the ways in which lists are reviewed and read.
_MOST_LISTS = 32


class _Absence(Struct, frozen=True, eq=False):
    """The rules that rest on one absence with their ids, and how it is told, if there are any."""

    resting: Resting
    rules: frozenset[str]
    told: Assumption | None


class _Listed(NamedTuple):
    """A member of a list; `bits` are the tests that `ask` looks at for what rests on it."""

    fact: str
    bits: int
    ask: Callable[[int], _Absence]


class Assuming:
    """What a decision takes as given; there is one for a service.

    Most of it follows from which lists were reviewed, and is kept by that.
    """

    def __init__(
        self, members: Iterable[Member], stakes: Stakes, messages: Mapping[str, str]
    ) -> None:
        self._stakes = stakes
        self._absent, self._not_so = messages["assumption.absent"], messages["assumption.not_so"]
        self._if_wrong = messages["assumption.if_wrong"]
        self._members = [self._listed(m) for m in sorted(members, key=attrgetter("fact"))]
        self._denied = lru_cache(_MOST_LISTS)(self._find_denied)
        self._shortened = lru_cache(_MOST_KEPT)(self._tell_absent)
        self._unknown = lru_cache(_MOST_KEPT)(self._tell_unknown)

    def assumptions(
        self, reading: Reading, live: Sequence[Outcome], decisive: Callable[[str], Decisive]
    ) -> tuple[Assumption, ...]:
        """Each assumption with the rules that would apply if it were wrong.

        `live` are the outcomes that are not false.
        """
        unknown: dict[str, list[Outcome]] = defaultdict(list)
        for outcome in live:
            if outcome.truth is Truth.UNKNOWN and outcome.rule.if_unknown is IfUnknown.ASSUME:
                for fact in decisive(outcome.rule.id).needed:
                    unknown[fact].append(outcome)
        told = self._of_lists(reading, live)
        told += [self._unknown(fact, tuple(outcomes)) for fact, outcomes in unknown.items()]
        return tuple(sorted(told, key=attrgetter("fact")))

    def _of_lists(self, reading: Reading, live: Iterable[Outcome]) -> list[Assumption]:
        """What the absences say on which other rules than those that are not false rest."""
        not_false = {outcome.rule.id for outcome in live}
        true, own, denied = reading.true, reading.case.own, self._denied(reading.case.common)
        found = [ask(true & bits) for fact, bits, ask in denied if fact not in own]
        told = [
            one
            if one.rules.isdisjoint(not_false)
            else self._shortened(one.resting.without(not_false))
            for one in found
        ]
        return [one.told for one in told if one.told is not None]

    def _find_denied(self, common: Common) -> list[_Listed]:
        """The members that the lists deny."""
        return [member for member in self._members if member.fact in common.facts]

    def _listed(self, member: Member) -> _Listed:
        ask = lru_cache(_MOST_OF_ONE)(lambda true: self._tell_absent(member.ask(true)))
        return _Listed(member.fact, member.bits, ask)

    def _tell_absent(self, resting: Resting) -> _Absence:
        rules = resting.rules
        told = self._assumption(resting.fact, self._absent, rules) if rules else None
        return _Absence(resting, resting.ids, told)

    def _tell_unknown(self, fact: str, outcomes: tuple[Outcome, ...]) -> Assumption:
        return self._assumption(fact, self._not_so, [outcome.rule for outcome in outcomes])

    def _assumption(self, fact: str, assumed: str, rules: Sequence[Rule]) -> Assumption:
        titles = "; ".join(dict.fromkeys(rule.title for rule in rules))
        changes = order_of(kind for rule in rules for kind in self._stakes.changes[rule.id])
        return Assumption(fact, assumed, self._if_wrong.format(titles=titles), changes)
