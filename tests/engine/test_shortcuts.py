"""What is not asked could not have answered: absences read once, rules and networks left alone."""

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


def with_lists(seed: int, world: World, count: int) -> Iterator[tuple[Case, Case]]:
    """Cases of which reviewed lists deny some flags, each beside the same case without lists."""
    random = Random(seed)
    flags = sorted(name for name, type_ in world.fact_types.items() if type_ == "flag")
    denied = {name: Fact(name, False) for name in random.sample(flags, len(flags) // 2)}
    common = Common(denied)
    for case in build_cases(seed, world, count):
        yield (
            Case(case.evaluation_date, case.own, common),
            Case(case.evaluation_date, {**denied, **case.own}),
        )


@pytest.mark.parametrize("seed", SEEDS)
def test_a_case_with_lists_is_decided_as_the_same_case_without(seed: int) -> None:
    """Both evaluators leave out what lists deny; `evaluate` raises on any difference of the two."""
    world = build_world(seed, rules=25, facts=12)
    engine = Engine({"s": world.rules}, world.fact_types)
    for listed, plain in with_lists(seed, world, 30):
        assert listed == plain
        truths = {rule.id: explain(rule.when, plain).truth for rule in world.rules}
        assert truths == engine.evaluate("s", plain) == engine.evaluate("s", listed)
        assert engine.reader.read(plain) == engine.reader.read(listed)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_learned_opens_the_rules_that_read_it(seed: int) -> None:
    world = build_world(seed, rules=25, facts=12)
    engine = Engine({"s": world.rules}, world.fact_types)
    cases = [listed for listed, _ in with_lists(seed, world, 20)]
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
