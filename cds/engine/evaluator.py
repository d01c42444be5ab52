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
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache, reduce
from itertools import groupby
from typing import NamedTuple, TypeVar

from cds.engine.asking import FALSE, TRUE, UNKNOWN, compile_test
from cds.engine.holding import Holds, compile_holds
from cds.engine.weighing import compile_weighing
from cds.model.case import Absences, Case, Fact, FactValue
from cds.model.condition import DATE_TESTS, Condition, Leaf, Truth, leaves

#: The tests of one condition come out in few ways in most cases.
_MOST_KEPT = 64
#: More than the ways in which lists are reviewed or not.
_MOST_LISTS = 16


T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Reading:
    """A case with every test asked once: the bits of the true ones, and of the possible ones.

    `denied` are the bits of conditions that are seen to be false already: those of which the case
    holds no fact itself, as its lists leave them, and those that one own fact makes false.
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
        self._places = {when: 1 << n for n, when in enumerate(dict.fromkeys(conditions))}
        found = dict.fromkeys(leaf for when in self._places for leaf in leaves(when))
        self._bits = {leaf: 1 << number for number, leaf in enumerate(found)}
        self._holds = {place: self.compile(when) for when, place in self._places.items()}
        readers = self._read_by()
        by_fact = groupby(sorted(found, key=_fact_of), key=_fact_of)
        self._tests = {
            name: _FactTests(list(group), self._bits, readers[name]) for name, group in by_fact
        }
        self.read_lists = lru_cache(_MOST_LISTS)(self._read_absences)

    def _read_by(self) -> Mapping[str, Mapping[int, Holds]]:
        """The conditions that read each fact, by their bits."""
        found: dict[str, dict[int, Holds]] = defaultdict(dict)
        for when, place in self._places.items():
            for leaf in leaves(when):
                found[leaf.fact][place] = self._holds[place]
        return found

    def read(self, case: Case) -> Reading:
        """The case with the answer to every test.

        What its reviewed lists deny is read once for all cases.
        """
        return self._enter(self.read_lists(case.absences), case.own.values(), case)

    def learn(self, reading: Reading, facts: Sequence[Fact]) -> Reading:
        """The same case with these facts added or replaced; only their tests are asked again."""
        return self._enter(reading, facts, reading.case.with_facts(*facts))

    def tests_by_fact(self) -> Mapping[str, int]:
        """The bits of all tests of each fact."""
        return {name: ~tests.others for name, tests in self._tests.items()}

    def _read_absences(self, absences: Absences) -> Reading:
        """Nothing is known but what the lists deny; what no own fact touches stays so."""
        nothing = [tests.if_unknown for tests in self._tests.values()]
        true, possible = (reduce(operator.or_, [bits[i] for bits in nothing], 0) for i in (0, 1))
        known = Reading(Case(date.min), true, possible, 0)
        listed = self._enter(known, absences.facts.values(), Case(date.min, {}, absences))
        denied = _deny(listed.possible, self._holds)
        return Reading(listed.case, listed.true, listed.possible, denied)

    def _enter(self, before: Reading, facts: Iterable[Fact], case: Case) -> Reading:
        """With these facts; a condition that reads one of them is no longer taken as denied."""
        true, possible, today = before.true, before.possible, case.evaluation_date
        opened = denied = 0
        for fact in facts:
            tests = self._tests.get(fact.name)
            if tests is not None:
                answer = tests.answer(fact, today)
                true = true & tests.others | answer.true
                possible = possible & tests.others | answer.possible
                opened |= tests.readers
                denied |= answer.denied
        return Reading(case, true, possible, before.denied & ~opened | denied)

    def compile(self, condition: Condition) -> Holds:
        """Whether a set of true tests, all of this reader, satisfies the condition."""
        return compile_holds(condition, self._bits)

    def bits_of(self, condition: Condition) -> int:
        """The bits of all tests of a condition of this reader."""
        return reduce(operator.or_, (self._bits[leaf] for leaf in leaves(condition)), 0)

    def weigh(
        self,
        condition: Condition,
        tell: Callable[[Leaf, Truth], T],
        gather: Callable[[tuple[T, ...]], R],
    ) -> Callable[[Reading], R]:
        """The tests, in written order, that carry the truth of a condition of this reader.

        They are the parts that agree with it; of an unknown whole the unknown parts, and the
        true ones beside them. `tell` says what stands for a test with its truth; what `gather`
        makes of those is kept for the next case in which they are the same.
        """
        bits, holds = self.bits_of(condition), self._holds[self._places[condition]]
        weigh = compile_weighing(condition, holds, self._bits, tell)
        kept = lru_cache(_MOST_KEPT)(lambda true, possible: gather(weigh(true, possible)))
        return lambda reading: kept(reading.true & bits, reading.possible & bits)

    def truths_of(
        self, conditions: Mapping[str, Condition]
    ) -> Callable[[Reading], dict[str, Truth]]:
        """The conditions as one function of a reading: those that are not false, by name."""
        plan = [(self._places[when], name, self.compile(when)) for name, when in conditions.items()]

        def decide(reading: Reading) -> dict[str, Truth]:
            true, possible, denied = reading.true, reading.possible, reading.denied
            return {
                name: TRUE if holds(true) else UNKNOWN
                for place, name, holds in plan
                if not denied & place and holds(possible)
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


class _Answer(NamedTuple):
    """Of all tests of one fact the true and the possible ones, and the conditions that this
    answer alone makes false."""

    true: int
    possible: int
    denied: int


class _FactTests:
    """Every test of one fact. What they say of an unknown and of an absent fact depends on
    nothing else, and most facts of a case are one of these, so it is found once.

    `others` are the bits of all other tests, `readers` the conditions that hold one of these.
    """

    def __init__(
        self, tests: Sequence[Leaf], bits: Mapping[Leaf, int], readers: Mapping[int, Holds]
    ) -> None:
        self.others = ~sum(bits[leaf] for leaf in tests)
        self.readers = reduce(operator.or_, readers, 0)
        self._asked = [
            (compile_test(leaf), bits[leaf], _deny(~bits[leaf], readers)) for leaf in tests
        ]
        name = tests[0].fact
        unknown, absent = (self._ask(Fact(name, value), date.min) for value in (None, False))
        self.if_unknown = unknown.true, unknown.possible
        self._unknown = unknown
        self._dated = any(leaf.test in DATE_TESTS for leaf in tests)
        self._kept = lru_cache(_MOST_KEPT, typed=True)(self._ask_value)
        self._absent = absent._replace(denied=_deny(self.others | absent.possible, readers))

    def answer(self, fact: Fact, today: date) -> _Answer:
        """What the tests say of this fact."""
        if fact.value is None:
            return self._unknown
        if fact.value is False:
            return self._absent
        return self._ask(fact, today) if self._dated else self._kept(fact.value)

    def _ask_value(self, value: FactValue) -> _Answer:
        """What the tests say of a value, whenever it was found."""
        return self._ask(Fact("", value), date.min)

    def _ask(self, fact: Fact, today: date) -> _Answer:
        true = possible = denied = 0
        for ask, bit, denying in self._asked:
            truth = ask(fact, today)
            if truth is TRUE:
                true |= bit
            elif truth is UNKNOWN:
                possible |= bit
            else:
                denied |= denying
        return _Answer(true, true | possible, denied)


def _deny(possible: int, readers: Mapping[int, Holds]) -> int:
    """The bits of the conditions that are false when at most these tests are possible."""
    return sum(place for place, holds in readers.items() if not holds(possible))


def _fact_of(leaf: Leaf) -> str:
    return leaf.fact
