"""Every test of one fact, for the reference evaluator, and what they say of a value of it."""

import operator
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from datetime import date
from functools import reduce
from math import inf

from msgspec import Struct
from msgspec.structs import replace

from cds.engine.asking import TRUE, UNKNOWN, compile_test
from cds.engine.holding import Holds, compile_holds
from cds.model.case import Fact, State
from cds.model.condition import CODE_TESTS, DATE_TESTS, NUMERIC_TESTS, Condition, Leaf, Test


class Answer(Struct, frozen=True, eq=False):
    """Of all tests of one fact the true and the possible ones, and the bits of conditions: those
    that this answer alone makes false, and by each state that the fact could be in instead, those
    with a test that is possible now and would not be then."""

    true: int
    possible: int
    denied: int
    opened: Mapping[State, int]


class FactTests:
    """Every test of one fact, each with its bit and the conditions that ask it.

    What they say of a value depends on which of the codes it is that they ask for, and between
    which of the numbers that they compare with it lies, and its age likewise; so much is kept, and
    never the value. `bits` are those of all these tests, `readers` all these conditions.

    Raises: EngineError when a test has no value to compare with.
    """

    def __init__(
        self, asked: Mapping[Condition, Mapping[int, Holds]], bits: Mapping[Condition, int]
    ) -> None:
        each: dict[Condition, int] = {t: bits[t] for t in asked if isinstance(t, Leaf)}
        leaves = [test for test in asked if isinstance(test, Leaf)]
        groups = {test: bits[test] for test in asked if not isinstance(test, Leaf)}
        denying = {bits[test]: deny(~bits[test], readers) for test, readers in asked.items()}
        self.bits = _join(denying)
        self.readers = _join(place for readers in asked.values() for place in readers)
        self._readers = [(bits[test], _join(readers)) for test, readers in asked.items()]
        self._leaves = [(compile_test(leaf), bits[leaf], denying[bits[leaf]]) for leaf in leaves]
        self._groups = [
            (compile_holds(group, each), bit, denying[bit]) for group, bit in groups.items()
        ]
        self._codes = {code for leaf in leaves if leaf.test in CODE_TESTS for code in _codes(leaf)}
        self._numbers, self._days = _bounds(leaves, NUMERIC_TESTS), _bounds(leaves, DATE_TESTS)
        self._kept: dict[object, Answer] = {}
        nothing = {State.UNKNOWN: Fact("", None), State.ABSENT: Fact("", False)}
        self._before = {
            state: self._ask(fact, date.min).possible for state, fact in nothing.items()
        }
        self.if_unknown, absent = (self._tell(fact, date.min) for fact in nothing.values())
        every = {place: holds for readers in asked.values() for place, holds in readers.items()}
        self.if_absent = replace(absent, denied=deny(~self.bits | absent.possible, every))

    def answer(self, fact: Fact, today: date) -> Answer:
        """What the tests say of this fact."""
        value = fact.value
        place: object = value
        if value is None:
            return self.if_unknown
        if value is False:
            return self.if_absent
        if isinstance(value, str):
            place = value if value in self._codes else ""
        elif not isinstance(value, bool):
            place = _place(value, self._numbers)
        if fact.at is not None and len(self._days) > len(_ENDS):
            place = place, _place((today - fact.at).days, self._days)
        answer = self._kept.get(place)
        if answer is None:
            answer = self._kept[place] = self._tell(fact, today)
        return answer

    def _tell(self, fact: Fact, today: date) -> Answer:
        answer = self._ask(fact, today)
        opened = {
            state: _join(places for bit, places in self._readers if answer.possible & ~before & bit)
            for state, before in self._before.items()
        }
        return replace(answer, opened={**opened, State.PRESENT: self.readers})

    def _ask(self, fact: Fact, today: date) -> Answer:
        true = possible = denied = 0
        for ask, bit, denying in self._leaves:
            truth = ask(fact, today)
            if truth is TRUE:
                true |= bit
            elif truth is UNKNOWN:
                possible |= bit
            else:
                denied |= denying
        possible |= true
        for holds, bit, denying in self._groups:
            if holds(true):
                true |= bit
            if holds(possible):
                possible |= bit
            else:
                denied |= denying
        return Answer(true, possible, denied, {})


#: With both of them no two numbers that compare differently lie alike, nor what is no number.
_ENDS = (-inf, inf)


def _bounds(leaves: Iterable[Leaf], kinds: frozenset[Test]) -> list[float]:
    """All that these tests compare with, in order."""
    found = {leaf.value for leaf in leaves if leaf.test in kinds}
    return sorted({*_ENDS, *(float(value) for value in found if isinstance(value, (int, float)))})


def _place(value: float, bounds: list[float]) -> tuple[int, int]:
    """Between which bounds a number lies, or on which."""
    return bisect_left(bounds, value), bisect_right(bounds, value)


def _codes(leaf: Leaf) -> Iterable[str]:
    if isinstance(leaf.value, str):
        return (leaf.value,)
    return leaf.value if isinstance(leaf.value, tuple) else ()


def deny(possible: int, readers: Mapping[int, Holds]) -> int:
    """The bits of the conditions that are false when at most these tests are possible."""
    return sum(place for place, holds in readers.items() if not holds(possible))


def _join(sets: Iterable[int]) -> int:
    return reduce(operator.or_, sets, 0)
