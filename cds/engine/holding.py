"""A condition as one question to a set of bits: do these tests, true, satisfy it?"""

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import reduce

from cds.model.condition import All, Any, AtLeast, Condition, Leaf, leaves

Holds = Callable[[int], bool]


def tests_in(condition: Condition) -> Iterator[Condition]:
    """What is asked of single facts: the largest parts that read one fact each, be they groups."""
    if isinstance(condition, Leaf) or len({leaf.fact for leaf in leaves(condition)}) == 1:
        yield condition
    else:
        for part in condition.parts:
            yield from tests_in(part)


def compile_holds(condition: Condition, bits: Mapping[Condition, int]) -> Holds:
    """Whether a set of true tests satisfies the condition; every leaf of it has a bit."""
    if condition in bits:
        bit = bits[condition]
        return lambda true: true & bit != 0
    assert not isinstance(condition, Leaf)
    if isinstance(condition, AtLeast):
        return _compile_count(condition, bits)
    mask, masks, groups = 0, [], []
    for part in _flat(condition, bits):
        if part in bits:
            mask |= bits[part]
        elif isinstance(part, All | Any) and all(each in bits for each in part.parts):
            masks.append(reduce(operator.or_, (bits[each] for each in part.parts), 0))
        else:
            groups.append(compile_holds(part, bits))
    return (_all if isinstance(condition, All) else _any)(mask, masks, groups)


def _flat(group: All | Any, bits: Mapping[Condition, int]) -> Iterator[Condition]:
    """The parts, those of an equal group within it among them."""
    for part in group.parts:
        if isinstance(part, type(group)) and part not in bits:
            yield from _flat(part, bits)
        else:
            yield part


def _all(mask: int, choices: Sequence[int], groups: Sequence[Holds]) -> Holds:
    """All tests of `mask`, one of each of `choices`, and every group."""

    def holds(true: int) -> bool:
        if true & mask != mask:
            return False
        for choice in choices:
            if not true & choice:
                return False
        for group in groups:  # noqa: SIM110 a generator costs more than all the rest of it
            if not group(true):
                return False
        return True

    return holds if choices or groups else lambda true: true & mask == mask


def _any(mask: int, wholes: Sequence[int], groups: Sequence[Holds]) -> Holds:
    """One test of `mask`, all of one of `wholes`, or one group."""

    def holds(true: int) -> bool:
        if true & mask:
            return True
        for whole in wholes:
            if true & whole == whole:
                return True
        for group in groups:  # noqa: SIM110 a generator costs more than all the rest of it
            if group(true):
                return True
        return False

    return holds if wholes or groups else lambda true: true & mask != 0


def _compile_count(group: AtLeast, bits: Mapping[Condition, int]) -> Holds:
    """A test that stands twice counts twice, which a set of bits cannot say."""
    count, parts = group.count, group.parts
    tests = {part for part in parts if part in bits}
    if len(tests) == len(parts):
        mask = sum(bits[test] for test in tests)
        return lambda true: (true & mask).bit_count() >= count
    checks = tuple(compile_holds(part, bits) for part in parts)
    return lambda true: sum(check(true) for check in checks) >= count
