"""The abstract syntax of a rule's `when`: leaves that test one fact, under all, any, at_least_n.

Every leaf has one of three truths: true, false, unknown (Kleene). `is: unknown` and
`is: known` are the only leaves that are never unknown themselves.
"""

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct


class Truth(StrEnum):
    """The three truths of Kleene's logic."""

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"

    __hash__ = str.__hash__  # that of an enumeration is written in Python, and asked for often


class Test(StrEnum):
    """What a leaf asks of its fact.

    Flags: present, absent. Any type: unknown, known. Codes: equals, one_of.
    Numbers: greater_than, at_least, less_than, at_most (in the fact's canonical unit).
    Dated flags: within, longer_ago_than (days before the evaluation date; `within` includes
    the boundary day, `longer_ago_than` does not).
    """

    PRESENT = "present"
    ABSENT = "absent"
    UNKNOWN = "unknown"
    KNOWN = "known"
    EQUALS = "equals"
    ONE_OF = "one_of"
    GREATER_THAN = "greater_than"
    AT_LEAST = "at_least"
    LESS_THAN = "less_than"
    AT_MOST = "at_most"
    WITHIN = "within"
    LONGER_AGO_THAN = "longer_ago_than"


NUMERIC_TESTS = frozenset({Test.GREATER_THAN, Test.AT_LEAST, Test.LESS_THAN, Test.AT_MOST})
CODE_TESTS = frozenset({Test.EQUALS, Test.ONE_OF})
DATE_TESTS = frozenset({Test.WITHIN, Test.LONGER_AGO_THAN})
STATE_TESTS = frozenset({Test.PRESENT, Test.ABSENT, Test.UNKNOWN, Test.KNOWN})

Operand = float | str | tuple[str, ...] | None


class Leaf(Struct, frozen=True):
    """One test of one fact.

    `value` is None for state tests, a number in canonical units for numeric tests, a day
    count for date tests, a code for `equals`, a sorted tuple of codes for `one_of`.
    `unit` is the canonical unit of a numeric test ("d" for a date test), kept for display.
    """

    fact: str
    test: Test
    value: Operand = None
    unit: str | None = None


class All(Struct, frozen=True):
    """True when every part is true."""

    parts: tuple["Condition", ...]


class Any(Struct, frozen=True):
    """True when one part is true."""

    parts: tuple["Condition", ...]


class AtLeast(Struct, frozen=True):
    """True when `count` of the parts or more are true."""

    count: int
    parts: tuple["Condition", ...]


Condition = Leaf | All | Any | AtLeast


def leaves(condition: Condition) -> Iterator[Leaf]:
    """Every leaf, in written order."""
    if isinstance(condition, Leaf):
        yield condition
    else:
        for part in condition.parts:
            yield from leaves(part)
