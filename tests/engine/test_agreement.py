"""Both evaluators, and the tree, on random rules and random cases."""

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cds.engine.compiler import EngineRule
from cds.engine.engine import Engine
from cds.engine.tree import explain
from cds.model.condition import NUMERIC_TESTS, All, Any, AtLeast, Condition, Leaf
from cds.model.condition import Test as Ask
from tests.engine.worlds import CODES, DAYS, NUMBERS, World, build_case, build_fact_types

BASES, CASES = 200, 100
FACT_TYPES = build_fact_types(9)
OF_TYPE = {kind: [n for n, t in FACT_TYPES.items() if t == kind] for kind in ("number", "code")}

numbers = st.sampled_from(NUMBERS) | st.floats(-1e15, 1e15, width=64)
number_leaves = st.builds(
    Leaf, st.sampled_from(OF_TYPE["number"]), st.sampled_from(sorted(NUMERIC_TESTS)), numbers
)
equals_leaves = st.builds(
    Leaf, st.sampled_from(OF_TYPE["code"]), st.just(Ask.EQUALS), st.sampled_from(CODES)
)
one_of_leaves = st.builds(
    Leaf,
    st.sampled_from(OF_TYPE["code"]),
    st.just(Ask.ONE_OF),
    st.lists(st.sampled_from(CODES), min_size=1, max_size=3, unique=True).map(
        lambda codes: tuple(sorted(codes))
    ),
)
state_leaves = st.builds(
    Leaf,
    st.sampled_from(sorted(FACT_TYPES)),
    st.sampled_from([Ask.PRESENT, Ask.ABSENT, Ask.UNKNOWN, Ask.KNOWN]),
)
date_leaves = st.builds(
    Leaf,
    st.sampled_from(sorted(FACT_TYPES)),
    st.sampled_from([Ask.WITHIN, Ask.LONGER_AGO_THAN]),
    st.sampled_from(DAYS),
    st.just("d"),
)


def group(parts: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    """A group of one to three parts."""
    few = st.lists(parts, min_size=1, max_size=3).map(tuple)
    at_least = few.flatmap(
        lambda chosen: st.builds(AtLeast, st.integers(1, len(chosen)), st.just(chosen))
    )
    return st.builds(All, few) | st.builds(Any, few) | at_least


conditions: st.SearchStrategy[Condition] = st.recursive(
    number_leaves | equals_leaves | one_of_leaves | state_leaves | date_leaves,
    group,
    max_leaves=8,
)
rule_bases = st.lists(conditions, min_size=1, max_size=8).map(
    lambda found: [EngineRule(f"rule.{number}", when) for number, when in enumerate(found)]
)


@pytest.mark.slow
def test_20_000_random_comparisons_show_no_difference() -> None:
    """`evaluate` raises on any difference; the tree is compared here."""
    compared = 0

    @settings(
        max_examples=BASES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(rule_bases, st.integers(0, 2**32))
    def compare(rules: list[EngineRule], seed: int) -> None:
        nonlocal compared
        world, random = World(FACT_TYPES, rules), Random(seed)
        engine = Engine({"s": rules}, FACT_TYPES)
        for number in range(CASES):
            case = build_case(random, world)
            truths = engine.evaluate("s", case)
            compared += 1
            if number % 10 == 0:
                assert {rule.id: explain(rule.when, case).truth for rule in rules} == truths

    compare()
    assert compared >= BASES * CASES
