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
from itertools import chain, compress
from typing import TypeVar

from msgspec import Struct

from cds.engine.asking import FALSE, TRUE, UNKNOWN
from cds.engine.fact_tests import Answer, FactTests, deny
from cds.engine.holding import Holds, compile_holds, tests_in
from cds.engine.weighing import choices, compile_weighing
from cds.model.case import Case, Common, Fact, State, unknown_fact
from cds.model.condition import Condition, Leaf, Truth, leaves

#: The tests of one condition come out in few ways in most cases.
_MOST_KEPT = 64
#: More than the ways in which lists are reviewed and read.
_MOST_LISTS = 32
_AS_FLAGS = bytes.maketrans(b"01", b"\0\1")


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
        self._conditions = tuple(conditions)
        tests = [tuple(tests_in(when)) for when in self._conditions]
        parts = (chain(own, *map(leaves, own)) for own in tests)
        found = dict.fromkeys(chain.from_iterable(parts))
        self._bits = {test: 1 << number for number, test in enumerate(found)}
        self._holds = [self.compile(when) for when in self._conditions]
        readers: dict[Condition, dict[int, Holds]] = {test: {} for test in found}
        for number, own in enumerate(tests):
            for test in own:
                readers[test][1 << number] = self._holds[number]
        by_fact: dict[str, dict[Condition, dict[int, Holds]]] = defaultdict(dict)
        for test in found:
            by_fact[_fact_of(test)][test] = readers[test]
        self._tests = {name: FactTests(asked, self._bits) for name, asked in by_fact.items()}
        self._in_common = lru_cache(_MOST_LISTS)(self._hold)

    def read(self, case: Case) -> Reading:
        """The case with the answer to every test.

        What it holds in common with others is read once for all of them.
        """
        return self._enter(self.read_common(case.common), case.own, case)

    def learn(self, reading: Reading, facts: Sequence[Fact]) -> Reading:
        """The same case with these facts added or replaced; only their tests are asked again."""
        new = {fact.name: fact for fact in facts}
        return self._enter(reading, new, reading.case.with_facts(*facts))

    def _hold(self, common: Common) -> "_Held":
        """Nothing is known but what many cases hold; what no own fact touches stays so."""
        facts = {name: common.facts.get(name) or unknown_fact(name) for name in self._tests}
        answers = {n: tests.answer(facts[n], date.min) for n, tests in self._tests.items()}
        true = _join(answer.true for answer in answers.values())
        possible = _join(answer.possible for answer in answers.values())
        denied = deny(possible, {1 << n: holds for n, holds in enumerate(self._holds)})
        resting: dict[str, int] = defaultdict(int)
        for number, when in enumerate(self._conditions):
            for fact in _find_resting(when, 1 << number, answers, common):
                resting[fact] |= 1 << number & denied
        known = {
            n: _Tested(tests, answers[n], resting[n], facts[n].state)
            for n, tests in self._tests.items()
        }
        absent = {n: tested.effect_of(Fact(n, False), date.min) for n, tested in known.items()}
        return _Held(Reading(Case(date.min, {}, common), true, possible, denied), known, absent)

    def _enter(self, before: Reading, facts: Mapping[str, Fact], case: Case) -> Reading:
        """With these facts, by their names; what rested on another state of one is asked again."""
        held, today = self._in_common(case.common), case.evaluation_date
        tested, absent = held.tested, held.absent
        effects = [
            absent[name] if fact.value is False else tested[name].effect_of(fact, today)
            for name, fact in facts.items()
            if name in tested
        ]
        for name in before.case.own.keys() & facts.keys() & tested.keys():
            true, possible, _, _ = tested[name].effect_of(before.case.own[name], today)
            effects.append((true, possible, 0, tested[name].tests.readers))
        trues, possibles, denying, opening = zip(_NO_EFFECT, *effects, strict=True)
        return Reading(
            case,
            before.true ^ reduce(operator.xor, filter(None, trues), 0),
            before.possible ^ reduce(operator.xor, filter(None, possibles), 0),
            before.denied & ~_join(opening) | _join(denying),
        )

    def compile(self, condition: Condition) -> Holds:
        """Whether a set of true tests, all of this reader, satisfies the condition."""
        return compile_holds(condition, self._bits)

    def bits_of(self, condition: Condition) -> int:
        """The bits of all tests of a condition of this reader, or of one made of such parts."""
        return _join(self._bits.get(part, 0) for part in _parts(condition))

    def tests_by_fact(self) -> Mapping[str, int]:
        """The bits of all tests of each fact."""
        return {name: tests.bits for name, tests in self._tests.items()}

    def read_common(self, common: Common) -> Reading:
        """What is held in common, read; nothing else is known."""
        return self._in_common(common).reading

    def weigh(
        self,
        condition: Condition,
        tell: Callable[[Leaf, Truth], T],
        gather: Callable[[Iterable[T]], R],
    ) -> Mapping[Truth, Callable[[Reading], R]]:
        """The tests, in written order, that carry each truth of a condition of this reader.

        They are the parts that agree with it; of an unknown whole the unknown parts, and the
        true ones beside them. `tell` says what stands for a test with its truth; what `gather`
        makes of those is kept for the next case in which they are the same.
        """
        carry, bits = compile_weighing(condition, self._bits, tell), self.bits_of(condition)
        chosen = _join(map(self.bits_of, choices(condition)))
        of_true = lru_cache(_MOST_KEPT)(lambda true: gather(carry(TRUE, true, 0)))
        of_false = lru_cache(_MOST_KEPT)(lambda possible: gather(carry(FALSE, 0, possible)))
        of_unknown = lru_cache(_MOST_KEPT)(lambda *asked: gather(carry(UNKNOWN, *asked)))
        return {
            TRUE: lambda reading: of_true(reading.true & chosen),
            FALSE: lambda reading: of_false(reading.possible & bits),
            UNKNOWN: lambda reading: of_unknown(reading.true & bits, reading.possible & chosen),
        }

    def truths_of(
        self, names: Sequence[str], start: int = 0
    ) -> Callable[[Reading], dict[str, Truth]]:
        """Conditions as one function of a reading: those that are not false, by name.

        `names` are those of all conditions from `start` on, as they were given to this reader.
        """
        plan = list(zip(names, self._holds[start:], strict=False))
        end = 1 << len(plan)

        def decide(reading: Reading) -> dict[str, Truth]:
            true, possible = reading.true, reading.possible
            asked = ~reading.denied >> start & end - 1
            # From the first condition on, behind a mark that keeps the zeros of the last ones.
            flags = bin(asked | end)[:2:-1].encode().translate(_AS_FLAGS)
            return {
                name: TRUE if holds(true) else UNKNOWN
                for name, holds in compress(plan, flags)
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
    decide, all_false = reader.truths_of(list(conditions)), dict.fromkeys(conditions, FALSE)
    return lambda case: all_false | decide(reader.read(case))


#: The bits of the tests of a fact that it turns, of the true and of the possible ones, and of the
#: conditions that it denies and that it opens.
_Effect = tuple[int, int, int, int]
_NO_EFFECT: _Effect = (0, 0, 0, 0)


class _Tested:
    """The tests of a fact, what they say of it as many cases hold it, in this state, and the
    conditions that are false there and rest on it."""

    def __init__(self, tests: FactTests, answer: Answer, resting: int, state: State) -> None:
        self.tests = tests
        self._answer, self._resting, self._state = answer, resting, state
        self._kept: dict[Answer, _Effect] = {}

    def effect_of(self, fact: Fact, today: date) -> _Effect:
        """What changes where a case itself holds this fact; the tests keep each of few answers."""
        answer = self.tests.answer(fact, today)
        effect = self._kept.get(answer)
        if effect is None:
            before = self._answer
            effect = self._kept[answer] = (
                answer.true ^ before.true,
                answer.possible ^ before.possible,
                answer.denied,
                self._resting & answer.opened[self._state],
            )
        return effect


class _Held(Struct, frozen=True, eq=False):
    """What many cases hold, read once, and what it means where a case itself denies a fact."""

    reading: Reading
    tested: Mapping[str, _Tested]
    absent: Mapping[str, _Effect]


def _find_resting(
    when: Condition, place: int, answers: Mapping[str, Answer], common: Common
) -> Iterable[str]:
    """One fact that alone makes the condition false; without such a fact all that it reads.

    Rather one that is held in common: few cases hold it themselves.
    """
    facts = dict.fromkeys(leaf.fact for leaf in leaves(when))
    alone = [fact for fact in facts if answers[fact].denied & place]
    return sorted(alone, key=common.facts.__contains__, reverse=True)[:1] or facts


def _join(sets: Iterable[int]) -> int:
    return reduce(operator.or_, filter(None, sets), 0)


def _parts(condition: Condition) -> Iterator[Condition]:
    """The condition and every part within it."""
    yield condition
    if not isinstance(condition, Leaf):
        for part in condition.parts:
            yield from _parts(part)


def _fact_of(test: Condition) -> str:
    return next(leaves(test)).fact
