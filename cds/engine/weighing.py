"""The tests that carry the truth of a condition, by the bits of the true and possible ones."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from cds.engine.asking import FALSE, TRUE, UNKNOWN
from cds.engine.holding import compile_holds
from cds.model.condition import Condition, Leaf, Truth

T = TypeVar("T")
Weigh = Callable[[int, int], list[T]]


def compile_weighing(
    condition: Condition, bits: Mapping[Condition, int], tell: Callable[[Leaf, Truth], T]
) -> Weigh[T]:
    """The tests that carry the truth of the condition for such bits.

    Those of the true parts of a true group, of the false ones of a false group; of an unknown
    one those of all that are not false.
    """
    if isinstance(condition, Leaf):
        return _weigh_leaf(condition, bits[condition], tell)
    holds = compile_holds(condition, bits)
    parts = [
        (bits.get(part, 0), compile_holds(part, bits), compile_weighing(part, bits, tell))
        for part in condition.parts
    ]

    def weigh(true: int, possible: int) -> list[T]:
        is_so = holds(possible)
        seen = true if is_so and holds(true) else possible
        carrying = [
            part
            for bit, agrees, part in parts
            if (seen & bit != 0 if bit else agrees(seen)) is is_so
        ]
        return [one for part in carrying for one in part(true, possible)]

    return weigh


def _weigh_leaf(leaf: Leaf, bit: int, tell: Callable[[Leaf, Truth], T]) -> Weigh[T]:
    told: dict[Truth, list[T]] = {}

    def weigh(true: int, possible: int) -> list[T]:
        truth = TRUE if true & bit else UNKNOWN if possible & bit else FALSE
        if truth not in told:
            told[truth] = [tell(leaf, truth)]
        return told[truth]

    return weigh
