"""The tests that carry the truth of a condition, by the bits of the true and possible ones."""

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import reduce
from typing import TypeVar

from cds.engine.asking import FALSE, TRUE, UNKNOWN
from cds.engine.holding import Holds, compile_holds
from cds.model.condition import All, AtLeast, Condition, Leaf, Truth

T = TypeVar("T")
Tell = Callable[[Leaf, Truth], T]
#: What carries a truth for the bits of the true and of the possible tests.
Carry = Callable[[Truth, int, int], list[T]]
#: The bit of a part, if it is one test, or else whether it holds; and what carries it.
_Part = tuple[int, Holds, Carry[T]]
_ALL = -1
#: In most cases none of so many parts of a long choice is true.
_RUN = 8


def compile_weighing(
    condition: Condition, bits: Mapping[Condition, int], tell: Tell[T]
) -> Carry[T]:
    """The tests that carry the truth of the condition for such bits.

    Those of the true parts of a true group, of the false ones of a false group; of an unknown
    one those of all that are not false. Outside of `choices` only this is looked at: of an
    unknown condition which tests are true, of a false one which are possible.
    """
    if isinstance(condition, Leaf):
        return _carry_leaf(condition, tell)
    parts = [_part(part, bits, tell) for part in _flat(condition)]
    whole, runs = isinstance(condition, All), list(_runs(parts))

    def carry(truth: Truth, true: int, possible: int) -> list[T]:
        if truth is FALSE:
            carrying = [p for p in parts if not (possible & p[0] if p[0] else p[1](possible))]
        elif whole:
            carrying = parts
        else:
            least = true if truth is TRUE else possible
            near = [run for mask, run in runs if least & mask]
            carrying = [p for run in near for p in run if (least & p[0] if p[0] else p[1](least))]
        if truth is not UNKNOWN:
            return [one for _, _, told in carrying for one in told(truth, true, possible)]
        own = [
            (TRUE if (true & bit if bit else holds(true)) else UNKNOWN, told)
            for bit, holds, told in carrying
        ]
        return [one for so, told in own for one in told(so, true, possible)]

    return carry


def choices(condition: Condition) -> Iterator[Condition]:
    """The largest parts that are not of the kind of which every part has to hold."""
    if isinstance(condition, All):
        for part in condition.parts:
            yield from choices(part)
    elif not isinstance(condition, Leaf):
        yield condition


def _part(part: Condition, bits: Mapping[Condition, int], tell: Tell[T]) -> _Part[T]:
    bit = bits.get(part, 0)
    holds = bool if bit else compile_holds(part, bits)
    return bit, holds, compile_weighing(part, bits, tell)


def _runs(parts: Sequence[_Part[T]]) -> Iterator[tuple[int, Sequence[_Part[T]]]]:
    """A few parts at a time, with the tests without which none of them holds."""
    for start in range(0, len(parts), _RUN):
        run = parts[start : start + _RUN]
        bits = [bit or _ALL for bit, _, _ in run]
        yield reduce(operator.or_, bits), run


def _flat(group: Condition) -> Iterator[Condition]:
    """The parts, with those of an equal group within it in its place: they carry it as well."""
    assert not isinstance(group, Leaf)
    for part in group.parts:
        if isinstance(part, type(group)) and not isinstance(part, AtLeast):
            yield from _flat(part)
        else:
            yield part


def _carry_leaf(leaf: Leaf, tell: Tell[T]) -> Carry[T]:
    told: dict[Truth, list[T]] = {}

    def carry(truth: Truth, _true: int, _possible: int) -> list[T]:
        if truth not in told:
            told[truth] = [tell(leaf, truth)]
        return told[truth]

    return carry
