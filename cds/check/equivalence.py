"""Whether any facts at all could tell two conditions apart: proved by going through all of them."""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from msgspec.structs import replace

from cds.engine.evaluator import truth_of
from cds.knowledge.fact import FactDefinition, FactType
from cds.model.case import Case, Fact
from cds.model.condition import AtLeast, Condition, Leaf, Operand, leaves

#: Beyond so many combinations nothing is proved, and a person has to say why.
MOST_COMBINATIONS = 60_000

_DAY = date(2000, 1, 1)


def are_equivalent(
    one: Condition, other: Condition, definitions: Mapping[str, FactDefinition]
) -> bool:
    """Whether both have the same truth on every case; False also when there are too many cases.

    A fact matters by where it lies among the thresholds and codes of both conditions, so one
    value of each kind, and not knowing it, stand for all. What agrees in the parts that differ
    agrees in the whole.
    """
    return any(_agree(*pair, definitions) for pair in ((one, other), _narrow(one, other)))


def _narrow(one: Condition, other: Condition) -> tuple[Condition, Condition]:
    """The parts in which two groups differ, with those that read none but the same facts."""
    if isinstance(one, Leaf | AtLeast) or isinstance(other, Leaf) or type(one) is not type(other):
        return one, other
    own = [part for part in one.parts if part not in other.parts]
    others = [part for part in other.parts if part not in one.parts]
    read = {leaf.fact for part in (*own, *others) for leaf in leaves(part)}
    kept = [part for part in one.parts if part in other.parts]
    near = [part for part in kept if read.issuperset(leaf.fact for leaf in leaves(part))]
    if not (near or (own and others)):
        return one, other  # a group needs a part
    return replace(one, parts=(*near, *own)), replace(other, parts=(*near, *others))


def _agree(one: Condition, other: Condition, definitions: Mapping[str, FactDefinition]) -> bool:
    tests: dict[str, list[Leaf]] = {}
    for leaf in itertools.chain(leaves(one), leaves(other)):
        tests.setdefault(leaf.fact, []).append(leaf)
    values = [tuple(_values(definitions[name], asked)) for name, asked in tests.items()]
    if math.prod(map(len, values)) > MOST_COMBINATIONS:
        return False
    truths = truth_of(one), truth_of(other)
    cases = (
        Case(_DAY, {fact.name: fact for fact in facts}) for facts in itertools.product(*values)
    )
    return all(truths[0](case) is truths[1](case) for case in cases)


def _values(definition: FactDefinition, asked: list[Leaf]) -> Iterator[Fact]:
    name, written = definition.name, [leaf.value for leaf in asked if leaf.value is not None]
    yield Fact(name, None)
    if definition.type is FactType.FLAG:
        yield from (Fact(name, False), Fact(name, True))
        bounds = (math.floor(value) for value in written if isinstance(value, float))
        days = {bound + off for bound in bounds for off in (-1, 0, 1, 2)}
        yield from (Fact(name, True, at=_DAY - timedelta(days=day)) for day in sorted(days))
    elif definition.type is FactType.CODE:
        yield from (Fact(name, code) for code in definition.values)
    else:
        yield from (Fact(name, number) for number in _numbers(definition, written))


def _numbers(definition: FactDefinition, bounds: Sequence[Operand]) -> list[float]:
    """Each bound, what lies between two of them, and what lies beyond; only what is plausible."""
    ends = sorted({bound for bound in bounds if isinstance(bound, float)})
    between = [(low + high) / 2 for low, high in itertools.pairwise(ends)]
    if not ends:
        ends, between = [definition.low or 0.0], []
    beyond = [(ends[0] + (definition.low or 0.0)) / 2, (ends[-1] + (definition.high or 0.0)) / 2]
    low, high = definition.low or -math.inf, definition.high or math.inf
    return sorted({value for value in (*ends, *between, *beyond) if low <= value <= high})
