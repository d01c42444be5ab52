"""16 threads on one engine, each answer compared with the tree's. Run as a program."""

import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from cds.engine.engine import Engine
from cds.engine.tree import explain
from cds.model.case import Case
from cds.model.condition import Truth
from tests.engine.worlds import build_cases, build_world

THREADS = 16


def run_crowd(decisions: int) -> int:
    """How many answers, of `decisions` in each thread, were wrong."""
    world = build_world(seed=11, rules=30, facts=18)
    cases = build_cases(12, world, 100)
    expected = [{rule.id: explain(rule.when, case).truth for rule in world.rules} for case in cases]
    engine = Engine({"s": world.rules}, world.fact_types)
    start = Barrier(THREADS)

    def work(thread: int) -> int:
        start.wait()
        return count_wrong(engine, cases, expected, range(thread, thread + decisions))

    with ThreadPoolExecutor(THREADS) as pool:
        return sum(pool.map(work, range(THREADS)))


def count_wrong(
    engine: Engine,
    cases: Sequence[Case],
    expected: Sequence[Mapping[str, Truth]],
    numbers: range,
) -> int:
    """How many of the numbered cases, taken in turn, are answered wrongly."""
    size = len(cases)
    return sum(engine.evaluate("s", cases[n % size]) != expected[n % size] for n in numbers)


if __name__ == "__main__":
    print(run_crowd(int(sys.argv[1])))
