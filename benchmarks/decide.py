"""One explained decision in process: how long, where the time goes, how it grows with the rules.

    python -m benchmarks.decide [--requests N] [--rounds N]

Times are the processor's, so that other work on the machine counts less.
"""

import argparse
import gc
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace as replace_dataclass
from time import thread_time
from types import MappingProxyType
from typing import Any

from msgspec.structs import replace

import cds.decide
from benchmarks.by_conditions import PLANNED_MS, by_conditions
from benchmarks.figures import Figure, median_ms, p99_ms, say, show
from benchmarks.floor import SCALED, Floor, slowness, slowness_figure
from benchmarks.workload import build_decision_requests
from cds.engine.compiler import EngineRule, compile_turns
from cds.engine.engine import Engine
from cds.engine.rete import ReteEngine
from cds.engine.switches import switches_of
from cds.engine.triggers import triggers_of
from cds.garbage import keep_loaded
from cds.http.loading import core_of
from cds.model.rule import Rule
from cds.rules.base import CHECK_IN_STAGES, TURNS, RuleBase
from cds.schemas.decision_request import DecisionRequest
from cds.service import Service, load_service

_MEDIAN_MS = 2.5
_LINEAR = 2.0
_PARTS = ("complete_intake", "build_case", "find_dose", "compose")
_SEED = 20
_COPY = ".copy"
_IN_TURN = 20


class Clock:
    """Seconds of the processor by part."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    def timed(self, part: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """The same work, with its time added to the part."""

        def run(*args: Any, **kwargs: Any) -> Any:
            start = thread_time()
            try:
                return work(*args, **kwargs)
            finally:
                self.seconds[part] += thread_time() - start

        return run


def measure(requests: int, rounds: int) -> list[Figure]:
    """Every figure of this benchmark."""
    say("loading")
    service = load_service()
    terms = core_of(service).terms
    people = build_decision_requests(_SEED, (rounds + 1) * requests, terms)
    gc.collect()
    keep_loaded()  # as the server does before it forks
    rules = sum(rule.stage not in CHECK_IN_STAGES for rule in service.rules)
    say(f"{rules} rules, {len(people)} people, of whom the first {requests} do not count")
    taken, floor = run_with_floor(service, people, requests)
    seconds = [each for each, _ in taken]
    planned = [each for each, has_plan in taken if has_plan]
    figures = [
        *_medians("decision, median", seconds, floor, _MEDIAN_MS),
        *_medians("decision with its plan, median", planned, floor, PLANNED_MS),
        Figure("decision, p99", p99_ms(seconds), "ms"),
        Figure("decisions on one core", len(seconds) / sum(seconds), "/s"),
        slowness_figure(floor),
    ]
    figures += by_conditions(service, terms, max(1, requests // 8), rounds)
    return [*figures, *split(service, people[:requests]), *growth(service, people, requests)]


def run(
    service: Service, people: Sequence[DecisionRequest], first: int
) -> list[tuple[float, bool]]:
    """The seconds of each decision, and whether it has a plan; each person is decided on once.

    The `first` are not counted: a service keeps what its knowledge says in the ways it is met.
    """
    taken = []
    for person in people:
        start = thread_time()
        decision = cds.decide.decide(service, person.intake, person.evaluation_date)
        taken.append((thread_time() - start, decision.plan is not None))
    return taken[first:]


def run_with_floor(
    service: Service, people: Sequence[DecisionRequest], first: int
) -> tuple[list[tuple[float, bool]], list[float]]:
    """The same, and the seconds of the floor, measured in turn with it."""
    floor = Floor(_SEED)
    taken: list[tuple[float, bool]] = []
    below: list[float] = []
    for start in range(0, len(people), _IN_TURN):
        taken += run(service, people[start : start + _IN_TURN], 0)
        below += floor.run(_IN_TURN)
    return taken[first:], below[first:]


def _medians(
    what: str, seconds: Sequence[float], floor: Sequence[float], at_most: float
) -> Iterator[Figure]:
    """A median as it is here, and at the speed at which its target was set."""
    own = median_ms(seconds)
    yield Figure(what, own, "ms", at_most=at_most)
    yield Figure(f"{what}, {SCALED}", own / slowness(floor), "ms", at_most=at_most)


def split(service: Service, people: Sequence[DecisionRequest]) -> list[Figure]:
    """Milliseconds of each part, mean over the people."""
    say("split by part")
    clock = Clock()
    timed = replace(service, engine=_build_engine(service.rules.rules, service, clock))
    run(timed, people, len(people))  # what a service keeps belongs to no part
    clock.seconds.clear()
    with _timing(clock):
        start = thread_time()
        for person in people:
            cds.decide.decide(timed, person.intake, person.evaluation_date)
        total = thread_time() - start
    found = clock.seconds
    parts = {
        "case": found["complete_intake"] + found["build_case"],
        "engine (Rete)": found["rete"],
        "evaluator and comparison": found["evaluate"] - found["rete"],
        "dose and plan": found["find_dose"],
        "explanation": found["compose"],
    }
    parts["stages and the rest"] = total - sum(parts.values())
    return [Figure(f"  of it {k}", s / len(people) * 1000, "ms (mean)") for k, s in parts.items()]


def growth(service: Service, people: Sequence[DecisionRequest], first: int) -> list[Figure]:
    """The median with half and with twice the rules; copies carry the same conditions."""
    rules = {i: r for i, r in service.rules.rules.items() if r.stage not in CHECK_IN_STAGES}
    half = {id_: rule for number, (id_, rule) in enumerate(rules.items()) if number % 2}
    copies = {
        f"{id_}{_COPY}": replace_dataclass(rule, id=f"{id_}{_COPY}") for id_, rule in rules.items()
    }
    medians = []
    for size, chosen in (("half", half), ("all", dict(rules)), ("twice", {**rules, **copies})):
        say(f"growth: {size}, {len(chosen)} rules")
        taken = run(_with_rules(service, chosen), people, first)
        medians.append(median_ms([seconds for seconds, _ in taken]))
    small, all_, large = medians
    return [
        Figure(f"median with {len(half)} rules", small, "ms"),
        Figure(f"median with {2 * len(rules)} rules", large, "ms"),
        Figure("growth from all rules to twice as many", large / all_, "times", at_most=_LINEAR),
    ]


def _with_rules(service: Service, rules: Mapping[str, Rule]) -> Service:
    engine, teaching = _build_engine(rules, service, Clock()), service.knowledge.teaching
    taught = replace(
        teaching, rules=(*teaching.rules, *(id_ for id_ in rules if id_.endswith(_COPY)))
    )
    return replace(
        service,
        knowledge=replace(service.knowledge, teaching=taught),
        rules=RuleBase(MappingProxyType(dict(rules)), service.rules.sha256),
        engine=engine,
        triggers=triggers_of(rules.values(), engine.reader),
        switches=switches_of(rules.values(), service.knowledge.policies.values(), engine.reader),
    )


def _build_engine(rules: Mapping[str, Rule], service: Service, clock: Clock) -> Engine:
    turns = {
        turn: [EngineRule(r.id, r.when) for r in rules.values() if r.stage in stages]
        for turn, stages in TURNS.items()
    }
    types = {name: fact.type.value for name, fact in service.knowledge.vocabulary.items()}
    rete = ReteEngine(compile_turns(turns, types))
    engine = Engine(turns, types, rete)
    rete.fire = clock.timed("rete", rete.fire)  # type: ignore[method-assign]
    engine.find = clock.timed("evaluate", engine.find)  # type: ignore[method-assign]
    return engine


@contextmanager
def _timing(clock: Clock) -> Iterator[None]:
    """The parts of `cds.decide` timed, and put back afterwards."""
    with ExitStack() as stack:
        for part in _PARTS:
            work = getattr(cds.decide, part)
            setattr(cds.decide, part, clock.timed(part, work))
            stack.callback(setattr, cds.decide, part, work)
        yield


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    show("One decision in process", measure(options.requests, options.rounds))


if __name__ == "__main__":
    main()
