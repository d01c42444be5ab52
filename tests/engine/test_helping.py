"""Small worlds of random rules: nothing turns a condition but the tests that are named."""

import pytest

from cds.engine.evaluator import truth_of
from cds.engine.helping import helping_tests
from cds.engine.tree import compile_tree
from cds.model.case import Case
from cds.model.condition import All, Any, Leaf, Truth
from cds.model.condition import Test as Asks
from tests.engine.worlds import TODAY, build_cases, build_world


@pytest.mark.parametrize("wanted", [Truth.TRUE, Truth.FALSE, None])
@pytest.mark.parametrize("seed", range(4))
def test_a_condition_gets_another_truth_only_through_a_named_test(
    seed: int, wanted: Truth | None
) -> None:
    """What a search for the smallest change rests on, tried with every pair of cases."""
    world = build_world(seed, rules=20, facts=6)
    cases = build_cases(seed, world, 30)
    turned = 0
    for rule in world.rules:
        tree, truth = compile_tree(rule.when), truth_of(rule.when)
        for before in cases:
            old = truth(before)
            if old is wanted or (wanted is None and old is not Truth.UNKNOWN):
                continue
            named = list(helping_tests(tree(before), wanted))
            goals = [wanted] if wanted is not None else [Truth.TRUE, Truth.FALSE]
            for after in (case for case in cases if truth(case) in goals):
                turned += 1
                assert any(truth_of(test.leaf)(after) is not test.truth for test in named)
    assert turned > 100


def test_only_what_says_the_opposite_is_named_where_every_part_has_to_change() -> None:
    """An unknown part beside a true one can wait: the true one bars the way by itself."""
    stated, not_stated = Leaf("a", Asks.KNOWN), Leaf("b", Asks.UNKNOWN)
    open_ = Leaf("c", Asks.PRESENT)
    case = Case(TODAY)
    either = compile_tree(Any((open_, not_stated)))(case)
    assert [test.leaf for test in helping_tests(either, Truth.FALSE)] == [not_stated]
    assert list(helping_tests(either, Truth.TRUE)) == []
    both = compile_tree(All((open_, stated)))(case)
    assert [test.leaf for test in helping_tests(both, Truth.TRUE)] == [stated]
