"""The reference evaluator: the same conditions in plain Python, with Kleene's three truths.

It shares nothing with the Rete network but the conditions and the case, so that an error in
one is not an error in both. It has two forms: this one decides many conditions at once, the other
evaluates one condition into the whole tree (`cds/engine/tree.py`).

This form asks every distinct test once and keeps the answers as two sets of bits: the tests
that are true, and those that are true or unknown. No condition holds a negation, so it is true
when the first set satisfies it, and false when even the second does not.
"""

import operator
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache, reduce
from typing import NamedTuple, TypeVar

from cds.engine.asking import FALSE, TRUE, UNKNOWN
from cds.engine.fact_tests import Answer, FactTests, deny
from cds.engine.holding import Holds, compile_holds, tests_in
from cds.engine.weighing import compile_weighing
from cds.model.case import Case, Common, Fact, State, unknown_fact
from cds.model.condition import Condition, Leaf, Truth, leaves

#: The tests of one condition come out in few ways in most cases.
_MOST_KEPT = 64
#: More than the ways in which lists are reviewed and read.
_MOST_LISTS = 32


T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Reading:
    """A case with every test asked once: the bits of the true ones, and of the possible ones.

    `denied` are the bits of conditions that are seen to be false already: those that one own fact
    makes false, and those that are false for every case with as much in common, where no own fact
    makes a test possible on which that rests.
    """

    case: Case
    true: int
    possible: int
    denied: int = field(compare=False)


class Reader:
    """Every distinct test of many conditions, each with its bit.

    Raises: EngineError when a test has no value to compare with.
    """

    def __init__(self, conditions: Iterable[Condition]) -> None:
        self._numbers = {when: n for n, when in enumerate(dict.fromkeys(conditions))}
        found = dict.fromkeys(test for when in self._numbers for test in _all_tests(when))
        self._bits = {test: 1 << number for number, test in enumerate(found)}
        self._holds = {1 << n: self.compile(when) for when, n in self._numbers.items()}
        readers: dict[Condition, dict[int, Holds]] = {test: {} for test in found}
        for when, number in self._numbers.items():
            for test in tests_in(when):
                readers[test][1 << number] = self._holds[1 << number]
        by_fact: dict[str, dict[Condition, dict[int, Holds]]] = defaultdict(dict)
        for test in found:
            by_fact[_fact_of(test)][test] = readers[test]
        self._tests = {name: FactTests(asked, self._bits) for name, asked in by_fact.items()}
        self._in_common = lru_cache(_MOST_LISTS)(self._read_common)

    def read(self, case: Case) -> Reading:
        """The case with the answer to every test.

        What it holds in common with others is read once for all of them.
        """
        return self._enter(self._in_common(case.common).reading, case.own, case)

    def learn(self, reading: Reading, facts: Sequence[Fact]) -> Reading:
        """The same case with these facts added or replaced; only their tests are asked again."""
        new = {fact.name: fact for fact in facts}
        return self._enter(reading, new, reading.case.with_facts(*facts))

    def _read_common(self, common: Common) -> "_Held":
        """Nothing is known but what many cases hold; what no own fact touches stays so."""
        facts = {name: common.facts.get(name) or unknown_fact(name) for name in self._tests}
        answers = {n: tests.answer(facts[n], date.min) for n, tests in self._tests.items()}
        true = reduce(operator.or_, (answer.true for answer in answers.values()), 0)
        possible = reduce(operator.or_, (answer.possible for answer in answers.values()), 0)
        denied = deny(possible, self._holds)
        resting: dict[str, int] = defaultdict(int)
        for when, number in self._numbers.items():
            for fact in _find_resting(when, 1 << number, answers, common):
                resting[fact] |= 1 << number & denied
        known = {n: (tests, resting[n], facts[n].state) for n, tests in self._tests.items()}
        return _Held(Reading(Case(date.min, {}, common), true, possible, denied), known)

    def _enter(self, before: Reading, facts: Mapping[str, Fact], case: Case) -> Reading:
        """With these facts, by their names; what rested on another state of one is asked again."""
        tested, replaced = self._in_common(case.common).tested, before.case.own
        today = case.evaluation_date
        touched = true = possible = denied = opened = 0
        for name, fact in facts.items():
            if name in tested:
                tests, resting, state = tested[name]
                answer = tests.if_absent if fact.value is False else tests.answer(fact, today)
                touched |= tests.bits
                true |= answer.true
                possible |= answer.possible
                denied |= answer.denied
                opened |= tests.readers if name in replaced else resting & answer.opened[state]
        return Reading(
            case,
            before.true & ~touched | true,
            before.possible & ~touched | possible,
            before.denied & ~opened | denied,
        )

    def compile(self, condition: Condition) -> Holds:
        """Whether a set of true tests, all of this reader, satisfies the condition."""
        return compile_holds(condition, self._bits)

    def bits_of(self, condition: Condition) -> int:
        """The bits of all tests of a condition of this reader."""
        tests = (self._bits.get(test, 0) for test in _all_tests(condition))
        return reduce(operator.or_, tests, 0)

    def bits_of_fact(self, fact: str) -> int:
        """The bits of all tests of a fact."""
        return self._tests[fact].bits

    def weigh(
        self,
        condition: Condition,
        tell: Callable[[Leaf, Truth], T],
        gather: Callable[[tuple[T, ...]], R],
    ) -> Callable[[Reading], R]:
        """The tests, in written order, that carry the truth of a condition of this reader.

        They are the parts that agree with it; of an unknown whole the unknown parts, and the
        true ones beside them. `tell` is asked now for what stands for a test with its truth;
        what `gather` makes of those is kept for the next case in which they are the same.
        """
        bits, weigh = self.bits_of(condition), compile_weighing(condition, self._bits, tell)
        kept = lru_cache(_MOST_KEPT)(lambda true, possible: gather(weigh(true, possible)))
        return lambda reading: kept(reading.true & bits, reading.possible & bits)

    def truths_of(
        self, conditions: Mapping[str, Condition]
    ) -> Callable[[Reading], dict[str, Truth]]:
        """The conditions as one function of a reading: those that are not false, by name."""
        plan = [(name, self.compile(when)) for name, when in conditions.items()]
        places: dict[int, list[int]] = defaultdict(list)
        for place, when in enumerate(conditions.values()):
            places[self._numbers[when]].append(place)
        asked = sum(1 << number for number in places)

        def decide(reading: Reading) -> dict[str, Truth]:
            true, possible = reading.true, reading.possible
            found = [place for n in _places(asked & ~reading.denied) for place in places[n]]
            found.sort()
            return {
                name: TRUE if holds(true) else UNKNOWN
                for name, holds in [plan[place] for place in found]
                if holds(possible)
            }

        return decide


def truth_of(condition: Condition) -> Callable[[Case], Truth]:
    """The condition as a function of the case.

    Raises: EngineError when a test has no value to compare with.
    """
    decide = truths_of({"": condition})
    return lambda case: decide(case)[""]


def truths_of(conditions: Mapping[str, Condition]) -> Callable[[Case], dict[str, Truth]]:
    """The conditions as one function of the case, which gives the truth of each by its name.

    Raises: EngineError when a test has no value to compare with.
    """
    reader = Reader(conditions.values())
    decide, all_false = reader.truths_of(conditions), dict.fromkeys(conditions, FALSE)
    return lambda case: all_false | decide(reader.read(case))


class _Held(NamedTuple):
    """What many cases hold, read once. Of each fact its tests, the conditions that are false and
    rest on it, and in which state it is."""

    reading: Reading
    tested: Mapping[str, tuple[FactTests, int, State]]


def _find_resting(
    when: Condition, place: int, answers: Mapping[str, Answer], common: Common
) -> Iterable[str]:
    """One fact that alone makes the condition false; without such a fact all that it reads.

    Rather one that is held in common: few cases hold it themselves.
    """
    facts = dict.fromkeys(leaf.fact for leaf in leaves(when))
    alone = [fact for fact in facts if answers[fact].denied & place]
    return sorted(alone, key=common.facts.__contains__, reverse=True)[:1] or facts


def _all_tests(condition: Condition) -> Iterator[Condition]:
    yield from tests_in(condition)
    yield from leaves(condition)


def _fact_of(test: Condition) -> str:
    return next(leaves(test)).fact


def _places(bits: int) -> list[int]:
    """The places of the bits that are set."""
    found = []
    while bits:
        found.append(bits.bit_length() - 1)
        bits ^= 1 << found[-1]
    return found
