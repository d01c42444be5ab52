"""The reference evaluator: the same conditions in plain Python, with Kleene's three truths.

It shares nothing with the Rete network but the conditions and the case, so that an error in
one is not an error in both. It has two forms: one decides many conditions at once, the other
evaluates one condition into the whole tree, from which explanations are made.

The fast form asks every distinct test once and keeps the answers as two sets of bits: the tests
that are true, and those that are true or unknown. No condition holds a negation, so it is true
when the first set satisfies it, and false when even the second does not.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import NamedTuple

from cds.engine.asking import FALSE, TRUE, UNKNOWN, Ask, compile_test
from cds.model.case import Case, Fact
from cds.model.condition import All, Any, AtLeast, Condition, Leaf, Truth, leaves

Holds = Callable[[int], bool]


class EvaluatedLeaf(NamedTuple):
    """One test, the fact it met (unknown when not given), and its truth."""

    leaf: Leaf
    fact: Fact
    truth: Truth


@dataclass(frozen=True, slots=True)
class EvaluatedGroup:
    """A group: `kind` is all, any or at_least; `count` is how many parts had to be true."""

    kind: str
    count: int
    truth: Truth
    children: tuple["EvaluatedNode", ...]


EvaluatedNode = EvaluatedLeaf | EvaluatedGroup
Explain = Callable[[Case], EvaluatedNode]


def compile_together(
    conditions: Sequence[Condition],
) -> tuple[Callable[[Case], tuple[int, int]], tuple[Holds, ...]]:
    """One reading of the case, which gives the true and the possible tests as bits, and for each
    condition whether such bits satisfy it.

    Raises: EngineError when a test has no value to compare with.
    """
    found = dict.fromkeys(leaf for when in conditions for leaf in leaves(when))
    bits = {leaf: 1 << number for number, leaf in enumerate(found)}
    return _compile_reading(bits), tuple(_compile(when, bits) for when in conditions)


def truth_of(condition: Condition) -> Callable[[Case], Truth]:
    """The condition as a function of the case.

    Raises: EngineError when a test has no value to compare with.
    """
    decide = truths_of({"": condition})
    return lambda case: decide(case)[""]


def truths_of(conditions: Mapping[str, Condition]) -> Callable[[Case], dict[str, Truth]]:
    """The conditions as one function of the case, which gives the truth of each by its name.

    Raises: EngineError when a test has no value to compare with.
    """
    read, checks = compile_together(tuple(conditions.values()))
    holds = tuple(zip(conditions, checks, strict=True))

    def decide(case: Case) -> dict[str, Truth]:
        true, possible = read(case)
        return {
            name: FALSE if not check(possible) else TRUE if check(true) else UNKNOWN
            for name, check in holds
        }

    return decide


def explain(condition: Condition, case: Case) -> EvaluatedNode:
    """The whole tree: the value and the truth of every test, nothing cut short."""
    return compile_tree(condition)(case)


def compile_tree(condition: Condition) -> Explain:
    """The condition as a function that gives its whole tree for a case.

    Raises: EngineError when a test has no value to compare with.
    """
    return _compile_leaf(condition) if isinstance(condition, Leaf) else _compile_group(condition)


def _compile_leaf(leaf: Leaf) -> Explain:
    ask, name, nothing = compile_test(leaf), leaf.fact, Fact(leaf.fact, None)
    not_given = EvaluatedLeaf(leaf, nothing, ask(nothing, date.min))

    def explain_leaf(case: Case) -> EvaluatedNode:
        fact = case.facts.get(name)
        if fact is None:
            return not_given
        return EvaluatedLeaf(leaf, fact, ask(fact, case.evaluation_date))

    return explain_leaf


def _compile_group(group: All | Any | AtLeast) -> Explain:
    kind, count = _name_group(group)
    parts = tuple(compile_tree(part) for part in group.parts)

    def explain_group(case: Case) -> EvaluatedNode:
        children = tuple([part(case) for part in parts])
        return EvaluatedGroup(kind, count, _count_truths(count, children), children)

    return explain_group


def needed_facts(node: EvaluatedNode) -> tuple[str, ...]:
    """The facts that would have to be known to make an unknown truth known, in written order."""
    if node.truth is not UNKNOWN:
        return ()
    if isinstance(node, EvaluatedLeaf):
        return (node.fact.name,)
    names = (name for child in node.children for name in needed_facts(child))
    return tuple(dict.fromkeys(names))


def _name_group(group: All | Any | AtLeast) -> tuple[str, int]:
    if isinstance(group, All):
        return "all", len(group.parts)
    return ("any", 1) if isinstance(group, Any) else ("at_least", group.count)


def _count_truths(count: int, children: Sequence[EvaluatedNode]) -> Truth:
    """At least `count` true; every group is such a count."""
    truths = [child.truth for child in children]
    true = truths.count(TRUE)
    if true >= count:
        return TRUE
    return UNKNOWN if true + truths.count(UNKNOWN) >= count else FALSE


def _compile_reading(bits: Mapping[Leaf, int]) -> Callable[[Case], tuple[int, int]]:
    """Every test asked once, fact by fact: the bits of the true ones, and of the possible ones."""
    by_fact = groupby(sorted(bits, key=lambda leaf: leaf.fact), key=lambda leaf: leaf.fact)
    plan = [
        _FactTests.of(name, [(compile_test(leaf), bits[leaf]) for leaf in group])
        for name, group in by_fact
    ]

    def read(case: Case) -> tuple[int, int]:
        true = possible = 0
        find, today = case.facts.get, case.evaluation_date
        for name, asked, if_unknown, if_absent in plan:
            fact = find(name)
            if fact is None or fact.value is None:
                found = if_unknown
            elif fact.value is False:
                found = if_absent
            else:
                found = _ask_all(asked, fact, today)
            true |= found[0]
            possible |= found[1]
        return true, possible

    return read


def _ask_all(asked: Sequence[tuple[Ask, int]], fact: Fact, today: date) -> tuple[int, int]:
    true = possible = 0
    for ask, bit in asked:
        truth = ask(fact, today)
        if truth is TRUE:
            true |= bit
        elif truth is UNKNOWN:
            possible |= bit
    return true, true | possible


class _FactTests(NamedTuple):
    """Every test of one fact. What they say of an unknown and of an absent fact depends on
    nothing else, and most facts of a case are one of these, so it is found once."""

    name: str
    asked: Sequence[tuple[Ask, int]]
    if_unknown: tuple[int, int]
    if_absent: tuple[int, int]

    @classmethod
    def of(cls, name: str, asked: Sequence[tuple[Ask, int]]) -> "_FactTests":
        """The tests with their two fixed answers."""
        unknown, absent = Fact(name, None), Fact(name, False)
        return cls(
            name, asked, _ask_all(asked, unknown, date.min), _ask_all(asked, absent, date.min)
        )


def _compile(condition: Condition, bits: Mapping[Leaf, int]) -> Holds:
    """Whether a set of true tests satisfies the condition."""
    if isinstance(condition, Leaf):
        bit = bits[condition]
        return lambda true: true & bit != 0
    if isinstance(condition, AtLeast):
        return _compile_count(condition, bits)
    tests = {part for part in condition.parts if isinstance(part, Leaf)}
    groups = [_compile(part, bits) for part in condition.parts if not isinstance(part, Leaf)]
    mask = sum(bits[leaf] for leaf in tests)
    return _all(mask, groups) if isinstance(condition, All) else _any(mask, groups)


def _all(mask: int, groups: Sequence[Holds]) -> Holds:
    if not groups:
        return lambda true: true & mask == mask

    def holds(true: int) -> bool:
        if true & mask != mask:
            return False
        for group in groups:  # noqa: SIM110 a generator costs more than all the rest of it
            if not group(true):
                return False
        return True

    return holds


def _any(mask: int, groups: Sequence[Holds]) -> Holds:
    if not groups:
        return lambda true: true & mask != 0

    def holds(true: int) -> bool:
        if true & mask:
            return True
        for group in groups:  # noqa: SIM110 a generator costs more than all the rest of it
            if group(true):
                return True
        return False

    return holds


def _compile_count(group: AtLeast, bits: Mapping[Leaf, int]) -> Holds:
    """A test that stands twice counts twice, which a set of bits cannot say."""
    count, parts = group.count, group.parts
    tests = {part for part in parts if isinstance(part, Leaf)}
    if len(tests) == len(parts):
        mask = sum(bits[leaf] for leaf in tests)
        return lambda true: (true & mask).bit_count() >= count
    checks = tuple(_compile(part, bits) for part in parts)
    return lambda true: sum(check(true) for check in checks) >= count
