"""Random rules, and random cases that sit on their thresholds, for the engine's tests."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from types import MappingProxyType

from cds.engine.compiler import EngineRule
from cds.engine.terms import LARGEST_MAGNITUDE
from cds.model.case import Case, Fact, FactValue
from cds.model.condition import (
    DATE_TESTS,
    NUMERIC_TESTS,
    STATE_TESTS,
    All,
    Any,
    AtLeast,
    Condition,
    Leaf,
    Test,
    leaves,
)

TODAY = date(2021, 3, 31)
CODES = ("a", "ab", "abc", "b-2", "c.3", "d_4")
NUMBERS = (-273.15, -2.5, -0.0, 0.0, 1e-7, 1e-3, 0.1, 0.1 + 0.2, 1.0, 37.95, 65.0, 120.0, 1e15)
DAYS = (0.0, 1.0, 30.0, 365.0)


@dataclass(frozen=True)
class World:
    """A rule base with the types of its facts."""

    fact_types: Mapping[str, str]
    rules: Sequence[EngineRule]


def build_fact_types(count: int) -> dict[str, str]:
    """As many facts, of each type in turn."""
    return {f"fact_{n}": ("number", "flag", "code")[n % 3] for n in range(count)}


def build_world(seed: int, rules: int, facts: int) -> World:
    """A rule base that depends on the seed alone."""
    random, fact_types = Random(seed), build_fact_types(facts)
    return World(
        fact_types,
        [EngineRule(f"rule.{n}", build_condition(random, fact_types)) for n in range(rules)],
    )


def build_condition(random: Random, fact_types: Mapping[str, str], depth: int = 2) -> Condition:
    """A condition of leaves and groups, at most `depth` groups deep."""
    if depth == 0 or random.random() < 0.2:
        return build_leaf(random, fact_types)
    parts = tuple(
        build_condition(random, fact_types, depth - 1) for _ in range(random.randint(1, 3))
    )
    kinds: list[Callable[[], Condition]] = [
        lambda: All(parts),
        lambda: Any(parts),
        lambda: AtLeast(random.randint(1, len(parts)), parts),
    ]
    return random.choice(kinds)()


def build_leaf(random: Random, fact_types: Mapping[str, str]) -> Leaf:
    """Any test that fits a fact, with a value that fits the test."""
    name = random.choice(list(fact_types))
    tests = {
        "number": [*NUMERIC_TESTS, *NUMERIC_TESTS, *DATE_TESTS, *STATE_TESTS],
        "code": [Test.EQUALS, Test.ONE_OF, Test.EQUALS, Test.ONE_OF, *DATE_TESTS, *STATE_TESTS],
        "flag": [*STATE_TESTS, *DATE_TESTS],
    }[fact_types[name]]
    test = random.choice(sorted(tests))
    if test in NUMERIC_TESTS:
        return Leaf(name, test, random.choice([*NUMBERS, random.uniform(-500, 500)]))
    if test in DATE_TESTS:
        return Leaf(name, test, random.choice(DAYS), "d")
    if test is Test.EQUALS:
        return Leaf(name, test, random.choice(CODES))
    if test is Test.ONE_OF:
        return Leaf(name, test, tuple(sorted(random.sample(CODES, random.randint(1, 3)))))
    return Leaf(name, test)


def build_case(random: Random, world: World) -> Case:
    """A case whose numbers and dates lie on the thresholds of the rules, or just beside them."""
    tested: dict[str, list[Leaf]] = {name: [] for name in world.fact_types}
    for rule in world.rules:
        for leaf in leaves(rule.when):
            tested[leaf.fact].append(leaf)
    facts = (_build_fact(random, world.fact_types[name], name, tested[name]) for name in tested)
    known = {fact.name: fact for fact in facts if fact is not None}
    return Case(TODAY, MappingProxyType(known))


def build_cases(seed: int, world: World, count: int) -> list[Case]:
    """As many cases, which depend on the seed alone."""
    random = Random(seed)
    return [build_case(random, world) for _ in range(count)]


def _build_fact(random: Random, fact_type: str, name: str, tested: list[Leaf]) -> Fact | None:
    if random.random() < 0.15:
        return random.choice([None, Fact(name, None), Fact(name, None, at=TODAY)])
    value = _choose_value(random, fact_type, tested)
    return Fact(name, value, at=_choose_date(random, tested))


def _choose_value(random: Random, fact_type: str, tested: list[Leaf]) -> FactValue:
    if fact_type == "number":
        return _choose_number(random, tested)
    return random.random() < 0.6 if fact_type == "flag" else random.choice([*CODES, "zz"])


def _choose_number(random: Random, tested: Iterable[Leaf]) -> float:
    bounds = [leaf.value for leaf in tested if leaf.test in NUMERIC_TESTS]
    bound = random.choice([b for b in bounds if isinstance(b, float)] or [0.0])
    beside = [math.nextafter(bound, -math.inf), math.nextafter(bound, math.inf)]
    near = [value for value in beside if abs(value) <= LARGEST_MAGNITUDE]
    return random.choice([bound, bound, *near, random.uniform(-600, 600)])


def _choose_date(random: Random, tested: Iterable[Leaf]) -> date | None:
    bounds = [leaf.value for leaf in tested if leaf.test in DATE_TESTS]
    days = random.choice([b for b in bounds if isinstance(b, float)] or [0.0])
    if random.random() < 0.2:
        return None
    return TODAY - timedelta(days=int(days) + random.choice([-1, 0, 0, 1]))
