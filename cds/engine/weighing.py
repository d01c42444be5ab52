"""The tests that carry the truth of a condition, by the bits of the true and possible ones."""

import operator
from collections.abc import Callable, Mapping
from functools import reduce
from typing import TypeVar

from cds.engine.asking import FALSE, TRUE, UNKNOWN
from cds.engine.holding import Holds, compile_holds
from cds.model.condition import Condition, Leaf, Truth, leaves

T = TypeVar("T")
Weigh = Callable[[int, int], tuple[T, ...]]
_Gather = Callable[[Truth, int, int], tuple[T, ...]]


def compile_weighing(
    condition: Condition,
    holds: Holds,
    bits: Mapping[Leaf, int],
    tell: Callable[[Leaf, Truth], T],
) -> Weigh[T]:
    """What is told, for such bits, of the tests that carry the truth of the condition.

    `holds` says whether a set of true tests satisfies it.
    """
    gather = _compile(condition, bits, tell)

    def weigh(true: int, possible: int) -> tuple[T, ...]:
        truth = TRUE if holds(true) else UNKNOWN if holds(possible) else FALSE
        return gather(truth, true, possible)

    return weigh


def _compile(
    condition: Condition, bits: Mapping[Leaf, int], tell: Callable[[Leaf, Truth], T]
) -> _Gather[T]:
    """Only parts that carry the truth of the whole are looked into.

    A part none of whose tests is possible is false, as no condition holds a negation; a single
    test asks for no more. No part of an unknown `any` is true.
    """
    if isinstance(condition, Leaf):
        return _compile_leaf(condition, tell)
    parts = [
        (
            reduce(operator.or_, [bits[leaf] for leaf in leaves(part)]),
            bool if isinstance(part, Leaf) else compile_holds(part, bits),
            _compile(part, bits, tell),
        )
        for part in condition.parts
    ]

    def gather(truth: Truth, true: int, possible: int) -> tuple[T, ...]:
        if truth is FALSE:
            wanted = [(FALSE, own) for tests, holds, own in parts if not holds(tests & possible)]
        elif truth is TRUE:
            wanted = [(TRUE, own) for tests, holds, own in parts if tests & true and holds(true)]
        else:
            wanted = [
                (TRUE if tests & true and holds(true) else UNKNOWN, own)
                for tests, holds, own in parts
                if tests & possible and holds(possible)
            ]
        return tuple([one for part, own in wanted for one in own(part, true, possible)])

    return gather


def _compile_leaf(leaf: Leaf, tell: Callable[[Leaf, Truth], T]) -> _Gather[T]:
    told: dict[Truth, tuple[T, ...]] = {}

    def gather(truth: Truth, true: int, possible: int) -> tuple[T, ...]:
        if truth not in told:
            told[truth] = (tell(leaf, truth),)
        return told[truth]

    return gather
