"""What is not asked could not have answered: what cases share read once, rules left alone."""

from collections.abc import Iterator
from itertools import pairwise
from random import Random

import pytest

from benchmarks.workload import build_decision_requests
from cds.decide import hear
from cds.engine.compiler import compile_turns
from cds.engine.engine import Engine
from cds.engine.rete import ReteEngine
from cds.engine.tree import explain
from cds.http.core import CoreService
from cds.model.case import Case, Common, Fact
from cds.rules.base import TURNS
from cds.service import Service
from tests.engine.worlds import TODAY, World, build_cases, build_world

SEEDS = range(6)


def with_common(seed: int, world: World, count: int) -> Iterator[tuple[Case, Case]]:
    """Cases that hold something in common, each beside the same case with all of it its own.

    Reviewed lists deny half of the flags; other facts are known for all of them.
    """
    random = Random(seed)
    flags = sorted(name for name, type_ in world.fact_types.items() if type_ == "flag")
    shared = {name: Fact(name, False) for name in random.sample(flags, len(flags) // 2)}
    [other] = build_cases(seed + 1, world, 1)
    for fact in other.own.values():
        if fact.value is not None and random.random() < 0.5:
            shared.setdefault(fact.name, Fact(fact.name, fact.value))
    common = Common(shared)
    for case in build_cases(seed, world, count):
        own = {name: fact for name, fact in case.own.items() if random.random() < 0.6}
        yield Case(TODAY, own, common), Case(TODAY, {**shared, **own})


@pytest.mark.parametrize("seed", SEEDS)
def test_a_case_with_facts_in_common_is_decided_as_with_all_of_its_own(seed: int) -> None:
    """Both evaluators read such facts once; `evaluate` raises on any difference of the two."""
    world = build_world(seed, rules=25, facts=12)
    engine = Engine({"s": world.rules}, world.fact_types)
    for sharing, plain in with_common(seed, world, 30):
        assert sharing == plain
        truths = {rule.id: explain(rule.when, plain).truth for rule in world.rules}
        assert truths == engine.evaluate("s", plain) == engine.evaluate("s", sharing)
        assert engine.reader.read(plain) == engine.reader.read(sharing)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_learned_opens_the_rules_that_read_it(seed: int) -> None:
    world = build_world(seed, rules=25, facts=12)
    engine = Engine({"s": world.rules}, world.fact_types)
    cases = [sharing for sharing, _ in with_common(seed, world, 20)]
    for before, after in pairwise(cases):
        facts = tuple(after.own.values())
        learned = engine.reader.learn(engine.reader.read(before), facts)
        whole = before.with_facts(*facts)
        found = {rule.id: explain(rule.when, whole).truth for rule in world.rules}
        assert {id_: truth for id_, truth in found.items() if truth != "false"} == engine.find(
            "s", learned
        )


def test_an_engine_without_rules_finds_nothing() -> None:
    assert Engine({"s": []}, {}).evaluate("s", Case(TODAY)) == {}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_network_that_is_told_no_key_of_a_chain_fires_nothing(seed: int) -> None:
    world = build_world(seed, rules=90, facts=30)
    engine = ReteEngine(compile_turns({"s": world.rules}, world.fact_types))
    for case in build_cases(seed, world, 30):
        assert engine.fire("s", case, asleep_too=True) == engine.fire("s", case)


def test_of_the_networks_of_this_service_none_that_sleeps_would_fire(
    service: Service, core: CoreService
) -> None:
    rete = service.engine._rete
    assert isinstance(rete, ReteEngine)
    for person in build_decision_requests(8, 25, core.terms):
        case = hear(service, person.intake, person.evaluation_date).case
        for turn in TURNS:
            assert rete.fire(turn, case, asleep_too=True) == rete.fire(turn, case)
