"""Many threads, many decisions, forked workers: no crash, no wrong answer, no growth."""

import json
import os
import subprocess
import sys
from pathlib import Path
from threading import Event, Thread

from cds.engine.engine import Engine
from cds.engine.evaluator import explain
from tests.engine.worlds import build_cases, build_world

ROOT = Path(__file__).parents[2]
#: Freed memory is overwritten, so that any use of it crashes or gives a wrong answer.
PERTURBED = {**os.environ, "MALLOC_PERTURB_": "165"}


def run_module(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env=PERTURBED,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_16_threads_with_2_000_decisions_each_give_no_wrong_answer() -> None:
    assert run_module("tests.engine.crowd", "2000").strip() == "0"


def test_memory_is_flat_over_20_000_decisions() -> None:
    figures = json.loads(run_module("benchmarks.soak_engine", "20000", "--rules", "40"))
    assert figures["decisions"] == 20000
    assert abs(figures["rss_drift_percent"]) < 5


def check_in_child(engine: Engine, seed: int) -> int:
    """The exit status of a forked child that compares 50 answers with the tree's."""
    world = build_world(seed=21, rules=30, facts=12)
    child = os.fork()
    if child == 0:
        wrong = 1
        try:
            cases = build_cases(seed, world, 50)
            wrong = sum(
                engine.evaluate("s", case)
                != {rule.id: explain(rule.when, case).truth for rule in world.rules}
                for case in cases
            )
        finally:
            os._exit(min(wrong, 100))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_children_forked_after_loading_answer_right() -> None:
    world = build_world(seed=21, rules=30, facts=12)
    engine = Engine({"s": world.rules}, world.fact_types)
    assert [check_in_child(engine, seed) for seed in (1, 2)] == [0, 0]
    for case in build_cases(3, world, 20):
        engine.evaluate("s", case)
    assert engine.healthy


def test_a_fork_while_another_thread_decides_waits_its_turn() -> None:
    """Otherwise the child would wait for ever for a lock that nobody in it holds."""
    world = build_world(seed=21, rules=30, facts=12)
    engine = Engine({"s": world.rules}, world.fact_types)
    cases, stop = build_cases(4, world, 20), Event()

    def decide_on_and_on() -> None:
        while not stop.is_set():
            for case in cases:
                engine.evaluate("s", case)

    thread = Thread(target=decide_on_and_on)
    thread.start()
    try:
        found = [check_in_child(engine, seed) for seed in range(10)]
    finally:
        stop.set()
        thread.join()
    assert found == [0] * 10
    assert engine.healthy
