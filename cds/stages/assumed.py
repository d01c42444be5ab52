"""What was taken as given: absences of a reviewed list, and unknowns that are not asked for."""

import operator
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, reduce
from operator import attrgetter
from typing import NamedTuple

from msgspec import Struct

from cds.engine.evaluator import Reader, Reading
from cds.engine.stakes import Stakes
from cds.engine.triggers import Member, Resting
from cds.model.case import Common
from cds.model.consequence import order_of
from cds.model.decision import Assumption, Decisive
from cds.model.rule import Rule
from cds.stages.outcome import Outcome

#: The rules of a fact come together in few ways, so most cases assume what others did.
_MOST_KEPT = 4096
_MOST_OF_ONE = 64
#: Some facts on which most hangs; each more is a factor for the ways in which they are known.
_USUAL = 4
#: More than the ways in which lists are reviewed and read.
_MOST_LISTS = 32


class _Absence(Struct, frozen=True, eq=False):
    """The rules that rest on one absence with their ids, and how it is told, if there are any."""

    resting: Resting
    rules: frozenset[str]
    told: Assumption | None


#: Of each member what rests on it, and how that is told; the same for many cases.
_Usual = tuple[dict[str, _Absence], dict[str, Assumption | None]]


class _Member(NamedTuple):
    """A member of a list; `bits` are the tests that `ask` looks at for what rests on it."""

    bits: int
    ask: Callable[[int], _Absence]


class _Denied(Struct, frozen=True, eq=False):
    """The members that some lists deny, and what is assumed when little else is known.

    `usual` are the tests of the facts that most members hang on. By those of them that are true
    `tell` gives all tests that are true when nothing more is known, and what is assumed of each
    member then. What rests on a member may change with each fact of `by_fact`, which has its tests
    and the members; rules of `by_rule`, which has the members, may be those that rest on it.
    """

    members: Mapping[str, _Member]
    usual: int
    tell: Callable[[int], tuple[int, _Usual]]
    by_fact: Mapping[str, tuple[int, tuple[str, ...]]]
    by_rule: Mapping[str, tuple[str, ...]]


class Assuming:
    """What a decision takes as given; there is one for a service.

    Most of it follows from which lists were reviewed, and is kept by that.
    """

    def __init__(
        self,
        members: Iterable[Member],
        reader: Reader,
        stakes: Stakes,
        messages: Mapping[str, str],
    ) -> None:
        self._reader, self._stakes = reader, stakes
        self._absent, self._not_so = messages["assumption.absent"], messages["assumption.not_so"]
        self._if_wrong = messages["assumption.if_wrong"]
        self._members = {member.fact: self._member(member) for member in members}
        self._denied = lru_cache(_MOST_LISTS)(self._find_denied)
        self._shortened = lru_cache(_MOST_KEPT)(self._tell_without)
        self._unknown = lru_cache(_MOST_KEPT)(self._tell_unknown)

    def assumptions(
        self, reading: Reading, live: Sequence[Outcome], decisive: Callable[[Outcome], Decisive]
    ) -> tuple[Assumption, ...]:
        """Each assumption with the rules that would apply if it were wrong.

        `live` are the outcomes that are not false.
        """
        unknown: dict[str, list[Outcome]] = defaultdict(list)
        for outcome in [outcome for outcome in live if outcome.assumes]:
            for fact in decisive(outcome).needed:
                unknown[fact].append(outcome)
        told = self._of_lists(reading, live)
        told += [self._unknown(fact, tuple(outcomes)) for fact, outcomes in unknown.items()]
        return tuple(sorted(told, key=attrgetter("fact")))

    def _of_lists(self, reading: Reading, live: Iterable[Outcome]) -> list[Assumption]:
        """What the absences say on which other rules than those that are not false rest.

        It is found anew where a test came out otherwise than by the lists alone, and where a rule
        that may rest on the absence is not false.
        """
        denied, true = self._denied(reading.case.common), reading.true
        not_false, own = {outcome.rule.id for outcome in live}, reading.case.own.keys()
        before, (usual, told_usually) = denied.tell(true & denied.usual)
        changed, told, members = true ^ before, told_usually.copy(), denied.members
        read = [denied.by_fact[name] for name in denied.by_fact.keys() & own]
        anew: dict[str, _Absence] = {}
        for fact in set[str]().union(*[facts for tests, facts in read if tests & changed]):
            bits, ask = members[fact]
            if bits & changed:
                anew[fact] = one = ask(true & bits)
                told[fact] = one.told
        by_rule = [denied.by_rule[id_] for id_ in denied.by_rule.keys() & not_false]
        for fact in set[str]().union(*by_rule):
            one = anew.get(fact) or usual[fact]
            if held := one.rules & not_false:
                told[fact] = self._shortened(one.resting, held)
        for fact in told.keys() & own:
            del told[fact]
        return list(filter(None, told.values()))

    def _find_denied(self, common: Common) -> _Denied:
        """The members that these lists deny, in their order."""
        true = self._reader.read_common(common).true
        members = {
            fact: self._members[fact] for fact in sorted(self._members.keys() & common.facts)
        }
        read = reduce(operator.or_, [member.bits for member in members.values()], 0)
        by_fact = {
            name: (tests & read, tuple(f for f, member in members.items() if member.bits & tests))
            for name, tests in self._reader.tests_by_fact().items()
            if tests & read
        }
        by_rule: dict[str, tuple[str, ...]] = defaultdict(tuple)
        for fact, (bits, ask) in members.items():
            for rule in ask(bits).rules:  # all of its tests true
                by_rule[rule] += (fact,)
        own = sorted(by_fact.keys() - common.facts.keys(), key=lambda n: (-len(by_fact[n][1]), n))
        usual = reduce(operator.or_, [by_fact[name][0] for name in own[:_USUAL]], 0)

        @lru_cache(_MOST_OF_ONE)
        def tell(so: int) -> tuple[int, _Usual]:
            known = true & ~usual | so
            rest = {fact: ask(known & bits) for fact, (bits, ask) in members.items()}
            return known, (rest, {fact: one.told for fact, one in rest.items()})

        return _Denied(members, usual, tell, by_fact, dict(by_rule))

    def _member(self, member: Member) -> _Member:
        ask = lru_cache(_MOST_OF_ONE)(lambda true: self._tell_absent(member.ask(true)))
        return _Member(member.bits, ask)

    def _tell_absent(self, resting: Resting) -> _Absence:
        rules = resting.rules
        told = self._assumption(resting.fact, self._absent, rules) if rules else None
        return _Absence(resting, resting.ids, told)

    def _tell_without(self, resting: Resting, ids: frozenset[str]) -> Assumption | None:
        return self._tell_absent(resting.without(ids)).told

    def _tell_unknown(self, fact: str, outcomes: tuple[Outcome, ...]) -> Assumption:
        return self._assumption(fact, self._not_so, [outcome.rule for outcome in outcomes])

    def _assumption(self, fact: str, assumed: str, rules: Sequence[Rule]) -> Assumption:
        titles = "; ".join(dict.fromkeys([rule.title for rule in rules]))
        changes = order_of([kind for rule in rules for kind in self._stakes.changes[rule.id]])
        return Assumption(fact, assumed, self._if_wrong.format(titles=titles), changes)
