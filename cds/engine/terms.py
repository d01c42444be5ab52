"""The smallest things that the Rete network compares: one property, one operator, one literal.

Numbers, codes, states and ages in days travel in different properties, so that the network
can never compare a text with a number: it would do so without complaint, in text order.
"""

import math
import re
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from msgspec import Struct

from cds.model.condition import (
    CODE_TESTS,
    DATE_TESTS,
    NUMERIC_TESTS,
    STATE_TESTS,
    Leaf,
    Test,
)

#: Beyond this, a double no longer holds every digit that its decimal print shows.
LARGEST_MAGNITUDE = 1e15

#: More than the vocabulary holds: the codes of a case are the same few hundred in every case.
_MOST_CODES = 4096
_SAFE_CODE = re.compile(r"[a-z0-9_.-]+")

_TESTS_OF_TYPE = {
    "flag": STATE_TESTS | DATE_TESTS,
    "number": STATE_TESTS | DATE_TESTS | NUMERIC_TESTS,
    "code": STATE_TESTS | DATE_TESTS | CODE_TESTS,
}

_OPERATORS = {
    Test.GREATER_THAN: "$gt",
    Test.AT_LEAST: "$gte",
    Test.LESS_THAN: "$lt",
    Test.AT_MOST: "$lte",
    Test.WITHIN: "$lte",
    Test.LONGER_AGO_THAN: "$gt",
}


class Kind(StrEnum):
    """What a property holds; its letter begins the property's name."""

    NUMBER = "n"
    CODE = "c"
    STATE = "s"
    KNOWN = "k"
    DAYS_AGO = "d"


class Term(Struct, frozen=True, order=True):
    """One comparison: `operator` is empty for equality, `literal` is JSON text."""

    fact: str
    kind: Kind
    operator: str
    literal: str


def print_decimal(value: float) -> str:
    """A finite number as a plain decimal that reads back as the same double.

    The C parser knows no exponent without a point, and a number without a point becomes an
    integer, so there is always a point and never an exponent.

    Raises: ValueError when the number is not finite or too large to be sent exactly.

    >>> print_decimal(0.1), print_decimal(120), print_decimal(0.00001), print_decimal(-2.5)
    ('0.1', '120.0', '0.00001', '-2.5')
    """
    number = float(value)
    if not math.isfinite(number) or abs(number) > LARGEST_MAGNITUDE:
        raise ValueError("not a finite number within the range of the engine")
    text = repr(number)
    return format(Decimal(text), "f") if "e" in text else text


@lru_cache(_MOST_CODES)
def quote_code(code: str) -> str:
    """A code as JSON text, in lower case; the vocabulary holds no two codes that differ by case.

    Raises: ValueError when it holds anything but letters `a-z`, digits, `_`, `.` and `-`: the C
    parser reads escapes and other letters loosely.
    """
    lowered = code.lower() if code.isascii() else code
    if not _SAFE_CODE.fullmatch(lowered):
        raise ValueError("not a code of letters a-z, digits, '_', '.' and '-'")
    return f'"{lowered}"'


def is_safe_code(text: str) -> bool:
    """Whether the text may be sent to the C parser as it stands."""
    return _SAFE_CODE.fullmatch(text) is not None


def terms_of(leaf: Leaf, fact_type: str) -> tuple[Term, ...]:
    """The terms of which one is true exactly when the leaf is true.

    Raises: ValueError, saying what is wrong, when the test does not fit the type of the fact
    or the value does not fit the test.
    """
    if leaf.test not in _TESTS_OF_TYPE[fact_type]:
        raise ValueError(f"'{leaf.test}' does not fit a {fact_type}")
    if leaf.test in NUMERIC_TESTS:
        return (_order_term(leaf, Kind.NUMBER),)
    if leaf.test in DATE_TESTS:
        return (_order_term(leaf, Kind.DAYS_AGO),)
    if leaf.test in CODE_TESTS:
        return tuple(Term(leaf.fact, Kind.CODE, "", quote_code(code)) for code in _codes(leaf))
    kind = Kind.KNOWN if leaf.test is Test.KNOWN else Kind.STATE
    return (Term(leaf.fact, kind, "", quote_code(leaf.test)),)


def _order_term(leaf: Leaf, kind: Kind) -> Term:
    value: object = leaf.value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"'{leaf.test}' needs a number")
    return Term(leaf.fact, kind, _OPERATORS[leaf.test], print_decimal(value))


def _codes(leaf: Leaf) -> tuple[str, ...]:
    if leaf.test is Test.EQUALS and isinstance(leaf.value, str):
        return (leaf.value,)
    if leaf.test is Test.ONE_OF and isinstance(leaf.value, tuple) and leaf.value:
        return leaf.value
    raise ValueError(f"'{leaf.test}' needs {'a code' if leaf.test is Test.EQUALS else 'codes'}")
