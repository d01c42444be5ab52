"""A number reaches the engine as the very double that the rule and the case hold."""

import math
from random import Random

import pytest

from cds.engine.compiler import EngineRule
from cds.engine.engine import Engine
from cds.engine.terms import print_decimal
from cds.model.case import Case, Fact
from cds.model.condition import NUMERIC_TESTS, Leaf, Truth
from cds.model.condition import Test as Ask
from tests.engine.worlds import TODAY

RANDOM = Random(3)
VALUES = [
    *(0.1, 0.2, 0.3, 0.1 + 0.2, 37.95, -2.5, 1e-3, 1e-5, 1e-7, 120.0, 65.0, 0.0, -0.0, 1.0, -1.0),
    *(5e-324, 2.2250738585072014e-308, 123456789.123456789, 1e14, 1e15, -1e15, 2**53 - 1.0),
    *(99999999999999.98, 9007199254740.993, 1 / 3, 2 / 3, math.pi, 6.02214076, 180.0, 110.0),
    *(RANDOM.uniform(-1e3, 1e3) for _ in range(40)),
    *(RANDOM.uniform(0, 1) * 10 ** RANDOM.randint(-12, 14) for _ in range(40)),
]
IN_RANGE = [value for value in VALUES if abs(value) <= 1e15]


@pytest.mark.parametrize("value", IN_RANGE)
def test_a_number_is_printed_as_a_plain_decimal_that_reads_back_as_itself(value: float) -> None:
    text = print_decimal(value)
    assert value == float(text)
    assert "e" not in text.lower()
    assert "." in text


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e16, 10.0**30, -1.1e15])
def test_a_number_that_would_not_arrive_is_not_printed(value: float) -> None:
    with pytest.raises(ValueError, match="not a finite number"):
        print_decimal(value)


def build_rules() -> list[EngineRule]:
    return [
        EngineRule(f"{test}.{number}".replace("_", "-"), Leaf("x", test, bound))
        for number, bound in enumerate(IN_RANGE)
        for test in sorted(NUMERIC_TESTS)
    ]


def test_every_threshold_is_met_exactly_and_missed_by_its_neighbours() -> None:
    """All thresholds against all of them and their nearest doubles, both evaluators."""
    engine = Engine({"s": build_rules()}, {"x": "number"})
    for bound in IN_RANGE:
        near = (bound, math.nextafter(bound, -math.inf), math.nextafter(bound, math.inf))
        for value in near:
            if abs(value) > 1e15:
                continue
            truths = engine.evaluate("s", Case(TODAY, {"x": Fact("x", value)}))
            for number, other in enumerate(IN_RANGE):
                assert (value >= other) == (truths[f"at-least.{number}"] is Truth.TRUE)
                assert (value > other) == (truths[f"greater-than.{number}"] is Truth.TRUE)
                assert (value <= other) == (truths[f"at-most.{number}"] is Truth.TRUE)
                assert (value < other) == (truths[f"less-than.{number}"] is Truth.TRUE)


def test_a_whole_number_of_the_case_is_compared_like_a_decimal() -> None:
    rule = EngineRule("r", Leaf("x", Ask.AT_LEAST, 100.0))
    engine = Engine({"s": [rule]}, {"x": "number"})
    found = [engine.evaluate("s", Case(TODAY, {"x": Fact("x", v)}))["r"] for v in (65, 100, 1000)]
    assert found == [Truth.FALSE, Truth.TRUE, Truth.TRUE]
