"""The tests that carry the truth of a condition, by the bits of the true and possible ones."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from cds.engine.asking import FALSE, TRUE, UNKNOWN
from cds.engine.tree import count_truths, name_group
from cds.model.condition import Any, Condition, Leaf, Truth

T = TypeVar("T")
Weighed = tuple[Truth, tuple[T, ...]]
Weigh = Callable[[int, int], Weighed[T]]


def compile_weighing(
    condition: Condition, bits: Mapping[Leaf, int], tell: Callable[[Leaf, Truth], T]
) -> Weigh[T]:
    """The truth of the condition for such bits, with the tests that carry it."""
    if isinstance(condition, Leaf):
        return _weigh_leaf(condition, bits[condition], tell)
    _, count = name_group(condition)
    parts = [compile_weighing(part, bits, tell) for part in condition.parts]
    beside_unknown = {UNKNOWN} if isinstance(condition, Any) else {UNKNOWN, TRUE}

    def weigh(true: int, possible: int) -> "Weighed[T]":
        found = [part(true, possible) for part in parts]
        truth = count_truths(count, [own for own, _ in found])
        carrying = beside_unknown if truth is UNKNOWN else {truth}
        return truth, tuple([one for own, told in found if own in carrying for one in told])

    return weigh


def _weigh_leaf(leaf: Leaf, bit: int, tell: Callable[[Leaf, Truth], T]) -> Weigh[T]:
    if_true, if_false, if_unknown = [
        (truth, (tell(leaf, truth),)) for truth in (TRUE, FALSE, UNKNOWN)
    ]

    def weigh(true: int, possible: int) -> "Weighed[T]":
        return if_true if true & bit else if_unknown if possible & bit else if_false

    return weigh
