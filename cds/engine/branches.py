"""A condition as branches: it is true exactly when all the terms of one branch are true.

The Rete network is given conjunctions only. Its own `any` fires once for every combination,
and its negations fire too early, so neither is ever emitted; the conditions of this language
hold no negation (absence and ignorance are states of their own), so branches always suffice.
"""

from collections.abc import Callable, Iterable
from itertools import combinations, product
from math import prod

from cds.engine.terms import Kind, Term, quote_code
from cds.model.condition import All, Any, Condition, Leaf, Test

Branch = tuple[Term, ...]
TermsOf = Callable[[Leaf], tuple[Term, ...]]

_UNKNOWN = quote_code(Test.UNKNOWN)


def count_branches(condition: Condition, terms_of: TermsOf) -> int:
    """How many branches the condition expands to, without expanding it."""
    if isinstance(condition, Leaf):
        return len(terms_of(condition))
    counts = [count_branches(part, terms_of) for part in condition.parts]
    if isinstance(condition, All):
        return prod(counts)
    if isinstance(condition, Any):
        return sum(counts)
    return _count_choices(counts, condition.count)


def expand(condition: Condition, terms_of: TermsOf) -> tuple[Branch, ...]:
    """The branches in written order, each sorted, without terms and branches that others imply."""
    branches = [_drop_known(branch) for branch in _expand(condition, terms_of)]
    return tuple(tuple(sorted(branch)) for branch in _drop_implied(branches))


def _count_choices(counts: list[int], size: int) -> int:
    """The sum, over every choice of `size` parts, of the product of their counts."""
    ways = [1] + [0] * size
    for count in counts:
        for chosen in range(size, 0, -1):
            ways[chosen] += ways[chosen - 1] * count
    return ways[size]


def _expand(condition: Condition, terms_of: TermsOf) -> list[frozenset[Term]]:
    if isinstance(condition, Leaf):
        return [frozenset({term}) for term in terms_of(condition)]
    parts = [_expand(part, terms_of) for part in condition.parts]
    if isinstance(condition, Any):
        return [branch for part in parts for branch in part]
    size = len(parts) if isinstance(condition, All) else condition.count
    return [
        frozenset().union(*choice)
        for chosen in combinations(parts, size)
        for choice in product(*chosen)
    ]


def _drop_known(branch: frozenset[Term]) -> frozenset[Term]:
    """Without asking whether a fact is known that the branch compares too: only what is known
    can satisfy a comparison, unless it asks for the unknown.
    """
    compared = {t.fact for t in branch if t.kind is not Kind.KNOWN and t.literal != _UNKNOWN}
    return frozenset(t for t in branch if t.kind is not Kind.KNOWN or t.fact not in compared)


def _drop_implied(branches: Iterable[frozenset[Term]]) -> list[frozenset[Term]]:
    distinct = list(dict.fromkeys(branches))
    return [branch for branch in distinct if not any(smaller < branch for smaller in distinct)]
