"""Finds conditions that say nothing: they can never hold, hold whatever is known, or repeat."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence

from cds.knowledge.fact import FactDefinition
from cds.knowledge.vocabulary import Vocabulary
from cds.model.condition import CODE_TESTS, All, Any, Condition, Leaf, Test

_UP = (Test.AT_LEAST, Test.GREATER_THAN)
_DOWN = (Test.AT_MOST, Test.LESS_THAN)
_STRICT = (Test.GREATER_THAN, Test.LESS_THAN)


def find_emptiness(condition: Condition, vocabulary: Vocabulary) -> str | None:
    """Why this condition says nothing, as a sentence with the mend; None when it says something.

    Looks at one level and at what is joined to it by the same word; parts were looked at before.
    """
    if isinstance(condition, Leaf):
        return None
    if len(set(condition.parts)) < len(condition.parts):
        return "Two parts of this condition are the same, so one of them says nothing. Keep one."
    if isinstance(condition, All):
        for name, tests in _by_fact(condition, All):
            if _contradict(tests, vocabulary[name]):
                return (
                    f"No value of '{name}' satisfies all of this, so it could never hold. "
                    "Check the tests."
                )
    if isinstance(condition, Any):
        for name, tests in _by_fact(condition, Any):
            if _exhaust(tests, vocabulary[name]):
                return (
                    f"Every value of '{name}' satisfies one of these, so it says nothing. "
                    "Write 'is: known' if that is meant."
                )
    return None


def holds_always(condition: Condition) -> bool:
    """Whether it is meant for everybody: one fact known or unknown."""
    if not isinstance(condition, Any):
        return False
    return any(
        {Test.KNOWN, Test.UNKNOWN} <= {leaf.test for leaf in tests}
        for _, tests in _by_fact(condition, Any)
    )


def _by_fact(group: All | Any, word: type[All | Any]) -> Iterator[tuple[str, list[Leaf]]]:
    found: dict[str, list[Leaf]] = defaultdict(list)
    for leaf in _joined(group, word):
        found[leaf.fact].append(leaf)
    yield from found.items()


def _joined(group: All | Any, word: type[All | Any]) -> Iterator[Leaf]:
    for part in group.parts:
        if isinstance(part, Leaf):
            yield part
        elif isinstance(part, word):
            yield from _joined(part, word)


def _contradict(leaves: Sequence[Leaf], definition: FactDefinition) -> bool:
    """Whether no value, nor its absence, can satisfy all of these tests of one fact."""
    tests = {leaf.test for leaf in leaves}
    if Test.UNKNOWN in tests:
        return len(tests) > 1
    if Test.ABSENT in tests:
        return bool(tests - {Test.ABSENT, Test.KNOWN})
    codes = [_codes(leaf) for leaf in leaves if leaf.test in CODE_TESTS]
    if codes and not frozenset.intersection(*codes):
        return True
    return _empty_between(leaves, definition) or _empty_time(leaves)


def _empty_between(leaves: Sequence[Leaf], definition: FactDefinition) -> bool:
    low, low_open = max(_ends(leaves, _UP), default=(-math.inf, False))
    high, closed = min(((v, not o) for v, o in _ends(leaves, _DOWN)), default=(math.inf, True))
    if low > high or (low == high and (low_open or not closed)):
        return True
    if not definition.integer or math.inf in (-low, high):
        return False
    first = math.floor(low) + 1 if low_open else math.ceil(low)
    last = math.floor(high) if closed else math.ceil(high) - 1
    return first > last


def _empty_time(leaves: Sequence[Leaf]) -> bool:
    within = [_number(leaf) for leaf in leaves if leaf.test is Test.WITHIN]
    longer = [_number(leaf) for leaf in leaves if leaf.test is Test.LONGER_AGO_THAN]
    return bool(within and longer) and min(within) <= max(longer)


def _exhaust(leaves: Sequence[Leaf], definition: FactDefinition) -> bool:
    """Whether every value satisfies one of these tests of one fact."""
    tests = {leaf.test for leaf in leaves}
    if Test.KNOWN in tests:
        # 'known or unknown' is how a rule says that it is meant for everybody.
        return bool(tests - {Test.KNOWN, Test.UNKNOWN})
    if {Test.PRESENT, Test.ABSENT} <= tests:
        return True
    codes = [_codes(leaf) for leaf in leaves if leaf.test in CODE_TESTS]
    if codes and frozenset.union(*codes) >= set(definition.values):
        return True
    ups, downs = list(_ends(leaves, _UP)), list(_ends(leaves, _DOWN))
    if not ups or not downs:
        return False
    (low, low_open), (high, closed) = min(ups), max((v, not o) for v, o in downs)
    return low < high or (low == high and (not low_open or closed))


def _ends(leaves: Sequence[Leaf], tests: tuple[Test, ...]) -> Iterator[tuple[float, bool]]:
    """Each bound of one side with whether it is open."""
    for leaf in leaves:
        if leaf.test in tests:
            yield _number(leaf), leaf.test in _STRICT


def _codes(leaf: Leaf) -> frozenset[str]:
    value = leaf.value
    return frozenset(value) if isinstance(value, tuple) else frozenset({str(value)})


def _number(leaf: Leaf) -> float:
    return leaf.value if isinstance(leaf.value, (int, float)) else math.nan
