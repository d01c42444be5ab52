"""Many decisions in one process: how fast, and does the memory stay flat?

    python -m benchmarks.soak_engine [DECISIONS] [--rules N] [--facts N]

The answers are compared by the engine itself; a difference ends the run with an error.
"""

import argparse
import json
import statistics
import time
from array import array
from collections.abc import MutableSequence, Sequence

import psutil

from cds.engine.engine import Engine
from cds.model.case import Case
from tests.engine.worlds import build_cases, build_world

#: Decisions before the first measurement: pools of the C core and caches reach their size.
WARM_UP = 2000


def measure(decisions: int, rules: int, facts: int) -> dict[str, float | int]:
    """Decisions per second, milliseconds of one, and resident memory before and after."""
    world = build_world(seed=1, rules=rules, facts=facts)
    cases = build_cases(2, world, 500)
    process = psutil.Process()
    empty = process.memory_info().rss
    engine = Engine({"s": world.rules}, world.fact_types)
    run(engine, cases, array("d", [0.0] * WARM_UP))
    # Allocated before the first measurement: the figures must not count as growth.
    seconds = array("d", [0.0] * decisions)
    before = process.memory_info().rss
    run(engine, cases, seconds)
    after = process.memory_info().rss
    return {
        "decisions": decisions,
        "rules": rules,
        "facts": facts,
        "decisions_per_second": round(decisions / sum(seconds)),
        "median_ms": round(statistics.median(seconds) * 1000, 3),
        "p99_ms": round(statistics.quantiles(seconds, n=100)[98] * 1000, 3),
        "engine_mb": round((before - empty) / 1e6, 1),
        "rss_mb_before": round(before / 1e6, 1),
        "rss_mb_after": round(after / 1e6, 1),
        "rss_drift_percent": round((after - before) / before * 100, 2),
    }


def run(engine: Engine, cases: Sequence[Case], seconds: MutableSequence[float]) -> None:
    """Fill in the seconds of each decision, the cases taken in turn."""
    for number in range(len(seconds)):
        start = time.perf_counter()
        engine.evaluate("s", cases[number % len(cases)])
        seconds[number] = time.perf_counter() - start


def main() -> None:
    """Measure and print the figures as one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("decisions", nargs="?", type=int, default=100_000)
    parser.add_argument("--rules", type=int, default=300)
    parser.add_argument("--facts", type=int, default=80)
    arguments = parser.parse_args()
    print(json.dumps(measure(arguments.decisions, arguments.rules, arguments.facts)))


if __name__ == "__main__":
    main()
