"""Workers forked from one loaded engine, each answer compared with the tree's. A program."""

import os
import sys
from threading import Event, Thread

from cds.engine.engine import Engine
from cds.engine.tree import explain
from tests.engine.worlds import build_cases, build_world

WORLD = build_world(seed=21, rules=30, facts=12)


def count_wrong(engine: Engine, seed: int) -> int:
    """How many of 50 answers differ from the tree's."""
    return sum(
        engine.evaluate("s", case)
        != {rule.id: explain(rule.when, case).truth for rule in WORLD.rules}
        for case in build_cases(seed, WORLD, 50)
    )


def start_child(engine: Engine, seed: int) -> int:
    """The process id of a child whose exit status is its number of wrong answers."""
    child = os.fork()
    if child == 0:
        wrong = 99
        try:
            wrong = count_wrong(engine, seed)
        finally:
            os._exit(wrong)
    return child


def run_workers(workers: int, busy: bool) -> int:
    """How many workers, and the parent after them, gave a wrong answer."""
    engine, stop = Engine({"s": WORLD.rules}, WORLD.fact_types), Event()

    def decide_on_and_on() -> None:
        while not stop.is_set():
            count_wrong(engine, 0)

    thread = Thread(target=decide_on_and_on)
    if busy:
        thread.start()
    children = [start_child(engine, seed) for seed in range(workers)]
    found = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    stop.set()
    if busy:
        thread.join()
    found.append(count_wrong(engine, workers))
    return sum(wrong != 0 for wrong in found)


if __name__ == "__main__":
    print(run_workers(int(sys.argv[1]), "--busy" in sys.argv))
