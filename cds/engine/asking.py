"""One test of one fact, for the reference evaluator: true, false, or unknown."""

import operator
from collections.abc import Callable
from datetime import date

from cds.errors import EngineError
from cds.model.case import Fact
from cds.model.condition import CODE_TESTS, DATE_TESTS, NUMERIC_TESTS, Leaf, Test, Truth

Ask = Callable[[Fact, date], Truth]

TRUE, FALSE, UNKNOWN = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN

_COMPARISONS: dict[Test, Callable[[float, float], bool]] = {
    Test.GREATER_THAN: operator.gt,
    Test.AT_LEAST: operator.ge,
    Test.LESS_THAN: operator.lt,
    Test.AT_MOST: operator.le,
    Test.WITHIN: operator.le,
    Test.LONGER_AGO_THAN: operator.gt,
}

#: Of each state test: its truth when the fact is unknown, absent, present.
_STATE_TRUTHS = {
    Test.PRESENT: (UNKNOWN, FALSE, TRUE),
    Test.ABSENT: (UNKNOWN, TRUE, FALSE),
    Test.UNKNOWN: (TRUE, FALSE, FALSE),
    Test.KNOWN: (FALSE, TRUE, TRUE),
}


def compile_test(leaf: Leaf) -> Ask:
    """The test as a function of the fact and the evaluation date.

    Raises: EngineError when the test has no value to compare with.
    """
    if leaf.test in NUMERIC_TESTS:
        return _ask_number(leaf)
    if leaf.test in DATE_TESTS:
        return _ask_age(leaf)
    if leaf.test in CODE_TESTS:
        return _ask_code(leaf)
    return _ask_state(leaf)


def _ask_number(leaf: Leaf) -> Ask:
    bound, compare = _bound(leaf), _COMPARISONS[leaf.test]

    def ask(fact: Fact, _: date) -> Truth:
        value = fact.value
        if value is None or isinstance(value, (bool, str)):
            return UNKNOWN
        return TRUE if compare(value, bound) else FALSE

    return ask


def _ask_age(leaf: Leaf) -> Ask:
    bound, compare = _bound(leaf), _COMPARISONS[leaf.test]

    def ask(fact: Fact, today: date) -> Truth:
        if fact.value is False:
            return FALSE
        if fact.value is None or fact.at is None:
            return UNKNOWN
        return TRUE if compare((today - fact.at).days, bound) else FALSE

    return ask


def _ask_code(leaf: Leaf) -> Ask:
    codes = _codes(leaf)

    def ask(fact: Fact, _: date) -> Truth:
        if not isinstance(fact.value, str):
            return UNKNOWN
        return TRUE if fact.value in codes else FALSE

    return ask


def _ask_state(leaf: Leaf) -> Ask:
    if_unknown, if_absent, if_present = _STATE_TRUTHS[leaf.test]

    def ask(fact: Fact, _: date) -> Truth:
        if fact.value is None:
            return if_unknown
        return if_absent if fact.value is False else if_present

    return ask


def _bound(leaf: Leaf) -> float:
    value: object = leaf.value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise EngineError(f"'{leaf.test}' of the fact '{leaf.fact}' has no number to compare with")
    return float(value)


def _codes(leaf: Leaf) -> frozenset[str]:
    if isinstance(leaf.value, str):
        return frozenset({leaf.value})
    if not isinstance(leaf.value, tuple):
        raise EngineError(f"'{leaf.test}' of the fact '{leaf.fact}' has no code to compare with")
    return frozenset(leaf.value)
