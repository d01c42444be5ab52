"""The reference evaluator: Kleene's three truths, test by test and group by group."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise, product

import pytest

from cds.engine.evaluator import Reader, truth_of, truths_of
from cds.engine.tree import EvaluatedGroup, EvaluatedLeaf, EvaluatedNode, explain, needed_facts
from cds.errors import EngineError
from cds.model.case import Case, Fact, FactValue
from cds.model.condition import All, Any, AtLeast, Condition, Leaf, Truth
from cds.model.condition import Test as Ask
from tests.engine.worlds import TODAY, build_cases, build_world

T, F, U = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN
FLAGS = tuple(Leaf(name, Ask.PRESENT) for name in "abc")
VALUE_OF: dict[Truth, FactValue] = {T: True, F: False, U: None}


def case_of(*facts: Fact) -> Case:
    return Case(TODAY, {fact.name: fact for fact in facts})


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


@pytest.mark.parametrize(
    ("ask", "unknown", "absent", "present"),
    [
        (Ask.PRESENT, U, F, T),
        (Ask.ABSENT, U, T, F),
        (Ask.UNKNOWN, T, F, F),
        (Ask.KNOWN, F, T, T),
    ],
)
def test_states_of_a_flag(ask: Ask, unknown: Truth, absent: Truth, present: Truth) -> None:
    decide = truth_of(Leaf("x", ask))
    found = [decide(case_of(Fact("x", value))) for value in (None, False, True)]
    assert [unknown, absent, present] == found
    assert unknown is decide(Case(TODAY))


@pytest.mark.parametrize("value", [0.0, 0, 12.5, "", "code"])
def test_any_value_of_a_number_or_a_code_is_present_even_nought(value: FactValue) -> None:
    asked = (Ask.PRESENT, Ask.ABSENT, Ask.UNKNOWN, Ask.KNOWN)
    found = [truth_of(Leaf("x", ask))(case_of(Fact("x", value))) for ask in asked]
    assert found == [T, F, F, T]


@pytest.mark.parametrize(
    ("ask", "below", "on", "above"),
    [
        (Ask.GREATER_THAN, F, F, T),
        (Ask.AT_LEAST, F, T, T),
        (Ask.LESS_THAN, T, F, F),
        (Ask.AT_MOST, T, T, F),
    ],
)
def test_numbers_below_on_and_above_the_threshold(
    ask: Ask, below: Truth, on: Truth, above: Truth
) -> None:
    decide = truth_of(Leaf("x", ask, -2.5))
    assert [below, on, above] == [decide(case_of(Fact("x", v))) for v in (-2.6, -2.5, -2.4)]
    assert U is decide(case_of(Fact("x", None)))


@pytest.mark.parametrize("value", ["181", True, False])
def test_a_value_of_another_type_is_no_number(value: FactValue) -> None:
    """A text is greater than a number in the Rete core, and True is less than 90."""
    assert U is truth_of(Leaf("x", Ask.GREATER_THAN, 180.0))(case_of(Fact("x", value)))


@pytest.mark.parametrize(
    ("leaf", "code", "expected"),
    [
        (Leaf("x", Ask.EQUALS, "male"), "male", T),
        (Leaf("x", Ask.EQUALS, "male"), "female", F),
        (Leaf("x", Ask.EQUALS, "male"), None, U),
        (Leaf("x", Ask.EQUALS, "male"), True, U),
        (Leaf("x", Ask.EQUALS, "5"), 5.0, U),
        (Leaf("x", Ask.ONE_OF, ("a", "b")), "b", T),
        (Leaf("x", Ask.ONE_OF, ("a", "b")), "ab", F),
        (Leaf("x", Ask.ONE_OF, ("a", "b")), None, U),
    ],
)
def test_codes(leaf: Leaf, code: FactValue, expected: Truth) -> None:
    assert expected is truth_of(leaf)(case_of(Fact("x", code)))


@pytest.mark.parametrize(
    ("fact", "within", "longer_ago"),
    [
        (Fact("x", True, at=days_ago(90)), T, F),
        (Fact("x", True, at=days_ago(91)), F, T),
        (Fact("x", True, at=days_ago(0)), T, F),
        (Fact("x", True, at=days_ago(-1)), T, F),
        (Fact("x", True), U, U),
        (Fact("x", False, at=days_ago(1)), F, F),
        (Fact("x", False), F, F),
        (Fact("x", None, at=days_ago(1)), U, U),
        (Fact("x", 120.0, at=days_ago(90)), T, F),
        (Fact("x", 0.0, at=days_ago(91)), F, T),
        (Fact("x", "code", at=days_ago(91)), F, T),
        (Fact("x", 120.0), U, U),
    ],
)
def test_dates_with_the_boundary_day_within(fact: Fact, within: Truth, longer_ago: Truth) -> None:
    case = case_of(fact)
    assert within is truth_of(Leaf("x", Ask.WITHIN, 90.0, "d"))(case)
    assert longer_ago is truth_of(Leaf("x", Ask.LONGER_AGO_THAN, 90.0, "d"))(case)


def at_least(count: int) -> Callable[[tuple[Condition, ...]], Condition]:
    return lambda parts: AtLeast(count, parts)


def expect_all(truths: tuple[Truth, ...]) -> Truth:
    return F if F in truths else U if U in truths else T


def expect_any(truths: tuple[Truth, ...]) -> Truth:
    return T if T in truths else U if U in truths else F


def expect_two(truths: tuple[Truth, ...]) -> Truth:
    if truths.count(T) >= 2:
        return T
    return F if truths.count(F) >= 2 else U


@pytest.mark.parametrize("depth", [0, 1])
@pytest.mark.parametrize(
    ("group", "expect"), [(All, expect_all), (Any, expect_any), (at_least(2), expect_two)]
)
def test_groups_of_three_by_their_truth_tables(
    group: Callable[[tuple[Condition, ...]], Condition],
    expect: Callable[[tuple[Truth, ...]], Truth],
    depth: int,
) -> None:
    """Every row of the table; at depth 1 each part is itself a group."""
    parts: tuple[Condition, ...] = FLAGS if depth == 0 else tuple(Any((f, f)) for f in FLAGS)
    condition = group(parts)
    decide = truth_of(condition)
    for truths in product((T, F, U), repeat=3):
        case = case_of(*(Fact(n, VALUE_OF[t]) for n, t in zip("abc", truths, strict=True)))
        assert expect(truths) is decide(case)
        assert expect(truths) is explain(condition, case).truth


def test_a_part_written_twice_counts_twice() -> None:
    condition = AtLeast(2, (FLAGS[0], FLAGS[0], FLAGS[1]))
    case = case_of(Fact("a", True), Fact("b", False))
    assert T is truth_of(condition)(case)
    assert T is explain(condition, case).truth


@pytest.mark.parametrize("seed", range(20))
def test_the_fast_form_and_the_tree_agree(seed: int) -> None:
    world = build_world(seed, rules=20, facts=9)
    decide = truths_of({rule.id: rule.when for rule in world.rules})
    for case in build_cases(seed, world, 50):
        assert {rule.id: explain(rule.when, case).truth for rule in world.rules} == decide(case)


def test_the_tree_holds_every_test_with_its_fact_and_truth() -> None:
    old = Leaf("age", Ask.AT_LEAST, 65.0, "a")
    fact = Fact("age", 70.0, "a", source="submitted")
    condition = All((old, AtLeast(1, (FLAGS[0], FLAGS[1])), Any((FLAGS[2],))))
    case = case_of(fact, Fact("a", False), Fact("c", True))
    expected = EvaluatedGroup(
        "all",
        3,
        U,
        (
            EvaluatedLeaf(old, fact, T),
            EvaluatedGroup(
                "at_least",
                1,
                U,
                (
                    EvaluatedLeaf(FLAGS[0], Fact("a", False), F),
                    EvaluatedLeaf(FLAGS[1], Fact("b", None), U),
                ),
            ),
            EvaluatedGroup("any", 1, T, (EvaluatedLeaf(FLAGS[2], Fact("c", True), T),)),
        ),
    )
    assert expected == explain(condition, case)


def test_an_unknown_truth_names_the_facts_that_it_needs_once() -> None:
    settled = All((Leaf("d", Ask.PRESENT), Leaf("e", Ask.PRESENT)))
    condition = Any((All((FLAGS[1], FLAGS[0])), FLAGS[0], settled))
    case = case_of(Fact("d", False))
    assert needed_facts(explain(condition, case)) == ("b", "a")
    assert needed_facts(explain(condition, case.with_facts(Fact("a", True)))) == ()


@pytest.mark.parametrize(
    "leaf",
    [
        Leaf("x", Ask.AT_LEAST),
        Leaf("x", Ask.AT_LEAST, "65"),
        Leaf("x", Ask.WITHIN, True),
        Leaf("x", Ask.EQUALS),
        Leaf("x", Ask.ONE_OF, 1.0),
    ],
)
def test_a_test_without_something_to_compare_with_is_refused(leaf: Leaf) -> None:
    with pytest.raises(EngineError, match=r"of the fact 'x' has no (number|code) to compare with"):
        truth_of(leaf)


def carrying_leaves(node: EvaluatedNode) -> list[tuple[Leaf, Truth]]:
    """The tests of a tree that carry its truth, walked from the top."""
    if isinstance(node, EvaluatedLeaf):
        return [(node.leaf, node.truth)]
    carrying = {node.truth}
    if node.truth is U and node.kind != "any":
        carrying.add(T)
    return [
        leaf for part in node.children if part.truth in carrying for leaf in carrying_leaves(part)
    ]


@pytest.mark.parametrize("seed", range(20))
def test_the_tests_that_carry_a_truth_are_those_of_the_tree(seed: int) -> None:
    world = build_world(seed, rules=20, facts=9)
    reader = Reader(rule.when for rule in world.rules)
    weighers = [reader.weigh(rule.when, lambda *told: told, list) for rule in world.rules]
    for case in build_cases(seed, world, 50):
        trees = [explain(rule.when, case) for rule in world.rules]
        reading = reader.read(case)
        weighed = [weigh[tree.truth](reading) for weigh, tree in zip(weighers, trees, strict=True)]
        assert [carrying_leaves(tree) for tree in trees] == weighed


@pytest.mark.parametrize("seed", range(20))
def test_learning_facts_gives_the_reading_of_the_larger_case(seed: int) -> None:
    world = build_world(seed, rules=20, facts=9)
    reader = Reader(rule.when for rule in world.rules)
    cases = build_cases(seed, world, 20)
    for before, after in pairwise(cases):
        learned = reader.learn(reader.read(before), tuple(after.facts.values()))
        assert reader.read(before.with_facts(*after.facts.values())) == learned


def test_a_fact_that_no_test_reads_is_learned_too() -> None:
    reader = Reader([Leaf("x", Ask.PRESENT)])
    learned = reader.learn(reader.read(Case(TODAY)), (Fact("y", True),))
    assert learned.case.flag("y") is True
    assert learned == reader.read(Case(TODAY, {"y": Fact("y", True)}))
