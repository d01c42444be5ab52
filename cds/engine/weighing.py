"""The tests that carry the truth of a condition, by the bits of the true and possible ones."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from cds.engine.asking import FALSE, TRUE, UNKNOWN
from cds.engine.holding import Holds, compile_holds
from cds.model.condition import All, AtLeast, Condition, Leaf, Truth

T = TypeVar("T")
Tell = Callable[[Leaf, Truth], T]
Weigh = Callable[[int, int], list[T]]
#: The same of a condition whose truth is found already.
_Carry = Callable[[Truth, int, int], list[T]]


def compile_weighing(
    condition: Condition, bits: Mapping[Condition, int], tell: Tell[T]
) -> Weigh[T]:
    """The tests that carry the truth of the condition for such bits.

    Those of the true parts of a true group, of the false ones of a false group; of an unknown
    one those of all that are not false.
    """
    holds, carry = compile_holds(condition, bits), _compile(condition, bits, tell)

    def weigh(true: int, possible: int) -> list[T]:
        truth = TRUE if holds(true) else UNKNOWN if holds(possible) else FALSE
        return carry(truth, true, possible)

    return weigh


def _compile(condition: Condition, bits: Mapping[Condition, int], tell: Tell[T]) -> _Carry[T]:
    if isinstance(condition, Leaf):
        return _compile_leaf(condition, tell)
    parts = [_part(part, bits, tell) for part in _flat(condition)]
    every = TRUE if isinstance(condition, All) else None

    def carry(truth: Truth, true: int, possible: int) -> list[T]:
        if truth is UNKNOWN:
            pairs = [
                (TRUE if (true & bit if bit else holds(true)) else UNKNOWN, own)
                for bit, holds, own in parts
                if (possible & bit if bit else holds(possible))
            ]
            return [one for so, own in pairs for one in own(so, true, possible)]
        if truth is every:  # and so is each part
            return [one for _, _, own in parts for one in own(truth, true, possible)]
        if truth is TRUE:
            alike = [own for bit, holds, own in parts if (true & bit if bit else holds(true))]
        else:
            alike = [
                own for bit, holds, own in parts if not (possible & bit if bit else holds(possible))
            ]
        return [one for own in alike for one in own(truth, true, possible)]

    return carry


def _part(
    part: Condition, bits: Mapping[Condition, int], tell: Tell[T]
) -> tuple[int, Holds, _Carry[T]]:
    """Its bit, if it is one test, or else whether it holds; and what carries it."""
    bit = bits.get(part, 0)
    holds = bool if bit else compile_holds(part, bits)
    return bit, holds, _compile(part, bits, tell)


def _flat(group: Condition) -> Iterator[Condition]:
    """The parts, with those of an equal group within it in its place: they carry it as well."""
    assert not isinstance(group, Leaf)
    for part in group.parts:
        if isinstance(part, type(group)) and not isinstance(part, AtLeast):
            yield from _flat(part)
        else:
            yield part


def _compile_leaf(leaf: Leaf, tell: Tell[T]) -> _Carry[T]:
    told: dict[Truth, list[T]] = {}

    def carry(truth: Truth, _true: int, _possible: int) -> list[T]:
        if truth not in told:
            told[truth] = [tell(leaf, truth)]
        return told[truth]

    return carry
