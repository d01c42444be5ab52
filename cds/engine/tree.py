"""The whole tree of one condition: every test with the fact it met and its truth."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from msgspec import Struct

from cds.engine.asking import FALSE, TRUE, UNKNOWN, compile_test
from cds.model.case import Case, Fact
from cds.model.condition import All, Any, AtLeast, Condition, Leaf, Truth


class EvaluatedLeaf(NamedTuple):
    """One test, the fact it met (unknown when not given), and its truth."""

    leaf: Leaf
    fact: Fact
    truth: Truth


class EvaluatedGroup(Struct, frozen=True):
    """A group: `kind` is all, any or at_least; `count` is how many parts had to be true."""

    kind: str
    count: int
    truth: Truth
    children: tuple["EvaluatedNode", ...]


EvaluatedNode = EvaluatedLeaf | EvaluatedGroup
Explain = Callable[[Case], EvaluatedNode]


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
    kind, count = name_group(group)
    parts = tuple(compile_tree(part) for part in group.parts)

    def explain_group(case: Case) -> EvaluatedNode:
        children = tuple([part(case) for part in parts])
        return EvaluatedGroup(
            kind, count, count_truths(count, [c.truth for c in children]), children
        )

    return explain_group


def needed_facts(node: EvaluatedNode) -> tuple[str, ...]:
    """The facts that would have to be known to make an unknown truth known, in written order."""
    if node.truth is not UNKNOWN:
        return ()
    if isinstance(node, EvaluatedLeaf):
        return (node.fact.name,)
    names = (name for child in node.children for name in needed_facts(child))
    return tuple(dict.fromkeys(names))


def name_group(group: All | Any | AtLeast) -> tuple[str, int]:
    if isinstance(group, All):
        return "all", len(group.parts)
    return ("any", 1) if isinstance(group, Any) else ("at_least", group.count)


def count_truths(count: int, truths: Sequence[Truth]) -> Truth:
    """At least `count` true; every group is such a count."""
    true = truths.count(TRUE)
    if true >= count:
        return TRUE
    return UNKNOWN if true + truths.count(UNKNOWN) >= count else FALSE
